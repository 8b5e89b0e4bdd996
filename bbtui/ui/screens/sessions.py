"""The dialog that opens another saved session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList

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
        """Create the dialog; `current` is the id of the open session."""
        content = SessionList(summaries, current)
        super().__init__("sessions", content, keys="enter opens · esc closes")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the session under the cursor."""
        self.dismiss(event.option_id)
