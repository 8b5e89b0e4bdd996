"""Cleans growing Markdown, and splits it into finished blocks and an open tail, line by line.

A block is finished when nothing that comes later can change how it looks: its Markdown parses alone
as it does within the whole. List items are blocks of their own. A block that grows past a limit is
split at a line where it can go on, so that the tail stays small; where it is split depends on the
text alone and never on the pieces it came in.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from bbtui.formatting.sanitize import clean_text

_SEPARATOR = re.compile("[\u2028\u2029]")
#: Skin tones, the choice of colour or text, and what joins emoji to one; the last also shapes
#: letters of some scripts. tmux 3.3a counts them as 1 to 6 cells, Unicode as 2.
_EMOJI_SHAPE = re.compile(
    "[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"
    "|(?<=[\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff])\u200d"
)
FENCE = re.compile(r" {0,3}(?:(`{3,})[^`]*|(~{3,}).*)$")
HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
QUOTE = re.compile(r" {0,3}>")
_MARKER = re.compile(r"( {0,3})([-*+]|(\d{1,9})[.)])(?=[ \t]|$)")
_DELIMITER = re.compile(r" {0,3}[|:-][-:|][-:| \t]*$| {0,3}[|:][-:| \t]*$")
_COLUMN = re.compile(r":?-+:?$")
_PIPE = re.compile(r"(?<!\\)\|")
#: Characters after which an open fence, any other block, and a single line are split.
FENCE_LIMIT = 1_000
BLOCK_LIMIT = 2_500
LINE_LIMIT = 1_500
_Kind = Enum("_Kind", "NONE PARAGRAPH FENCE QUOTE ITEM TABLE CODE")


def clean_markdown(text: str) -> str:
    """Return the text without anything that a terminal would obey, with newlines as line ends.

    CRLF and the Unicode line and paragraph separators become a newline, and emoji lose what
    terminals disagree about: a row that one draws wider than it was counted loses its end.
    """
    if text.isascii():
        return clean_text(text)
    return clean_text(_SEPARATOR.sub("\n", _EMOJI_SHAPE.sub("", text)))


class StreamCleaner:
    """Cleans text that arrives in pieces, of which one may end within a CRLF."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Return the next piece, cleaned; a CR at its end is held until the next call."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        return clean_markdown(text[:-1] if self._held else text)


class Marker(NamedTuple):
    """The marker of a list item."""

    kind: str
    """Its last character, the same for all items of a list."""
    number: int | None
    """None for a bullet."""
    content: int
    """The column where the text of the item begins."""
    empty: bool
    """Whether the line has no text after the marker."""


def indent(line: str) -> int:
    """Count the columns of white space at the left; a tab goes to the next multiple of 4."""
    columns = 0
    for character in line:
        if character == " ":
            columns += 1
        elif character == "\t":
            columns += 4 - columns % 4
        else:
            break
    return columns


def dedent(line: str, columns: int) -> str:
    """Return the line without up to `columns` columns of white space at its left."""
    if line[:columns].count(" ") == columns:
        return line[columns:]
    width = indent(line)
    return " " * max(0, width - columns) + line.lstrip(" \t")


def is_blank(line: str) -> bool:
    """Return whether the line is nothing but white space."""
    return not line.strip(" \t")


def read_marker(line: str) -> Marker | None:
    """Return the marker of the list item that the line begins, None if it begins none."""
    match = _MARKER.match(line)
    if match is None or RULE.match(line):
        return None
    end = match.end()
    rest = line.expandtabs(4)[end:]
    spaces = len(rest) - len(rest.lstrip(" "))
    empty = spaces == len(rest)
    content = end + (1 if empty or spaces > 4 else spaces)
    number = None if match[3] is None else int(match[3])
    return Marker(match[2][-1], number, content, empty)


def interrupts(line: str, *, paragraph: bool) -> bool:
    """Return whether the line ends the open block and begins another.

    A `paragraph` is ended only by list items that are not empty and, if numbered, begin at 1.
    """
    if any(rule.match(line) for rule in (FENCE, HEADING, RULE, QUOTE)):
        return True
    item = read_marker(line)
    if item is None:
        return False
    return not paragraph or not (item.empty or item.number not in (None, 1))


def count_columns(header: str, delimiter: str) -> int:
    """Return the number of columns of the table that two lines begin, 0 if they begin none."""
    if "|" not in header or indent(header) > 3 or not _DELIMITER.match(delimiter):
        return 0
    if not all(_COLUMN.match(cell.strip()) for cell in _cells(delimiter)):
        return 0
    count = len(_cells(delimiter))
    return count if count == len(_cells(header)) else 0


def _cells(line: str) -> list[str]:
    cells = _PIPE.split(line.strip())
    if cells and not cells[0]:
        cells.pop(0)
    if cells and not cells[-1]:
        cells.pop()
    return cells


def closes_fence(line: str, fence: str) -> bool:
    """Return whether the line ends the fence that the run `fence` of ` or ~ has begun."""
    text = line.strip(" \t")
    return len(text) >= len(fence) and not text.strip(fence[0]) and indent(line) < 4


