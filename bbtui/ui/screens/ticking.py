"""The one tick that brings what is new to a main screen, and begins what starts by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbtui.domain.answer import AnswerState, Cell
from bbtui.ui.commands import running
from bbtui.ui.screens import overview, panes

if TYPE_CHECKING:
    from textual.timer import Timer

    from bbtui.ui.screens.around import Around
    from bbtui.ui.screens.doing import Doing
    from bbtui.ui.screens.main import MainScreen
    from bbtui.ui.workspace import Start

#: How often what is counted on between two looks at a machine is shown, such as its time up.
HOSTS_PERIOD_S = 1.0


class Ticking:
    """Ticks while something runs, and when it is woken; `start` is what begins by itself."""

    _timer: Timer

    def __init__(self, main: MainScreen, around: Around, doing: Doing, start: Start) -> None:
        self._main, self._around, self._doing = main, around, doing
        self._start = start
        self._woken = False
        #: How far the running answers had come at the last tick, on which hangs what the keys can
        #: do, and how saving went.
        self._stage: tuple[list[tuple[Cell, AnswerState, bool]], str] = ([], "")

    def listen(self, hz: float) -> None:
        """Be ready to tick so many times a second."""
        self._timer = self._main.set_interval(1 / hz, self._tick, pause=True)
        self._main.set_interval(HOSTS_PERIOD_S, self.show_hosts)

    def begin(self) -> None:
        """Look at the machines and run what is to run at once.

        Not before the first paint: the threads of the clients import a good deal.
        """
        main = self._main
        main.comparison.start(self._wake)
        if main.notice and self._start != "idle":
            main.tell(main.notice)  # the empty panes, where it stands else, fill at once
        self._run_by_itself()

    def now(self) -> None:
        """Take what is new at once, and keep ticking while something runs."""
        self._woken = False
        self._timer.resume()
        self._tick()

    def show_hosts(self) -> None:
        """Show the machines as they stand."""
        panes.show_hosts(self._main, starts=self._start == "when ready")

    def _wake(self) -> None:
        """Ask for a tick soon; called from the readers' and probes' threads."""
        if not self._woken and self._main.is_attached:
            self._woken = True
            self._main.app.call_later(self.now)

    def _tick(self) -> None:
        main, comparison = self._main, self._main.comparison
        changed = comparison.tick()
        self._run_by_itself()
        moved = not panes.follow(main, changed)
        growing = comparison.queue.live_answers.items()
        states = [(cell, answer.state, answer.has_text) for cell, answer in growing]
        stage = (states, overview.saved_words(comparison))
        if moved or stage != self._stage:
            self._stage = stage
            main.show_all()
        elif changed:
            self._around.show_tabs()
        else:
            self.show_hosts()
        if not comparison.busy:
            self._timer.pause()
            main.show_all()

    def _run_by_itself(self) -> None:
        """Run what is to start by itself, once it is known whether its machines are there."""
        if self._start == "idle":
            return
        main, snapshot = self._main, self._main.comparison.snapshot()
        if self._start == "now" and snapshot.pods_checked:
            self._start = "idle"
            self._doing.follow(running.run_asked(main))
        elif self._start == "when ready" and snapshot.hosts_ready:
            self._start = "idle"
            main.do("round.run")
