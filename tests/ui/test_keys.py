"""Every action by its key: what is pressed, and what is seen of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from bbtui.cli.own_keys import keymap_problems
from bbtui.ui.actions import ACTIONS, BY_ID
from bbtui.ui.screens.bars import AskBar, ChooseBar
from bbtui.ui.screens.diagnosis import DiagnosisScreen
from bbtui.ui.screens.models import ModelsScreen
from bbtui.ui.screens.prompt import PromptScreen
from bbtui.ui.screens.sessions import SessionsScreen
from bbtui.ui.screens.sheet import SheetScreen
from bbtui.ui.widgets.session_list import SessionList
from tests.fakes import (
    BIG,
    LOCAL,
    Script,
    answering,
    known,
    make_session,
    make_tasks,
    sent,
    text,
    wait,
)
from tests.keytable import key_table
from tests.ui.desks import Seat, seated

LONG = "\n\n".join(f"Paragraph {number}." for number in range(60))


@dataclass(frozen=True)
class Case:
    """`before` is done first, then the action's key is pressed, then `seen` must come true."""

    seen: Callable[[Seat], object]
    before: Callable[[Seat], Awaitable[None]]


async def nothing(seat: Seat) -> None:
    """The session as it opens."""


async def answered(seat: Seat) -> None:
    await seat.run_all()


async def scored(seat: Seat) -> None:
    await seat.run_all()
    await seat.press("4")


async def undone(seat: Seat) -> None:
    await scored(seat)
    await seat.press("u")


async def on_the_second_task(seat: Seat) -> None:
    await answered(seat)
    await seat.press("n")


async def streaming(seat: Seat) -> None:
    await seat.press("n", "n", "n", "space")
    await seat.sees("Held here")


async def at_the_top(seat: Seat) -> None:
    await answered(seat)
    await seat.until(lambda: seat.main.pane.view.max_scroll_y > 0)
    await seat.press("g")
    assert seat.main.pane.view.scroll_offset.y == 0


async def at_the_end(seat: Seat) -> None:
    await at_the_top(seat)
    await seat.press("G")


def y(seat: Seat) -> int:
    return seat.main.pane.view.scroll_offset.y


def asks(words: str) -> Callable[[Seat], object]:
    """A dialog has opened that says these words."""
    return lambda seat: isinstance(seat.top, AskBar | ChooseBar) and words in seat.text


CASES: dict[str, Case] = {
    "round.run": Case(lambda s: len(s.session.answers) == 2, nothing),
    "round.run_all": Case(lambda s: len(s.session.answers) == 8, nothing),
    "answer.stop": Case(lambda s: "stopped by you" in s.text, streaming),
    **{
        f"score.{value}": Case(
            lambda s, value=value: s.marks("webhook", BIG).score == value, answered
        )
        for value in range(1, 6)
    },
    "verdict.set": Case(asks("Big Brain: verdict"), answered),
    "fault.add": Case(asks("Big Brain: how bad?"), answered),
    "note.set": Case(asks("Big Brain: note"), answered),
    "winner.set": Case(asks("winner of this task"), answered),
    "judgement.undo": Case(lambda s: s.marks("webhook", BIG).score is None, scored),
    "judgement.redo": Case(lambda s: s.marks("webhook", BIG).score == 4, undone),
    "scored.verdict": Case(asks("Big Brain: verdict"), scored),
    "scored.fault": Case(asks("Big Brain: how bad?"), scored),
    "scored.note": Case(asks("Big Brain: note"), scored),
    "pane.next": Case(lambda s: s.focused == "Local" and s.hint.startswith("Local"), nothing),
    "pane.previous": Case(lambda s: s.focused == "Local", nothing),
    "answer.down": Case(lambda s: y(s) == 1, at_the_top),
    "answer.up": Case(lambda s: y(s) == s.main.pane.view.max_scroll_y - 1, at_the_end),
    "answer.top": Case(lambda s: y(s) == 0 and "Paragraph 0." in s.text, at_the_end),
    "answer.end": Case(lambda s: "Paragraph 59." in s.text, at_the_top),
    "task.next": Case(lambda s: "task 2 of 4   Evennia architecture" in s.text, answered),
    "task.previous": Case(lambda s: "task 1 of 4   Gitea webhook" in s.text, on_the_second_task),
    "pane.maximise": Case(lambda s: "Local" not in s.text, answered),
    "layout.tasks": Case(lambda s: "tasks  " not in s.text and "Local" in s.text, nothing),
    "layout.tabs": Case(lambda s: "▸· Big Brain" in s.rows[1] and "· Local" in s.rows[1], nothing),
    "prompt.own": Case(lambda s: isinstance(s.top, PromptScreen), nothing),
    "endpoint.model": Case(
        lambda s: isinstance(s.top, ModelsScreen) and "models of Big Brain" in s.text, nothing
    ),
    "endpoint.diagnose": Case(
        lambda s: isinstance(s.top, DiagnosisScreen) and "it can answer" in s.text, nothing
    ),
    "pod.steer": Case(asks("the host of Big Brain: on no pod"), nothing),
    "task.rubric": Case(
        lambda s: isinstance(s.top, SheetScreen) and "rubric of Gitea webhook" in s.text, nothing
    ),
    "report.export": Case(lambda s: "report written to bbtui-12.md" in s.hint, answered),
    "answer.copy": Case(lambda s: "copied" in s.hint and s.app.clipboard == LONG, answered),
    "sessions.open": Case(lambda s: isinstance(s.top, SessionsScreen), answered),
    "help.keys": Case(
        lambda s: isinstance(s.top, SheetScreen) and "Everything is saved" in s.text, nothing
    ),
    "app.quit": Case(lambda s: s.app.return_value == 0 and not s.app.is_running, answered),
    "app.interrupt": Case(lambda s: s.app.return_value == 0 and not s.app.is_running, answered),
    "app.suspend": Case(lambda s: s.suspended, nothing),
}

