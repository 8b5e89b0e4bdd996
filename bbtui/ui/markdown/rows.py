"""Rows of styled text: the styles, wrapping by cells, and copying what is selected of them.

A wrapped line is copied as the one line it was; decoration such as margins, the bar beside a quote
or the indentation of code is left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

TAB_SIZE = 4
#: The end of a span that reaches the end of the row.
TO_END = -1
#: How far a wrapped line of code is indented beyond its beginning, in cells.
HANG = 2


@dataclass(frozen=True, slots=True)
class MarkdownStyles:
    """A style for each kind of text, applied over `base`."""

    base: Style = Style()
    """Colours of text and background."""
    heading: Style = Style(bold=True)
    """The style of headings."""
    code: Style = Style()
    """Inline code."""
    block: Style = Style()
    """Blocks of code, with their background."""
    quote: Style = Style()
    """The style of quotes."""
    link: Style = Style(underline=True)
    """The style of links."""
    quiet: Style = Style(dim=True)
    """What is not text: rules, bullets, the bar beside a quote."""
    thinking: Style = Style(dim=True, italic=True)
    """The style of thinking text."""
    code_theme: str = "ansi_dark"
    """A Pygments theme, or Rich's ``ansi_dark`` or ``ansi_light``."""

    def for_thinking(self) -> MarkdownStyles:
        """Return the styles of thinking text: a single quiet one, so that the answer is louder."""
        return replace(
            self,
            base=self.base + self.thinking,
            heading=Style(bold=True),
            code=Style(),
            quote=Style(),
            link=Style(underline=True),
        )


def without_background(style: Style) -> Style:
    """Return the style without its background."""
    return Style(
        color=style.color,
        bold=style.bold,
        dim=style.dim,
        italic=style.italic,
        underline=style.underline,
    )


class Line(NamedTuple):
    """A row without its margin and padding."""

    segments: list[Segment]
    """Its text with styles."""
    skip: int = 0
    """Characters at its start that are decoration and no part of the text."""
    joint: str | None = None
    """What a wrap took from between it and the row above; None after a line break."""


class Row(NamedTuple):
    """A row as wide as the view."""

    strip: Strip
    """Its cells."""
    skip: int
    """See `Line.skip`."""
    joint: str | None
    """See `Line.joint`."""


def wrap_text(text: Text, width: int, console: Console) -> Iterator[Line]:
    """Yield the text in rows of at most `width` cells, wrapped at white space where possible."""
    for line in text.split("\n", allow_blank=True):
        if len(line.plain) <= width and line.plain.isascii() and "\t" not in line.plain:
            yield Line(list(line.render(console)))
            continue
        line.expand_tabs(TAB_SIZE)
        plain, position = line.plain, 0
        joint: str | None = None
        for piece in line.wrap(console, width, overflow="fold"):
            space = plain[position : position + 1] == " "
            if position and (space or plain[position - 1] == " "):
                joint = " "
            while plain[position : position + 1] == " " and not piece.plain.startswith(" "):
                position += 1
            yield Line(list(piece.render(console)), joint=joint)
            position += len(piece.plain)
            joint = ""


