"""Rows of styled text: wrapping by cells, and what a copy needs to know of each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

TAB = 4


class Line(NamedTuple):
    """A row in the making, without margin and padding.

    The first `skip` characters are decoration, no part of the text. `joint` says how it goes on
    from the row above: None after a line break, else what a wrap has taken from between them.
    """

    segments: list[Segment]
    skip: int = 0
    joint: str | None = None


class Row(NamedTuple):
    """A row as it is shown, as wide as the view; `skip` and `joint` as in `Line`."""

    strip: Strip
    skip: int
    joint: str | None


def wrap(text: Text, width: int, console: Console) -> Iterator[Line]:
    """The text in rows of at most `width` cells, at white space where there is any."""
    for line in text.split("\n", allow_blank=True):
        if len(line.plain) <= width and line.plain.isascii() and "\t" not in line.plain:
            yield Line(list(line.render(console)))
            continue
        line.expand_tabs(TAB)
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


def fold(segments: Iterable[Segment], width: int) -> Iterator[Line]:
    """A line of code in rows of at most `width` cells, cut wherever one is full."""
    row: list[Segment] = []
    room = width
    joint: str | None = None
    for text, style, _ in segments:
        while (size := cell_len(text)) > room:
            fits = chop_cells(text, room)[0] if room else ""
            if cell_len(fits) > room:  # a wide character and one cell
                fits = ""
            if not fits and not row:
                fits = text[0]
            if fits:
                row.append(Segment(fits, style))
            yield Line(row, joint=joint)
            text, row, room, joint = text[len(fits) :], [], width, ""
        if text:
            row.append(Segment(text, style))
            room -= size
    yield Line(row, joint=joint)


def prefixed(lines: Iterable[Line], first: Segment, others: Segment) -> Iterator[Line]:
    """The lines, moved to the right by a prefix; a copy leaves it out where a wrap made it."""
    prefix = first
    for line in lines:
        left_out = line.skip or line.joint is not None
        skip = len(prefix.text) + line.skip if left_out else 0
        yield Line([prefix, *line.segments], skip, line.joint)
        prefix = others


def padded(line: Line, width: int, style: Style) -> Line:
    """The line with a background of its own, `width` cells wide."""
    used = sum(segment.cell_length for segment in line.segments)
    fill = [Segment(" " * (width - used), style)] if used < width else []
    return line._replace(segments=[*line.segments, *fill])
