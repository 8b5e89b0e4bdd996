"""A line of the screen that is drawn from plain values and repainted only when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from bbtui.formatting.sanitize import clean_name

if TYPE_CHECKING:
    from textual.selection import Selection


class TextLine(Widget):
    """A widget of fixed height whose content is set from outside.

    Setting the content it has already paints nothing, and setting another never moves the
    layout: figures may change twenty times a second. Names, causes and titles come from outside:
    whatever in them a terminal would obey is shown as U+FFFD. It is left out of what the mouse
    selects, unless a subclass says else: one drags over answers.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    TextLine { height: 1; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Content, ...] = ()

    def draw(self, *lines: Content) -> None:
        """Show these lines, one under the other."""
        safe = tuple(_literal(line) for line in lines)
        if safe != self._lines:
            self._lines = safe
            self.refresh()

    def redraw(self) -> None:
        """Lay the content out again; called when the width changes."""

    def on_resize(self) -> None:
        """Lay out for the new width."""
        self.redraw()

    @property
    def text_selection(self) -> Selection | None:
        """What is selected of it: nothing where a drag only ends on it."""
        return super().text_selection if self.allow_select else None

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text; None where a drag only ends on it."""
        return super().get_selection(selection) if self.allow_select else None

    @property
    def plain(self) -> str:
        """What is shown, without its styles."""
        return "\n".join(line.plain for line in self._lines)

    def render(self) -> RenderResult:
        """The lines as set."""
        return Content("\n").join(self._lines)


def _literal(line: Content) -> Content:
    text = clean_name(line.plain)
    return line if text == line.plain else Content(text, list(line.spans))
