"""Splits growing Markdown into finished blocks and an open tail, line by line.

A block is finished when nothing that comes later can change how it looks: its Markdown parses alone
as it does within the whole. List items are blocks of their own. A block that grows past a limit is
split at a line where it can go on, so that the tail stays small; where it is split depends on the
text alone and never on the pieces it came in.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from enum import Enum

from bbtui.ui.markdown import line_syntax as syntax
from bbtui.ui.markdown.line_syntax import Marker, dedent, indent, is_blank

#: Characters after which an open fence, any other block, and a single line are split.
FENCE_LIMIT = 1_000
BLOCK_LIMIT = 2_500
LINE_LIMIT = 1_500


@dataclass(frozen=True, slots=True)
class Block:
    """Markdown that can be drawn alone."""

    source: str
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


class _Kind(Enum):
    NONE = 0
    PARAGRAPH = 1
    FENCE = 2
    QUOTE = 3
    ITEM = 4
    TABLE = 5
    CODE = 6


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
        item = syntax.read_marker(line)
        # Items and lists that follow one another are as close as the model wrote them.
        self._gap = self._blank if self._after_item and item else True
        self._continued = self._running = False
        if indent(line) >= 4:
            self._open(_Kind.CODE, line)
        elif fence := syntax.read_fence(line):
            self._fence, self._opener = fence, line
            self._open(_Kind.FENCE, line)
        elif syntax.QUOTE.match(line):
            self._open(_Kind.QUOTE, line)
            self._track(line.lstrip()[1:].removeprefix(" "))
        elif item:
            self._item, self._number = item, item.number
            self._open(_Kind.ITEM, line)
            self._track(line.expandtabs(4)[item.content :])
        else:
            self._open(_Kind.PARAGRAPH, line)
            if syntax.RULE.match(line) or syntax.HEADING.match(line):
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
                taken = indent(line) < 4 and not syntax.interrupts(line, paragraph=False)
            case _Kind.QUOTE:
                return self._in_quote(line)
            case _Kind.ITEM:
                return self._in_item(line)
            case _:
                taken = indent(line) >= 4
        if taken:
            if self._is_full():
                self._continue()
            self._append(line)
        return taken

    def _in_fence(self, line: str) -> None:
        if syntax.closes_fence(line, self._fence):
            self._append(line)
            self._close()
            return
        if len(self._source) > 3 * FENCE_LIMIT or (
            len(self._source) > FENCE_LIMIT and syntax.is_balanced(self._source)
        ):
            self._continue()
        self._append(line)

    def _in_paragraph(self, line: str) -> bool:
        if not self._running:
            before, _, last = self._source[:-1].rpartition("\n")
            if syntax.count_columns(last, line):
                if before:
                    self._source = before
                    self._close()
                    self._gap = True
                self._header = f"{last}\n{line}\n"
                self._kind, self._source = _Kind.TABLE, self._header
                return True
            if syntax.UNDERLINE.match(line):
                self._append(line)
                self._close()
                return True
        if syntax.interrupts(line, paragraph=True):
            return False
        if self._is_full():
            self._continue()
        self._append(line.lstrip() if self._running else line)
        return True

    def _in_quote(self, line: str) -> bool:
        if syntax.QUOTE.match(line):
            if self._is_full():
                self._continue()
            self._append(line)
            self._track(line.lstrip()[1:].removeprefix(" "))
            return True
        if self._fence or not self._lazy or syntax.interrupts(line, paragraph=False):
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
        if lazy and not syntax.interrupts(line, paragraph=False):
            if self._is_full():
                self._continue()
            self._append(line)
            return True
        item = syntax.read_marker(line)
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
            if syntax.closes_fence(text, self._fence):
                self._fence = ""
                if self._shift:
                    self._shift = 0
                    self._continue()
        elif fence := syntax.read_fence(text):
            self._fence, self._opener = fence, inner
            self._lazy = False
        else:
            code = indent(inner) >= 4 and not self._lazy
            block = code or syntax.HEADING.match(text) or syntax.RULE.match(text)
            self._lazy = bool(text) and not block

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
