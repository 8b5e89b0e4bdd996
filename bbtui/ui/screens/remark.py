"""The dialog in which the operator writes the summary or the key finding of the report."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from bbtui.report.markdown import render_paragraphs
from bbtui.ui.screens.dialogs import LargeDialog
from bbtui.ui.widgets.answer_view import AnswerView
from bbtui.ui.widgets.text_box import TextBox

_HEADINGS = {"summary": "**Operator's summary**", "finding": "## Key finding"}
_EMPTY = {"summary": "", "finding": "No key finding written."}


class RemarkScreen(LargeDialog[str | None]):
    """A dialog for a text of several lines, which shows it below as the report will show it.

    Returns the text, or None for esc.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "cancel", show=False),
        Binding("pagedown", "scroll(1)", show=False, priority=True),
        Binding("pageup", "scroll(-1)", show=False, priority=True),
    ]

    def __init__(self, about: Literal["summary", "finding"], title: str, text: str) -> None:
        """Create the dialog with the `text` so far."""
        self._about = about
        self._box = TextBox(text, placeholder="a paragraph for each line", lines=True)
        self._preview = AnswerView()
        self._preview.can_focus = False
        self._preview.placeholder = "empty: the report leaves it out"
        rule = Static(Content("in the report"), classes="dialog-rule")
        keys = "enter saves · ctrl+j new line · PgUp PgDn scroll · esc cancels"
        super().__init__(title, self._box, rule, self._preview, keys=keys)

    def on_mount(self) -> None:
        """Take keys from the start."""
        self._box.focus()
        self._show()

    def on_text_area_changed(self) -> None:
        """Show the text as the report will."""
        self._show()

    def _show(self) -> None:
        body = render_paragraphs(self._box.text) or _EMPTY[self._about]
        text = f"{_HEADINGS[self._about]}\n\n{body}" if body else ""
        # What is typed at the end is seen there.
        self._preview.show(text, following=self._box.cursor_at_last_line)

    def action_scroll(self, pages: int) -> None:
        """Scroll the report."""
        if pages > 0:
            self._preview.action_page_down()
        else:
            self._preview.action_page_up()

    def on_text_box_submitted(self, event: TextBox.Submitted) -> None:
        """Return the text."""
        self.dismiss(event.text)
