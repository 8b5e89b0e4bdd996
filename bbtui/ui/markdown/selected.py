"""Selected rows: how they look, and the text that a copy takes of them.

Positions are (x, y): the character in a row and the row. A wrapped line is copied as the one line
it was; decoration such as margins, the bar of a quote or the indentation of code is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from bbtui.ui.markdown.rows import Row

#: In a span: up to the end of the row.
TO_END = -1


def highlight(row: Row, span: tuple[int, int], style: Style) -> Strip:
    """The row's strip with the text inside a span (first, stop) in another style."""
    text = row.strip.text
    first, stop = _bounds(row, span)
    if first >= stop:
        return row.strip
    left, right = cell_len(text[:first]), cell_len(text[:stop])
    middle = Segment.apply_style(row.strip.crop(left, right), post_style=style)
    return Strip.join([row.strip.crop(0, left), Strip(middle, right - left), row.strip.crop(right)])


def copied(rows: Iterable[tuple[Row, tuple[int, int]]]) -> str:
    """The text of rows, each inside its span."""
    parts: list[str] = []
    for row, span in rows:
        first, stop = _bounds(row, span)
        if parts:
            parts.append("\n" if row.joint is None else row.joint)
        parts.append(row.strip.text[first:stop])
    return "".join(parts)


def _bounds(row: Row, span: tuple[int, int]) -> tuple[int, int]:
    """The span without decoration and without the white space at the end."""
    first, stop = span
    end = len(row.strip.text.rstrip())
    return max(first, row.skip), end if stop == TO_END else min(stop, end)
