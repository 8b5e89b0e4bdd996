"""Every action by its key: what is pressed, and what is seen of it."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest
from textual import events

from bbtui.cli.config import keymap_problems
from bbtui.domain.answer import Cell
from bbtui.ui.actions import ACTIONS, BY_ID
from bbtui.ui.screens.diagnosis import DiagnosisScreen
from bbtui.ui.screens.dialogs import ChoicePrompt, InputPrompt
from bbtui.ui.screens.find import FindBox
from bbtui.ui.screens.jump import JumpScreen
from bbtui.ui.screens.models import ModelsScreen
from bbtui.ui.screens.own_prompt import OwnPromptScreen
from bbtui.ui.screens.report import ReportScreen
from bbtui.ui.screens.results import ResultsScreen
from bbtui.ui.screens.sessions import SessionsScreen
from bbtui.ui.screens.text_dialog import TextDialog
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
from tests.tables import key_table
from tests.ui.driver import AppDriver, run_app

LONG = "\n\n".join(f"Paragraph {number}." for number in range(60))


@dataclass(frozen=True)
class Case:
    """`before` is done first, then the action's key is pressed, then `seen` must come true."""

    seen: Callable[[AppDriver], object]
    before: Callable[[AppDriver], Awaitable[None]]


async def nothing(app: AppDriver) -> None:
    """The session as it opens."""


async def answered(app: AppDriver) -> None:
    await app.run_all()


async def scored(app: AppDriver) -> None:
    await app.run_all()
    await app.press("4")


async def undone(app: AppDriver) -> None:
    await scored(app)
    await app.press("u")


async def on_the_second_task(app: AppDriver) -> None:
    await answered(app)
    await app.press("n")


async def run_twice(app: AppDriver) -> None:
    await answered(app)
    await app.press("space")
    await app.shows("run this task again")
    await app.press("y")
    await app.settle()
    await app.until(lambda: len(app.session.answers) == 10)


async def on_the_first_attempt(app: AppDriver) -> None:
    await run_twice(app)
    await app.press("left_square_bracket")
    await app.shows("attempt 1 of 2")


async def streaming(app: AppDriver) -> None:
    await app.press("n", "n", "n", "space")
    await app.shows("Held here")


async def at_the_top(app: AppDriver) -> None:
    await answered(app)
    await app.until(lambda: app.main.pane.view.max_scroll_y > 0)
    await app.press("g")
    assert app.main.pane.view.scroll_offset.y == 0


async def at_the_end(app: AppDriver) -> None:
    await at_the_top(app)
    await app.press("G")


def y(app: AppDriver) -> int:
    return app.main.pane.view.scroll_offset.y


