"""An answer as rows: blocks one under another, drawn when they are looked at.

The thinking stands above the answer, wherever in the stream it came, under a heading of one row.
Rows are counted from 0. A block that nobody has seen yet has an estimated height, so that a text
of any length is there at once; `settle` draws what is in view, `work` the rest, a bit at a time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import NamedTuple

from bbtui.ui.markdown.block import Block
from bbtui.ui.markdown.blocks import Splitter
from bbtui.ui.markdown.clean import Cleaner
from bbtui.ui.markdown.draw import Drawer
from bbtui.ui.markdown.look import Look
from bbtui.ui.markdown.rows import Row

_ELASTIC = re.compile(r"[\s─]+")
_HEADING = Block("**thinking**", running=True)


class Place(NamedTuple):
    """Where a row begins, in a way that outlasts another width and other heights above.

    `block` counts from the first one of the answer, or of the thinking. `letters` is how much of
    the block stands above the row: line breaks, and characters but for what another width has
    more or less of, white space and ruled lines; -1 is the empty row over the block.
    """

    answer: bool
    block: int
    letters: int


class _Part:
    """A block in the document; `rows` is None until it is drawn, `height` then an estimate."""

    __slots__ = ("block", "height", "letters", "rows", "thinking")

    def __init__(self, block: Block, height: int, *, thinking: bool) -> None:
        self.block = block
        self.height = height
        self.thinking = thinking
        self.rows: list[Row] | None = None
        self.letters: list[int] | None = None  # how many stand above each row, once it is asked


class _Stream:
    """One of the two texts: what is cleaned and split of it so far."""

    def __init__(self) -> None:
        self._cleaner = Cleaner()
        self._splitter = Splitter()
        self.finished = 0

    def feed(self, text: str) -> tuple[int, list[Block]]:
        """The number of blocks that stay, and those that come after them now."""
        kept = self.finished
        done = self._splitter.feed(self._cleaner.feed(text))
        self.finished += len(done)
        return kept, done + self._splitter.tail()


class Document:
    """A text that grows, as rows of the drawer's width."""

    def __init__(self, drawer: Drawer) -> None:
        self._thinking = _Stream()
        self._answer = _Stream()
        self._parts: list[_Part] = []
        self._tops: list[int] = [0]  # the first row of each part, and the number of rows
        self._answer_at = 0  # the index of the answer's first part
        self._undrawn: list[_Part] = []  # parts whose height is estimated, and some drawn since
        self._drawer = drawer
        self.use(drawer)

    @property
    def height(self) -> int:
        """The number of rows."""
        return self._tops[-1]

    @property
    def settled(self) -> bool:
        """Whether every height is known."""
        return all(part.rows is not None for part in self._undrawn)

    def use(self, drawer: Drawer) -> None:
        """Draw everything anew; with the same width every row stays where it is."""
        same_width = bool(self._parts) and drawer.width == self._drawer.width
        self._drawer = drawer
        self._thinking_drawer = drawer.for_thinking()
        self._blank = drawer.blank()
        for part in self._parts:
            part.rows = part.letters = None
        if not same_width:
            for part in self._parts:
                part.height = drawer.estimate(part.block)
            self._undrawn = list(self._parts)
            self._count(0)

    def extend(self, text: str, thinking: str) -> None:
        """Take what has arrived of both texts."""
        if thinking and (self._answer_at or thinking.strip()):
            if not self._answer_at:
                self._replace(0, 0, [_HEADING], thinking=True)
                self._answer_at = 1
            kept, blocks = self._thinking.feed(thinking)
            self._replace(1 + kept, self._answer_at, blocks, thinking=True)
            self._answer_at = 1 + kept + len(blocks)
        if text:
            kept, blocks = self._answer.feed(text)
            self._replace(self._answer_at + kept, len(self._parts), blocks, thinking=False)

    @property
    def width(self) -> int:
        """The cells of a row."""
        return self._drawer.width

    @property
    def look(self) -> Look:
        """The styles it is drawn in."""
        return self._drawer.look

    def row(self, y: int) -> Row:
        """A row; an empty one where there is none. Draws its block if `settle` has not."""
        if not 0 <= y < self.height:
            return self._blank
        index = self._drawn_index(y)
        rows = self._drawn(self._parts[index])
        offset = y - self._tops[index] - self._gap(index)
        return rows[offset] if 0 <= offset < len(rows) else self._blank

    def place(self, y: int) -> Place:
        """Where row `y` is in the text."""
        if not self._parts:
            return Place(True, 0, -1)
        index = self._drawn_index(y)
        answer = index >= self._answer_at
        row = y - self._tops[index] - self._gap(index)
        letters = self._letters(self._parts[index])
        above = letters[min(row, len(letters) - 1)] if letters and row >= 0 else -1
        return Place(answer, index - self._answer_at if answer else index, above)

    def row_of(self, place: Place) -> int:
        """The row at which a place is now; draws its block."""
        index = place.block + (self._answer_at if place.answer else 0)
        if index >= len(self._parts):
            return self.height
        top = self._tops[index]
        if place.letters < 0:
            return top
        if self._parts[index].rows is None:
            self._drawn(self._parts[index])
            self._count(index)
        row = bisect_right(self._letters(self._parts[index]), place.letters) - 1
        return top + self._gap(index) + max(0, row)

    def settle(self, first: int, stop: int) -> bool:
        """Draw what the rows from `first` up to `stop` show; whether any height has changed."""
        if not self._parts or first >= self.height:
            return False
        start, end = self._index(first), self._index(min(stop, self.height) - 1)
        parts = self._parts[start : end + 1]
        heights = [part.height for part in parts]
        for part in parts:
            self._drawn(part)
        if heights == [part.height for part in parts]:
            return False
        self._count(start)
        return True

    def work(self, more: Callable[[], bool]) -> None:
        """Draw blocks of unknown height, the last ones first, while `more()` says so."""
        while self._undrawn and more():
            self._drawn(self._undrawn.pop())
        self._count(0)

    def _drawn(self, part: _Part) -> list[Row]:
        if part.rows is None:
            drawer = self._thinking_drawer if part.thinking else self._drawer
            part.rows = drawer.draw(part.block)
            part.height = len(part.rows)
        return part.rows

    def _letters(self, part: _Part) -> list[int]:
        if part.letters is None:
            sizes = (
                len(_ELASTIC.sub("", row.strip.text[row.skip :])) + (row.joint is None)
                for row in self._drawn(part)
            )
            part.letters = list(accumulate(sizes, initial=0))[:-1]
        return part.letters

    def _drawn_index(self, y: int) -> int:
        """The part that row `y` belongs to, drawn, so that the row is the one it will stay."""
        index = self._index(y)
        if self._parts[index].rows is None:
            self.settle(y, y + 1)
            index = self._index(y)
        return index

    def _index(self, y: int) -> int:
        """The part that row `y` belongs to."""
        return min(max(bisect_right(self._tops, y) - 1, 0), len(self._parts) - 1)

    def _gap(self, index: int) -> int:
        """The empty rows above a part: none above the first one and below the heading."""
        part = self._parts[index]
        heads = index == 0 or (index == 1 and part.thinking)
        return 1 if part.block.gap and not heads else 0

    def _replace(self, start: int, stop: int, blocks: list[Block], *, thinking: bool) -> None:
        """Put blocks in the place of others; those that are the same stay drawn."""
        gone = {part.block: part for part in self._parts[start:stop] if part.rows is not None}
        for part in self._parts[start:stop]:
            part.rows = part.rows or []  # nobody needs to draw it any more
        self._parts[start:stop] = [
            gone.get(block) or _Part(block, self._drawer.estimate(block), thinking=thinking)
            for block in blocks
        ]
        while self._undrawn and self._undrawn[-1].rows is not None:
            self._undrawn.pop()
        new = self._parts[start : start + len(blocks)]
        self._undrawn += [part for part in new if part.rows is None]
        self._count(start)

    def _count(self, start: int) -> None:
        """Count the rows again from the part `start` on."""
        heights = (
            self._parts[index].height + self._gap(index) for index in range(start, len(self._parts))
        )
        self._tops[start:] = accumulate(heights, initial=self._tops[start])
