"""The dialog that opens another saved session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from bbtui.ui.screens.dialog import LargeDialog
from bbtui.ui.widgets.session_list import SessionList

if TYPE_CHECKING:
    from bbtui.store.summaries import SessionSummary


class SessionsScreen(LargeDialog[str | None]):
    """Lists the saved sessions; returns the id of the selected one, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "leave", "close", show=False, id="sessions.open")
    ]

    def __init__(self, summaries: Sequence[SessionSummary], current: str) -> None:
        super().__init__()
        self._summaries, self._current = summaries, current

    def compose(self) -> ComposeResult:
        """Yield one row for each session, the newest first."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("sessions", "bold"), classes="dialog-title")
            yield SessionList(self._summaries, self._current)
            yield Static(Content("enter opens · esc closes"), classes="key-help")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the session under the cursor."""
        self.dismiss(event.option_id)
