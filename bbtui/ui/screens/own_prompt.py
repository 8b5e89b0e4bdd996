"""The prompt in which users type a prompt of their own."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from bbtui.ui.screens.dialogs import Dialog
from bbtui.ui.widgets.text_box import TextBox


class OwnPromptScreen(Dialog[str | None]):
    """A dialog for a prompt; returns it, or None for esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "cancel", show=False, priority=True)
    ]

    def compose(self) -> ComposeResult:
        """Yield the title, the text box and its keys."""
        with Vertical(classes="prompt"):
            title = Content("your own prompt, for every endpoint")
            yield Static(title, classes="prompt-title")
            yield TextBox(placeholder="type a prompt …", lines=True)
            yield Static(
                Content("enter runs it · ctrl+j new line · esc cancels"), classes="key-help"
            )

    def on_text_box_submitted(self, event: TextBox.Submitted) -> None:
        """Return the prompt, unless it is empty."""
        if event.text:
            self.dismiss(event.text)
