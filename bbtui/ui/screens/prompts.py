"""Bars at the foot of the screen that ask for a line or a key; the answers stay in view."""

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
    """Asks for one line. Returns it, or None when the user pressed esc."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "cancel", show=False)]

    def __init__(self, title: str, help_text: str, standing: str = "") -> None:
        super().__init__()
        self._title, self._help, self._standing = title, help_text, standing

    def compose(self) -> ComposeResult:
        """The subject, the text box, and what ends it."""
        with Vertical(classes="bar"):
            with Horizontal():
                yield Static(Content(clean_name(f"{self._title} ")), classes="bar-title")
                box = Input(self._standing, placeholder=self._help, compact=True)
                box.cursor_blink = False
                yield box
            yield Static(Content("enter keeps it · esc cancels"), classes="bar-help")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the line."""
        self.dismiss(event.value.strip())


class ChoicePrompt(Dialog[str | None]):
    """Asks for one key. Returns it, or None for esc; other keys do nothing.

    `lines` stand below the question: what one should know before one chooses.
    """

    def __init__(
        self, question: str, choices: Mapping[str, str], lines: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._question, self._choices, self._lines = question, dict(choices), lines

    def compose(self) -> ComposeResult:
        """The question and the keys."""
        parts: list[str | tuple[str, str]] = []
        for key, label in {
            **self._choices,
            "escape": self._choices.get("escape", "cancel"),
        }.items():
            shown = "esc" if key == "escape" else key
            parts += [("   ", ""), (shown, "bold $primary"), f" {clean_name(label)}"]
        with Vertical(classes="bar"):
            yield Static(Content(clean_name(self._question)), classes="bar-question")
            for line in self._lines:
                yield Static(Content(clean_name(line)))
            yield Static(Content.assemble(*parts[1:]), classes="bar-choices")

    def on_key(self, event: events.Key) -> None:
        """Take one of the keys offered."""
        event.stop()
        event.prevent_default()
        key = (event.character or "").lower()
        if event.key == "escape":
            self.dismiss(None)
        elif key in self._choices:
            self.dismiss(key)
