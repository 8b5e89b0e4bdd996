"""A dialog with text to read."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from bbtui.ui.screens.dialogs import LargeDialog
from bbtui.ui.widgets.answer_view import AnswerView


class ReadingView(AnswerView):
    """Text that can also be scrolled with j, k, g and G."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
        Binding("g", "scroll_home", show=False),
        Binding("G", "scroll_end", show=False),
    ]


class TextDialog(LargeDialog[None]):
    """Shows Markdown; the key that opened it closes it, also when the user has remapped it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "leave", "close", show=False, id="help.keys"),
    ]

    def __init__(self, title: str, text: str) -> None:
        self._text, self._view = text, ReadingView()
        super().__init__(title, self._view, keys="j k PgUp PgDn g G scroll · esc closes")

    def on_mount(self) -> None:
        """Show the text from its start."""
        self._view.show(self._text, following=False)
        self._view.focus()
