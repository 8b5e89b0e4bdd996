"""Which endpoint wrote the answer, the state of the answer, and its marks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from textual.content import Content

from bbtui.ui.widgets.row_layout import spread
from bbtui.ui.widgets.text_line import TextLine


@dataclass(frozen=True, slots=True)
class TitleView:
    """What a pane's title shows."""

    label: str = ""
    """The label of the endpoint."""
    model: str = ""
    """Its model; "" where the label contains it."""
    states: tuple[str, ...] = ("",)
    """The state of the answer, the longest text first."""
    marks: tuple[str, ...] = ()
    """The marks given, the most important first."""


class PaneTitle(TextLine):
    """One row in the endpoint's colour; filled with it when the pane has the focus."""

    DEFAULT_CSS = "PaneTitle { padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._view = TitleView()

    def show(self, view: TitleView) -> None:
        """Show the endpoint, the state of its answer, and the marks."""
        if view != self._view:
            self._view = view
            self.redraw()

    def redraw(self) -> None:
        """Lay out for the current width.

        The longest text of the state gives way first, then the model, then the marks from the end,
        then the end of what is left.
        """
        width, view = self.size.width, self._view
        label = Content.styled(view.label, "bold")
        name = Content.assemble(label, f" · {view.model}") if view.model else label
        fewer = [view.marks[:count] for count in range(len(view.marks), 0, -1)] or [()]
        for (left, marks), state in product(
            [(name, view.marks), *((label, marks) for marks in fewer)], view.states
        ):
            right = _joined(" ".join(marks), state)
            apart = 2 if marks else 1
            if left.cell_length + right.cell_length + apart <= width:
                break
        self.draw(spread(left, right, width, keep="left"))


def _joined(marks: str, state: str) -> Content:
    return Content.assemble((marks, "bold"), "  " if marks and state else "", state)