def read_fence(line: str) -> str:
    """Return the run of ` or ~ with which the line begins a fence, "" if it begins none."""
    match = FENCE.match(line)
    return "" if match is None else match[1] or match[2]


def is_balanced(code: str) -> bool:
    """Return whether a highlighter can restart here: no long string or comment is open."""
    even = all(code.count(quotes) % 2 == 0 for quotes in ('"""', "'''"))
    return even and code.count("/*") <= code.count("*/") and code.count("<!--") <= code.count("-->")


@dataclass(frozen=True, slots=True)
class Block:
    """Markdown that can be drawn alone."""

    source: str
    """The Markdown."""
    gap: bool = True
    """Whether an empty row comes before it."""
    item: bool = False
    """Whether it is part of a list item."""
    number: int | None = None
    """The number of the item in an ordered list."""
    continued: bool = False
    """Whether `source` is further text of an item, without its marker and indentation."""
    running: bool = False
    """Whether `source` is inline text of a paragraph that began in an earlier block."""


class BlockSplitter:
    """Turns Markdown that comes in pieces of any size into blocks."""

    def __init__(self) -> None:
        self._done: list[Block] = []
        self._partial = ""  # the last line, while it is incomplete
        self._kind = _Kind.NONE
        self._source = ""  # complete lines of the open block
        self._gap = True
        self._blank = False  # the last line was empty
        self._after_item = False  # the block before was a list item
        self._continued = False
        self._running = False
        self._rest = False  # the next line is the rest of one that was split
        self._item = Marker("", None, 0, False)
        self._number: int | None = None
        self._fence = ""  # the run of an open fence, also of one inside an item or a quote
        self._opener = ""  # the line that opened it
        self._shift = 0  # columns by which an item's fence was deeper before it was split
        self._lazy = False  # a quote or item ends in a paragraph, which a bare line continues
        self._header = ""  # of a table, with its delimiter row

    def feed(self, text: str) -> list[Block]:
        """Take the next piece; return the blocks that it has finished."""
        *complete, self._partial = (self._partial + text).split("\n")
        for line in complete:
            self._take_line(self._split_long(line))
        self._partial = self._split_long(self._partial)
        done, self._done = self._done, []
        return done

    def tail(self) -> list[Block]:
        """Return what is not finished, as it would be if the text ended here."""
        ahead = copy.copy(self)
        ahead._done = []
        if self._partial:
            unsure = self._partial.strip() in ("-", "--", "=", "==")
            if unsure and self._kind is _Kind.PARAGRAPH:
                # More likely the first characters of a list item than a heading's underline.
                ahead._append("\\" + self._partial.lstrip())
            else:
                ahead._take_line(self._partial)
        ahead._close()
        return ahead._done

    def _split_long(self, line: str) -> str:
        """Take what a line has beyond the limit, and return the rest."""
        while len(line) > LINE_LIMIT:
            cut = line.rfind(" ", LINE_LIMIT // 2, LINE_LIMIT) + 1 or LINE_LIMIT
            self._take_line(line[:cut])
            line = line[cut:]
            if self._kind is _Kind.QUOTE:
                line = "> " + line
            elif self._kind is _Kind.CODE:
                line = "    " + line
            elif self._kind in (_Kind.NONE, _Kind.PARAGRAPH, _Kind.ITEM):
                self._continue()
                self._rest = True
        return line

    def _take_line(self, line: str) -> None:
        if self._rest:
            self._rest = False
            self._source, self._running = line, True
            self._continue()
        elif self._kind is _Kind.FENCE:
            self._in_fence(line)
        elif is_blank(line):
            self._empty_line()
        elif self._kind is _Kind.NONE or not self._accepts(line):
            self._close()
            self._begin(line)
        self._blank = is_blank(line)

    def _empty_line(self) -> None:
        lone_marker = self._item.empty and not self._continued and self._source.count("\n") == 1
        if self._kind is _Kind.CODE or (self._kind is _Kind.ITEM and not lone_marker):
            self._source += "\n"
            self._lazy = False
        else:
            self._close()

    def _begin(self, line: str) -> None:
        item = read_marker(line)
        # Items and lists that follow one another are as close as the model wrote them.
        self._gap = self._blank if self._after_item and item else True
        self._continued = self._running = False
        if indent(line) >= 4:
            self._open(_Kind.CODE, line)
        elif fence := read_fence(line):
            self._fence, self._opener = fence, line
            self._open(_Kind.FENCE, line)
        elif QUOTE.match(line):
            self._open(_Kind.QUOTE, line)
            self._track(line.lstrip()[1:].removeprefix(" "))
        elif item:
            self._item, self._number = item, item.number
            self._open(_Kind.ITEM, line)
            self._track(line.expandtabs(4)[item.content :])
        else:
            self._open(_Kind.PARAGRAPH, line)
            if RULE.match(line) or HEADING.match(line):
                self._close()

    def _open(self, kind: _Kind, line: str) -> None:
        self._kind = kind
        self._source = line + "\n"

    def _accepts(self, line: str) -> bool:
        """Add the line to the open block if it belongs there; return whether it does."""
        match self._kind:
            case _Kind.PARAGRAPH:
                return self._in_paragraph(line)
            case _Kind.TABLE:
                taken = indent(line) < 4 and not interrupts(line, paragraph=False)
            case _Kind.QUOTE:
                return self._in_quote(line)
            case _Kind.ITEM:
                return self._in_item(line)
            case _:
                taken = indent(line) >= 4
        if taken:
            self._add(line)
        return taken

    def _in_fence(self, line: str) -> None:
        if closes_fence(line, self._fence):
            self._append(line)
            self._close()
            return
        if len(self._source) > 3 * FENCE_LIMIT or (
            len(self._source) > FENCE_LIMIT and is_balanced(self._source)
        ):
            self._continue()
        self._append(line)

    def _in_paragraph(self, line: str) -> bool:
        if not self._running:
            before, _, last = self._source[:-1].rpartition("\n")
            if count_columns(last, line):
                if before:
                    self._source = before
                    self._close()
                    self._gap = True
                self._header = f"{last}\n{line}\n"
                self._kind, self._source = _Kind.TABLE, self._header
                return True
            if UNDERLINE.match(line):
                self._append(line)
                self._close()
                return True
        if interrupts(line, paragraph=True):
            return False
        if self._is_full():
            self._continue()
        self._append(line.lstrip() if self._running else line)
        return True

    def _in_quote(self, line: str) -> bool:
        if QUOTE.match(line):
            self._add(line)
            self._track(line.lstrip()[1:].removeprefix(" "))
            return True
        if self._fence or not self._lazy or interrupts(line, paragraph=False):
            return False
        if self._is_full():
            self._continue()
            line = "> " + line
        self._append(line)
        return True

    def _in_item(self, line: str) -> bool:
        content = self._item.content
        if indent(line) >= content:
            inner = dedent(line, content)
            fits = self._fence or indent(inner) == 0 or len(self._source) > 3 * BLOCK_LIMIT
            if fits and self._is_full():
                self._continue()
            inner = dedent(inner, self._shift)
            if self._continued and not self._source:
                self._gap = self._blank
                inner = inner if self._fence else inner.lstrip()
            self._append(inner if self._continued else line)
            self._track(inner)
            return True
        lazy = self._lazy and not self._blank and not self._fence
        if lazy and not interrupts(line, paragraph=False):
            self._add(line)
            return True
        item = read_marker(line)
        if item is None or item.kind != self._item.kind:
            return False
        number = None if self._number is None else self._number + 1
        self._close()
        self._begin(line)
        self._number = number
        return True

    def _track(self, inner: str) -> None:
        """Note what the last line of a quote or an item, with the text `inner`, leaves open."""
        text = inner.strip()
        if self._fence:
            self._lazy = False
            if closes_fence(text, self._fence):
                self._fence = ""
                if self._shift:
                    self._shift = 0
                    self._continue()
        elif fence := read_fence(text):
            self._fence, self._opener = fence, inner
            self._lazy = False
        else:
            code = indent(inner) >= 4 and not self._lazy
            block = code or HEADING.match(text) or RULE.match(text)
            self._lazy = bool(text) and not block

    def _add(self, line: str) -> None:
        """Add the line to the open block, or to one that continues it if it is full."""
        if self._is_full():
            self._continue()
        self._append(line)

    def _append(self, line: str) -> None:
        self._source += line + "\n"

    def _is_full(self) -> bool:
        return len(self._source) > (FENCE_LIMIT if self._fence else BLOCK_LIMIT)

    def _continue(self) -> None:
        """Finish the block and open another that continues it."""
        self._emit()
        self._gap = False
        opener = self._opener.strip() + "\n" if self._fence else ""
        match self._kind:
            case _Kind.NONE | _Kind.PARAGRAPH:
                self._kind, self._running = _Kind.PARAGRAPH, True
            case _Kind.FENCE:
                self._source = opener
            case _Kind.QUOTE:
                self._source = "> " + opener if opener else ""
            case _Kind.ITEM:
                self._continued, self._running = True, False
                self._source = opener
                self._shift = self._shift or (indent(self._opener) if opener else 0)
            case _Kind.TABLE:
                self._source = self._header
            case _Kind.CODE:
                pass

    def _close(self) -> None:
        self._emit()
        self._kind, self._fence, self._lazy, self._running = _Kind.NONE, "", False, False
        self._shift = 0

    def _emit(self) -> None:
        # Only in open code are empty lines at the end part of the block.
        source = self._source[:-1] if self._fence else self._source.rstrip("\n")
        item = self._kind is _Kind.ITEM
        if source:
            number = self._number if item else None
            block = Block(source, self._gap, item, number, item and self._continued, self._running)
            self._done.append(block)
            self._after_item = item
        self._source = ""
