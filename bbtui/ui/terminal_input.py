"""What comes from the terminal: keys, mouse, pastes; and replies, which are never keys.

It is between the bytes that are read and Textual's parser, which takes every sequence that it
does not know for keys, decodes strictly, and waits for the end of a paste for ever. Here a sequence
is read to its end first, by the grammar of ECMA-48 (5th edition, 5.4 and 5.6), however it is cut
into reads. Textual gets it only if it is a key, a mouse report or one of the few reports that
Textual requests; everything else is dropped whole.

Time decides where bytes alone cannot: a lone ESC is the key after a short silence, a sequence or a
paste without an end is given up once a single character comes after a longer one, and several
characters in one read are text if a line end is among them.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder

from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser
from textual.keys import Keys
from textual.message import Message

#: How long the terminal is silent after the ESC key, in s; ESCDELAY (in ms) changes it.
ESCAPE_S = constants.ESCAPE_DELAY
#: How long it is silent, in s, before a single character ends what has no end.
GIVE_UP_S = 1.0
#: How soon the rest of a reply can follow an ESC that was taken for the key, in s.
LATE_S = 1.0
#: How long a burst of characters pauses before it is judged, in s; a longer pause ends its text.
BURST_S = 0.05
TEXT_S = 0.3
#: How long a burst without a line end is held back at most, in s; a key held down is one as well.
HELD_S = 0.1
#: How many characters of a paste are passed on at a time.
PASTE_SIZE = 1_000_000

ESC = "\x1b"
_BEL, _CAN, _SUB = "\x07", "\x18", "\x1a"
_PASTE_END = "\x1b[201~"
#: After ESC: CSI and SS3, and the strings DCS, SOS, OSC, PM and APC.
_CSI, _SS3, _STRINGS = "[", "O", "PX]^_"
#: The same as single characters (C1), which a terminal in 8-bit mode sends; the ST ends a string.
_C1 = {"\x8f": _SS3, "\x90": "P", "\x98": "X", "\x9b": _CSI, "\x9d": "]", "\x9e": "^", "\x9f": "_"}
_ST = "\x9c"
#: More than any key needs: an input method may send a whole sentence.
_LONGEST = 512

#: How the rest of a reply begins whose ESC was taken for the key.
_REST = re.compile(r"[\[\]P_^X]\Z|\[[<=>?\d;]|\]\d|P[\d>!|$]|_G")
#: Focus, mouse, and whether a mode is supported that Textual requested.
_REPORT = re.compile(r"\x1b\[(?:[IO]|<\d{1,4};-?\d{1,6};-?\d{1,6}[Mm]|\?(?:2026|2048);\d\$y)")
#: Of the cursor; the same as F3 with shift or control in old terminals.
_POSITION = re.compile(r"\x1b\[\d+;\d+R")
_SIZE = re.compile(r"\x1b\[48;(\d{1,5});(\d{1,5});(\d{1,5});(\d{1,5})t")
#: Code and other layouts' codes; modifiers and kind of event; text. All may be missing.
#: https://sw.kovidgoyal.net/kitty/keyboard-protocol/#an-overview
_KITTY = re.compile(
    r"\x1b\[(\d{0,7})(?::[\d:]*)?(?:;(\d{0,4})(?::(\d))?(?:;([\d:]*))?)?([u~ABCDEFHPQS])"
)
_RELEASED = "3"
_LINE_ENDS = re.compile(r"\r\n|\r")


class _Keys(XTermParser):
    """Textual's parser, used for the keys of one whole sequence."""

    def keys(self, sequence: str, *, alt: bool = False) -> list[Message]:
        keys = self._sequence_to_key_events(sequence, alt=alt)
        return [key for key in keys if key.key != Keys.Ignore]


