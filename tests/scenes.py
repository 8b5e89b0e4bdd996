"""The scenes of the screenshots: the real program at fixed sizes, on recorded answers.

The answers are those of docs/example.json, a session of two real models, replayed with their
recorded times. The clock and the hosts do not change, and everything that a picture depends on is
waited for, so that a scene is the same each time: each host was checked, and the answers of the
first task have reached the part that the scene sets, before one may continue to its end.
"""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple
from unittest import mock

from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style
from textual.app import App
from textual.pilot import Pilot

from bbtui.clients.ports import Connection
from bbtui.config.settings import DEFAULT_VERDICTS
from bbtui.domain.answer import Cell
from bbtui.domain.cost import PodUse
from bbtui.domain.host import Build, Host, HostState
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem
from bbtui.domain.session import HostRecord, Session
from bbtui.engine.comparison import Comparison
from bbtui.exchange.json_file import from_json
from bbtui.locations import shipped
from bbtui.ui.app import BbtuiApp
from bbtui.ui.screens.main import MainScreen
from bbtui.ui.widgets.answer_view import AnswerView
from bbtui.ui.workspace import Workspace
from tests.fakes.checks import check_here
from tests.fakes.pods import BOOTING, NOT_LISTENING, still
from tests.fakes.probe import StillProbe
from tests.fakes.replay import replaying
from tests.fakes.reports import FakeReports
from tests.fakes.script import Script, fail, known, sent
from tests.fakes.store import MemoryStore
from tests.idle import idle, until

