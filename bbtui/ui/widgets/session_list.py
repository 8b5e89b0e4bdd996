"""The list of saved sessions: a row for each in columns, as many of them as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from bbtui.formatting.sanitize import clean_name
from bbtui.ui.widgets.row_layout import ColumnSpec, column_widths, crop

if TYPE_CHECKING:
    from bbtui.store.summaries import SessionSummary

_GAP = "  "
#: The most that a title, or the names of the endpoints, take from the columns after them.
_LONGEST = 32


class Column(NamedTuple):
    """What is told of each session; the lower its `rank`, the sooner there is room for it.

    `least` is how far it may be cropped, in cells; 0: not at all.
    """

    head: str
    cells: Sequence[str]
    rank: int
    style: str = ""
    least: int = 0

    @property
    def claim(self) -> ColumnSpec:
        """What it would have in a row; nothing where it tells nothing."""
        longest = max((Content(cell).cell_length for cell in self.cells), default=0)
        width = max(longest, len(self.head)) if longest else 0
        if not self.least:
            return ColumnSpec(width, width, self.rank)
        width = min(width, _LONGEST)
        return ColumnSpec(width, min(width, self.least), self.rank)


class SessionList(OptionList):
    """A row for each session, below what the columns are; the first one is chosen at first."""

    DEFAULT_CSS = "SessionList { scrollbar-gutter: stable; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    def __init__(self, summaries: Sequence[SessionSummary], current: str) -> None:
        super().__init__()
        self._ids = [one.id for one in summaries]
        self._columns = columns_of(summaries, current)

    def on_resize(self, _: events.Resize) -> None:
        """Lay out for the width at hand."""
        at = self.highlighted or 1
        heading, *rows = lined_up(self._columns, self.scrollable_content_region.width)
        options = [Option(row, id=name) for row, name in zip(rows, self._ids, strict=True)]
        self.clear_options().add_options([Option(heading, disabled=True), *options])
        self.highlighted = at


def columns_of(summaries: Sequence[SessionSummary], current: str) -> list[Column]:
    """What is told of the sessions; `current` is the id of the one in front."""
    return [
        Column(
            "",
            [f"{'▸' if one.id == current else ' '} #{one.number}" for one in summaries],
            rank=0,
            style="bold",
        ),
        Column("started", [f"{one.started_at.astimezone():%d %b %H:%M}" for one in summaries], 1),
        Column("answered", [f"{one.answered}/{one.cells}" for one in summaries], 2),
        Column("scored", [f"{one.scored}/{one.cells}" for one in summaries], 6),
        Column("", [_state(one) for one in summaries], 3, "$text-warning"),
        Column("title", [clean_name(one.title) for one in summaries], 4, least=10),
        Column(
            "endpoints",
            [clean_name(" · ".join(one.endpoints)) for one in summaries],
            rank=5,
            style="$foreground-muted",
            least=10,
        ),
    ]


def lined_up(columns: Sequence[Column], width: int) -> list[Content]:
    """The heading and the rows: the columns that fit into so many cells, in the order given."""
    widths = column_widths([column.claim for column in columns], width, len(_GAP))
    kept = [(columns[index], given) for index, given in widths.items()]
    heads = [_cell(column.head, given, "$foreground-muted") for column, given in kept]
    rows = zip(
        *([_cell(cell, given, column.style) for cell in column.cells] for column, given in kept),
        strict=True,
    )
    return [Content(_GAP).join(row) for row in (heads, *rows)]


def _cell(text: str, width: int, style: str) -> Content:
    return crop(Content.styled(text, style), width).pad_right(
        max(0, width - Content(text).cell_length)
    )


def _state(one: SessionSummary) -> str:
    return "running" if one.running else "unfinished" if one.unfinished else ""