class TerminalInput:
    """Turns what is read from a terminal into Textual's messages.

    All times are of one monotonic clock, in s.
    """

    def __init__(self) -> None:
        self._parser = _Keys()
        # What is not UTF-8 becomes half a surrogate pair, one for each byte.
        self._decoder = getincrementaldecoder("utf-8")("surrogateescape")
        self._last = 0.0
        self._alone = False  # the read is one character, as of a key that is pressed
        self._sequence = ""  # an escape sequence without its end
        self._in_string = False  # in a string that is dropped
        self._in_mouse = 0  # bytes that are missing of an old mouse report
        self._escaped = -LATE_S  # when an ESC was taken for the key
        self._late = ""  # the character after it: a key, unless the rest of a reply follows at once
        self._burst = ""
        self._burst_began = 0.0
        self._paste: str | None = None
        self._stalled = False
        self._messages: list[Message] = []

    def feed(self, data: bytes, now: float) -> list[Message]:
        """Return the messages that one read completes."""
        silence = now - self._last
        self._end_by_silence(now)
        text = self._decoder.decode(data)
        self._alone = len(text) == 1
        if self._alone and self._sequence == ESC and not self._in_string and silence >= ESCAPE_S:
            self._press_escape(now)
        if self._alone and silence >= GIVE_UP_S and text not in (ESC, _BEL):
            self._sequence, self._in_string, self._in_mouse = "", False, 0
        if self._stalled and text:
            self._leave_stalled_paste(text)
        self._late = ""
        if now - self._escaped < LATE_S and _REST.match(text):
            self._sequence = ESC
            self._late = text if self._alone else ""
        if text:
            self._escaped = -LATE_S
        self._last = now
        self._take_all(text, now)
        return self._taken()

    def tick(self, now: float) -> list[Message]:
        """Return the messages that the silence since the last read completes."""
        silence = now - self._last
        if silence >= ESCAPE_S:
            if self._decoder.getstate()[0]:  # the beginning of a character, as of Latin-1
                self._take_all(self._decoder.decode(b"", final=True), now)
            if self._sequence == ESC and (not self._in_string or silence >= GIVE_UP_S):
                self._press_escape(now)
            if self._stalled and self._paste == ESC and self._alone:
                self._paste, self._stalled = None, False
                self._press_escape(now)
        self._end_by_silence(now)
        return self._taken()

    def _end_by_silence(self, now: float) -> None:
        silence = now - self._last
        if self._late and silence >= BURST_S:
            self._sequence, self._in_string = "", False
            self._take_plain(self._late)
            self._late = ""
            self._close_burst()
        if self._burst and silence >= self._burst_pause(now):
            self._close_burst()
        if self._paste is not None and not self._stalled and silence >= GIVE_UP_S:
            # The end may be cut, too.
            kept = next(n for n in range(len(_PASTE_END), -1, -1) if self._ends_like_end(n))
            self._pass_paste_on(self._paste[: len(self._paste) - kept])
            self._paste, self._stalled = _PASTE_END[:kept], True

    @property
    def waiting_s(self) -> float | None:
        """How soon `tick` is to be called after a read; None if nothing depends on it."""
        if self._burst or self._late:
            return BURST_S / 2
        if self._sequence or self._paste or self._decoder.getstate()[0]:
            return ESCAPE_S / 2
        return None

    def _taken(self) -> list[Message]:
        messages, self._messages = self._messages, []
        return messages

    def _send(self, messages: list[Message]) -> None:
        if messages and self._burst:
            self._close_burst()
        self._messages += messages

    def _press_escape(self, now: float) -> None:
        self._sequence, self._in_string, self._escaped = "", False, now
        self._send([events.Key("escape", ESC)])

    def _take_all(self, text: str, now: float) -> None:
        """Take the text of one read."""
        before, at = len(self._burst), 0
        while at < len(text):
            if self._paste is not None:
                at = self._take_pasted(text, at)
            else:
                self._take(text[at])
                at += 1
        if self._burst and not before:
            self._burst_began = now
            if len(self._burst) == 1:
                self._close_burst()

    def _take(self, character: str) -> None:
        if self._in_mouse:
            size = len(character.encode("utf-8", "surrogateescape"))
            self._in_mouse = max(0, self._in_mouse - size)
        elif self._in_string:
            self._take_of_string(character)
        elif self._sequence:
            self._take_of_sequence(character)
        elif character == ESC:
            self._sequence = ESC
        else:
            self._take_plain(character)

    def _take_plain(self, character: str) -> None:
        byte = _byte(character)
        if byte in _C1:
            self._sequence = ESC
            self._take_of_sequence(_C1[byte])
        elif "\x80" <= byte <= "\x9f":
            pass
        elif "\ud800" <= character <= "\udfff":
            self._burst += "\ufffd"
        elif (character >= " " and character != "\x7f") or character in "\r\n\t":
            self._burst += character
        else:
            self._send(self._parser.keys(character))

    def _take_of_string(self, character: str) -> None:
        if self._sequence == ESC:
            self._sequence = ""
            if character == "\\":
                self._in_string = False
                return
            if character != ESC:
                # Anything else after ESC begins another sequence: the string ended without an ST.
                self._in_string, self._sequence = False, ESC
                self._take_of_sequence(character)
                return
        if character == ESC:
            self._sequence = ESC
        elif character in (_BEL, _CAN, _SUB) or _byte(character) == _ST:
            self._in_string = False
        elif self._alone and character < " ":
            # No string holds a control character: ctrl+c and enter are keys at once.
            self._in_string = False
            self._take_plain(character)

    def _take_of_sequence(self, character: str) -> None:
        sequence = self._sequence + character
        if character == ESC:
            if self._sequence == ESC:
                self._send(self._parser.keys(ESC))
            self._sequence = ESC
        elif self._sequence == ESC:
            self._take_after_escape(character)
        elif self._sequence[1] == _SS3:
            if (character.isdigit() and sequence not in ANSI_SEQUENCES_KEYS) or character == ";":
                self._sequence = sequence[:_LONGEST]
            else:
                self._end_sequence(sequence)
        elif not " " <= character <= "~":
            self._sequence = ""
            if character not in (_CAN, _SUB):
                self._take_plain(character)
        elif sequence == "\x1b[M":
            self._sequence, self._in_mouse = "", 3
        elif sequence == "\x1b[[":  # function keys of the Linux console: one more follows
            self._sequence = sequence
        elif character >= "@" or sequence in ANSI_SEQUENCES_KEYS:
            self._end_sequence(sequence)
        else:
            self._sequence = sequence[:_LONGEST]

    def _take_after_escape(self, character: str) -> None:
        if character in (_CSI, _SS3):
            self._sequence = ESC + character
        elif character in _STRINGS:
            self._sequence, self._in_string = "", True
        elif character in (_CAN, _SUB, "\\"):
            self._sequence = ""
        elif _byte(character) in _C1:
            self._take_plain(character)
        else:
            self._sequence = ""
            known = ESC + character in ANSI_SEQUENCES_KEYS
            if known:
                self._send(self._parser.keys(ESC + character))
            elif not "\ud800" <= character <= "\udfff":
                self._send(self._parser.keys(character, alt=True))

    def _end_sequence(self, sequence: str) -> None:
        """Pass a whole sequence on, if it is one that Textual knows."""
        self._sequence = ""
        if sequence == "\x1b[200~":
            self._close_burst()
            self._paste, self._stalled = "", False
        elif _REPORT.fullmatch(sequence):
            self._send(list(self._parser.feed(sequence)))
        elif size := _SIZE.fullmatch(sequence):
            rows, columns, height, width = map(int, size.groups())
            # Textual divides by the size in pixels, which not every terminal knows.
            if rows and columns:
                pixels = f"{height or rows};{width or columns}"
                self._send(list(self._parser.feed(f"\x1b[48;{rows};{columns};{pixels}t")))
        elif _POSITION.fullmatch(sequence):
            pass
        elif sequence in ANSI_SEQUENCES_KEYS:
            self._send(self._parser.keys(sequence))
        elif key := _kitty_key(sequence):
            self._send(self._parser.keys(key))

    def _take_pasted(self, text: str, at: int) -> int:
        """Take what is pasted of the text from a place on; return the place after it."""
        had = len(self._paste or "")
        paste = (self._paste or "") + text[at:]
        end = paste.find(_PASTE_END, max(0, had - len(_PASTE_END)))
        if end >= 0:
            self._pass_paste_on(paste[:end])
            self._paste = None
            return at + end + len(_PASTE_END) - had
        if len(paste) > PASTE_SIZE:
            self._pass_paste_on(paste[: -len(_PASTE_END)])
            paste = paste[-len(_PASTE_END) :]
        self._paste = paste
        return len(text)

    def _ends_like_end(self, count: int) -> bool:
        """Return whether the paste ends with as many characters of its end."""
        return (self._paste or "").endswith(_PASTE_END[:count])

    def _pass_paste_on(self, text: str) -> None:
        if text:
            self._send([_paste(text)])

    def _leave_stalled_paste(self, text: str) -> None:
        """End a paste without an end at the next key: a single character, or a sequence."""
        self._stalled = False
        if text == ESC:
            self._stalled = True  # a key, or the first of the end
        elif self._alone or (text[0] == ESC and not text.startswith(_PASTE_END[: len(text)])):
            self._paste = None

    def _burst_pause(self, now: float) -> float:
        """Return how long the terminal is silent after the current burst, in s."""
        if _is_text(self._burst):
            return TEXT_S if len(self._burst) < PASTE_SIZE else 0.0
        return 0.0 if now - self._burst_began >= HELD_S else BURST_S

    def _close_burst(self) -> None:
        burst, self._burst = self._burst, ""
        if _is_text(burst):
            self._messages.append(_paste(burst))
        else:
            for character in burst:
                self._messages += self._parser.keys(character)


