"""The prompt in which users type a prompt of their own."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from bbtui.ui.screens.dialogs import Dialog


class PromptArea(TextArea):
    """A text box of several lines in which enter sends and ctrl+j breaks the line.

    Every terminal sends ctrl+j; not every one sends shift+enter. Pasted text keeps its line breaks,
    since a paste is not a key.
    """

    class Submitted(Message):
        """Enter was pressed."""

    def __init__(self) -> None:
        super().__init__(compact=True, placeholder="type a prompt …")
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        if event.key not in ("enter", "ctrl+j"):
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            self.post_message(self.Submitted())
        else:
            self.insert("\n")


class OwnPromptScreen(Dialog[str | None]):
    """Asks for a prompt; returns it, or None for esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "cancel", show=False, priority=True)
    ]

    def compose(self) -> ComposeResult:
        """Yield the title, the text box and its keys."""
        with Vertical(classes="prompt"):
            title = Content("your own prompt, for every endpoint")
            yield Static(title, classes="prompt-title")
            yield PromptArea()
            yield Static(
                Content("enter runs it · ctrl+j new line · esc cancels"), classes="key-help"
            )

    def on_prompt_area_submitted(self) -> None:
        """Return the prompt, unless it is empty."""
        if text := self.query_one(PromptArea).text.strip():
            self.dismiss(text)
