"""A text box that wraps and grows with its text."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import TextArea


class TextBox(TextArea):
    """A text box in which enter submits.

    Of several lines ctrl+j breaks one: every terminal sends that, not every one shift+enter. Pasted
    text keeps its line breaks, since a paste is not a key; where only one line is wanted they
    become spaces.
    """

    DEFAULT_CSS = "TextBox { height: auto; max-height: 10; padding: 0; }"

    class Submitted(Message):
        """Enter was pressed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text.strip()

    def __init__(self, text: str = "", *, placeholder: str, lines: bool = False) -> None:
        """Create the box with the cursor behind its text; `lines` allows several lines."""
        super().__init__(text, compact=True, placeholder=placeholder)
        self.cursor_blink = False
        self.move_cursor(self.document.end)
        self._several = lines

    async def _on_key(self, event: events.Key) -> None:
        if event.key not in ("enter", "ctrl+j"):
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            self.post_message(self.Submitted(self.text))
        elif self._several:
            self.insert("\n")

    async def _on_paste(self, event: events.Paste) -> None:
        # Textual calls the handlers of both classes, unless the first prevents the other.
        event.stop()
        event.prevent_default()
        text = event.text if self._several else " ".join(event.text.split("\n"))
        await super()._on_paste(events.Paste(text))