def _byte(character: str) -> str:
    """Return the character that a byte was which is not UTF-8, any other as it is."""
    return chr(ord(character) - 0xDC00) if "\udc80" <= character <= "\udcff" else character


def _is_text(burst: str) -> bool:
    """Return whether several characters that came at once were not typed.

    Typed are those without a line end, those with nothing else (the enter key is held down), and
    those whose only line end is the last: a slow line delivers a sentence and enter like that.
    """
    typed = burst.rstrip("\r\n")
    return "\r" in typed or "\n" in typed


def _paste(text: str) -> events.Paste:
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return events.Paste(_LINE_ENDS.sub("\n", text.replace("\x00", "")))


def _kitty_key(sequence: str) -> str:
    """Return a key of the kitty keyboard protocol as Textual reads it; "" if it is none.

    Textual fails at characters that do not exist and at the kind of an event, and it takes the
    number of any function key for a character.
    """
    match = _KITTY.fullmatch(sequence)
    if match is None:
        return ""
    code, modifiers, kind, text, end = (part or "" for part in match.groups())
    characters = [part for part in text.split(":") if part]
    if kind == _RELEASED or not all(map(_is_character, characters)):
        return ""
    if end == "u":
        if not _is_character(code or "1"):
            return ""
    elif end == "~" and code == "27" and characters:  # modifyOtherKeys of xterm
        pass
    elif f"{int(code or '1')}{end}" not in FUNCTIONAL_KEYS:
        return ""
    return f"{ESC}[{code};{modifiers};{':'.join(characters)}{end}"


def _is_character(code: str) -> bool:
    return len(code) <= 7 and int(code) < 0x110000 and not 0xD800 <= int(code) < 0xE000
