"""Who wrote the answer, what it is doing, and what was said of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from textual.content import Content

from bbtui.domain.endpoint import names_model
from bbtui.ui.widgets.row_layout import spread
from bbtui.ui.widgets.text_line import TextLine


class PaneTitle(TextLine):
    """One row in the endpoint's colour; filled with it when the pane has the focus."""

    DEFAULT_CSS = "PaneTitle { padding: 0 1; }"

    def __init__(self, label: str, model: str) -> None:
        super().__init__()
        self._label, self._model = label, model
        self._states: Sequence[str] = ("",)
        self._marks: Sequence[str] = ()

    def become(self, label: str, model: str) -> None:
        """Name another endpoint."""
        self._label, self._model = label, model
        self.redraw()

    def show(self, states: Sequence[str], marks: Sequence[str]) -> None:
        """Show the state, in words from many to few, and the marks given, the weightiest first."""
        self._states, self._marks = states, marks
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the width at hand.

        The fullest words of the state give way first, then the model, then the marks from the end,
        then the end of what is left.
        """
        width = self.size.width
        label = Content.styled(self._label, "bold")
        name = label
        if not names_model(self._label, self._model):
            name = Content.assemble(label, f" · {self._model}")
        fewer = [self._marks[:count] for count in range(len(self._marks), 0, -1)] or [()]
        for (left, marks), state in product(
            [(name, self._marks), *((label, marks) for marks in fewer)], self._states
        ):
            right = _joined(" ".join(marks), state)
            apart = 2 if marks else 1
            if left.cell_length + right.cell_length + apart <= width:
                break
        self.draw(spread(left, right, width, keep="left"))


def _joined(marks: str, state: str) -> Content:
    return Content.assemble((marks, "bold"), "  " if marks and state else "", state)
