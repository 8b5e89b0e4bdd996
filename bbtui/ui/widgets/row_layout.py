"""One-line text laid out in a given width: by its weight, at its two ends, cropped so one sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from textual.content import Content


class ColumnSpec(NamedTuple):
    """How many cells something would have in a row, and the `least` that it can do with.

    The lower its `rank`, the sooner there is room for it; of two of one rank the first has the
    better claim.
    """

    width: int
    least: int
    rank: int


def column_widths(claims: Sequence[ColumnSpec], width: int, gap: int) -> dict[int, int]:
    """The cells of those that have room in a row so wide, by their index and in their order."""
    room = width + gap
    given: dict[int, int] = {}
    for index, claim in sorted(enumerate(claims), key=lambda pair: pair[1].rank):
        cells = min(claim.width, room - gap)
        if 0 < claim.least <= cells:
            given[index] = cells
            room -= cells + gap
    return dict(sorted(given.items()))


class Part(NamedTuple):
    """A piece of a row, shown whole or not at all: the lower its `rank`, the sooner it is shown."""

    text: str
    rank: int = 0
    style: str = ""


def fit(parts: Sequence[Part], width: int, gap: str = "  ") -> tuple[Content, list[Part]]:
    """A row of those parts that have room in it, and the others; both in the order given.

    A part without text is none.
    """
    given = [part for part in parts if part.text]
    drawn = [Content.styled(part.text, part.style) for part in given]
    claims = [
        ColumnSpec(content.cell_length, content.cell_length, part.rank)
        for content, part in zip(drawn, given, strict=True)
    ]
    kept = column_widths(claims, width, len(gap))
    row = Content(gap).join(drawn[index] for index in kept)
    return row, [part for index, part in enumerate(given) if index not in kept]


def crop(content: Content, width: int) -> Content:
    """The content in at most `width` cells, ending in … where something was left out."""
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
    """`left` at the left edge, `right` at the right one, `middle` between if there is room.

    Where both are too long, the part to `keep` stands and the other gives way.
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
