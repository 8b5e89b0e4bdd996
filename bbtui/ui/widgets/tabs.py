"""The narrow screen's first row: every endpoint with its clocks, the one shown marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.message import Message

from bbtui.domain.score import Marks
from bbtui.domain.timing import Timing
from bbtui.formatting.durations import format_ns
from bbtui.ui.messages import format_rate, format_tokens
from bbtui.ui.widgets.row_layout import RowPart, crop, fit
from bbtui.ui.widgets.text_line import TextLine


class Tab(NamedTuple):
    """One endpoint."""

    symbol: str
    """The symbol of its answer's state; "" without an answer."""
    label: str
    """Its label."""
    accent: str
    """Its accent colour: ``endpoint-1``."""
    timing: Timing | None
    """The figures of its answer; None while they are hidden."""
    marks: Marks
    """The marks of its answer."""


def _figures(tab: Tab, here: bool) -> list[RowPart]:
    """Return first token, rate, tokens and marks; the tokens are left out first."""
    style = "" if here else "$foreground-muted"
    timing, marks = tab.timing, tab.marks
    figures = []
    if timing is not None:
        tokens = format_tokens(timing).removesuffix(" tok")
        figures = [
            RowPart(f"{format_ns(timing.ttft_ns):>7}", 0, style),
            RowPart(f"{format_rate(timing):>11}", 1, style),
            RowPart(f"{tokens:>5}", 3, style),
        ]
    return [
        *figures,
        RowPart(f" {marks.score}/5" if marks.score else "", 2, "bold"),
        RowPart(f" {marks.verdict.word}" if marks.verdict else "", 2, "bold"),
    ]


class Tabs(TextLine):
    """One row, split evenly; a click opens a pane."""

    DEFAULT_CSS = "Tabs { display: none; }"

    @dataclass
    class Picked(Message):
        """A tab was clicked."""

        index: int
        """Counted from 0."""

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self._tabs: Sequence[Tab] = ()
        self._current = 0

    def show(self, tabs: Sequence[Tab], current: int) -> None:
        """Show the tabs, `current` as the open one."""
        if (tabs, current) != (self._tabs, self._current):
            self._tabs, self._current = tabs, current
            self.redraw()

    def redraw(self) -> None:
        """Lay out for the current width."""
        if not self._tabs:
            return
        each = self.size.width // len(self._tabs)
        parts: list[Content] = []
        for index, tab in enumerate(self._tabs):
            here = index == self._current
            colour = f"${tab.accent}"
            name = Content.styled(
                f"{'▸' if here else ' '}{tab.symbol or '·'} {tab.label}",
                f"bold {colour}" if here else colour,
            )
            name = crop(name, each - 1)
            rest, _ = fit(_figures(tab, here), each - name.cell_length - 2, " ")
            line = Content.assemble(name, " ", rest)
            parts.append(Content.assemble(line, " " * (each - line.cell_length)))
        self.draw(Content("").join(parts))

    def on_click(self, event: events.Click) -> None:
        """Open the tab under the pointer."""
        if self._tabs:
            each = max(self.size.width // len(self._tabs), 1)
            self.post_message(self.Picked(min(event.x // each, len(self._tabs) - 1)))
