"""Prompts at the bottom edge, for a line of text or a key; the answers stay in view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from bbtui.formatting.sanitize import clean_name
from bbtui.ui.screens.dialog import Dialog


class InputPrompt(Dialog[str | None]):
    """Asks for a line of text; returns it, or None for esc."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "cancel", show=False)]

    def __init__(
        self, title: str, placeholder: str, value: str = "", *, enter: str = "saves"
    ) -> None:
        """Create the prompt; `enter` is what enter does, for the line of keys."""
        super().__init__()
        self._title, self._placeholder, self._value = title, placeholder, value
        self._keys = f"enter {enter} · esc cancels"

    def compose(self) -> ComposeResult:
        """Yield the title, the text box and its keys."""
        with Vertical(classes="prompt"):
            with Horizontal():
                yield Static(Content(clean_name(f"{self._title} ")), classes="prompt-title")
                box = Input(self._value, placeholder=self._placeholder, compact=True)
                box.cursor_blink = False
                yield box
            yield Static(Content(self._keys), classes="key-help")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the line."""
        self.dismiss(event.value.strip())


class ChoicePrompt(Dialog[str | None]):
    """Asks for one of the keys of `choices`; returns it, or None for esc.

    `lines` are shown below the question.
    """

    def __init__(
        self, question: str, choices: Mapping[str, str], lines: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._question, self._choices, self._lines = question, dict(choices), lines

    def compose(self) -> ComposeResult:
        """Yield the question and the keys."""
        parts: list[str | tuple[str, str]] = []
        for key, label in {
            **self._choices,
            "escape": self._choices.get("escape", "cancel"),
        }.items():
            shown = "esc" if key == "escape" else key
            parts += [("   ", ""), (shown, "bold $primary"), f" {clean_name(label)}"]
        with Vertical(classes="prompt"):
            yield Static(Content(clean_name(self._question)), classes="prompt-question")
            for line in self._lines:
                yield Static(Content(clean_name(line)))
            yield Static(Content.assemble(*parts[1:]), classes="prompt-choices")

    def on_key(self, event: events.Key) -> None:
        """Return the key, if it is one of the choices."""
        event.stop()
        event.prevent_default()
        key = (event.character or "").lower()
        if event.key == "escape":
            self.dismiss(None)
        elif key in self._choices:
            self.dismiss(key)
