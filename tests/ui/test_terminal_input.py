"""The terminal's input: every key is one however it is cut, and no reply ever is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS, IGNORE_SEQUENCE
from textual._xterm_parser import XTermParser
from textual.message import Message

from bbtui.ui.terminal_input import BURST_S, ESCAPE_S, GIVE_UP_S, TEXT_S, TerminalInput

#: As terminals give them, each by its kind.
REPLIES = {
    "background colour (OSC 11)": b"\x1b]11;rgb:1414/1919/1f1f\x1b\\",
    "foreground colour (OSC 10)": b"\x1b]10;rgb:ffff/ffff/ffff\x07",
    "palette (OSC 4)": b"\x1b]4;1;rgb:cdcd/0000/0000\x1b\\",
    "clipboard (OSC 52)": b"\x1b]52;c;MTIzNHF3\x07",
    "title (OSC l)": b"\x1b]lsession 12345\x1b\\",
    "name and version (DCS)": b"\x1bP>|XTerm(388)\x1b\\",
    "setting (DECRQSS)": b"\x1bP1$r2 q\x1b\\",
    "capability (XTGETTCAP)": b"\x1bP1+r544e=787465726d\x1b\\",
    "unit id (DA3)": b"\x1bP!|00000000\x1b\\",
    "graphics (APC)": b"\x1b_Gi=31;OK\x1b\\",
    "private message (PM)": b"\x1b^12345q\x1b\\",
    "string (SOS)": b"\x1bX12345q\x1b\\",
    "device (DA1)": b"\x1b[?62;22;52c",
    "device (DA2)": b"\x1b[>41;388;0c",
    "status (DSR)": b"\x1b[0n",
    "cursor (CPR)": b"\x1b[12;45R",
    "cursor of DEC": b"\x1b[?12;45;1R",
    "mode (DECRPM)": b"\x1b[?2026;2$y",
    "mode of ANSI": b"\x1b[4;2$y",
    "window in pixels": b"\x1b[4;720;1280t",
    "window in cells": b"\x1b[8;24;80t",
    "window state": b"\x1b[1t",
    "keyboard flags (kitty)": b"\x1b[?1u",
    "colour scheme": b"\x1b[?997;1n",
    "modifiers (xterm)": b"\x1b[>4;2m",
    "graphics attributes": b"\x1b[?1;0;256S",
    "checksum (DECCKSR)": b"\x1bP1!~1234\x1b\\",
    "function key that no terminal has": b"\x1b[51~",
    "letter with a code": b"\x1b[51A",
    "mouse of urxvt": b"\x1b[32;51;52M",
    "mouse of X10": b"\x1b[M 34",
    "mouse of X10, far right": b"\x1b[M\xa03\xff",
    "colour, 8 bits": b"\x9d11;rgb:1414/1919/1f1f\x9c",
    "device, 8 bits": b"\x9b?62;22c",
    "version, 8 bits": b"\x90>|XTerm(388)\x9c",
    "colour, 8 bits as UTF-8": "\x9d11;rgb:1414/1919/1f1f\x9c".encode(),
}


def keys_of(messages: list[Message]) -> list[str]:
    """Return the keys, by name; a paste in quotes."""
    return [
        repr(message.text) if isinstance(message, events.Paste) else message.key
        for message in messages
        if isinstance(message, events.Key | events.Paste)
    ]


def read(*pieces: bytes, pause: float = 0.001) -> list[str]:
    """Return the keys of what is read piece by piece, and of a long silence after it."""
    terminal, now = TerminalInput(), 100.0
    messages: list[Message] = []
    for piece in pieces:
        messages += terminal.tick(now)
        messages += terminal.feed(piece, now)
        now += pause
    messages += terminal.tick(now + 10)
    return keys_of(messages)


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_reply_of_the_terminal_is_no_key(reply: bytes):
    assert read(reply) == []
    assert read(b"j", reply, b"k") == ["j", "k"]


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_reply_that_comes_byte_by_byte_is_no_key(reply: bytes):
    pieces = [bytes([byte]) for byte in reply]
    assert read(*pieces, pause=0.9 * ESCAPE_S) == []


@given(
    st.lists(st.sampled_from(sorted(REPLIES.values())), min_size=1, max_size=6).map(b"".join),
    st.lists(st.integers(0, 200)),
    st.floats(0, 0.99 * ESCAPE_S),
)
def test_no_replies_cut_anywhere_are_keys(replies: bytes, cuts: list[int], pause: float):
    ends = sorted({cut % len(replies) for cut in cuts} | {0, len(replies)})
    pieces = [replies[start:end] for start, end in pairwise(ends)]
    assert read(*pieces, pause=pause) == []


@given(st.sampled_from(sorted(REPLIES.values())), st.integers(1, 30), st.floats(ESCAPE_S, 0.9))
def test_no_reply_that_stalls_is_a_key_beside_escape(reply: bytes, cut: int, pause: float):
    assert set(read(reply[:cut], reply[cut:], pause=pause)) <= {"escape"}


@given(st.from_regex(rb"\x1b[\]PX^_][ -~]{0,80}(\x07|\x1b\\)", fullmatch=True), st.integers(1, 90))
def test_no_string_is_a_key(reply: bytes, cut: int):
    assert read(reply[:cut], reply[cut:]) == []


@given(st.lists(st.binary(max_size=20)), st.floats(0, 3))
def test_no_bytes_are_an_error(pieces: list[bytes], pause: float):
    read(*pieces, pause=pause)


@given(st.from_regex(rb"(\x1b\[[<=>?]?[0-9:;]{0,30}[ -/]?[@-~])+", fullmatch=True))
def test_no_sequence_is_an_error(sequences: bytes):
    read(sequences)


def test_every_key_that_textual_knows_is_a_key_also_in_pieces():
    for sequence, keys in ANSI_SEQUENCES_KEYS.items():
        if keys is IGNORE_SEQUENCE or sequence in ("\x1b", "\x1b\x1b", "\x9b"):
            continue
        expected = keys_of(list(XTermParser().feed(sequence)))
        assert expected or sequence.endswith("R")  # as the position of the cursor
        pieces = [bytes([byte]) for byte in sequence.encode()]
        assert read(sequence.encode()) == expected, repr(sequence)
        assert read(*pieces) == expected, repr(sequence)


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"\x1b[97u", ["a"]),
        (b"\x1b[51;;51u", ["3"]),
        (b"\x1b[27u", ["escape"]),
        (b"\x1b[99;5u", ["ctrl+c"]),
        (b"\x1b[97:65;2;65u", ["A"]),
        (b"\x1b[97;1:1u", ["a"]),
        (b"\x1b[97;1:3u", []),  # released
        (b"\x1b[1;2A", ["shift+up"]),
        (b"\x1b[57376u", ["f13"]),
        (b"\x1b[99999999u", []),
        (b"\x1b[55296u", []),
        (b"\x1b[97;;1114112u", []),
        (b"\x1b[27;1;51~", ["3"]),
        (b"\x1ba", ["alt+a"]),
        (b"\x1b\x1b[A", ["escape", "up"]),
        (b"\x1b[200~3\r4\x1b[201~5", ["'3\\n4'", "5"]),
        (b"\x1b[201~3", ["3"]),
        (b"\x1b]0;3\x1b[A", ["up"]),
        (b"\x1b]0;3\x184", ["4"]),
    ],
)
def test_sequence_is_its_key(data: bytes, keys: list[str]):
    assert read(data) == keys


def test_escape_alone_is_the_key_after_a_silence():
    terminal = TerminalInput()
    assert keys_of(terminal.feed(b"\x1b", 1.0)) == []
    assert keys_of(terminal.tick(1.0 + ESCAPE_S)) == ["escape"]
    assert keys_of(terminal.feed(b"q", 1.1 + ESCAPE_S)) == ["q"]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (b"X", "X"),
        (b"P", "P"),
        (b"[", "left_square_bracket"),
        (b"]", "right_square_bracket"),
        (b"^", "circumflex_accent"),
        (b"_", "underscore"),
    ],
)
@pytest.mark.parametrize("pause", [2 * ESCAPE_S, 5 * ESCAPE_S])
def test_key_soon_after_escape_is_no_rest_of_a_reply(key: bytes, name: str, pause: float):
    assert read(b"\x1b", key, b"y", b"4", pause=pause) == ["escape", name, "y", "4"]
    terminal = TerminalInput()
    messages = terminal.feed(b"\x1b", 100.0)
    for number in range(1, 4):  # without a tick between the reads
        messages += terminal.feed(key, 100.0 + number * pause)
    messages += terminal.tick(110.0)
    assert keys_of(messages) == ["escape", name, name, name]


def test_focus_mouse_and_size_reach_textual():
    terminal = TerminalInput()
    focus, blur = terminal.feed(b"\x1b[I\x1b[O", 1.0)
    assert isinstance(focus, events.AppFocus)
    assert isinstance(blur, events.AppBlur)
    (click,) = terminal.feed(b"\x1b[<0;10;20M", 1.0)
    assert isinstance(click, events.MouseDown)
    assert (click.x, click.y) == (9, 19)
    (resized,) = terminal.feed(b"\x1b[48;24;80;0;0t", 1.0)
    assert isinstance(resized, events.Resize)
    assert resized.size == (80, 24)
    (moved,) = terminal.feed(b"\x1b[<35;10;20M", 1.0)
    assert isinstance(moved, events.MouseMove)
    assert (moved.x, moved.y) == (9, 19)


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        ("für".encode(), ["f", "ü", "r"]),
        ("für".encode("latin-1"), ["f", "replacement_character", "r"]),
        (b"\x80", []),
        (b"\xff", ["replacement_character"]),
        (b"\xe9", ["replacement_character"]),
        (b"\xc3", ["replacement_character"]),
        (b"\xed\xa0\xbd", ["replacement_character"] * 3),
        (b"\x1b\xff", []),
    ],
)
def test_bytes_that_are_not_utf8_are_no_error(data: bytes, keys: list[str]):
    got = read(data, b"q", pause=1.0)
    assert [key for key in got if key.isidentifier()] == [*keys, "q"]


def test_character_that_is_cut_is_one():
    assert read("ü".encode()[:1], "ü".encode()[1:]) == read("ü".encode())


@pytest.mark.parametrize("start", [b"\x1b]", b"\x1b[", b"\x1bP1;2", b"\x1b[M", b"\x9d11;"])
def test_sequence_without_an_end_does_not_swallow_the_keys(start: bytes):
    assert read(start, b"q", pause=GIVE_UP_S)[-1:] == ["q"]


def test_control_key_ends_a_string_without_an_end_at_once():
    assert read(b"\x1b]11;rgb", b"\x03") == ["ctrl+c"]


@pytest.mark.parametrize("key", [(b"q", "q"), (b"\x1b[A", "up"), (b"\x1b", "escape")])
def test_paste_without_an_end_does_not_swallow_the_keys(key: tuple[bytes, str]):
    assert read(b"\x1b[200~3\r4", key[0], pause=2 * GIVE_UP_S) == ["'3\\n4'", key[1]]


def test_paste_that_stalls_goes_on_to_its_end():
    pieces = [b"\x1b[200~one\rtwo", b"3q\r", b"4\x1b", b"[201~", b"5"]
    assert read(*pieces, pause=2 * GIVE_UP_S) == ["'one\\ntwo'", "'3q\\n'", "'4'", "5"]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\x1b")), st.integers(0, 300))
def test_paste_is_one_however_it_is_cut(text: str, cut: int):
    data = b"\x1b[200~" + text.encode() + b"\x1b[201~"
    assert read(data[:cut], data[cut:]) == ([repr(text)] if text else [])


def test_long_paste_comes_whole():
    terminal, text = TerminalInput(), "x" * 2_500_000
    data = b"\x1b[200~" + text.encode() + b"\x1b[201~q"
    messages: list[Message] = []
    for start in range(0, len(data), 4096):
        messages += terminal.feed(data[start : start + 4096], 1.0)
    pasted = [message.text for message in messages if isinstance(message, events.Paste)]
    assert "".join(pasted) == text
    assert keys_of(messages)[-1] == "q"


@pytest.mark.parametrize(
    "pieces",
    [
        [b"Review this:\rdef f(x):\r    return 4\r"],
        [b"Review this:", b"\rdef f(x):\r", b"    return 4\r"],
        [b"Review this:\rdef f(x):", b"\x1b]11;rgb:0000/0000/0000\x07", b"\r    return 4\r"],
        [b"Review this:\r\ndef f(x):\r\n    return 4\r\n"],
    ],
)
def test_burst_with_line_ends_is_text_until_a_pause(pieces: list[bytes]):
    assert read(*pieces) == [repr("Review this:\ndef f(x):\n    return 4\n")]
    terminal = TerminalInput()
    for piece in pieces:
        assert keys_of(terminal.feed(piece, 1.0)) == []
    assert len(keys_of(terminal.feed(b"q", 1.1 + TEXT_S))) == 2


def test_what_is_typed_on_a_slow_line_is_keys():
    assert read(b"jj\r") == ["j", "j", "enter"]
    assert read(b"\r\r\r") == ["enter"] * 3
    assert read(b"2n", b"3", pause=BURST_S) == ["2", "n", "3"]


def test_key_that_is_held_down_is_not_held_back():
    terminal, now = TerminalInput(), 1.0
    got: list[str] = []
    for _ in range(20):
        got += keys_of(terminal.feed(b"jj", now))
        now += BURST_S / 2
    assert len(got) > 20
