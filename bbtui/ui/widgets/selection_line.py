"""One side of the comparison to be: its label, model and place, and whether that works."""

from __future__ import annotations

from textual.content import Content

from bbtui.domain.candidate import Selection
from bbtui.ui.setup_messages import where
from bbtui.ui.widgets.paragraph import Paragraph
from bbtui.ui.widgets.row_layout import crop, spread

_STATES = {"●": "$text-success", "✗": "$text-error", "◌": "$text-warning", "○": "$foreground-muted"}


class SelectionLine(Paragraph):
    """A row per side; a side in trouble says below what would help."""

    DEFAULT_CSS = "SelectionLine { max-height: 4; padding: 0 1; }"

    def __init__(self, number: int) -> None:
        super().__init__(id=f"selection-{number}")
        self._number = number
        self._pick: Selection | None = None
        self._label = self._model = self._state = self._fix = self._empty = ""

    def show(
        self, pick: Selection, label: str, state: str, fix: str, columns: tuple[int, int]
    ) -> None:
        """Show a pick; `state` begins with its symbol, `columns` are the widths of label and model.

        A model that is the label is not said twice.
        """
        self._pick, self._state, self._fix = pick, state, fix
        self._label = label.ljust(columns[0])
        self._model = "" if pick.model == label else f"{pick.model.ljust(columns[1])}  "
        self.redraw()

    def clear(self, words: str) -> None:
        """Show that nothing is picked yet, and how it will be."""
        self._pick, self._empty = None, words
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the width at hand."""
        width = self.size.width
        accent = f"bold $endpoint-{self._number}"
        number = Content.styled(f"{self._number}  ", accent)
        if self._pick is None:
            self.draw(crop(Content.assemble(number, (self._empty, "$foreground-muted")), width))
            return
        place = where(self._pick.place.url)
        left = Content.assemble(
            number, (f"{self._label}  ", accent), self._model, (place, "$foreground-muted")
        )
        state = Content.assemble(
            (self._state[:1], _STATES.get(self._state[:1], "")), self._state[1:]
        )
        if self._fix:
            below = [
                Content.assemble("   ", state),
                Content.styled(f"   {self._fix}", "$foreground-muted"),
            ]
            self.draw(crop(left, width), *below)
        else:
            self.draw(spread(left, state, width))