EXAMPLE = Path(__file__).parent.parent / "docs" / "example.json"
#: How many equal drawings in a row end the wait for a picture.
STILL = 4
Colours = Literal["truecolor", "256", "standard"]
#: What a terminal reports of its colours.
TERMINALS: dict[Colours, dict[str, str]] = {
    "truecolor": {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
    "256": {"TERM": "xterm-256color", "COLORTERM": ""},
    "standard": {"TERM": "xterm-16color", "COLORTERM": ""},
}
WIDE, NARROW = (120, 36), (80, 24)
#: The time on the clock after the last read, in ns.
AFTER_READ_NS = 20_000_000
REFUSED = (
    "nothing answers at 127.0.0.1:11434: the connection was refused",
    "is Ollama running there? `ollama serve` starts it",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A running scene."""

    app: BbtuiApp
    pilot: Pilot[int]
    held: dict[str, int]
    """By endpoint: after how many reads its first answer pauses."""
    releases: Mapping[str, threading.Event]
    """By endpoint: lets its first answer continue."""
    clock: list[int]
    """The only item is the time of `time.perf_counter_ns`."""

    @property
    def main(self) -> MainScreen:
        """The main screen, also below a dialog."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    async def press(self, *keys: str) -> None:
        """Press keys, and let the app handle each before the next."""
        for key in keys:
            await self.pilot.press(key)
            await idle(self.app)

    async def open(self, key: str) -> None:
        """Press a key that opens a dialog, and wait until it is open."""
        below = self.app.screen
        await self.pilot.press(key)
        await until(self.pilot, lambda: self.app.screen is not below)
        await self.pilot.pause()

    async def wait_for_hosts(self) -> None:
        """Wait until each host was checked."""
        hosts = self.main.comparison.hosts
        names = [cell.endpoint for cell in self.main.cursor.cells]
        await until(
            self.pilot,
            lambda: all(hosts.host(name).state is not HostState.UNKNOWN for name in names),
        )

    async def wait_for_pod(self, text: str) -> None:
        """Wait until the host line of the first pane contains this text."""
        line = self.main.panes[0].host_line
        await until(self.pilot, lambda: text in line.plain)
        await self.pilot.pause()

    async def hold(self) -> None:
        """Wait until every paused answer has reached its pause, and every failing one has ended."""
        queue = self.main.comparison.queue
        first = self.main.comparison.session.tasks[0].id
        held = {Cell(first, name): count for name, count in self.held.items()}

        def paused() -> bool:
            reads = {cell: len(answer.reads) for cell, answer in queue.live_answers.items()}
            return reads == held

        await until(self.pilot, paused)
        offsets = [answer.reads[-1].offset_ns for answer in queue.live_answers.values()]
        self.clock[0] += max(offsets) + AFTER_READ_NS
        await self.pilot.pause()

    async def finish(self, *names: str) -> None:
        """Let these endpoints (default: all) continue, and wait until their answers have ended."""
        running = self.main.comparison.queue
        ending = names or tuple(self.releases)
        for name in ending:
            self.releases[name].set()
        await until(self.pilot, lambda: not any(cell.endpoint in ending for cell in running))
        await self.pilot.pause()


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture."""

    name: str
    size: tuple[int, int]
    play: Callable[[Stage], Awaitable[None]]
    """What is done before it is taken."""
    big: float = 0.9
    """The part of the first answer after which the first endpoint pauses."""
    local: float = 0.3
    """The same of the second endpoint."""
    down: bool = False
    """Whether the second endpoint is unreachable."""
    theme: str = "big-brain"
    colours: Colours = "truecolor"
    """The colours of the terminal."""
    pod: Pod | None = None
    trials: int = 1
    """How often each task is run."""


def example() -> Session:
    """Return the recorded session."""
    return from_json(EXAMPLE.read_text("utf-8"), EXAMPLE.name)


def _held(scene: Scene) -> dict[str, int]:
    """Return after how many reads the first answer of each endpoint pauses."""
    recorded = example()
    held = {}
    for endpoint, part in zip(recorded.endpoints, (scene.big, scene.local), strict=True):
        answer = recorded.latest(Cell(recorded.tasks[0].id, endpoint.name))
        assert answer is not None
        held[endpoint.name] = int(len(answer.reads) * part)
    if scene.down:
        del held[recorded.endpoints[1].name]
    return held


def _workspace(scene: Scene, releases: Mapping[str, threading.Event]) -> Workspace:
    recorded = example()
    first = recorded.tasks[0].id
    big, local = recorded.endpoints
    host = Host(
        HostState.READY, detail="ready", build=Build("llama.cpp (embedded)", context_length=8192)
    )
    connections = []
    for endpoint, part in ((big, scene.big), (local, scene.local)):
        source = replaying(recorded, endpoint.name, {first: part}, releases[endpoint.name])
        probe = StillProbe(host)
        if scene.down and endpoint is local:
            source = Script(known(), sent(), fail(*REFUSED))
            probe = StillProbe(Host(HostState.UNREACHABLE, Problem(*REFUSED)))
        pod = None
        if scene.pod is not None and endpoint is big:
            pod = still(scene.pod)
            pod_host = replace(host, build=Build("Ollama 0.33.3", context_length=8192))
            probe = StillProbe(NOT_LISTENING if scene.pod is BOOTING else pod_host)
        connections.append(Connection(endpoint, source, probe, endpoint.name, pod=pod))
    seen = (
        {} if scene.pod is None else {big.name: HostRecord(pod=PodUse("NVIDIA L40S", 0.79, 1412))}
    )
    fresh = replace(recorded, number=0, answers=(), judgements=(), seen=seen, trials=scene.trials)
    now = datetime(2026, 11, 24, 22, 41, tzinfo=UTC)
    comparison = Comparison(
        fresh,
        connections,
        MemoryStore(),
        order="parallel",
        now=lambda: now,
        clock=lambda: 0.0,
    )
    return Workspace(
        comparison=comparison,
        open_session=lambda ref: comparison,
        summaries=list,
        library=MemoryStore(),
        reports=FakeReports(),
        run_check=check_here,
        themes=shipped("themes"),
        user_themes=Path("no-themes-of-the-user"),
        theme=scene.theme,
        blind_seed="3",
        verdicts=DEFAULT_VERDICTS,
    )


@asynccontextmanager
async def playing(scene: Scene) -> AsyncIterator[Stage]:
    """Play a scene up to its picture, with a stopped clock."""
    releases = {endpoint.name: threading.Event() for endpoint in example().endpoints}
    clock = [time.perf_counter_ns()]
    with (
        mock.patch.dict(os.environ, {"TZ": "UTC", **TERMINALS[scene.colours]}),
        mock.patch("time.perf_counter_ns", side_effect=lambda: clock[0]),
    ):
        time.tzset()
        workspace = _workspace(scene, releases)
        app = BbtuiApp(lambda: workspace)
        async with app.run_test(size=scene.size) as pilot:
            await until(pilot, lambda: app.main)
            stage = Stage(app, pilot, _held(scene), releases, clock)
            await stage.wait_for_hosts()
            await pilot.pause()
            await scene.play(stage)
            yield stage
            for release in releases.values():
                release.set()
    time.tzset()


class Drawing(NamedTuple):
    """A scene as it is drawn."""

    svg: str
    text: str
    """Its characters alone, a line per row, without the spaces at the end of each."""


async def draw(scene: Scene) -> Drawing:
    """Return the scene as drawn once nothing on it changes any more."""
    async with playing(scene) as stage:
        stage.main.refresh_now()
        views = [view for screen in stage.app.screen_stack for view in screen.query(AnswerView)]
        await until(stage.pilot, lambda: all(view.complete for view in views if view.size))
        drawn: list[str] = []

        def still() -> bool:
            drawn.append(_picture(stage.app, scene.colours))
            return len(drawn) >= STILL and len(set(drawn[-STILL:])) == 1

        await until(stage.pilot, still)
        return Drawing(drawn[-1], _text_of(stage.app))


def _picture(app: BbtuiApp, colours: Colours) -> str:
    """Return the screen in the colours that a terminal is sent."""
    if colours == "truecolor":
        return app.export_screenshot(title="bbtui")
    width, height = app.size
    shown = Console(
        width=width, height=height, file=io.StringIO(), force_terminal=True, record=True
    )
    for line in AnsiDecoder().decode(sent_to(app, colours)):
        shown.print(line, no_wrap=True, soft_wrap=True)
    return shown.export_svg(title="bbtui")


def sent_to(app: App[Any], colours: Colours) -> str:
    """Return the screen as a terminal of these colours is sent it."""
    width, height = app.size
    terminal = Console(
        width=width,
        height=height,
        file=io.StringIO(),
        force_terminal=True,
        color_system=colours,
        legacy_windows=False,
    )
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    segments = [
        Segment(text, _unsent(style), control) for text, style, control in terminal.render(update)
    ]
    with terminal.capture() as sent:
        terminal.print(Segments(segments))
    return sent.get()


def _unsent(style: Style | None) -> Style | None:
    """Return a style without the codes that Rich keeps from the first terminal it was sent to."""
    if style is None or not style:
        return style
    own = style.copy()
    own._ansi = None
    return own


def _text_of(app: BbtuiApp) -> str:
    """Return what `export_screenshot` draws, without colours."""
    width, height = app.size
    console = Console(
        width=width, height=height, file=io.StringIO(), force_terminal=True, record=True
    )
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    console.print(update)
    rows = (row.rstrip() for row in console.export_text().rstrip("\n").split("\n"))
    return "\n".join(rows) + "\n"
