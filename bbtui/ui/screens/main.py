"""The comparison on screen: where the eye is in it, and what stands around."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from bbtui.domain.answer import Cell
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.task import Task
from bbtui.engine.comparison import Comparison
from bbtui.errors import BbtuiError
from bbtui.ui import actions
from bbtui.ui.commands import judging
from bbtui.ui.refresh_rate import NEAR, RefreshRate
from bbtui.ui.screens import overview, panes
from bbtui.ui.screens.around import Around
from bbtui.ui.screens.doing import Doing
from bbtui.ui.screens.layout import SMALLEST, Layout
from bbtui.ui.screens.splash import replace_screen
from bbtui.ui.screens.ticking import Ticking
from bbtui.ui.screens.worker_errors import WorkerErrors
from bbtui.ui.widgets.pane import Pane
from bbtui.ui.widgets.tabs import Tabs
from bbtui.ui.widgets.task_list import TaskList
from bbtui.ui.workspace import Workspace


class MainScreen(WorkerErrors, Screen[None]):
    """One session on screen. Its actions are declared in `bbtui.ui.actions`."""

    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings()]

    def __init__(
        self,
        desk: Workspace,
        comparison: Comparison,
        *,
        profile: RefreshRate = NEAR,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.desk = desk
        self.comparison = comparison
        self.rounds: list[tuple[str, int]] = []
        self.round_index = 0
        self.pane_index = 0
        self.just_scored: judging.Target | None = None
        self.leaving = False
        self._profile, self._clock = profile, clock
        self.panes = [
            self._new_pane(endpoint, number)
            for number, endpoint in enumerate(comparison.session.endpoints, 1)
        ]
        self._around, self._doing, self._room = Around(self), Doing(self), Layout(self)
        self._body = Horizontal(id="body")
        start = desk.start if comparison is desk.comparison else "idle"
        self._ticking = Ticking(self, self._around, self._doing, start)

    def compose(self) -> ComposeResult:
        """Header, tabs (when narrow), task list and panes, hints."""
        yield self._around.header
        yield self._around.tabs
        with self._body:
            yield self._around.task_list
            yield from self.panes
        yield self._around.hints
        width, height = SMALLEST
        yield Static(
            Content(f"bbtui needs {width}×{height} or more; nothing is lost, just make room"),
            id="too-small",
        )

    def on_mount(self) -> None:
        """Show the session as it is and begin to listen."""
        self._ticking.listen(self._profile.hz)
        self.rounds = overview.rounds(self.comparison)
        self.round_index = overview.first_open(self.comparison, self.rounds)
        self.show_all()
        self.focus_pane(judging.first_unscored(self))
        # Back from the shell the terminal is empty, which Textual does not know.
        self.app.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self.watch(self.app, "app_focus", self.comparison.hosts.set_focused)
        self.call_after_refresh(self._ticking.begin)

    def on_unmount(self) -> None:
        """Save what there is."""
        self.comparison.close()

    # -- where the eye is ---------------------------------------------------------------------

    @property
    def pane(self) -> Pane:
        """The focused pane."""
        return self.panes[self.pane_index]

    @property
    def task_at_hand(self) -> Task:
        """The task at hand."""
        return self.comparison.session.task(self.rounds[self.round_index][0])

    @property
    def round_cells(self) -> list[Cell]:
        """The cells of the round at hand, one a pane."""
        task, trial = self.rounds[self.round_index]
        return [Cell(task, pane.endpoint.name, trial) for pane in self.panes]

    @property
    def cell(self) -> Cell:
        """The cell in the focused pane."""
        return self.round_cells[self.pane_index]

    def focus_pane(self, index: int) -> None:
        """Move the eye to a pane."""
        self.pane_index = index
        self.pane.view.focus()
        self.show_focus()

    def open_round(self, index: int) -> None:
        """Show another round in all panes."""
        self.rounds = overview.rounds(self.comparison)
        self.round_index = index
        self.show_all()

    def go_to(self, cell: Cell) -> None:
        """Show a cell and focus its pane."""
        rounds = overview.rounds(self.comparison)
        place = (cell.task, cell.trial)
        if place in rounds:
            self.open_round(rounds.index(place))
        names = [pane.endpoint.name for pane in self.panes]
        if cell.endpoint in names:
            self.focus_pane(names.index(cell.endpoint))
        self.show_all()

    async def show_columns(self) -> None:
        """Bring the panes in line with the endpoints: one was added, or asks another model."""
        for number, endpoint in enumerate(self.comparison.session.endpoints, 1):
            if number <= len(self.panes):
                self.panes[number - 1].become(endpoint)
            else:
                pane = self._new_pane(endpoint, number)
                await self._body.mount(pane)
                self.panes.append(pane)
        self.show_all()

    def _new_pane(self, endpoint: Endpoint, number: int) -> Pane:
        key, patience = self.key("endpoint.diagnose"), self.desk.patience
        return Pane(endpoint, number, jump=self._profile.jump, details_key=key, patience=patience)

    def open_comparison(self, comparison: Comparison) -> None:
        """Show another session in the place of this one."""
        replace_screen(
            self, MainScreen(self.desk, comparison, profile=self._profile, clock=self._clock)
        )

    # -- what is shown ------------------------------------------------------------------------

    def show_all(self) -> None:
        """Bring everything up to what stands."""
        panes.show_answers(self)
        self._ticking.show_hosts()
        self._around.show()

    def key(self, action_id: str) -> str:
        """The first key of an action, as the user knows it."""
        return actions.keys_shown(action_id, self.desk.keys).split()[0]

    @property
    def notice(self) -> str:
        """What the desk has to say of the session, with the user's keys; "" for nothing."""
        return self.desk.notice(self.key)

    def tick_now(self) -> None:
        """Take what is new at once, and keep ticking while something runs."""
        self._ticking.now()

    def tell(self, message: str) -> None:
        """A passing note, in the line of hints: it covers nothing."""
        self._around.hints.tell(message)

    def complain(self, error: BbtuiError) -> None:
        """Something could not be done, and why."""
        self._doing.complain(error)

    # -- actions ------------------------------------------------------------------------------

    def do(self, action_id: str) -> None:
        """Do an action by its id, whether its key was pressed or it was chosen by name."""
        self._doing.do(action_id)

    def action_do(self, action_id: str) -> None:
        """What every binding calls. What is typed while a dialog opens was meant for that."""
        if not self._doing.asking:
            self.do(action_id)

    def interrupted_again(self) -> bool:
        """Whether ctrl+c was pressed twice within two seconds."""
        return self._doing.interrupted_again(self._clock())

    # -- how the room is shared ---------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout for the room there is."""
        self._room.fit(event.size)

    @property
    def maximised_pane(self) -> bool:
        """Whether the focused pane has all the room."""
        return self._room.maximised

    def choose_tabs(self, tabs: bool) -> None:
        """The user's own choice of tabs or columns."""
        self._room.choose_tabs(tabs)

    def maximise_pane(self, maximised: bool) -> None:
        """Give the focused pane all the room, or take it back."""
        self._room.maximised = maximised
        self._room.lay_out()

    def show_focus(self) -> None:
        """Show where the eye is, and what can be done there."""
        self._around.show_focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow the focus when it was moved with the mouse."""
        for index, pane in enumerate(self.panes):
            if event.widget is pane.view and index != self.pane_index:
                self.pane_index = index
                self._around.show_focus()

    def on_task_list_picked(self, event: TaskList.Picked) -> None:
        """Open the round that was clicked."""
        self.open_round(event.index)

    def on_tabs_picked(self, event: Tabs.Picked) -> None:
        """Open the pane whose tab was clicked."""
        self.focus_pane(event.index)
