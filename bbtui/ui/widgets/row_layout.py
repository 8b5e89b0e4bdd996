"""Layout of rows in a given width: columns by rank, both ends, and cropping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from textual.content import Content


class ColumnSpec(NamedTuple):
    """The cells that a part of a row needs."""

    width: int
    """The cells it takes if there is room."""
    least: int
    """The cells below which it is left out."""
    rank: int
    """Its priority: the lowest gets room first, then the order in the row."""


def column_widths(columns: Sequence[ColumnSpec], width: int, gap: int) -> dict[int, int]:
    """Return the widths of the columns that fit into `width` cells, by their index in order."""
    room = width + gap
    widths: dict[int, int] = {}
    for index, column in sorted(enumerate(columns), key=lambda pair: pair[1].rank):
        cells = min(column.width, room - gap)
        if 0 < column.least <= cells:
            widths[index] = cells
            room -= cells + gap
    return dict(sorted(widths.items()))


class RowPart(NamedTuple):
    """A part of a row that is shown whole or not at all."""

    text: str
    """The text; "" is left out."""
    rank: int = 0
    """Its priority: the lowest gets room first."""
    style: str = ""
    """Its style."""


def fit(parts: Sequence[RowPart], width: int, gap: str = "  ") -> tuple[Content, list[RowPart]]:
    """Return a row of the parts that fit, and the parts left out, both in order.

    Parts without text are ignored.
    """
    parts = [part for part in parts if part.text]
    contents = [Content.styled(part.text, part.style) for part in parts]
    columns = [
        ColumnSpec(content.cell_length, content.cell_length, part.rank)
        for content, part in zip(contents, parts, strict=True)
    ]
    kept = column_widths(columns, width, len(gap))
    row = Content(gap).join(contents[index] for index in kept)
    return row, [part for index, part in enumerate(parts) if index not in kept]


def crop(content: Content, width: int) -> Content:
    """Return the content in at most `width` cells, ending in … if it was cut."""
    if content.cell_length <= width:
        return content
    return content.truncate(max(width, 0), ellipsis=True)


def spread(
    left: Content,
    right: Content,
    width: int,
    *,
    middle: Content | None = None,
    keep: Literal["left", "right"] = "right",
) -> Content:
    """Return a row with `left` and `right` at its ends and `middle` between if there is room.

    Where both ends are too long, the one not to `keep` is cut.
    """
    if keep == "right":
        right = crop(right, width)
        left = crop(left, width - right.cell_length - 1)
    else:
        left = crop(left, width)
        right = crop(right, width - left.cell_length - 1)
    room = max(width - left.cell_length - right.cell_length, 0)
    if middle is not None and middle.cell_length + 4 <= room:
        spare = room - middle.cell_length
        before = min(spare - 2, max(2, (width - middle.cell_length) // 2 - left.cell_length))
        return Content.assemble(left, " " * before, middle, " " * (spare - before), right)
    return Content.assemble(left, " " * room, right)
