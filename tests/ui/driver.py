"""Runs the application on fakes, and reads what it shows as text."""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from textual.pilot import Pilot
from textual.screen import Screen

from bbtui.clients.ports import AnswerSource, Connection
from bbtui.domain.answer import Answer, Cell, LiveAnswer
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination, OnStep, completed
from bbtui.domain.proxy_timeout import POD_PROXY, ProxyTimeout
from bbtui.domain.score import Marks
from bbtui.domain.session import Session
from bbtui.engine.comparison import Comparison
from bbtui.errors import SessionNotFoundError
from bbtui.locations import shipped
from bbtui.store.summaries import SessionSummary
from bbtui.ui.app import BbtuiApp
from bbtui.ui.screens.main import MainScreen
from bbtui.ui.workspace import Key, Start, Workspace
from tests.fakes import BIG, LOCAL, MemoryStore, make_connection, make_session
from tests.fakes.catalog import FakeCatalog
from tests.waiting import until

WIDE = (120, 36)
NARROW = (80, 24)
#: The four tasks of `make_session`.
TASKS = ("webhook", "evennia", "burn-down", "async-bug")


def cell(task: str, endpoint: str, trial: int = 1) -> Cell:
    """A cell, by the short names of the tests."""
    return Cell(task, endpoint, trial)


@dataclass
class AppDriver:
    """Drives the running application by keys, and reads what it shows."""

    app: BbtuiApp
    pilot: Pilot[int]
    store: MemoryStore
    reports: list[Session]
    suspended: bool = False

    def note_suspended(self) -> None:
        """Replaces the signal that would stop this process."""
        self.suspended = True

    @property
    def main(self) -> MainScreen:
        """The main screen, also below a dialog."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def top(self) -> Screen[object]:
        """What is in front: a dialog, or the main screen."""
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
        """The screen as plain text, row by row, with whatever is below a dialog."""
        width, height = self.app.size
        console = Console(
            width=width, height=height, file=io.StringIO(), force_terminal=True, record=True
        )
        console.print(
            self.app.screen._compositor.render_update(
                full=True, screen_stack=self.app._background_screens
            )
        )
        return console.export_text().splitlines()

    @property
    def text(self) -> str:
        """The screen as plain text."""
        return "\n".join(self.rows)

    def row(self, words: str) -> str:
        """The first row with these words in it."""
        found = next((row for row in self.rows if words in row), None)
        assert found is not None, f"no row with {words!r} in\n{self.text}"
        return found

    @property
    def titles(self) -> list[str]:
        """The panes' titles."""
        return [pane.title_row.plain for pane in self.main.panes]

    @property
    def hint(self) -> str:
        """The line of hints."""
        return self.main.hints.plain

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, as a person would."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()

    async def type(self, words: str) -> None:
        """Type words into a text box."""
        names = {" ": "space", ":": "colon", ".": "full_stop", "-": "minus", ",": "comma"}
        await self.press(*(names.get(letter, letter) for letter in words))

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition, then for the screen to be drawn."""
        await until(self.pilot, condition)
        await self.pilot.pause()

    async def sees(self, words: str) -> None:
        """Wait until these words are on the screen."""
        try:
            await until(self.pilot, lambda: words in self.text, 20)
        except AssertionError:
            raise AssertionError(f"{words!r} is not on the screen:\n{self.text}") from None

    async def settle(self) -> None:
        """Wait until no action is on its way and nothing runs any more."""
        await self.until(lambda: not self._acting and not self.comparison.busy)

    @property
    def _acting(self) -> bool:
        return any(not worker.is_finished for worker in self.app.workers)

    async def run_all(self) -> None:
        """Answer everything."""
        await self.press("a")
        await self.settle()


def _healthy(endpoint: Endpoint, _: OnStep) -> Examination:
    return completed(endpoint, [], None)


@dataclass
class AppOptions:
    """What a test changes of the usual application."""

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
    theme: str = "big-brain"
    user_themes: Path = Path("no-themes-of-the-user")
    keys: dict[str, str] = field(default_factory=dict)
    store: MemoryStore = field(default_factory=MemoryStore)
    trials: int = 1
    clock: Callable[[], float] | None = None
    pod_clock: Callable[[], float] = time.monotonic
    examine: Callable[[Endpoint, OnStep], Examination] | None = _healthy
    proxy_timeout: ProxyTimeout = POD_PROXY


def _now() -> datetime:
    return datetime(2026, 11, 24, 22, 41, tzinfo=UTC)


@asynccontextmanager
async def run_app(**settings: object) -> AsyncIterator[AppDriver]:
    """Run the application: on two endpoints and four tasks, unless changed.

    The settings are those of `AppOptions`. Whatever still runs in the end is stopped.
    """
    setting = AppOptions(**settings)  # type: ignore[arg-type]
    connections = setting.connections
    if connections is None:
        connections = [
            make_connection(BIG, source=setting.big, catalog=FakeCatalog()),
            make_connection(LOCAL, source=setting.local, catalog=FakeCatalog()),
        ]
    session = setting.session or make_session(
        endpoints=[connection.endpoint for connection in connections], trials=setting.trials
    )
    store = setting.store
    if session.number:
        store.create(session)
    others = {other.id: other for other in setting.others}
    for other in others.values():
        store.create(other)

    def comparison_of(session: Session) -> Comparison:
        return Comparison(
            session, connections, store, order="parallel", now=_now, clock=setting.pod_clock
        )

    front = [comparison_of(session)]

    def open_session(ref: str) -> Comparison:
        if ref not in {known.id for known in store.sessions}:
            raise SessionNotFoundError(f"no session {ref}", "`bbtui sessions` lists them")
        front[-1].close()
        front.append(comparison_of(store.saved(ref)))
        return front[-1]

    reports: list[Session] = []

    def write_report(session: Session) -> Path:
        reports.append(session)
        return Path(f"bbtui-{session.number}.md")

    workspace = Workspace(
        comparison=front[0],
        open_session=open_session,
        summaries=lambda: [_summary(known) for known in reversed(store.sessions)],
        write_report=write_report,
        parse_bash=lambda code: None,
        themes=shipped("themes"),
        user_themes=setting.user_themes,
        theme=setting.theme,
        keys=setting.keys,
        start=setting.start,
        cells=session.cells() if setting.cells is None else setting.cells,
        notice=setting.notice,
        judging=setting.judging,
        examine=setting.examine,
        proxy_timeout=setting.proxy_timeout,
    )
    clock = setting.clock or time.monotonic
    app = BbtuiApp(lambda: workspace, clock=clock)
    async with app.run_test(size=setting.size, notifications=True) as pilot:
        await until(pilot, lambda: app.main)
        await pilot.pause()
        yield AppDriver(app, pilot, store, reports)
        store.failing = None


def _summary(session: Session) -> SessionSummary:
    """A row of the list of sessions, as the real store counts it."""
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
