"""The top line: which session, which task, and whether everything is saved."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from bbtui.ui.widgets.row_layout import spread
from bbtui.ui.widgets.text_line import ViewLine


@dataclass(frozen=True, slots=True)
class HeaderView:
    """What the header shows."""

    title: str = ""
    """The title of the session; "" without one."""
    number: str = ""
    """The number of the session: ``#12``."""
    position: int = 1
    """The position of the current task, from 1."""
    count: int = 1
    """The number of tasks."""
    task: str = ""
    """The title of the current task."""
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
        """Lay out for the current width: a narrow line keeps the task and drops the title."""
        view = self._view
        name = Content.assemble(("bbtui", "bold"), "  ", (view.number, "$foreground-muted"))
        style = "bold $text-error" if view.failed else "$foreground-muted"
        saved = Content.styled(view.saved, style)
        width = self.size.width
        title = Content.styled(f" · {view.title}" if view.title else "", "$foreground-muted")
        task = Content(f"task {view.position} of {view.count}   {view.task}")
        parts = (name, title, task, saved)
        if sum(part.cell_length for part in parts) + len(parts) + 1 <= width:
            self.draw(spread(Content.assemble(name, title), saved, width, middle=task))
            return
        short = f"   {view.position}/{view.count} {view.task}"
        self.draw(spread(Content.assemble(name, short), saved, width))
