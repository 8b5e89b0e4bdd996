"""Lines of the screen that take the room they need."""

from __future__ import annotations

from textual.content import Content

from bbtui.ui.widgets.text_line import TextLine


class Paragraph(TextLine):
    """A line that wraps, and grows with what it says; for what does not change all the time."""

    DEFAULT_CSS = "Paragraph { height: auto; text-wrap: wrap; }"

    def draw(self, *lines: Content) -> None:
        """Show these lines, and move what is below if they need another height."""
        before = self.plain
        super().draw(*lines)
        if self.plain != before:
            self.refresh(layout=True)
