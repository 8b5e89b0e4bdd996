"""Runs the application on fakes, and reads the screen as text."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot
from textual.screen import Screen

from bbtui.clients.ports import AnswerSource, Connection
from bbtui.config.settings import DEFAULT_VERDICTS
from bbtui.domain.answer import Answer, Cell, LiveAnswer
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination, OnStep, completed
from bbtui.domain.proxy_timeout import POD_PROXY, ProxyTimeout
from bbtui.domain.score import Marks
from bbtui.domain.session import Session
from bbtui.engine.comparison import Comparison
from bbtui.engine.pauses import WaitLimits
from bbtui.errors import SessionNotFoundError
from bbtui.locations import shipped
from bbtui.store.summaries import SessionSummary
from bbtui.ui.app import BbtuiApp
from bbtui.ui.screens.main import MainScreen
from bbtui.ui.widgets.answer_view import AnswerView
from bbtui.ui.workspace import Key, Start, Workspace
from tests.fakes import BIG, LOCAL, MemoryStore, make_connection, make_session
from tests.fakes.catalog import FakeCatalog
from tests.fakes.checks import check_here
from tests.fakes.reports import FakeReports
from tests.headless_textual import DRAWINGS, draw, draws_only_when_read
from tests.idle import has_changed, idle, until

WIDE = (120, 36)
NARROW = (80, 24)
#: The four tasks of `make_session`.
TASKS = ("webhook", "evennia", "burn-down", "async-bug")


def cell(task: str, endpoint: str, trial: int = 1) -> Cell:
    """Return a cell."""
    return Cell(task, endpoint, trial)


@dataclass
class AppDriver:
    """Drives the running application by keys, and reads what it shows."""

    app: BbtuiApp
    pilot: Pilot[int]
    store: MemoryStore
    reports: FakeReports
    suspended: bool = False
    _read: tuple[object, list[str]] = (None, [])
    """The screen as it was read last, and what it was then."""

    def note_suspended(self) -> None:
        """Note that the process would be suspended, in place of its signal."""
        self.suspended = True

    @property
    def main(self) -> MainScreen:
        """The main screen, also below a dialog."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def top(self) -> Screen[object]:
        """The active screen: a dialog, or the main screen."""
        return self.app.screen

    @property
    def comparison(self) -> Comparison:
        return self.main.comparison

    @property
    def session(self) -> Session:
        return self.comparison.session

    @property
    def focused(self) -> str:
        """The label of the focused pane's endpoint."""
        return self.main.naming.label(self.main.cursor.cell.endpoint)

    @property
    def task(self) -> str:
        """The id of the task in view."""
        return self.main.cursor.task.id

    def answer(self, task: str, endpoint: str, trial: int = 1) -> LiveAnswer | Answer | None:
        return self.comparison.latest(Cell(task, endpoint, trial))

    def marks(self, task: str, endpoint: str, *, trial: int = 1, attempt: int = 1) -> Marks:
        """Return the marks of an answer."""
        return self.comparison.scorecard.of(Cell(task, endpoint, trial), attempt)

    @property
    def rows(self) -> list[str]:
        """The screen as plain text, row by row, including what is below a dialog."""
        state = (DRAWINGS.due, *map(id, self.app.screen_stack), self.app.size)
        if not draws_only_when_read() or has_changed(self.app) or state != self._read[0]:
            update = draw(
                self.app.screen._compositor, full=True, screen_stack=self.app._background_screens
            )
            lines = ("".join(strip.text for strip in line) for line in update.strips)
            self._read = state, list(lines)
        return self._read[1]

    @property
    def text(self) -> str:
        """The screen as plain text."""
        return "\n".join(self.rows)

    def row(self, text: str) -> str:
        """Return the first row that contains this text."""
        found = next((row for row in self.rows if text in row), None)
        assert found is not None, f"no row with {text!r} in\n{self.text}"
        return found

    @property
    def titles(self) -> list[str]:
        """The panes' titles."""
        return [pane.title_row.plain for pane in self.main.panes]

    @property
    def judgements(self) -> list[str]:
        """The panes' rows of judgement; "" for a row that is hidden."""
        rows = [pane.judgement for pane in self.main.panes]
        return [row.plain if row.display else "" for row in rows]

    @property
    def hint(self) -> str:
        """The line of hints."""
        return self.main.hints.plain

    async def press(self, *keys: str) -> None:
        """Press keys, and let the app handle each before the next."""
        for key in keys:
            await self.pilot.press(key)
            await idle(self.app)

    async def resize(self, width: int, height: int) -> None:
        """Resize the terminal, and let the app lay out and draw for it."""
        await self.pilot.resize_terminal(width, height)
        await idle(self.app)

    async def type(self, text: str) -> None:
        """Type text into a text box."""
        names = {" ": "space", ":": "colon", ".": "full_stop", "-": "minus", ",": "comma"}
        await self.press(*(names.get(character, character) for character in text))

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition, then for the screen to be drawn."""
        await until(self.pilot, condition)
        await idle(self.app)

    async def shows(self, text: str) -> None:
        """Wait until this text is on the screen."""
        try:
            await until(self.pilot, lambda: text in self.text, 20)
        except AssertionError:
            raise AssertionError(f"{text!r} is not on the screen:\n{self.text}") from None

    async def rendered(self) -> None:
        """Wait until what is shown is rendered to its end: then scroll bars move no more."""
        places = (*self.main.panes, self.main.dock)
        views = [view for one in places if one.display for view in one.query(AnswerView)]
        await self.until(lambda: all(view.complete for view in views))

    async def settle(self) -> None:
        """Wait until every command and every answer has ended."""
        await self.until(lambda: not self._commands_running and not self.comparison.busy)

    @property
    def _commands_running(self) -> bool:
        return any(not worker.is_finished for worker in self.app.workers)

    async def run_all(self) -> None:
        """Run every missing answer."""
        await self.press("a")
        await self.settle()


def _healthy(endpoint: Endpoint, _: OnStep) -> Examination:
    return completed(endpoint, [], None)


@dataclass
class AppOptions:
    """The settings of the application, with defaults for most tests."""

    big: AnswerSource | None = None
    local: AnswerSource | None = None
    connections: Sequence[Connection] | None = None
    session: Session | None = None
    others: Sequence[Session] = ()
    size: tuple[int, int] = WIDE
    start: Start = "idle"
    cells: Sequence[Cell] | None = None
    notice: Callable[[Key], str] = lambda _: ""
    judging: bool = False
    blind_seed: str = "7"
    until_clear: bool = False
    theme: str = "big-brain"
    user_themes: Path = Path("no-themes-of-the-user")
    keys: dict[str, str] = field(default_factory=dict)
    store: MemoryStore = field(default_factory=MemoryStore)
    trials: int = 1
    clock: Callable[[], float] | None = None
    pod_clock: Callable[[], float] = time.monotonic
    waits: WaitLimits = WaitLimits()
    examine: Callable[[Endpoint, OnStep], Examination] | None = _healthy
    proxy_timeout: ProxyTimeout = POD_PROXY


def _now() -> datetime:
    return datetime(2026, 11, 24, 22, 41, tzinfo=UTC)


@asynccontextmanager
async def run_app(**settings: object) -> AsyncIterator[AppDriver]:
    """Run the application, by default on two endpoints and four tasks.

    `settings` are fields of `AppOptions`. What still runs at the end is stopped.
    """
    options = AppOptions(**settings)  # type: ignore[arg-type]
    connections = options.connections
    if connections is None:
        connections = [
            make_connection(BIG, source=options.big, catalog=FakeCatalog()),
            make_connection(LOCAL, source=options.local, catalog=FakeCatalog()),
        ]
    session = options.session or make_session(
        endpoints=[connection.endpoint for connection in connections], trials=options.trials
    )
    store = options.store
    if session.number:
        store.create(session)
    others = {other.id: other for other in options.others}
    for other in others.values():
        store.create(other)

    def comparison_of(session: Session) -> Comparison:
        return Comparison(
            session,
            connections,
            store,
            order="parallel",
            waits=options.waits,
            now=_now,
            clock=options.pod_clock,
        )

    opened = [comparison_of(session)]

    def open_session(ref: str) -> Comparison:
        if ref not in {known.id for known in store.sessions}:
            raise SessionNotFoundError(f"no session {ref}", "`bbtui sessions` lists them")
        opened[-1].close()
        opened.append(comparison_of(store.saved(ref)))
        return opened[-1]

    reports = FakeReports()
    workspace = Workspace(
        comparison=opened[0],
        open_session=open_session,
        summaries=lambda: [_summary(known) for known in reversed(store.sessions)],
        library=store,
        reports=reports,
        run_check=check_here,
        themes=shipped("themes"),
        user_themes=options.user_themes,
        theme=options.theme,
        keys=options.keys,
        verdicts=DEFAULT_VERDICTS,
        start=options.start,
        cells=session.cells() if options.cells is None else options.cells,
        notice=options.notice,
        judging=options.judging,
        blind_seed=options.blind_seed,
        until_clear=options.until_clear,
        examine=options.examine,
        proxy_timeout=options.proxy_timeout,
    )
    clock = options.clock or time.monotonic
    app = BbtuiApp(lambda: workspace, clock=clock)
    async with app.run_test(size=options.size, notifications=True) as pilot:
        await until(pilot, lambda: app.main)
        await pilot.pause()
        yield AppDriver(app, pilot, store, reports)
        store.failing = None


def _summary(session: Session) -> SessionSummary:
    """Return the summary of a session as the real store counts it."""
    answered = sum(
        (answer := session.latest(cell)) is not None and answer.state.answered
        for cell in session.cells()
    )
    return SessionSummary(
        id=session.id,
        number=session.number,
        title=session.about.title,
        started_at=session.started_at,
        endpoints=tuple(endpoint.label for endpoint in session.endpoints),
        cells=len(session.cells()),
        tasks=len(session.tasks),
        answered=answered,
        scored=0,
        unfinished=bool(session.missing()),
        running=False,
    )
