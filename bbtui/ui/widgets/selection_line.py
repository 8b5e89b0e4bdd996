"""A selected model on the set-up screen, with its state."""

from __future__ import annotations

from textual.content import Content

from bbtui.ui.widgets.row_layout import crop, spread
from bbtui.ui.widgets.text_line import Paragraph

_STATES = {"●": "$text-success", "✗": "$text-error", "◌": "$text-warning", "○": "$foreground-muted"}


class SelectionLine(Paragraph):
    """A row for a selected model, and below it the fix of a problem."""

    DEFAULT_CSS = "SelectionLine { max-height: 4; padding: 0 1; }"

    def __init__(self, number: int) -> None:
        super().__init__(id=f"selection-{number}")
        self._number, self._accent = number, f"bold $endpoint-{number}"
        self._left = Content("")
        self._state = self._fix = ""

    def show(self, label: str, model: str, address: str, state: str, fix: str) -> None:
        """Show a selected model; `model` is "" where the label names it. `state` has a symbol."""
        names = (f"{label}  ", self._accent), f"{model}  " if model else ""
        self._left = Content.assemble(*names, (address, "$foreground-muted"))
        self._state, self._fix = state, fix
        self.redraw()

    def clear(self, help_text: str) -> None:
        """Show that no model is selected yet, and how to select one."""
        self._left = Content.styled(help_text, "$foreground-muted")
        self._state = self._fix = ""
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the current width."""
        width = self.size.width
        left = Content.assemble((f"{self._number}  ", self._accent), self._left)
        symbol = self._state[:1]
        state = Content.assemble((symbol, _STATES.get(symbol, "")), self._state[1:])
        if self._fix:
            fix = Content.styled(f"   {self._fix}", "$foreground-muted")
            self.draw(crop(left, width), Content.assemble("   ", state), fix)
        elif self._state:
            self.draw(spread(left, state, width))
        else:
            self.draw(crop(left, width))
