"""The dialog that opens another saved session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from bbtui.formatting.sanitize import clean_name
from bbtui.ui.screens.dialogs import LargeDialog
from bbtui.ui.widgets.row_layout import ColumnSpec, column_widths, crop

if TYPE_CHECKING:
    from bbtui.store.summaries import SessionSummary


_GAP = "  "
#: The most cells of a title or of the names of the endpoints.
_MAX_WIDTH = 32


class Column(NamedTuple):
    """A column of the list."""

    title: str
    cells: Sequence[str]
    """A text for each session."""
    rank: int
    """Its priority: the lowest gets room first."""
    style: str = ""
    least: int = 0
    """The cells to which it may be cropped; 0: not at all."""

    @property
    def spec(self) -> ColumnSpec:
        """The cells it needs; none if all its cells are empty."""
        longest = max((Content(cell).cell_length for cell in self.cells), default=0)
        width = max(longest, len(self.title)) if longest else 0
        if not self.least:
            return ColumnSpec(width, width, self.rank)
        width = min(width, _MAX_WIDTH)
        return ColumnSpec(width, min(width, self.least), self.rank)


class SessionList(OptionList):
    """A row for each session, below the titles of the columns."""

    DEFAULT_CSS = "SessionList { scrollbar-gutter: stable; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    def __init__(self, summaries: Sequence[SessionSummary], current: str) -> None:
        super().__init__()
        self._ids = [summary.id for summary in summaries]
        self._columns = session_columns(summaries, current)

    def on_resize(self, _: events.Resize) -> None:
        """Lay out for the new width."""
        cursor = self.highlighted or 1
        heading, *rows = layout_rows(self._columns, self.scrollable_content_region.width)
        options = [Option(row, id=name) for row, name in zip(rows, self._ids, strict=True)]
        self.clear_options().add_options([Option(heading, disabled=True), *options])
        self.highlighted = cursor


def session_columns(summaries: Sequence[SessionSummary], current: str) -> list[Column]:
    """Return the columns of the sessions; `current` is the id of the open one."""
    numbers = [f"{'▸' if each.id == current else ' '} #{each.number}" for each in summaries]
    started = [f"{summary.started_at.astimezone():%d %b %H:%M}" for summary in summaries]
    endpoints = [clean_name(" · ".join(summary.endpoints)) for summary in summaries]
    return [
        Column("", numbers, 0, "bold"),
        Column("started", started, 1),
        Column("answered", [f"{summary.answered}/{summary.cells}" for summary in summaries], 2),
        Column("scored", [f"{summary.scored}/{summary.cells}" for summary in summaries], 6),
        Column("state", [_state(summary) for summary in summaries], 3, "$text-warning"),
        Column("title", [clean_name(summary.title) for summary in summaries], 4, least=10),
        Column("endpoints", endpoints, 5, "$foreground-muted", least=10),
    ]


def layout_rows(columns: Sequence[Column], width: int) -> list[Content]:
    """Return the heading and the rows with the columns that fit into `width` cells."""
    widths = column_widths([column.spec for column in columns], width, len(_GAP))
    kept = [(columns[index], cells) for index, cells in widths.items()]
    titles = [_cell(column.title, cells, "$foreground-muted") for column, cells in kept]
    rows = zip(
        *([_cell(cell, cells, column.style) for cell in column.cells] for column, cells in kept),
        strict=True,
    )
    return [Content(_GAP).join(row) for row in (titles, *rows)]


def _cell(text: str, width: int, style: str) -> Content:
    cell = crop(Content.styled(text, style), width)
    return cell.pad_right(width - cell.cell_length)


def _state(summary: SessionSummary) -> str:
    return "running" if summary.running else "unfinished" if summary.unfinished else ""


class SessionsScreen(LargeDialog[str | None]):
    """Lists the saved sessions; returns the id of the selected one, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "leave", "close", show=False, id="sessions.open")
    ]

    def __init__(self, summaries: Sequence[SessionSummary], current: str) -> None:
        """Create the dialog; `current` is the id of the open session."""
        content = SessionList(summaries, current)
        super().__init__("sessions", content, keys="enter opens · esc closes")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the session under the cursor."""
        self.dismiss(event.option_id)
