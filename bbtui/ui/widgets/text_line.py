"""Lines of text that are repainted only when their content changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from bbtui.formatting.sanitize import clean_name

if TYPE_CHECKING:
    from textual.selection import Selection

V = TypeVar("V")


class TextLine(Widget):
    """A widget of fixed height whose content is set from outside.

    Setting the same content paints nothing, and setting another never causes a layout: figures may
    change twenty times a second. Control characters, which names and errors may contain, are shown
    as U+FFFD. The mouse does not select it, unless a subclass allows that: only answers are copied.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    TextLine { height: 1; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self._lines: tuple[Content, ...] = ()
        #: The size that the lines are laid out for.
        self._laid_out: Size | None = None

    def draw(self, *lines: Content) -> None:
        """Show these lines, one below the other."""
        safe = tuple(_without_control_characters(line) for line in lines)
        if safe != self._lines:
            self._lines = safe
            self.refresh()

    def redraw(self) -> None:
        """Lay out the content again; called when the width changes."""

    def on_resize(self) -> None:
        """Lay out for the new width."""
        self.redraw()

    @property
    def text_selection(self) -> Selection | None:
        """The selection; None where a drag only ends here."""
        return super().text_selection if self.allow_select else None

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text; None where a drag only ends here."""
        return super().get_selection(selection) if self.allow_select else None

    @property
    def plain(self) -> str:
        """The text without its styles."""
        return "\n".join(line.plain for line in self._lines)

    def render(self) -> RenderResult:
        """Return the lines, laid out for a new size before its event has come: no frame is old."""
        if self.size != self._laid_out:
            self._laid_out = self.size
            self.redraw()
        return Content("\n").join(self._lines)


class ViewLine(TextLine, Generic[V]):
    """Lines that are laid out from one value, its view, and the current size."""

    def __init__(self, view: V, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self._view = view

    def show(self, view: V) -> None:
        """Show another view, unless it is the same."""
        if view != self._view:
            self._view = view
            self.redraw()


class Paragraph(TextLine):
    """A text that wraps, and takes the rows it needs; for what seldom changes."""

    DEFAULT_CSS = "Paragraph { height: auto; text-wrap: wrap; }"

    def draw(self, *lines: Content) -> None:
        """Show these lines; lay out again if the text has changed."""
        before = self.plain
        super().draw(*lines)
        if self.plain != before:
            self.refresh(layout=True)


def _without_control_characters(line: Content) -> Content:
    text = clean_name(line.plain)
    return line if text == line.plain else Content(text, list(line.spans))
