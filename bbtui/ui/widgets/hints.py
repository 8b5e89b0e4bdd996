"""The keys one can press now, always on screen, the most useful first."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.timer import Timer

from bbtui.ui.widgets.columns import crop
from bbtui.ui.widgets.line import Line

GAP = "  "
#: How long a passing note stays, in s.
MESSAGE_S = 5.0


class Hints(Line):
    """One row of ``key label`` pairs; what does not fit is left out from the end."""

    DEFAULT_CSS = "Hints { padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._subject = ""
        self._hints: Sequence[tuple[str, str]] = ()
        self._message = ""
        self._forget: Timer | None = None

    def show(self, subject: str, hints: Sequence[tuple[str, str]]) -> None:
        """Show what the keys act on, and the keys with their labels."""
        self._subject, self._hints = subject, hints
        self.redraw()

    def tell(self, message: str) -> None:
        """Show a passing note before the keys, for a few seconds."""
        if self._forget is not None:
            self._forget.stop()
        self._message = message
        self._forget = self.set_timer(MESSAGE_S, self._forget_message)
        self.redraw()

    def _forget_message(self) -> None:
        self._message = ""
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the width at hand; the last hint (help) always stays."""
        *first, last = [_hint(key, label) for key, label in self._hints] or [Content("")]
        room = self.size.width - last.cell_length
        if self._message:
            message = crop(Content.styled(self._message, "bold $text-accent"), room - len(GAP))
            shown = Content.assemble(message, GAP)
        else:
            shown = Content.styled(f"{self._subject}: ", "bold") if self._subject else Content("")
        for hint in first:
            if shown.cell_length + hint.cell_length + len(GAP) <= room:
                shown = Content.assemble(shown, hint, GAP)
        self.draw(Content.assemble(shown, last))


def _hint(key: str, label: str) -> Content:
    return Content.assemble((key, "bold $primary"), " ", (label, "$foreground-muted"))
