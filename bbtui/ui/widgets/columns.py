"""One-line text laid out in a given width: left and right parts, and cropping that shows."""

from __future__ import annotations

from typing import Literal

from textual.content import Content


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
