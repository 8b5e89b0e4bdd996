"""Rows of styled text: wrapping by cells, and what a copy needs to know of each row."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

TAB = 4
#: How far to the right of its beginning a line of code goes on.
HANG = 2


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
    """A line of code in rows of at most `width` cells, cut at white space where there is some.

    What goes on stands a little to the right of the line's own indentation, so that it looks
    like no line of its own.
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
    """A line as rows, each with the white space that the cut after it takes away.

    The first row has `width` cells, the others `hang` less. A row that white space would leave
    half empty is cut where it is full.
    """
    start, room = 0, width
    while start < len(plain):
        # No more than a few rows are looked at, or a line without an end would be read for each.
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
    """A function that takes so many characters from what is left of the segments."""
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
