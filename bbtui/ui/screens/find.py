"""The box that finds text in an answer, which stays in view above it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from bbtui.ui.screens.dialogs import Dialog
from bbtui.ui.widgets.answer_view import AnswerView

_TYPING = "enter goes to the next · esc closes"
_MOVING = "n next · N previous · / edits · esc closes"


class FindBox(Dialog[None]):
    """Highlights what is typed wherever it occurs; enter leaves the text box, then n and N move."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", show=False),
        Binding("n,enter", "go(1)", show=False),
        Binding("N", "go(-1)", show=False),
        Binding("down", "go(1)", show=False, priority=True),
        Binding("up", "go(-1)", show=False, priority=True),
        Binding("slash", "edit", show=False),
    ]

    def __init__(self, view: AnswerView, side: str) -> None:
        """Create the box for the answer of a side."""
        super().__init__()
        self._view, self._side = view, side
        self._box = Input(placeholder="text in this answer", compact=True)
        self._box.cursor_blink = False
        self._count, self._keys = Static(Content("")), Static(Content(_TYPING), classes="key-help")

    def compose(self) -> ComposeResult:
        """Yield the text box, the number of hits, and the keys."""
        with Vertical(classes="prompt"):
            with Horizontal():
                yield Static(Content(f"{self._side}: find "), classes="prompt-title")
                yield self._box
                yield self._count
            yield self._keys

    def on_mount(self) -> None:
        """Begin to type."""
        self._count.styles.width = 14
        self._box.focus()

    def on_unmount(self) -> None:
        """Remove the highlights."""
        self._view.find("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Highlight what is typed, and show the first place."""
        self._view.find(event.value)
        self._go(0)

    def on_input_submitted(self) -> None:
        """Leave the text box: n and N move from now on."""
        self.set_focus(None)
        self._keys.update(Content(_MOVING))

    def action_go(self, step: int) -> None:
        """Bring another hit into view."""
        self._go(step)

    def action_edit(self) -> None:
        """Return to the text box."""
        self._keys.update(Content(_TYPING))
        self._box.focus()

    def _go(self, step: int) -> None:
        number, count = self._view.go_to_hit(step)
        blank = not self._box.value.strip()
        shown = "" if blank else f"{number} of {count}" if count else "not found"
        self._count.update(Content(shown))
