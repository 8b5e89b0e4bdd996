"""The scenes of the pictures: the real program at fixed sizes, on answers that were recorded.

The answers are those of docs/example.json, a session of two real models, given again with the
times at which they really came. Only the clock and the machines are still, so that a scene looks
the same each time.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from textual.pilot import Pilot

from bbtui.clients.connection import Connection
from bbtui.domain.answer import Cell
from bbtui.domain.cost import PodUse
from bbtui.domain.endpoint import Build, Host, HostState
from bbtui.domain.pod import Pod
from bbtui.domain.session import Seen, Session
from bbtui.engine.comparison import Comparison
from bbtui.locations import shipped
from bbtui.report.portable import from_json
from bbtui.ui.app import BbtuiApp
from bbtui.ui.desk import Desk
from bbtui.ui.screens.main import MainScreen
from bbtui.ui.widgets.answer_view import AnswerView
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

    async def settle(self) -> None:
        """Wait until nothing runs any more."""
        await until(self.pilot, lambda: not self.main.comparison.busy)
        await self.pilot.pause()

    async def sees_pod(self, words: str) -> None:
        """Wait until the line of the first pane's machine has these words."""
        line = self.main.panes[0].host_line
        await until(self.pilot, lambda: words in line.plain)
        await self.pilot.pause()

    async def hold(self) -> None:
        """Wait until every answer that is held half way has come so far, and the others ended."""
        comparison = self.main.comparison
        first = comparison.session.tasks[0].id

        def held() -> bool:
            growing = {
                cell: len(answer.reads) for cell, answer in comparison.running.growing.items()
            }
            return growing == {Cell(first, name): count for name, count in self.held.items()}

        await until(self.pilot, held)
        came = [answer.reads[-1].offset_ns for answer in comparison.running.growing.values()]
        self.clock[0] += max(came, default=0) + BEAT_NS
        await self.pilot.pause()


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: its size, how far each task's answers come, and what is done before it."""

    name: str
    size: tuple[int, int]
    play: Callable[[Stage], Awaitable[None]]
    big: float | None = None
    local: float | None = None
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
        if part is not None and answer is not None:
            held[endpoint.name] = int(len(answer.reads) * part)
    return held


def _desk(scene: Scene, gate: threading.Event) -> Desk:
    recorded = example()
    first = recorded.tasks[0].id
    big, local = recorded.endpoints
    host = Host(HostState.READY, "ready", "", Build("llama.cpp (embedded)", context_length=8192))
    connections = []
    for endpoint, part in ((big, scene.big), (local, scene.local)):
        parts = {} if part is None else {first: part}
        source = replaying(recorded, endpoint.name, parts, gate)
        probe = StillProbe(host)
        if scene.down and endpoint is local:
            source = Script(known(), sent(), fail(*REFUSED))
            probe = StillProbe(Host(HostState.UNREACHABLE, *REFUSED))
        rented = None
        if scene.pod is not None and endpoint is big:
            rented = still(scene.pod)
            rented_host = replace(host, build=Build("Ollama 0.33.3", context_length=8192))
            probe = StillProbe(NOT_LISTENING if scene.pod is BOOTING else rented_host)
        connections.append(Connection(endpoint, source, probe, endpoint.name, pod=rented))
    seen = {} if scene.pod is None else {big.name: Seen(pod=PodUse("NVIDIA L40S", 0.79, 1412))}
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
    return Desk(
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
    gate = threading.Event()
    clock = [time.perf_counter_ns()]
    with (
        mock.patch.dict(os.environ, {"TZ": "UTC", "TERM": "xterm-256color"}),
        mock.patch("time.perf_counter_ns", side_effect=lambda: clock[0]),
    ):
        time.tzset()
        desk = _desk(scene, gate)
        app = BbtuiApp(lambda: desk)
        async with app.run_test(size=scene.size) as pilot:
            await until(pilot, lambda: app.main)
            stage = Stage(app, pilot, _held(scene), clock)
            await pilot.pause()
            await scene.play(stage)
            yield stage
            gate.set()
    time.tzset()


async def picture(scene: Scene) -> str:
    """The scene as an SVG, once nothing on it moves any more."""
    async with playing(scene) as stage:
        stage.main.tick_now()
        views = [view for screen in stage.app.screen_stack for view in screen.query(AnswerView)]
        await until(stage.pilot, lambda: all(view.settled for view in views if view.size))
        drawn: list[str] = []

        def still() -> bool:
            drawn.append(stage.app.export_screenshot(title="bbtui"))
            return len(drawn) >= STILL and len(set(drawn[-STILL:])) == 1

        await until(stage.pilot, still)
        return drawn[-1]
