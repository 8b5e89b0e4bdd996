"""Whatever is done in a blind round, the screen does not tell who wrote which text.

Each scene is played twice. What stands in which place is the same both times, and so are the
endpoints; which endpoint wrote which text is not. Everything that is shown must be equal. Figures,
hosts, prices and causes are those of an endpoint, so that one which is shown makes a difference.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Iterable, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from unittest import mock

import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from bbtui.clients.ports import Connection
from bbtui.domain.answer import Answer, AnswerState, Cell, Round
from bbtui.domain.blind import drawn_orders
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import completed
from bbtui.domain.host import Build, Host, HostState
from bbtui.domain.problem import Problem
from bbtui.domain.score import (
    Blinding,
    Conditions,
    Fault,
    Judged,
    Judgement,
    Note,
    Reveal,
    Score,
    Severity,
    Verdict,
)
from bbtui.domain.session import Session
from bbtui.domain.task import Task
from bbtui.engine.comparison import Comparison
from bbtui.locations import shipped
from bbtui.store.summaries import SessionSummary
from bbtui.ui.action import Action
from bbtui.ui.actions import ACTIONS
from bbtui.ui.app import BbtuiApp
from bbtui.ui.screens.dialogs import ChoicePrompt
from bbtui.ui.screens.main import MainScreen
from bbtui.ui.widgets.answer_view import AnswerView
from tests.fakes import MemoryStore, Script, done, known, make_answer, sent, wait
from tests.fakes.builders import MORNING
from tests.fakes.catalog import FakeCatalog
from tests.fakes.pods import RUNNING, STOPPED, still
from tests.fakes.probe import StillProbe
from tests.fakes.script import Step, tokens
from tests.headless_textual import draw
from tests.idle import idle, until
from tests.ui.context import make_context

#: The endpoints: nothing in them is a word of the program.
SIDES = (
    Endpoint("quillon", "Zephyrine", "quillon:9b", "ollama", "http://10.9.8.7:1234", "Trurl M7"),
    Endpoint("torvane", "Morganite", "torvane-x:70b", "openai", "https://abc…-80.proxy.runpod.net"),
    Endpoint("obsidia", "Halcyon", "obsidia:3b", "ollama", "http://klapaucius:99", "Golem XIV"),
)
#: What would tell a side, in lower case: names, addresses, machines, prices, clocks, causes.
FORBIDDEN = (
    *("zephyrine", "quillon", "10.9.8.7", "trurl", "morganite", "torvane", "runpod", "l40s"),
    *("halcyon", "obsidia", "klapaucius", "golem", "$", "0.79", "tok/s", "first token", "gpu"),
    *("broken pipe of", "thoughts of"),
)
HOSTS = (
    Host(HostState.READY, detail="ready", build=Build("ollama 0.33.3 trurl"), loaded=True),
    Host(HostState.READY, detail="ready", build=Build("vllm 0.11 torvane", context_length=4096)),
    Host(HostState.UNREACHABLE, Problem("klapaucius refused", "start obsidia")),
)
TASKS = tuple(
    Task(name, title, f"Prompt of {name}.", f"Expected of {name}.", ("it is short", "it is true"))
    for name, title in (("one", "First task"), ("two", "Second task"), ("three", "Third task"))
)
FIRST, SECOND = Round("one", 1), Round("two", 1)
ENDED = (AnswerState.DONE,)
ID = "019ab1c2-3d4e-7f50-8a61-b2c3d4e5f607"


@dataclass(frozen=True)
class Scene:
    """A session on screen, with everything that could tell a side."""

    name: str
    sides: int = 2
    trials: int = 1
    size: tuple[int, int] = (120, 36)
    states: Sequence[AnswerState] = ENDED
    """How the answers ended, from left to right; the last one also of those that follow."""
    answered: bool = True
    running: bool = False
    """Whether the first endpoint has answered this round and the others still do."""
    scored: bool = False
    """Whether the left side was judged."""
    revealed: bool = False
    """Whether the first round was revealed, and the second one is in view."""
    pod: bool = False
    """Whether the second endpoint is on a pod that runs; else it is stopped."""
    keys: Sequence[str] = ()
    """What is pressed first."""
    opens: Set[str] = frozenset()
    """The actions that go to a round that is not blind."""
    tells: Set[str] = frozenset()
    """The actions that are allowed to make a difference."""


SCENES = (
    Scene("answered", pod=True),
    Scene(
        "failed, in tabs beside the rubric",
        size=(80, 24),
        states=(AnswerState.DONE, AnswerState.FAILED),
        scored=True,
        keys=["r"],
        # The other side has its score: the second one reveals the round.
        opens=frozenset(f"score.{value}" for value in range(1, 6)),
        # Whether the answer comes at once, or waits for a pod, is what was asked for.
        tells=frozenset({"round.run s", "round.run_all s"}),
    ),
    Scene(
        "three sides and two trials after a reveal",
        sides=3,
        trials=2,
        scored=True,
        revealed=True,
        pod=True,
        opens=frozenset({"task.previous"}),
    ),
    Scene(
        "running",
        running=True,
        answered=False,
        pod=True,
        # Who stops a round sees which of its answers had ended.
        tells=frozenset({"answer.stop", "answers.stop y"}),
    ),
    Scene("not run", answered=False),
)


def session_of(scene: Scene, seed: str) -> Session:
    """Return the session of a scene: the texts are in the same places whatever the seed."""
    sides = SIDES[: scene.sides]
    empty = Session(ID, MORNING, TASKS, sides, trials=scene.trials, number=12)
    orders = drawn_orders(empty, seed)
    answers: list[Answer] = []
    log: list[tuple[Judged, Cell, Conditions]] = []
    log.append((Blinding(on=True, seed=seed), Cell("", ""), Conditions()))
    for place in (FIRST, SECOND) if scene.answered else ():
        for position, name in enumerate(orders[place]):
            state = scene.states[min(position, len(scene.states) - 1)]
            answers.append(answer_of(Cell(place.task, name), f"Text {position} of two", state))
    if scene.revealed:
        # The same both times: what is revealed may be known.
        names = [side.name for side in SIDES[: scene.sides]]
        answers = [answer for answer in answers if answer.cell.task != "one"]
        for name in names:
            answers.append(answer_of(Cell("one", name), f"Text of one {name}", AnswerState.DONE))
            log.append((Score(3), Cell("one", name), Conditions("blind", tuple(names))))
        log.append((Reveal(), Cell("one", names[0]), Conditions("blind", tuple(names))))
    if scene.scored:
        place = SECOND if scene.revealed else FIRST
        left = Cell(place.task, orders[place][0])
        given = (Score(4), Verdict("SOLID", "it is"), Note("mine"), Fault(Severity.VAGUE, "so"))
        log += ((what, left, Conditions("blind", orders[place])) for what in given)
    rows = tuple(
        Judgement(MORNING, what, cell, 1, number, conditions)
        for number, (what, cell, conditions) in enumerate(log, 1)
    )
    return replace(empty, answers=tuple(answers), judgements=rows)


def answer_of(cell: Cell, words: str, state: AnswerState) -> Answer:
    """Return an answer whose figures, thoughts and cause are those of its endpoint."""
    number = [side.name for side in SIDES].index(cell.endpoint)
    cause = "" if state is AnswerState.DONE else f"broken pipe of {cell.endpoint}"
    answer = make_answer(
        cell, words, state, first_ms=100 + 900 * number, each_ms=10 + number, cause=cause
    )
    return replace(answer, thinking=f"thoughts of {cell.endpoint}" * number)


def connections_of(scene: Scene) -> list[Connection]:
    found = []
    for number, side in enumerate(SIDES[: scene.sides]):
        # The same words: only their endpoint, and with it their time, may make a difference.
        steps: list[Step] = [known(), sent(), *tokens("Live words", 10 + 5 * number), done()]
        if scene.running and number:
            steps[-1:] = [wait(NEVER)]
        catalog = FakeCatalog() if number else None
        pod = still(RUNNING if scene.pod else STOPPED) if number == 1 else None
        found.append(
            Connection(
                side, Script(*steps), StillProbe(HOSTS[number]), side.name, catalog, catalog, pod
            )
        )
    return found


#: Never set: what waits for it is stopped in the end.
NEVER = threading.Event()


def seeds(scene: Scene) -> tuple[str, str]:
    """Return two seeds that give each side another place in both rounds."""
    empty = session_of(replace(scene, answered=False, scored=False, revealed=False), "0")
    drawn = {seed: drawn_orders(empty, seed) for seed in map(str, range(60))}
    for one, other in itertools.combinations(drawn, 2):
        pairs = (
            zip(drawn[one][place], drawn[other][place], strict=True) for place in (FIRST, SECOND)
        )
        if all(left != right for pair in pairs for left, right in pair):
            return one, other
    raise AssertionError("no two such seeds")


@dataclass(frozen=True)
class Shown:
    """Everything that is shown at one moment."""

    cells: tuple[tuple[tuple[str, str], ...], ...]
    """The rows of the screen: runs of characters, each with its style."""
    beside: str
    """What is shown beside the screen."""
    blind: bool
    """Whether the round in view is blind."""

    @property
    def text(self) -> str:
        """Return the characters alone."""
        rows = ("".join(characters for characters, _ in row) for row in self.cells)
        return "\n".join((*rows, self.beside))


@dataclass
class Play:
    """One playing of a scene."""

    app: BbtuiApp
    pilot: Pilot[int]
    scene: Scene
    seed: str
    fresh: object = None
    """The state at the start, as `_state` returns it."""
    chosen: bool = False
    """Whether something was chosen in a dialog."""

    @property
    def main(self) -> MainScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    def comparison(self) -> Comparison:
        store, session = MemoryStore(), session_of(self.scene, self.seed)
        store.create(session)
        return Comparison(
            session,
            connections_of(self.scene),
            store,
            order="parallel",
            now=lambda: datetime(2026, 11, 24, 22, 41, tzinfo=UTC),
            clock=lambda: 0.0,
        )

    async def begin(self) -> None:
        """Bring the scene to where its actions are tried."""
        comparison = self.main.comparison
        hosts = [side.name for side in SIDES[: self.scene.sides]]
        await until(
            self.pilot,
            lambda: all(
                comparison.hosts.host(name).state is not HostState.UNKNOWN for name in hosts
            ),
        )
        if self.scene.running:
            comparison.run(self.main.cursor.cells)
            await until(self.pilot, lambda: self._is_halfway(comparison))
        for key in self.scene.keys:
            await self.pilot.press(key)
        self.main.refresh_now()
        await idle(self.app)
        self.fresh = self._state()

    def _state(self) -> object:
        """Return what actions change."""
        comparison, cursor = self.main.comparison, self.main.cursor
        place = cursor.round, cursor.column, cursor.point, cursor.warned, cursor.just_scored
        queue = comparison.queue
        # An answer that is stopped ends a moment later.
        running = len(queue.live_answers), len(queue.waiting), len(queue._stopped_ns)
        notices = len(self.app._notifications)
        deferred = [side.name for side in SIDES if comparison.hosts.defers(side.name)]
        layout = self.main.screen_layout.key, self.app.clipboard
        return comparison.session, place, layout, running, notices, deferred

    def _is_halfway(self, comparison: Comparison) -> bool:
        comparison.tick()
        live = comparison.queue.live_answers.values()
        return len(live) == self.scene.sides - 1 and all(answer.has_text for answer in live)

    def _is_still(self) -> bool:
        """Whether no answer goes on: each has ended, or waits for ever with all of its text."""
        comparison = self.main.comparison
        comparison.tick()
        if not self.scene.running:
            return not comparison.queue
        live = comparison.queue.live_answers
        first = SIDES[0].name  # the only one that ends
        return all(cell.endpoint != first and answer.has_text for cell, answer in live.items())

    async def again(self) -> None:
        """Begin anew, as nothing of what was done had been."""
        while len(self.app.screen_stack) > 1:
            self.app.screen.dismiss(None)
            await self._settle()
        if self._state() == self.fresh and not self.chosen:
            return
        self.chosen = False
        before = self.main
        self.app.clear_notifications()
        self.app._clipboard = ""
        before.open_comparison(self.comparison())
        await until(self.pilot, lambda: self.main is not before)
        await self.begin()

    async def do(self, action: Action, *keys: str) -> None:
        """Run an action, and press keys in the dialog that it opens."""
        self.main.do(action.id)
        await self._settle()
        self.chosen = bool(keys)  # what is chosen may take effect later
        for key in keys:
            await self.pilot.press(key)
            await self._settle()

    async def _settle(self) -> None:
        """Wait until a dialog is open or every command has ended."""
        await idle(self.app)
        await until(
            self.pilot,
            lambda: (
                self.app.screen is not self.main
                or all(worker.is_finished for worker in self.app.workers)
            ),
        )
        await until(self.pilot, self._is_still)
        self.main.refresh_now()
        views = [view for screen in self.app.screen_stack for view in screen.query(AnswerView)]
        await until(self.pilot, lambda: all(view.complete for view in views if view.size))
        await idle(self.app)

    def shown(self) -> Shown:
        palette = [(one.title, one.help) for one in self.app.get_system_commands(self.app.screen)]
        notices = [(one.title, one.message) for one in self.app._notifications]
        beside = (self.app.title, self.app.sub_title, palette, notices, self.app.clipboard)
        update = draw(
            self.app.screen._compositor, full=True, screen_stack=self.app._background_screens
        )
        return Shown(tuple(map(_runs, update.strips)), str(beside), self.main.naming.hidden)


def _runs(row: Iterable[Strip]) -> tuple[tuple[str, str], ...]:
    """Return the characters of a row in runs of one style."""
    found: list[tuple[str, str]] = []
    for text, style, _ in itertools.chain.from_iterable(row):
        before, same = found[-1] if found else ("", None)
        if str(style) == same:
            found[-1] = before + text, same
        else:
            found.append((text, str(style)))
    return tuple(found)


@asynccontextmanager
async def playing(scene: Scene, seed: str) -> AsyncIterator[Play]:
    """Play a scene under a seed, with a stopped clock."""
    summaries = [summary_of(scene, number) for number in (12, 13)]
    with (
        mock.patch("time.perf_counter_ns", return_value=10**12),
        mock.patch("bbtui.ui.screens.main.release_memory"),
        mock.patch.object(BbtuiApp, "action_suspend_process"),
        mock.patch.object(MainScreen, "exit"),
    ):
        play = Play(None, None, scene, seed)  # type: ignore[arg-type]
        comparison = play.comparison()
        workspace = make_context().workspace._replace(
            comparison=comparison,
            open_session=lambda _: comparison,
            summaries=lambda: summaries,
            post_report=lambda _: "posted",
            themes=shipped("themes"),
            examine=lambda endpoint, _: completed(endpoint, [], None),
        )
        play.app = BbtuiApp(lambda: workspace, clock=lambda: 0.0)
        async with play.app.run_test(size=scene.size, notifications=True) as pilot:
            play.pilot = pilot
            await until(pilot, lambda: play.app.main)
            await play.begin()
            yield play


def summary_of(scene: Scene, number: int) -> SessionSummary:
    labels = tuple(side.label for side in SIDES[: scene.sides])
    return SessionSummary(
        ID if number == 12 else f"{ID[:-1]}8", number, MORNING, "", 3, labels, 2, 6, 1, True, False
    )


async def recorded(scene: Scene, seed: str) -> dict[str, Shown]:
    """Return what is shown at first, after each action, and after each choice of its dialog."""
    found: dict[str, Shown] = {}
    async with playing(scene, seed) as play:
        found["at first"] = play.shown()
        for action in ACTIONS:
            await play.again()
            await play.do(action)
            found[action.id] = play.shown()
            choices = dialog._choices if isinstance(dialog := play.app.screen, ChoicePrompt) else {}
            for key in choices.keys() - {"n", "escape"}:
                await play.again()
                await play.do(action, key)
                found[f"{action.id} {key}"] = play.shown()
    return found


#: What shows the sides when it is confirmed.
REVEALING = {"blind.toggle y", "blind.toggle o"}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_no_action_in_a_blind_round_reveals_who_wrote_which_text(scene: Scene) -> None:
    seed, other_seed = seeds(scene)
    one = asyncio.run(recorded(scene, seed))
    other = asyncio.run(recorded(scene, other_seed))
    assert one.keys() == other.keys()
    assert {action.id for action in ACTIONS} <= one.keys()
    blind = {place: shown for place, shown in one.items() if shown.blind}
    assert one.keys() - blind.keys() <= REVEALING | scene.opens
    differing = [place for place, shown in blind.items() if shown != other[place]]
    telling = {place: told for place, shown in blind.items() if (told := told_by(shown))}
    for place in {*differing, *telling} - scene.tells:
        print(f"--- {place}\n{one[place].text}\n--- or\n{other[place].text}")
    assert (set(differing) - scene.tells, telling) == (set(), {})


def told_by(shown: Shown) -> list[str]:
    """Return the words in what is shown that would tell a side."""
    text = shown.text.lower()
    return [word for word in FORBIDDEN if word in text]
