"""One block: the unit in which an answer is split, drawn and kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """Markdown that can be drawn alone.

    `gap`: an empty row before it. `item`: part of a list item, with its `number` if the list is
    ordered; `continued` then means that `source` is the item's further text, without its marker
    and indentation. `running`: `source` is inline text of a paragraph that was begun before.
    """

    source: str
    gap: bool = True
    item: bool = False
    number: int | None = None
    continued: bool = False
    running: bool = False
