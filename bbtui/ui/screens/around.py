"""What stands around the panes: header, tabs, task list and hints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbtui.domain.score import Marks
from bbtui.ui.available import hints
from bbtui.ui.messages import SYMBOLS
from bbtui.ui.screens import overview
from bbtui.ui.widgets.header import Header
from bbtui.ui.widgets.hints import Hints
from bbtui.ui.widgets.tabs import Tab, Tabs
from bbtui.ui.widgets.task_list import TaskList

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen


class Around:
    """The widgets around a main screen's panes, brought up to what stands there."""

    def __init__(self, main: MainScreen) -> None:
        self._main = main
        self.header, self.hints = Header(), Hints()
        self.tabs, self.task_list = Tabs(), TaskList()

    def show(self) -> None:
        """Show everything anew."""
        main, comparison = self._main, self._main.comparison
        self.header.show(
            comparison.session.about.title,
            overview.session_number(comparison),
            overview.task_place(comparison, main.rounds, main.round_index),
            overview.saved_words(comparison),
            trouble=comparison.write_error is not None,
        )
        rows = overview.task_rows(comparison, main.rounds)
        self.task_list.show(rows, main.round_index, overview.means(comparison))
        self.show_focus()

    def show_focus(self) -> None:
        """Show where the eye is, and what can be done there."""
        main = self._main
        for index, pane in enumerate(main.panes):
            pane.set_class(index == main.pane_index, "focused")
        self.hints.show(main.pane.endpoint.label, hints(main))
        self.show_tabs()

    def show_tabs(self) -> None:
        """Show the clocks of every pane, where only one pane is in view."""
        main = self._main
        if not main.has_class("tabbed"):
            return
        card = main.comparison.scorecard
        tabs = []
        for pane in main.panes:
            answer = pane.answer
            marks = card.of(answer.cell, answer.attempt) if answer else Marks()
            symbol = SYMBOLS[answer.state] if answer else ""
            tabs.append(Tab(symbol, pane.endpoint.label, pane.timing, marks))
        self.tabs.show(tabs, main.pane_index)
