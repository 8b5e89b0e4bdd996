"""The scenes of the pictures: the real program at fixed sizes, on answers that were recorded.

The answers are those of docs/example.json, a session of two real models, given again with the
times at which they really came. Only the clock and the machines are still, and what a picture
depends on is waited for, so that a scene looks the same each time: each machine has been looked
at, and the answers of the first task have come as far as the scene says, and no further, before
one is let go on to its end.
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
from typing import NamedTuple
from unittest import mock

from rich.console import Console
from textual.pilot import Pilot

from bbtui.clients.ports import Connection
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
from bbtui.ui.widgets import hints
from bbtui.ui.widgets.answer_view import AnswerView
from bbtui.ui.workspace import Workspace
from tests.fakes.pods import BOOTING, NOT_LISTENING, still
from tests.fakes.probe import StillProbe
from tests.fakes.replay import replaying
from tests.fakes.script import Script, fail, known, sent
from tests.fakes.store import MemoryStore
from tests.waiting import until

EXAMPLE = Path(__file__).parent.parent / "docs" / "example.json"
#: So many drawings in a row must be the same.
STILL = 4
WIDE, NARROW = (120, 36), (80, 24)
#: How long after the last read that came the still clock stops, in ns.
BEAT_NS = 20_000_000
#: No passing note passes before its picture is taken.
NEVER_S = 3600.0
REFUSED = (
    "nothing answers at 127.0.0.1:11434: the connection was refused",
    "is Ollama running there? `ollama serve` starts it",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A scene being played."""

    app: BbtuiApp
    pilot: Pilot[int]
    held: dict[str, int]
    gates: Mapping[str, threading.Event]
    clock: list[int]

    @property
    def main(self) -> MainScreen:
        """The main screen, also below a dialog."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, as a person would."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()

    async def open(self, key: str) -> None:
        """Press a key that opens something over the screen, and wait until it is there."""
        below = self.app.screen
        await self.pilot.press(key)
        await until(self.pilot, lambda: self.app.screen is not below)
        await self.pilot.pause()

    async def looked(self) -> None:
        """Wait until each machine has been looked at."""
        machines = self.main.comparison.hosts
        names = [cell.endpoint for cell in self.main.cursor.cells]
        await until(
            self.pilot,
            lambda: all(machines.host(name).state is not HostState.UNKNOWN for name in names),
        )

    async def sees_pod(self, words: str) -> None:
        """Wait until the line of the first pane's machine has these words."""
        line = self.main.panes[0].host_line
        await until(self.pilot, lambda: words in line.plain)
        await self.pilot.pause()

    async def hold(self) -> None:
        """Wait until every answer that is held half way has come so far, and what fails has."""
        queue = self.main.comparison.queue
        first = self.main.comparison.session.tasks[0].id
        held = {Cell(first, name): count for name, count in self.held.items()}

        def came() -> bool:
            growing = {cell: len(answer.reads) for cell, answer in queue.live_answers.items()}
            return growing == held

        await until(self.pilot, came)
        offsets = [answer.reads[-1].offset_ns for answer in queue.live_answers.values()]
        self.clock[0] += max(offsets) + BEAT_NS
        await self.pilot.pause()

    async def finish(self, *names: str) -> None:
        """Let these endpoints go on, all if none is named, and wait until they have ended."""
        running = self.main.comparison.queue
        ending = names or tuple(self.gates)
        for name in ending:
            self.gates[name].set()
        await until(self.pilot, lambda: not any(cell.endpoint in ending for cell in running))
        await self.pilot.pause()


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: its size, how far the first answers come, and what is done before it."""

    name: str
    size: tuple[int, int]
    play: Callable[[Stage], Awaitable[None]]
    big: float = 0.9
    local: float = 0.3
    down: bool = False
    theme: str = "big-brain"
    pod: Pod | None = None


def example() -> Session:
    """The recorded session."""
    return from_json(EXAMPLE.read_text("utf-8"), EXAMPLE.name)


def _held(scene: Scene) -> dict[str, int]:
    """How many reads come of the first task's answers that are held half way."""
    recorded = example()
    held = {}
    for endpoint, part in zip(recorded.endpoints, (scene.big, scene.local), strict=True):
        answer = recorded.latest(Cell(recorded.tasks[0].id, endpoint.name))
        assert answer is not None
        held[endpoint.name] = int(len(answer.reads) * part)
    if scene.down:
        del held[recorded.endpoints[1].name]
    return held


def _workspace(scene: Scene, gates: Mapping[str, threading.Event]) -> Workspace:
    recorded = example()
    first = recorded.tasks[0].id
    big, local = recorded.endpoints
    host = Host(
        HostState.READY, detail="ready", build=Build("llama.cpp (embedded)", context_length=8192)
    )
    connections = []
    for endpoint, part in ((big, scene.big), (local, scene.local)):
        source = replaying(recorded, endpoint.name, {first: part}, gates[endpoint.name])
        probe = StillProbe(host)
        if scene.down and endpoint is local:
            source = Script(known(), sent(), fail(*REFUSED))
            probe = StillProbe(Host(HostState.UNREACHABLE, Problem(*REFUSED)))
        rented = None
        if scene.pod is not None and endpoint is big:
            rented = still(scene.pod)
            rented_host = replace(host, build=Build("Ollama 0.33.3", context_length=8192))
            probe = StillProbe(NOT_LISTENING if scene.pod is BOOTING else rented_host)
        connections.append(Connection(endpoint, source, probe, endpoint.name, pod=rented))
    seen = (
        {} if scene.pod is None else {big.name: HostRecord(pod=PodUse("NVIDIA L40S", 0.79, 1412))}
    )
    fresh = replace(recorded, number=0, answers=(), judgements=(), seen=seen)
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
        write_report=lambda session: Path("bbtui-12.md"),
        parse_bash=lambda code: None,
        themes=shipped("themes"),
        user_themes=Path("no-themes-of-the-user"),
        theme=scene.theme,
    )


@asynccontextmanager
async def playing(scene: Scene) -> AsyncIterator[Stage]:
    """Play a scene up to its picture, with a clock that stands still."""
    gates = {endpoint.name: threading.Event() for endpoint in example().endpoints}
    clock = [time.perf_counter_ns()]
    with (
        mock.patch.dict(os.environ, {"TZ": "UTC", "TERM": "xterm-256color"}),
        mock.patch("time.perf_counter_ns", side_effect=lambda: clock[0]),
        mock.patch.object(hints, "MESSAGE_S", NEVER_S),
    ):
        time.tzset()
        workspace = _workspace(scene, gates)
        app = BbtuiApp(lambda: workspace)
        async with app.run_test(size=scene.size) as pilot:
            await until(pilot, lambda: app.main)
            stage = Stage(app, pilot, _held(scene), gates, clock)
            await stage.looked()
            await pilot.pause()
            await scene.play(stage)
            yield stage
            for release in gates.values():
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
            drawn.append(stage.app.export_screenshot(title="bbtui"))
            return len(drawn) >= STILL and len(set(drawn[-STILL:])) == 1

        await until(stage.pilot, still)
        return Drawing(drawn[-1], _text_of(stage.app))


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
