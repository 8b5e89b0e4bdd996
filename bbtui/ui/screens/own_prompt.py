"""Where the user types a prompt of their own."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea

from bbtui.ui.screens.dialog import Dialog


class PromptBox(TextArea):
    """A text box of several lines in which enter sends and ctrl+j breaks the line.

    Terminals send ctrl+j everywhere, which cannot be said of shift+enter. Pasted text keeps its
    line breaks, since a paste is not a key.
    """

    def __init__(self) -> None:
        super().__init__(compact=True, placeholder="ask every endpoint …")
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            if isinstance(self.screen, OwnPromptScreen):
                self.screen.send(self.text)
        elif event.key == "ctrl+j":
            event.stop()
            event.prevent_default()
            self.insert("\n")
        else:
            await super()._on_key(event)


class OwnPromptScreen(Dialog[str | None]):
    """Asks for a prompt. Returns it, or None when the user pressed esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "cancel", show=False, priority=True)
    ]

    def compose(self) -> ComposeResult:
        """The text box, and what ends it."""
        with Vertical(classes="bar prompt"):
            yield Static(Content("a prompt of your own, for every endpoint"), classes="bar-title")
            yield PromptBox()
            yield Static(Content("enter asks · ctrl+j new line · esc cancels"), classes="bar-help")

    def send(self, text: str) -> None:
        """Take the prompt, unless there is none."""
        if text.strip():
            self.dismiss(text.strip())
