"""The rubric beside the answer: where it is, its keys, its ticks, and what else it shows."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from textual import events

from bbtui.domain.check import Check, CheckResult
from bbtui.domain.score import Fault, Note, Severity, Tick, Verdict, scorecard
from bbtui.domain.session import Session
from bbtui.domain.task import Task
from tests.fakes import (
    BIG,
    LOCAL,
    Script,
    answering,
    done,
    known,
    make_answer,
    make_judgement,
    make_session,
    make_tasks,
    sent,
    text,
    wait,
)
from tests.ui.driver import NARROW, WIDE, AppDriver, cell, run_app

BROAD, SMALLEST = (200, 50), (60, 16)
POINTS = ("HMAC over the raw body", "constant time", "refused before parsing", "any case")
ANSWER = "\n\n".join(f"Paragraph {number}." for number in range(60))


def session_of(*points: str, **more: object) -> Session:
    """Return a session whose first task has this rubric; `more` are fields of that task."""
    first, *others = make_tasks()
    return make_session(tasks=[replace(first, rubric=points, **more), *others])  # type: ignore[arg-type]


def dock(app: AppDriver) -> list[str]:
    """Return the title and the points of the rubric, without the space between."""
    return [" ".join(row.split()) for row in app.main.dock.plain.splitlines()]


@pytest.mark.parametrize("size", [WIDE, NARROW, BROAD, SMALLEST])
async def test_rubric_is_beside_the_answer_that_is_judged(size: tuple[int, int]) -> None:
    local = answering("A short one.")
    async with run_app(session=session_of(*POINTS), size=size, local=local) as app:
        await app.run_all()
        await app.press("r")
        assert dock(app)[0] == "rubric · Big Brain 0/4"
        assert "▸ a · HMAC over the raw body" in app.text
        assert "All is well." in app.text
        assert ("A short one." in app.text) == (size == BROAD), "a column only from 160 cells on"
        await app.press("tab")
        assert dock(app)[0] == "rubric · Local 0/4"
        assert "A short one." in app.text
        assert ("All is well." in app.text) == (size == BROAD)
        await app.press("r")
        assert "HMAC over the raw body" not in app.text
        assert app.main.pane.view.has_focus


async def test_rubric_takes_the_place_of_others_where_columns_would_be_narrow() -> None:
    async with run_app(session=session_of(*POINTS), size=(159, 40)) as app:
        await app.run_all()
        await app.press("r")
        assert "gemma3:1b" not in app.text
        await app.resize(160, 40)
        assert "gemma3:1b" in app.text
        assert "a · HMAC over the raw body" in app.text


@pytest.mark.parametrize("size", [NARROW, SMALLEST])
async def test_rubric_is_in_the_lower_half(size: tuple[int, int]) -> None:
    async with run_app(session=session_of(*POINTS), size=size, big=answering(ANSWER)) as app:
        await app.run_all()
        await app.press("g", "r", "P")
        y = next(y for y, row in enumerate(app.rows) if "rubric · Big Brain" in row)
        assert size[1] / 2 <= y <= size[1] * 2 / 3
        assert "Paragraph 1." in "\n".join(app.rows[:y]), "the answer is readable above it"
        assert "a · HMAC over the raw body" in "\n".join(app.rows[y:])


async def test_points_are_ticked_by_letter_and_by_space() -> None:
    async with run_app(session=session_of(*POINTS)) as app:
        await app.run_all()
        await app.press("r", "b", "down", "down", "space")
        assert app.marks("webhook", BIG).ticks == {2, 4}
        assert dock(app) == [
            "rubric · Big Brain 2/4",
            "a · HMAC over the raw body",
            "b ✓ constant time",
            "c · refused before parsing",
            "▸ d ✓ any case",
        ]
        assert app.judgements == ["rubric 2/4", ""]
        await app.press("space", "up", "up", "up", "up")
        assert dock(app)[0] == "rubric · Big Brain 1/4"
        assert dock(app)[1] == "▸ a · HMAC over the raw body"


async def test_ticks_are_of_one_answer_and_undone_by_u() -> None:
    async with run_app(session=session_of(*POINTS)) as app:
        await app.run_all()
        await app.press("r", "a", "tab", "a", "c")
        assert app.judgements == ["rubric 1/4", "rubric 2/4"]
        await app.press("u")
        assert "undone: Local, point 3 of the rubric ticked" in app.hint
        assert app.judgements == ["rubric 1/4", "rubric 1/4"]
        await app.press("a")
        assert app.judgements == ["rubric 1/4", ""]
        await app.press("u")
        assert "undone: Local, point 1 of the rubric unticked" in app.hint
        assert app.judgements == ["rubric 1/4", "rubric 1/4"]
        await app.press("u", "u", "ctrl+r")
        assert app.judgements == ["rubric 1/4", ""]
        saved = app.store.saved(app.session.id).judgements
        marks = scorecard(saved).of(cell("webhook", BIG), 1)
        assert marks.ticks == {1}


async def test_digits_score_while_the_rubric_has_the_focus() -> None:
    async with run_app(session=session_of(*POINTS)) as app:
        await app.run_all()
        await app.press("r", "a", "4")
        assert app.marks("webhook", BIG).score == 4
        assert dock(app)[0] == "rubric · Local 0/4", "the next answer without a score"
        await app.press("2", "n")
        assert app.marks("webhook", LOCAL).score == 2
        assert dock(app) == ["rubric · Big Brain 0/1", "▸ a · rubric of Evennia architecture"]


async def test_letters_are_keys_again_once_the_rubric_is_left() -> None:
    async with run_app(session=session_of(*POINTS)) as app:
        await app.run_all()
        await app.press("r", "escape", "c")
        assert "Big Brain: note" in app.text
        await app.press("escape")
        assert app.marks("webhook", BIG).ticks == frozenset()


async def test_keys_of_later_letters_keep_what_they_do() -> None:
    async with run_app(session=session_of(*POINTS)) as app:
        await app.run_all()
        await app.press("r", "v")
        assert "Big Brain: verdict" in app.text
        await app.press("escape", "b")
        assert app.marks("webhook", BIG).ticks == {2}, "the rubric has the focus after a dialog"


async def test_sixty_points_have_letters_then_numbers() -> None:
    points = [f"Point {number} of many." for number in range(1, 61)]
    async with run_app(session=session_of(*points), size=BROAD) as app:
        await app.run_all()
        await app.press("r")
        assert app.main.dock.points._view.keys[:8] == tuple("abcdefgh")
        keys = app.main.dock.points._view.keys
        assert not set(keys) & {*"12345", *"rujknp"}
        assert keys[-1] == "60"
        letters = [key for key in keys if key.isalpha()]
        await app.press(letters[-1])
        assert app.marks("webhook", BIG).ticks == {len(letters)}
        await app.press(*["down"] * (60 - len(letters)), "space")
        assert app.marks("webhook", BIG).ticks == {len(letters), 60}
        assert "▸ 60 ✓ Point 60 of many." in dock(app)
        assert dock(app)[0] == "rubric · Big Brain 2/60"
        await app.press("5")
        assert app.marks("webhook", BIG).score == 5
        await app.resize(*SMALLEST)
        assert "▸ 60 · Point 60 of many." in dock(app)


async def test_letter_of_a_remapped_key_is_left_out() -> None:
    keys = {"score.4": "b", "task.rubric": "f6"}
    async with run_app(session=session_of(*POINTS), keys=keys) as app:
        await app.run_all()
        await app.press("f6")
        assert dock(app)[2] == "c · constant time"
        await app.press("b")
        assert (app.marks("webhook", BIG).score, app.marks("webhook", BIG).ticks) == (4, set())
        await app.press("f6")
        assert "constant time" not in app.text


async def test_tick_without_an_answer_shows_a_message() -> None:
    async with run_app(session=session_of(*POINTS)) as app:
        await app.press("r", "a")
        assert "no answer to judge here yet" in app.hint
        assert app.session.judgements == ()


async def test_task_without_a_rubric_keeps_its_other_keys() -> None:
    async with run_app(session=session_of(expected="One word.")) as app:
        await app.press("r")
        assert dock(app) == ["rubric · Big Brain", "this task has no rubric"]
        assert "One word." in app.text
        await app.press("space")
        await app.settle()
        assert len(app.session.answers) == 2


async def test_j_scrolls_the_answer_and_page_down_the_rest() -> None:
    task = session_of(*POINTS, expected=ANSWER.replace("Paragraph", "Expectation"))
    async with run_app(session=task, big=answering(ANSWER)) as app:
        await app.run_all()
        await app.press("r", "g", "j")
        assert app.main.pane.view.scroll_offset.y == 1
        await app.press("pagedown")
        assert app.main.dock.text.scroll_offset.y > 0
        assert app.main.pane.view.scroll_offset.y == 1
        before = app.main.dock.text.scroll_offset.y
        await app.press("a")
        assert app.main.dock.text.scroll_offset.y == before, "a tick moves nothing"


@pytest.mark.parametrize("size", [WIDE, BROAD, NARROW])
async def test_resize_to_the_smallest_and_back_changes_nothing(size: tuple[int, int]) -> None:
    async with run_app(session=session_of(*POINTS), size=size) as app:
        await app.run_all()
        await app.press("r", "b")
        await app.rendered()
        before = app.text
        await app.resize(*SMALLEST)
        assert "▸ b ✓ constant time" in app.text
        await app.resize(40, 10)
        await app.resize(*size)
        await app.rendered()
        assert app.text == before
        await app.press("a")
        assert app.marks("webhook", BIG).ticks == {1, 2}


async def test_mouse_ticks_a_point_and_moves_between_rubric_and_answer() -> None:
    async with run_app(session=session_of(*POINTS)) as app:
        await app.run_all()
        await app.press("r")
        y = next(y for y, row in enumerate(app.rows) if "constant time" in row)
        await app.pilot.click(offset=(app.rows[y].index("constant"), y))
        await app.until(lambda: app.marks("webhook", BIG).ticks == {2})
        await app.pilot.click(offset=(30, 10))
        await app.until(lambda: app.main.pane.view.has_focus)
        await app.press("c")
        assert "Big Brain: note" in app.text
        await app.press("escape", "r", "c")
        assert app.marks("webhook", BIG).ticks == {2, 3}


async def test_checks_of_the_answer_beside_it_are_shown() -> None:
    checks = (Check("mentions", "well"), Check("mentions", "hmac"))
    local = answering("Use hmac.")
    async with run_app(session=session_of(checks=checks), local=local) as app:
        await app.run_all()
        await app.press("r")
        await app.shows("✗ mentions hmac")
        assert "✓ mentions well" in app.text
        assert "Checks of Big Brain" in app.text
        await app.press("tab")
        await app.shows("✓ mentions hmac")
        assert "✗ mentions well" in app.text
        assert "Checks of Local" in app.text


async def test_check_that_runs_holds_up_no_key(release, monkeypatch) -> None:
    def check_slowly(check: Check, _: str) -> CheckResult:
        release.wait()
        return CheckResult(check, passed=True)

    monkeypatch.setattr("tests.ui.driver.check_here", check_slowly)
    async with run_app(session=session_of(*POINTS, checks=(Check("mentions", "x"),))) as app:
        await app.press("space")
        await app.until(lambda: not app.comparison.busy)
        await app.press("r", "b")
        assert app.marks("webhook", BIG).ticks == {2}
        assert "… mentions x" in app.text
        release.set()
        await app.shows("✓ mentions x")


async def test_answer_is_checked_once_it_has_ended(release: threading.Event) -> None:
    big = Script(known(), sent(), text("No "), wait(release), text("hmac."), done())
    task = session_of(*POINTS, checks=(Check("mentions", "hmac"),))
    async with run_app(session=task, big=big) as app:
        await app.press("space")
        await app.shows("No ")
        await app.press("r", "a")
        assert app.marks("webhook", BIG).ticks == {1}
        assert "… mentions hmac" in app.text
        release.set()
        await app.shows("✓ mentions hmac")


async def test_judgements_are_shown_in_full_as_written() -> None:
    first, said = cell("webhook", BIG), "no __init__ and *args* lost"
    judged = [Verdict("WEAK", "a reason"), Fault(Severity.WRONG, said), Note("# *one* `two`")]
    session = replace(
        session_of(*POINTS),
        number=12,
        answers=(make_answer(first), make_answer(cell("webhook", LOCAL))),
        judgements=tuple(make_judgement(what, first, row=n) for n, what in enumerate(judged, 1)),
    )
    async with run_app(session=session) as app:
        await app.press("r")
        for words in ("Your notes on Big Brain", "WEAK — a reason", f"WRONG: {said}"):
            assert words in app.text
        assert "# *one* `two`" in app.text
        await app.press("tab")
        assert "Your notes on Local" not in app.text


async def test_prompt_is_shown_as_it_is_sent_up_to_a_length() -> None:
    prompt = "one line\nand __another__\n```\ncode\n```"
    async with run_app(session=session_of(prompt=prompt)) as app:
        await app.press("r")
        rows = [row.split("▏")[-1].strip() for row in app.rows]
        at = rows.index("one line")
        assert rows[at : at + 5] == ["one line", "and __another__", "```", "code", "```"]
    async with run_app(session=session_of(prompt="word " * 200_000, expected="")) as app:
        await app.run_all()
        await app.press("r", "end")
        await app.shows("… 980,000 more characters")


async def test_earlier_ticks_are_there_when_a_session_is_opened_again() -> None:
    first = cell("webhook", BIG)
    session = replace(
        session_of(*POINTS),
        number=12,
        answers=(make_answer(first),),
        judgements=tuple(make_judgement(Tick(n), first, row=n) for n in (1, 3, 9)),
    )
    async with run_app(session=session) as app:
        assert app.judgements[0] == "rubric 2/4", "a point that the rubric does not have is none"
        await app.press("r")
        assert dock(app)[1:4] == [
            "▸ a ✓ HMAC over the raw body",
            "b · constant time",
            "c ✓ refused before parsing",
        ]


async def test_long_points_wrap_and_markup_is_text() -> None:
    task = Task("t", "T", "p", rubric=("[bold]one[/bold] " + "word " * 30, "two\x1b[2J\nlines"))
    async with run_app(session=make_session(tasks=[task])) as app:
        await app.press("r")
        assert dock(app)[1].startswith("▸ a · [bold]one[/bold] word")
        assert "b · two�[2J" in dock(app)


async def test_keys_of_the_rubric_in_one_burst_act_in_turn() -> None:
    async with run_app(session=session_of(*POINTS)) as app:
        await app.run_all()
        await app.press("r")
        for key in ("down", "down", "space"):  # all arrive before the first has acted
            app.app.post_message(events.Key(key, " " if key == "space" else None))
        await app.shows("▸ c ✓ refused before parsing")
        assert app.marks("webhook", BIG).ticks == {3}


async def test_key_of_the_prompt_refers_to_the_rubric_below() -> None:
    async with run_app(session=session_of(*POINTS), size=NARROW) as app:
        await app.run_all()
        await app.press("r", "P")
        assert app.hint.startswith("the prompt is in the rubric: PgDn scrolls to it")
        await app.press("r")
        assert app.main.prompt.plain.startswith("▸ "), "it was not opened behind the rubric"
