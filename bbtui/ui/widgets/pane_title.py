"""Who wrote the answer, what it is doing, and what was said of it."""

from __future__ import annotations

from collections.abc import Sequence

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
        self._marks: Sequence[str] = ()

    def become(self, label: str, model: str) -> None:
        """Name another endpoint."""
        self._label, self._model = label, model
        self.redraw()

    def show(self, state: str, marks: Sequence[str]) -> None:
        """Show the state in words and the marks given so far, the weightiest first."""
        self._state, self._marks = state, marks
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the width at hand.

        The model gives way first, then the marks from the end, then the end of the state's words.
        """
        width = self.size.width
        label = Content.styled(self._label, "bold")
        name = label
        if not self._label.endswith(f" · {self._model}"):
            name = Content.assemble(label, f" · {self._model}")
        fewer = [self._marks[:count] for count in range(len(self._marks), 0, -1)] or [()]
        for left, marks in [(name, self._marks), *((label, marks) for marks in fewer)]:
            right = _joined(" ".join(marks), self._state)
            if left.cell_length + right.cell_length + 2 <= width:
                break
        self.draw(spread(left, right, width, keep="left"))


def _joined(marks: str, state: str) -> Content:
    return Content.assemble((marks, "bold"), "  " if marks and state else "", state)
