"""The list of saved sessions, to open one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from bbtui.ui.screens.dialog import Dialog
from bbtui.ui.words import literal

if TYPE_CHECKING:
    from bbtui.store.summaries import SessionSummary


class SessionsScreen(Dialog[str | None]):
    """Returns the id of the session chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,o,q", "leave", "close", show=False),
        Binding("j", "cursor('down')", show=False),
        Binding("k", "cursor('up')", show=False),
    ]

    def __init__(self, summaries: Sequence[SessionSummary], current: str) -> None:
        super().__init__()
        self._summaries, self._current = summaries, current

    def compose(self) -> ComposeResult:
        """One row a session, the newest first."""
        with Vertical(classes="sheet"):
            yield Static(Content.styled("sessions", "bold"), classes="sheet-title")
            yield OptionList(
                *(Option(_row(row, self._current), id=row.id) for row in self._summaries)
            )
            yield Static(Content("enter opens · esc closes"), classes="bar-help")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the session under the cursor."""
        self.dismiss(event.option_id)

    def action_cursor(self, where: str) -> None:
        """Move the cursor."""
        getattr(self.query_one(OptionList), f"action_cursor_{where}")()

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)


def _row(row: SessionSummary, current: str) -> Content:
    """``▸ #12  24 Nov 22:41  Big · Local  answered 5 of 8  scored 4  unfinished  Title``."""
    mark = "▸" if row.id == current else " "
    unfinished = "  unfinished" if row.unfinished else ""
    return Content.assemble(
        (f"{mark} #{row.number:<4}", "bold"),
        f" {row.started_at.astimezone():%d %b %H:%M}  ",
        f"answered {row.answered:>2} of {row.cells:<2}  scored {row.scored:>2}",
        (f"{unfinished:<12}", "$text-warning"),
        f"  {literal(' · '.join(row.endpoints))}  ",
        (literal(row.title), "$foreground-muted"),
    )