KEYS = [
    pytest.param(action.id, key, id=f"{action.id} {key}")
    for action in ACTIONS
    for key in action.keys.split(",")
    if key
]


def scripts(gate) -> dict[str, Script]:
    """Long answers, so that there is something to scroll; the last task is held when asked."""
    held = (known(), sent(), text("Held here"), wait(gate))
    return {"big": answering(LONG).on("Prompt of Async bug.", *held), "local": answering("Short.")}


@pytest.mark.parametrize(("action", "key"), KEYS)
async def test_the_key_of_every_action(action, key, gate, monkeypatch) -> None:
    case = CASES[action]
    if case.before is not streaming:
        gate.set()
    async with seated(**scripts_for(case, gate)) as seat:
        monkeypatch.setattr(seat.app, "action_suspend_process", seat.note_suspended)
        await case.before(seat)
        assert not case.seen(seat), "it is seen before the key was pressed"
        await seat.press(key)
        await seat.until(lambda: case.seen(seat))


def scripts_for(case: Case, gate) -> dict[str, Script]:
    if case.before is streaming:
        return scripts(gate)
    return {"big": answering(LONG), "local": answering("Short.")}


def test_every_action_with_a_key_has_its_case() -> None:
    assert CASES.keys() == {action.id for action in ACTIONS if action.keys}


async def test_actions_without_a_key_are_done_by_name() -> None:
    assert {a.id for a in ACTIONS if not a.keys} == {"session.summary", "session.finding"}
    async with seated() as seat:
        await seat.run_all()
        for command, words in (
            ("Write the summary of the report", "Nothing to choose."),
            ("Write the key finding of the report", "Cheap is enough."),
        ):
            await seat.press("ctrl+p")
            await seat.type(command)
            await seat.sees(command)
            await seat.until(lambda: seat.top.query("OptionList").first().option_count)
            await seat.press("enter")
            await seat.sees("goes into the report")
            await seat.type(words)
            await seat.press("enter")
            await seat.until(lambda: seat.top is seat.main)
        card = seat.comparison.scorecard
        await seat.until(lambda: seat.comparison.scorecard.finding)
        card = seat.comparison.scorecard
        assert (card.summary, card.finding) == ("Nothing to choose.", "Cheap is enough.")


async def test_the_palette_lists_every_action() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("i")
        await seat.type("and this?")
        await seat.press("escape", "z")
        seat.main.comparison.add_prompt("One more.")
        listed = {command.help.split()[0] for command in seat.app.get_system_commands(seat.main)}
        assert {action.id for action in ACTIONS} <= listed
        assert "theme" in listed


