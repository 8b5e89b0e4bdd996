"""An answer as rows: blocks below one another, rendered when they come into view.

The thinking is above the answer, wherever in the stream it came, under a heading of one row. Rows
are counted from 0. A block that was not in view yet has an estimated height, so that a text of any
length is there at once; `render_range` renders what is in view, `render_more` the rest, a few
blocks at a time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from bbtui.ui.markdown.blocks import Block, BlockSplitter, StreamCleaner
from bbtui.ui.markdown.renderer import Renderer
from bbtui.ui.markdown.rows import TO_END, MarkdownStyles, Row, selected_text, spans_of

#: How many rows are kept rendered at least; and three times as many as are in view.
_KEPT_ROWS = 300
_ELASTIC = re.compile(r"[\s─]+")
_HEADING = Block("**thinking**", running=True)


class Anchor(NamedTuple):
    """Where a row begins, independent of the width and of the heights above it."""

    in_answer: bool
    """Whether it is in the answer, and not in the thinking."""
    block: int
    """Index of the block within the answer, or within the thinking."""
    offset: int
    """Line breaks and characters of the block above the row, without white space and ruled lines,
    of which another width has more or fewer; -1 is the empty row above the block."""


@dataclass(slots=True, eq=False)
class _RenderedBlock:
    """A block of the document."""

    block: Block
    height: int
    """In rows; an estimate until it is `known`."""
    thinking: bool
    known: bool = False
    """Whether `height` is that of its rows."""
    rows: list[Row] | None = None
    """None until it is rendered, and again once others were needed more."""
    offsets: list[int] | None = None
    """The anchor offset of each row, once it is needed."""
    text: str | None = None
    """Its text as it is shown, without wraps, once it was searched."""
    hits: dict[int, list[HitSpan]] | None = None
    """What was found in it, by the index of the row; None until that is shown."""


class HitSpan(NamedTuple):
    """A part of a row that was found."""

    span: tuple[int, int]
    """Its characters in the row: first, stop."""
    current: bool
    """Whether it belongs to the hit that was gone to last."""


class Hit(NamedTuple):
    """Where in the document a text was found."""

    block: _RenderedBlock
    """The block that has it."""
    first: int
    """The first character in the text of the block."""
    stop: int
    """The character after the last one."""


class _Stream:
    """One of the two texts, cleaned and split as far as it has arrived."""

    def __init__(self) -> None:
        self._cleaner = StreamCleaner()
        self._splitter = BlockSplitter()
        self.finished = 0

    def feed(self, text: str) -> tuple[int, list[Block]]:
        """Return how many blocks stay as they are, and the blocks after them."""
        kept = self.finished
        done = self._splitter.feed(self._cleaner.feed(text))
        self.finished += len(done)
        return kept, done + self._splitter.tail()


class MarkdownDocument:
    """A growing text as rows of the renderer's width."""

    def __init__(self, renderer: Renderer) -> None:
        self._thinking = _Stream()
        self._answer = _Stream()
        self._blocks: list[_RenderedBlock] = []
        self._tops: list[int] = [0]  # the first row of each block, and the number of rows
        self._answer_at = 0  # the index of the first block of the answer
        self._estimated: list[_RenderedBlock] = []  # may include some rendered since
        self._rendered: dict[_RenderedBlock, None] = {}  # those with rows, the latest last
        self._row_count = 0  # of those
        self._hits: dict[_RenderedBlock, list[tuple[Hit, bool]]] = {}
        self._most_rows = _KEPT_ROWS
        self._renderer = renderer
        self.set_renderer(renderer)

    @property
    def height(self) -> int:
        """Number of rows."""
        return self._tops[-1]

    @property
    def complete(self) -> bool:
        """Whether every block is rendered, so that every height is known."""
        return all(part.known for part in self._estimated)

    def set_renderer(self, renderer: Renderer) -> None:
        """Render everything again; with the same width every row stays where it is."""
        same_width = bool(self._blocks) and renderer.width == self._renderer.width
        self._renderer = renderer
        self._thinking_renderer = renderer.for_thinking()
        self._blank = renderer.blank_row()
        for block in self._blocks:
            self._drop(block)
        if not same_width:
            for block in self._blocks:
                block.known = False
                block.height = renderer.estimate_height(block.block)
            self._estimated = list(self._blocks)
            self._count_rows(0)

    def extend(self, text: str, thinking: str) -> None:
        """Append what has arrived of both texts."""
        if thinking and (self._answer_at or thinking.strip()):
            if not self._answer_at:
                self._replace(0, 0, [_HEADING], thinking=True)
                self._answer_at = 1
            kept, blocks = self._thinking.feed(thinking)
            self._replace(1 + kept, self._answer_at, blocks, thinking=True)
            self._answer_at = 1 + kept + len(blocks)
        if text:
            kept, blocks = self._answer.feed(text)
            self._replace(self._answer_at + kept, len(self._blocks), blocks, thinking=False)

    @property
    def width(self) -> int:
        """Width of a row in cells."""
        return self._renderer.width

    @property
    def styles(self) -> MarkdownStyles:
        """The styles it is rendered in."""
        return self._renderer.styles

    def row(self, y: int) -> Row:
        """Return a row, an empty one beyond the end; render its block if needed."""
        if not 0 <= y < self.height:
            return self._blank
        index = self._rendered_index(y)
        rows = self._rows(self._blocks[index])
        offset = y - self._tops[index] - self._gap(index)
        return rows[offset] if 0 <= offset < len(rows) else self._blank

    def anchor_at(self, y: int) -> Anchor:
        """Return where row `y` is in the text."""
        if not self._blocks:
            return Anchor(True, 0, -1)
        index = self._rendered_index(y)
        in_answer = index >= self._answer_at
        row = y - self._tops[index] - self._gap(index)
        offsets = self._offsets(self._blocks[index])
        above = offsets[min(row, len(offsets) - 1)] if offsets and row >= 0 else -1
        return Anchor(in_answer, index - self._answer_at if in_answer else index, above)

    def row_of(self, anchor: Anchor) -> int:
        """Return the row at which an anchor is now; render its block if needed."""
        index = anchor.block + (self._answer_at if anchor.in_answer else 0)
        if index >= len(self._blocks):
            return self.height
        top = self._tops[index]
        if anchor.offset < 0:
            return top
        if self._blocks[index].rows is None:
            self._rows(self._blocks[index])
            self._count_rows(index)
        row = bisect_right(self._offsets(self._blocks[index]), anchor.offset) - 1
        return top + self._gap(index) + max(0, row)

    def render_range(self, first: int, stop: int) -> bool:
        """Render the rows from `first` up to `stop`; return whether a height changed."""
        if not self._blocks or first >= self.height:
            return False
        self._most_rows = max(_KEPT_ROWS, 3 * (stop - first))
        start, end = self._index(first), self._index(min(stop, self.height) - 1)
        parts = self._blocks[start : end + 1]
        heights = [part.height for part in parts]
        for part in parts:
            self._rows(part)
        if heights == [part.height for part in parts]:
            return False
        self._count_rows(start)
        return True

    def render_more(self, more: Callable[[], bool]) -> None:
        """Render blocks of unknown height, the last ones first, while `more()` returns true."""
        while self._estimated and more():
            if not (part := self._estimated.pop()).known:
                self._rows(part)
        self._count_rows(0)

    def find(self, query: str) -> list[Hit]:
        """Find a text in all blocks, whatever its case and white space; none for a blank query.

        Every block is rendered once for that; its text is kept.
        """
        self.show_hits(())
        if not (words := query.split()):
            return []
        pattern = re.compile(r"\s+".join(map(re.escape, words)), re.IGNORECASE)
        return [
            Hit(part, found.start(), found.end())
            for part in self._blocks
            for found in pattern.finditer(self._text(part))
        ]

    def show_hits(self, hits: Sequence[Hit], current: int = 0) -> None:
        """Let `hit_spans` return these hits, with the one at the index `current` marked."""
        for part in self._blocks:
            part.hits = None
        self._hits = {}
        for index, hit in enumerate(hits):
            self._hits.setdefault(hit.block, []).append((hit, index == current))

    def row_of_hit(self, hit: Hit) -> int | None:
        """Return the row where a hit begins; None if its block has changed since."""
        if hit.block not in self._blocks:
            return None
        self._rows(hit.block)
        index = self._blocks.index(hit.block)
        self._count_rows(index)
        rows = spans_of(self._rows(hit.block), hit.first, hit.stop)
        return self._tops[index] + self._gap(index) + min(rows, default=0)

    def hit_spans(self, y: int) -> Sequence[HitSpan]:
        """Return the hits in a row."""
        if not self._hits or not 0 <= y < self.height:
            return ()
        index = self._rendered_index(y)
        part = self._blocks[index]
        if part.hits is None:
            part.hits = {}
            for hit, current in self._hits.get(part, ()):
                spans = spans_of(self._rows(part), hit.first, hit.stop)
                for row, span in spans.items():
                    part.hits.setdefault(row, []).append(HitSpan(span, current))
        return part.hits.get(y - self._tops[index] - self._gap(index), ())

    def _text(self, part: _RenderedBlock) -> str:
        if part.text is None:
            part.text = selected_text((row, (0, TO_END)) for row in self._rows(part))
        return part.text

    def _rows(self, part: _RenderedBlock) -> list[Row]:
        if part.rows is None:
            renderer = self._thinking_renderer if part.thinking else self._renderer
            part.rows = rows = renderer.render(part.block)
            part.height, part.known = len(rows), True
            self._row_count += len(rows)
            # Drawn rows take a hundred times as much memory as their text.
            while self._row_count > self._most_rows and self._rendered:
                self._drop(next(iter(self._rendered)))
            self._rendered[part] = None
            return rows
        self._rendered[part] = self._rendered.pop(part)  # now the latest
        return part.rows

    def _drop(self, part: _RenderedBlock) -> None:
        """Forget the rows of a block; its height stays."""
        if part.rows is not None:
            self._row_count -= len(part.rows)
            self._rendered.pop(part)
        part.rows = part.offsets = part.hits = None

    def _offsets(self, part: _RenderedBlock) -> list[int]:
        if part.offsets is None:
            sizes = (
                len(_ELASTIC.sub("", row.strip.text[row.skip :])) + (row.joint is None)
                for row in self._rows(part)
            )
            part.offsets = list(accumulate(sizes, initial=0))[:-1]
        return part.offsets

    def _rendered_index(self, y: int) -> int:
        """Return the index of the block of row `y`, after rendering it: that may move the row."""
        index = self._index(y)
        if self._blocks[index].rows is None:
            self.render_range(y, y + 1)
            index = self._index(y)
        return index

    def _index(self, y: int) -> int:
        """Return the index of the block that row `y` belongs to."""
        return min(max(bisect_right(self._tops, y) - 1, 0), len(self._blocks) - 1)

    def _gap(self, index: int) -> int:
        """Return the empty rows above a block: none above the first one and below the heading."""
        part = self._blocks[index]
        heads = index == 0 or (index == 1 and part.thinking)
        return 1 if part.block.gap and not heads else 0

    def _replace(self, start: int, stop: int, blocks: list[Block], *, thinking: bool) -> None:
        """Replace blocks; those that are the same stay rendered."""
        before = self._blocks[start:stop]
        same = {part.block: part for part in before if part.known}
        new = [
            same.get(block)
            or _RenderedBlock(block, self._renderer.estimate_height(block), thinking=thinking)
            for block in blocks
        ]
        self._blocks[start:stop] = new
        for part in before:
            part.known = True  # it need not be rendered any more
            if part not in new:
                self._drop(part)
        while self._estimated and self._estimated[-1].known:
            self._estimated.pop()
        self._estimated += [part for part in new if not part.known]
        self._count_rows(start)

    def _count_rows(self, start: int) -> None:
        """Count the rows again from the block `start` on."""
        heights = (
            self._blocks[index].height + self._gap(index)
            for index in range(start, len(self._blocks))
        )
        self._tops[start:] = accumulate(heights, initial=self._tops[start])
