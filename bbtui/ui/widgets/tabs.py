"""The narrow screen's first row: every endpoint with its clocks, the one shown marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message

from bbtui.domain.timing import Timing
from bbtui.ui.widgets.columns import crop
from bbtui.ui.widgets.line import Line
from bbtui.ui.words import format_ns, format_rate


@dataclass(frozen=True, slots=True)
class Tab:
    """One endpoint: its state's symbol, its label, its figures, the marks given."""

    symbol: str
    label: str
    timing: Timing
    marks: str


class Tabs(Line):
    """One row, split evenly; a click opens a pane."""

    DEFAULT_CSS = "Tabs { display: none; }"

    class Picked(Message):
        """A tab was clicked; `index` counts from 0."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self._tabs: Sequence[Tab] = ()
        self._current = 0

    def show(self, tabs: Sequence[Tab], current: int) -> None:
        """Show the tabs, `current` as the open one."""
        self._tabs, self._current = tabs, current
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the width at hand."""
        if not self._tabs:
            return
        each = self.size.width // len(self._tabs)
        parts: list[Content] = []
        for index, tab in enumerate(self._tabs):
            here = index == self._current
            colour = f"$endpoint-{index % 6 + 1}"
            figures = f"{format_ns(tab.timing.ttft_ns)}  {format_rate(tab.timing)}"
            name = f"{'▸' if here else ' '}{tab.symbol or '·'} {tab.label}"
            line = Content.assemble(
                (name, f"bold {colour}" if here else colour),
                (f"  {figures}", "" if here else "$foreground-muted"),
                (f"  {tab.marks}" if tab.marks else "", "bold"),
            )
            line = crop(line, each - 1)
            parts.append(Content.assemble(line, " " * (each - line.cell_length)))
        self.draw(Content("").join(parts))

    def on_click(self, event: events.Click) -> None:
        """Open the tab under the pointer."""
        if self._tabs:
            each = max(self.size.width // len(self._tabs), 1)
            self.post_message(self.Picked(min(event.x // each, len(self._tabs) - 1)))
