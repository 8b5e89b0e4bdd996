"""A message across all panes, in as many rows as it needs."""

from __future__ import annotations

from textual.content import Content

from bbtui.ui.widgets.text_line import Paragraph


class Notice(Paragraph):
    """A notice of the session, or a message that is too long for the line of hints.

    It takes no row while there is none.
    """

    DEFAULT_CSS = "Notice { padding: 0 1; max-height: 80%; text-overflow: fold; display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self._notice = self._message = ""

    def show(self, notice: str) -> None:
        """Show the notice of the session, "" for none."""
        if notice != self._notice:
            self._notice = notice
            self._redraw()

    def show_message(self, message: str) -> None:
        """Show a message below the notice, "" for none."""
        if message != self._message:
            self._message = message
            self._redraw()

    def _redraw(self) -> None:
        styles = (self._notice, "$foreground"), (self._message, "bold $text-accent")
        lines = [Content.styled(text, style) for text, style in styles if text]
        self.display = bool(lines)
        self.draw(*lines)
