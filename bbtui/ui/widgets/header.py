"""The top line: which session, which task, and whether everything is saved."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from bbtui.ui.widgets.row_layout import spread
from bbtui.ui.widgets.text_line import TextLine


@dataclass(frozen=True, slots=True)
class TaskPlace:
    """Which task is shown: its position from 1, of how many, and its title."""

    position: int = 1
    count: int = 1
    title: str = ""


class Header(TextLine):
    """One row, the quietest of the screen unless something cannot be saved."""

    DEFAULT_CSS = "Header { padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._title = self._number = self._saved = ""
        self._place = TaskPlace()
        self._trouble = False

    def show(self, title: str, number: str, task: TaskPlace, saved: str, *, trouble: bool) -> None:
        """Show the session, the task at hand, and how saving goes."""
        self._title, self._number, self._place = title, number, task
        self._saved, self._trouble = saved, trouble
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the width at hand: a narrow line keeps the task and drops the title."""
        place = self._place
        name = Content.assemble(("bbtui", "bold"), "  ", (self._number, "$foreground-muted"))
        saved = Content.styled(
            self._saved, "bold $text-error" if self._trouble else "$foreground-muted"
        )
        width = self.size.width
        title = Content.styled(f" · {self._title}" if self._title else "", "$foreground-muted")
        task = Content(f"task {place.position} of {place.count}   {place.title}")
        parts = (name, title, task, saved)
        if sum(part.cell_length for part in parts) + len(parts) + 1 <= width:
            self.draw(spread(Content.assemble(name, title), saved, width, middle=task))
            return
        short = f"   {place.position}/{place.count} {place.title}"
        self.draw(spread(Content.assemble(name, short), saved, width))