async def test_the_palette_leaves_out_what_is_not_possible() -> None:
    async with seated() as seat:
        listed = {command.help.split()[0] for command in seat.app.get_system_commands(seat.main)}
        assert {"round.run", "report.export", "score.1"} & listed == {"round.run"}


def test_no_key_is_bound_twice() -> None:
    keys = Counter(key for action in ACTIONS for key in action.keys.split(",") if key)
    assert [key for key, count in keys.items() if count > 1] == []
    assert len(BY_ID) == len(ACTIONS)


def test_no_hint_is_shown_for_what_has_no_key() -> None:
    assert all(action.keys for action in ACTIONS if action.hint)
    assert all(action.help for action in ACTIONS)


async def test_keys_are_remapped_by_action_id() -> None:
    keys = {"score.4": "x", "task.next": "f5", "app.interrupt": "f9"}
    assert keymap_problems(keys) == []
    async with seated(keys=keys) as seat:
        await seat.run_all()
        await seat.press("4", "n")
        assert (seat.marks("webhook", BIG).score, seat.task) == (None, "webhook")
        await seat.press("x", "f5")
        assert (seat.marks("webhook", BIG).score, seat.task) == (4, "evennia")
        await seat.press("ctrl+c")
        assert seat.app.is_running
        await seat.press("f9")
        await seat.until(lambda: not seat.app.is_running)


@pytest.mark.parametrize("action", ["endpoint.model", "endpoint.diagnose", "sessions.open"])
async def test_a_sheet_is_closed_by_the_key_that_opened_it_as_remapped(action: str) -> None:
    shipped = BY_ID[action].keys
    async with seated(keys={action: "f6"}, session=make_session(number=12)) as seat:
        await seat.press("f6")
        await seat.until(lambda: seat.top is not seat.main)
        sheet = seat.top
        await seat.press(shipped)
        assert seat.top is sheet
        await seat.press("f6")
        await seat.until(lambda: seat.top is seat.main)


@pytest.mark.parametrize(
    ("keys", "seen"),
    [
        (
            {"endpoint.model": "p", "task.previous": "f7"},
            lambda s: isinstance(s.top, AskBar) and "pull" in s.text,
        ),
        (
            {"sessions.open": "j", "answer.down": "f7"},
            lambda s: s.top.query_one(SessionList).highlighted == 2,
        ),
        (
            {"task.rubric": "G", "answer.end": "f7"},
            lambda s: "Paragraph 59." in s.text and "Paragraph 0." not in s.text,
        ),
    ],
    ids=["models", "sessions", "rubric"],
)
async def test_in_a_sheet_its_own_letters_come_before_the_key_that_opened_it(keys, seen) -> None:
    assert keymap_problems(keys) == []
    key = next(iter(keys.values()))
    assert key not in BY_ID[next(iter(keys))].keys
    session = make_session(number=12, tasks=[replace(make_tasks()[0], prompt=LONG)])
    other = replace(session, id=f"{session.id[:-1]}8", number=0)
    async with seated(keys=keys, session=session, others=[other]) as seat:
        await seat.press(key)
        await seat.until(lambda: seat.top is not seat.main)
        sheet = seat.top
        await seat.press(key)
        await seat.until(lambda: seen(seat))
        assert sheet in seat.app.screen_stack
        await seat.press("escape")
        await seat.press("escape")
        await seat.until(lambda: seat.top is seat.main)


async def test_a_remapped_key_is_shown_in_the_hints() -> None:
    async with seated(keys={"round.run_all": "f6"}) as seat:
        assert "f6 run all" in seat.hint
        assert "f6 run all" in seat.text.partition("Big Brain:")[0], "and in the empty panes"


def test_the_key_table_has_a_row_for_every_key() -> None:
    table = key_table()
    assert all(f"`{action.id}`" in table for action in ACTIONS if action.keys)


async def test_the_first_session_of_a_test_is_the_one_shown() -> None:
    session = make_session(number=12)
    async with seated(session=session) as seat:
        assert "#12" in seat.rows[0]
        assert LOCAL in {endpoint.name for endpoint in seat.session.endpoints}
