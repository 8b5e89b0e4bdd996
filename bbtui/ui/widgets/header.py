"""The top line: which session, which task, and whether everything is saved."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content

from bbtui.ui.widgets.row_layout import spread
from bbtui.ui.widgets.text_line import ViewLine

#: The cells that stay free around the task, for both sides.
_GAPS = 4
#: The cells of the task's title that stay beside the progress.
_LEAST_TASK = 16


class HeaderView(NamedTuple):
    """What the header shows."""

    title: str = ""
    """The title of the session; "" without one."""
    number: str = ""
    """The number of the session: ``#12``."""
    position: int = 1
    """The position of the current task, from 1."""
    task_count: int = 1
    """The number of tasks."""
    task: str = ""
    """The title of the current task."""
    progress: tuple[str, ...] = ()
    """How many answers there are, run, and are to come, the most important first."""
    saved: str = ""
    """How saving goes; "" before anything was saved."""
    failed: bool = False
    """Whether the last write failed."""


class Header(ViewLine[HeaderView]):
    """One row, the quietest of the screen unless something cannot be saved."""

    DEFAULT_CSS = "Header { padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__(HeaderView())

    def redraw(self) -> None:
        """Lay out for the current width: the session's title gives way first, then the progress.

        Of the progress the time left gives way first. The beginning of the task's title and how
        saving goes always stay.
        """
        view, width = self._view, self.size.width
        name = Content.assemble(("bbtui", "bold"), "  ", (view.number, "$foreground-muted"))
        title = Content.styled(f" · {view.title}" if view.title else "", "$foreground-muted")
        task = Content(f"task {view.position} of {view.task_count}   {view.task}")
        short = Content.assemble(name, f"   {view.position}/{view.task_count} {view.task}")
        cropped = max(cell_len(view.task) - _LEAST_TASK, 0)
        right = self._right(0)
        for count in range(len(view.progress), -1, -1):
            right = self._right(count)
            for left in (Content.assemble(name, title), name):
                parts = (left, task, right)
                if sum(part.cell_length for part in parts) + _GAPS <= width:
                    self.draw(spread(left, right, width, middle=task))
                    return
            if short.cell_length - cropped + right.cell_length + 1 <= width:
                break
        self.draw(spread(short, right, width))

    def _right(self, count: int) -> Content:
        """Return the first parts of the progress, and how saving goes."""
        view = self._view
        style = "bold $text-error" if view.failed else "$foreground-muted"
        progress = Content.styled(" · ".join(view.progress[:count]), "$foreground-muted")
        saved = Content.styled(view.saved, style)
        return Content("  ").join(part for part in (progress, saved) if part)