def wrap_code(segments: Iterable[Segment], width: int) -> Iterator[Line]:
    """Yield a line of code in rows of at most `width` cells, wrapped at white space where possible.

    The further rows are indented a little more than the line, so that they do not look like lines
    of their own.
    """
    line = [segment for segment in segments if segment.text]
    plain = "".join(segment.text for segment in line)
    if cell_len(plain) <= width:
        yield Line(line)
        return
    indentation = len(plain) - len(plain.lstrip(" "))
    hang = Segment(" " * min(indentation + HANG, 2 * width // 3), line[0].style)
    take = _taker(line)
    joint: str | None = None
    for row, space in _cut(plain, width, indentation, len(hang.text)):
        rest = take(len(row))
        take(len(space))
        yield (
            Line(rest, joint=joint) if joint is None else Line([hang, *rest], len(hang.text), joint)
        )
        joint = space


def _cut(plain: str, width: int, indentation: int, hang: int) -> Iterator[tuple[str, str]]:
    """Yield a line as rows, each with the white space that is dropped after it.

    The first row has `width` cells, the others `hang` less. A row that a cut at white space would
    leave half empty is cut where it is full.
    """
    start, room = 0, width
    while start < len(plain):
        # Read only a few rows ahead: a very long line would be read whole for each of its rows.
        window = plain[start : start + 4 * room]
        stop = start + (len(chop_cells(window, room)[0]) if cell_len(window[0]) <= room else 1)
        if stop < len(plain):
            least = start + max(indentation if not start else 0, room // 2)
            space = plain.rfind(" ", least, stop + 1)
            stop = stop if space < 0 else space
        # White space at the end of a row would be lost to a copy: it belongs to the cut.
        row = plain[start:stop].rstrip(" ")
        after = stop
        while plain[after : after + 1] == " ":
            after += 1
        yield row, plain[start + len(row) : after]
        start, room = after, width - hang


def _taker(segments: Iterable[Segment]) -> Callable[[int], list[Segment]]:
    """Return a function that takes a number of characters from the rest of the segments."""
    left = deque(segments)

    def take(count: int) -> list[Segment]:
        taken = []
        while count and left:
            text, style, _ = left.popleft()
            taken.append(Segment(text[:count], style))
            if text[count:]:
                left.appendleft(Segment(text[count:], style))
            count -= len(taken[-1].text)
        return taken

    return take


def add_prefix(lines: Iterable[Line], first: Segment, others: Segment) -> Iterator[Line]:
    """Yield the lines after a prefix, which a copy leaves out where a wrap made it."""
    prefix = first
    for line in lines:
        left_out = line.skip or line.joint is not None
        skip = len(prefix.text) + line.skip if left_out else 0
        yield Line([prefix, *line.segments], skip, line.joint)
        prefix = others


def fill_background(line: Line, width: int, style: Style) -> Line:
    """Return the line with a background of its own, `width` cells wide."""
    used = sum(segment.cell_length for segment in line.segments)
    fill = [Segment(" " * (width - used), style)] if used < width else []
    return line._replace(segments=[*line.segments, *fill])


def highlight_span(row: Row, span: tuple[int, int], style: Style) -> Strip:
    """Return the row's strip with the text inside a span (first, stop) in another style."""
    text = row.strip.text
    first, stop = _bounds(row, span)
    if first >= stop:
        return row.strip
    left, right = cell_len(text[:first]), cell_len(text[:stop])
    middle = Segment.apply_style(row.strip.crop(left, right), post_style=style)
    return Strip.join([row.strip.crop(0, left), Strip(middle, right - left), row.strip.crop(right)])


def selected_text(rows: Iterable[tuple[Row, tuple[int, int]]]) -> str:
    """Return the text of the rows, each inside its span."""
    parts: list[str] = []
    for row, span in rows:
        first, stop = _bounds(row, span)
        if parts:
            parts.append("\n" if row.joint is None else row.joint)
        parts.append(row.strip.text[first:stop])
    return "".join(parts)


def spans_of(rows: Sequence[Row], first: int, stop: int) -> dict[int, tuple[int, int]]:
    """Return where the characters from `first` to `stop` of the rows' text are.

    The text is what `selected_text` returns for whole rows; the spans are by the index of the row.
    """
    spans: dict[int, tuple[int, int]] = {}
    position = 0
    for index, row in enumerate(rows):
        begin, end = _bounds(row, (0, TO_END))
        if index:
            position += len("\n" if row.joint is None else row.joint)
        length = max(end - begin, 0)
        left, right = max(first - position, 0), min(stop - position, length)
        if left < right:
            spans[index] = (begin + left, begin + right)
        position += length
    return spans


def _bounds(row: Row, span: tuple[int, int]) -> tuple[int, int]:
    """Return the span without decoration and without white space at the end."""
    first, stop = span
    end = len(row.strip.text.rstrip())
    return max(first, row.skip), end if stop == TO_END else min(stop, end)
