"""Who wrote the answer, what it is doing, and what was said of it."""

from __future__ import annotations

from textual.content import Content

from bbtui.ui.widgets.columns import spread
from bbtui.ui.widgets.line import Line


class PaneTitle(Line):
    """One row in the endpoint's colour; filled with it when the pane has the focus."""

    DEFAULT_CSS = "PaneTitle { padding: 0 1; }"

    def __init__(self, label: str, model: str) -> None:
        super().__init__()
        self._label, self._model = label, model
        self._state = ""
        self._marks = ""

    def show(self, state: str, marks: str) -> None:
        """Show the state in words and the marks given so far."""
        self._state, self._marks = state, marks
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the width at hand: the model gives way first, then words of the state."""
        width = self.size.width
        label = Content.styled(self._label, "bold")
        name = Content.assemble(label, f" · {self._model}")
        right = _joined(self._marks, self._state)
        if name.cell_length + right.cell_length + 2 > width:
            name = label
        if name.cell_length + right.cell_length + 2 > width:
            right = _joined(self._marks.partition(" ")[0], self._state[:1])
        self.draw(spread(name, right, width, keep="left"))


def _joined(marks: str, state: str) -> Content:
    return Content.assemble((marks, "bold"), "  " if marks and state else "", state)