def asks(words: str) -> Callable[[AppDriver], object]:
    """Return whether a dialog with this text is open."""
    return lambda app: isinstance(app.top, InputPrompt | ChoicePrompt) and words in app.text


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
    "session.summary": Case(lambda s: "summary of the report" in s.text, nothing),
    "session.finding": Case(lambda s: "key finding of the report" in s.text, nothing),
    "verdict.set": Case(asks("Big Brain: verdict"), answered),
    "fault.add": Case(asks("Big Brain: severity"), answered),
    "note.set": Case(asks("Big Brain: note"), answered),
    "winner.set": Case(asks("winner of this task"), answered),
    "blind.toggle": Case(asks("judge blind from here on"), nothing),
    "judgement.undo": Case(lambda s: s.marks("webhook", BIG).score is None, scored),
    "judgement.redo": Case(lambda s: s.marks("webhook", BIG).score == 4, undone),
    "scored.verdict": Case(asks("Big Brain: verdict"), scored),
    "scored.fault": Case(asks("Big Brain: severity"), scored),
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
    "answers.stop": Case(asks("stop 1 running answer"), streaming),
    "answer.find": Case(lambda s: isinstance(s.top, FindBox), answered),
    "task.jump": Case(lambda s: isinstance(s.top, JumpScreen), nothing),
    "answer.unscored": Case(lambda s: s.focused == "Local", answered),
    "trial.previous": Case(lambda s: "each task has one trial here" in s.hint, answered),
    "trial.next": Case(lambda s: "bbtui run -n 3 runs it three times" in s.hint, answered),
    "attempt.earlier": Case(lambda s: "attempt 1 of 2" in s.text, run_twice),
    "attempt.later": Case(lambda s: "attempt 1 of 2" not in s.text, on_the_first_attempt),
    "layout.tabs": Case(lambda s: "▸· Big Brain" in s.rows[2] and "· Local" in s.rows[2], nothing),
    "prompt.expand": Case(lambda s: "▾ Prompt of Gitea webhook." in s.text, answered),
    "prompt.own": Case(lambda s: isinstance(s.top, OwnPromptScreen), nothing),
    "endpoint.model": Case(
        lambda s: isinstance(s.top, ModelsScreen) and "models of Big Brain" in s.text, nothing
    ),
    "endpoint.diagnose": Case(
        lambda s: isinstance(s.top, DiagnosisScreen) and "the endpoint can answer" in s.text,
        nothing,
    ),
    "pod.manage": Case(asks("Big Brain's host: not a pod"), nothing),
    "task.rubric": Case(
        lambda s: s.main.dock.points.has_focus and "rubric of Gitea webhook" in s.text, nothing
    ),
    "session.results": Case(lambda s: isinstance(s.top, ResultsScreen), answered),
    "report.export": Case(lambda s: isinstance(s.top, ReportScreen), answered),
    "report.copy": Case(lambda s: s.app.clipboard.startswith("# "), answered),
    "answer.copy": Case(lambda s: "copied" in s.hint and s.app.clipboard == LONG, answered),
    "sessions.open": Case(lambda s: isinstance(s.top, SessionsScreen), answered),
    "help.keys": Case(
        lambda s: isinstance(s.top, TextDialog) and "Everything is saved" in s.text, nothing
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


def scripts(release) -> dict[str, Script]:
    """Long answers, so that there is something to scroll; the last task is held when asked."""
    held = (known(), sent(), text("Held here"), wait(release))
    return {"big": answering(LONG).on("Prompt of Async bug.", *held), "local": answering("Short.")}


@pytest.mark.parametrize(("action", "key"), KEYS)
async def test_every_action_runs_by_its_key(action, key, release, monkeypatch) -> None:
    case = CASES[action]
    if case.before is not streaming:
        release.set()
    async with run_app(**scripts_for(case, release)) as app:
        monkeypatch.setattr(app.app, "action_suspend_process", app.note_suspended)
        await case.before(app)
        assert not case.seen(app), "it is seen before the key was pressed"
        await app.press(key)
        await app.until(lambda: case.seen(app))


def scripts_for(case: Case, release) -> dict[str, Script]:
    if case.before is streaming:
        return scripts(release)
    return {"big": answering(LONG), "local": answering("Short.")}


def test_every_action_with_a_key_has_a_case() -> None:
    assert CASES.keys() == {action.id for action in ACTIONS if action.keys}


async def test_texts_of_the_report_are_written_from_the_palette() -> None:
    async with run_app() as app:
        await app.run_all()
        for command, words in (
            ("Write the summary of the report", "Nothing to choose."),
            ("Write the key finding of the report", "Cheap is enough."),
        ):
            await app.press("ctrl+p")
            await app.type(command)
            await app.shows(command)
            await app.until(lambda: app.top.query("OptionList").first().option_count)
            await app.press("enter")
            await app.shows("in the report")
            await app.type(words)
            await app.press("enter")
            await app.until(lambda: app.top is app.main)
        card = app.comparison.scorecard
        await app.until(lambda: app.comparison.scorecard.finding)
        card = app.comparison.scorecard
        assert (card.summary, card.finding) == ("Nothing to choose.", "Cheap is enough.")


async def test_palette_lists_every_action(release: threading.Event) -> None:
    held = answering().on("and this?", known(), sent(), text("Held here"), wait(release))
    async with run_app(big=held, trials=2) as app:
        app.main.workspace = app.main.workspace._replace(post_report=lambda _: "")
        await app.run_all()
        await app.press("i")
        await app.type("and this?")
        await app.press("escape", "z")
        app.main.comparison.add_prompt("One more.")
        app.main.comparison.add_prompt("and this?")
        app.main.comparison.run([Cell("prompt-2", BIG)])
        await app.until(lambda: app.main.comparison.queue.live_answers)
        listed = {command.help.split()[0] for command in app.app.get_system_commands(app.main)}
        assert {action.id for action in ACTIONS} <= listed
        assert "theme" in listed


async def test_palette_omits_impossible_actions() -> None:
    async with run_app() as app:
        listed = {command.help.split()[0] for command in app.app.get_system_commands(app.main)}
        assert {"round.run", "report.export", "score.1"} & listed == {"round.run"}


def test_no_key_is_bound_twice() -> None:
    keys = Counter(key for action in ACTIONS for key in action.keys.split(",") if key)
    assert [key for key, count in keys.items() if count > 1] == []
    assert len(BY_ID) == len(ACTIONS)


def test_every_hint_has_a_key() -> None:
    assert all(action.keys for action in ACTIONS if action.hint)
    assert all(action.help for action in ACTIONS)


async def test_keys_are_remapped_by_action_id() -> None:
    keys = {"score.4": "x", "task.next": "f5", "app.interrupt": "f9"}
    assert keymap_problems(keys) == []
    async with run_app(keys=keys) as app:
        await app.run_all()
        await app.press("4", "n")
        assert (app.marks("webhook", BIG).score, app.task) == (None, "webhook")
        await app.press("x", "f5")
        assert (app.marks("webhook", BIG).score, app.task) == (4, "evennia")
        await app.press("ctrl+c")
        assert app.app.is_running
        await app.press("f9")
        await app.until(lambda: not app.app.is_running)


@pytest.mark.parametrize("action", ["endpoint.model", "endpoint.diagnose", "sessions.open"])
async def test_dialog_is_closed_by_the_remapped_key_that_opened_it(action: str) -> None:
    shipped = BY_ID[action].keys
    async with run_app(keys={action: "f6"}, session=make_session(number=12)) as app:
        await app.press("f6")
        await app.until(lambda: app.top is not app.main)
        sheet = app.top
        await app.press(shipped)
        assert app.top is sheet
        await app.press("f6")
        await app.until(lambda: app.top is app.main)


@pytest.mark.parametrize(
    ("keys", "seen"),
    [
        (
            {"endpoint.model": "p", "task.previous": "f7"},
            lambda s: isinstance(s.top, InputPrompt) and "pull" in s.text,
        ),
        (
            {"sessions.open": "j", "answer.down": "f7"},
            lambda s: s.top.query_one(SessionList).cursor == 1,
        ),
    ],
    ids=["models", "sessions"],
)
async def test_keys_of_a_dialog_take_precedence_over_the_key_that_opened_it(keys, seen) -> None:
    assert keymap_problems(keys) == []
    key = next(iter(keys.values()))
    assert key not in BY_ID[next(iter(keys))].keys
    session = make_session(number=12, tasks=[replace(make_tasks()[0], prompt=LONG)])
    other = replace(session, id=f"{session.id[:-1]}8", number=0)
    async with run_app(keys=keys, session=session, others=[other]) as app:
        await app.press(key)
        await app.until(lambda: app.top is not app.main)
        sheet = app.top
        await app.press(key)
        await app.until(lambda: seen(app))
        assert sheet in app.app.screen_stack
        await app.press("escape")
        await app.press("escape")
        await app.until(lambda: app.top is app.main)


async def test_hints_show_remapped_keys() -> None:
    async with run_app(keys={"round.run_all": "f6"}) as app:
        assert "F6 run all" in app.hint
        assert "F6 run all" in app.text.partition("Big Brain:")[0], "and in the empty panes"


def test_key_table_has_a_row_for_every_key() -> None:
    table = key_table()
    assert all(f"`{action.id}`" in table for action in ACTIONS if action.keys)


async def test_first_session_is_the_one_shown() -> None:
    session = make_session(number=12)
    async with run_app(session=session) as app:
        assert "#12" in app.rows[0]
        assert LOCAL in {endpoint.name for endpoint in app.session.endpoints}


async def _burst(app: AppDriver, text: str) -> None:
    """Type a text as a program does: every key is there before the first has been handled."""
    for character in text:
        app.app.post_message(events.Key("slash" if character == "/" else character, character))


async def _while_it_opens(app: AppDriver, key: str, text: str) -> None:
    """Type a text when the dialog of a key is on the screen, and has no focus yet."""
    app.app.post_message(events.Key("slash" if key == "/" else key, key))
    while app.app.screen is app.main:
        await asyncio.sleep(0)
    assert app.app.focused is None
    await _burst(app, text)


@pytest.mark.parametrize(("key", "title"), [("i", "your own prompt"), ("/", "find")])
async def test_what_is_typed_with_the_key_of_a_dialog_is_in_it(key: str, title: str) -> None:
    async with run_app() as app:
        await app.run_all()
        await _burst(app, f"{key}rambles")
        await app.shows(title)
        await app.shows("rambles")


@pytest.mark.parametrize("key", ["i", "/"])
async def test_what_is_typed_before_a_dialog_has_its_focus_is_in_it(key: str) -> None:
    async with run_app() as app:
        await app.run_all()
        await _while_it_opens(app, key, "rambles")
        await app.shows("rambles")
