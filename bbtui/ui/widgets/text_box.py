"""A text box that wraps and grows with its text."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.widgets import TextArea


class TextBox(TextArea):
    """A text box in which enter submits.

    Of `words` the first that begins with what is typed is shown behind it: enter submits it, and
    right or tab take it to type on. A blank behind the typed word leaves it as it is.

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

    def __init__(
        self,
        text: str = "",
        *,
        placeholder: str,
        lines: bool = False,
        words: Sequence[str] = (),
    ) -> None:
        """Create the box with the cursor behind its text; `lines` allows several lines."""
        self._words = words
        super().__init__(text, compact=True, placeholder=placeholder)
        self.cursor_blink = False
        self.move_cursor(self.document.end)
        self._several = lines

    @property
    def completed(self) -> list[str]:
        """The words that begin with what is typed; none if that is a whole word or has a blank."""
        typed, length = self.text.casefold(), len(self.text)
        if not typed or any(character.isspace() for character in typed):
            return []
        if typed in (word.casefold() for word in self._words):
            return []
        return [word for word in self._words if word[:length].casefold() == typed]

    def update_suggestion(self) -> None:
        """Show the rest of the first word; called at every change of the text or the cursor."""
        found = self.completed if self.cursor_at_end_of_text else []
        self.suggestion = found[0][len(self.text) :] if found else ""

    async def _on_key(self, event: events.Key) -> None:
        taken = event.key == "tab" and self._words
        if event.key not in ("enter", "ctrl+j") and not taken:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        if taken:
            self.insert(self.suggestion)
        elif event.key == "enter":
            self.post_message(self.Submitted(self.text + self.suggestion))
        elif self._several:
            self.insert("\n")

    async def _on_paste(self, event: events.Paste) -> None:
        # Textual calls the handlers of both classes, unless the first prevents the other.
        event.stop()
        event.prevent_default()
        text = event.text if self._several else " ".join(event.text.split("\n"))
        await super()._on_paste(events.Paste(text))
