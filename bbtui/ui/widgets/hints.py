"""The line of hints: the keys that can be pressed now; and the notice for longer texts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content

from bbtui.ui.widgets.row_layout import crop
from bbtui.ui.widgets.text_line import Paragraph, TextLine

GAP = "  "
#: From this width on, in cells, labels are long and what the keys act on is named.
ROOMY = 96
#: The cells that stay for the keys beside what they act on.
FOR_KEYS = 40
#: This number of hints at the end give way only to a passing message.
STAYING = 2


class Hint(NamedTuple):
    """A key and what it does."""

    key: str
    """The key as the user has it."""
    label: str
    """What it does."""
    short: str | None = None
    """The label for a line with little room: "" for the key alone, None for the same."""

    def drawn(self, *, roomy: bool) -> Content:
        """Return the hint as it is drawn."""
        label = self.label if roomy or self.short is None else self.short
        return Content.assemble(
            (self.key, "bold $primary"), " " if label else "", (label, "$foreground-muted")
        )


class Hints(TextLine):
    """One row of ``key label`` pairs; the last ones stay, and of the others the first that fit."""

    DEFAULT_CSS = "Hints { padding: 0 0 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._subject = ""
        self._hints: Sequence[Hint] = ()
        self._message = ""

    def show(self, subject: str, hints: Sequence[Hint]) -> None:
        """Show what the keys act on, and the keys, the most useful first."""
        if (subject, hints) != (self._subject, self._hints):
            self._subject, self._hints = subject, hints
            self.redraw()

    def show_message(self, message: str) -> bool:
        """Show a passing message before the keys; return False if it is too long for that."""
        last = self._hints[-1].drawn(roomy=self._roomy).cell_length + len(GAP) if self._hints else 0
        fits = cell_len(message) + last <= self.size.width
        self._message = message if fits else ""
        self.redraw()
        return fits

    @property
    def _roomy(self) -> bool:
        return self.size.width >= ROOMY

    def redraw(self) -> None:
        """Lay out for the current width; a passing message leaves room for the last hint (help)."""
        width, roomy = self.size.width, self._roomy
        hints = [hint.drawn(roomy=roomy) for hint in self._hints]
        before = Content("")
        if self._message:
            last_width = hints[-1].cell_length if hints else 0
            message = Content.styled(self._message, "bold $text-accent")
            before = Content.assemble(crop(message, width - last_width - len(GAP)), GAP)
        subject = Content.styled(f"{self._subject}: ", "bold")
        if roomy and self._subject and before.cell_length + subject.cell_length <= width - FOR_KEYS:
            before = Content.assemble(before, subject)
        room = width - before.cell_length
        last = _first_of(hints[-STAYING:][::-1], room)[::-1]
        room -= sum(hint.cell_length + len(GAP) for hint in last)
        shown = [*_first_of(hints[:-STAYING], room), *last]
        self.draw(Content.assemble(before, Content(GAP).join(shown)))


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


def _first_of(hints: Sequence[Content], room: int) -> list[Content]:
    """Return the first hints that fit in a width in cells."""
    ends = accumulate(hint.cell_length + len(GAP) for hint in hints)
    return [hint for hint, end in zip(hints, ends, strict=True) if end <= room + len(GAP)]
