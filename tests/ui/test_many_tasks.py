"""Many tasks, many answers: jumping, the next unscored answer, earlier attempts, stopping all."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from bbtui.clients.ports import PodBinding
from bbtui.domain.answer import AnswerState
from bbtui.domain.score import Score
from bbtui.domain.task import Task
from bbtui.ui.screens.jump import matching
from tests.fakes import (
    BIG,
    LOCAL,
    Script,
    done,
    known,
    make_answer,
    make_connection,
    make_judgement,
    make_session,
    phase,
    sent,
    text,
    wait,
)
from tests.fakes.pods import STOPPED, StillControl
from tests.ui.driver import NARROW, WIDE, cell, run_app


def held(release: threading.Event) -> Script:
    return Script(known(), sent(), text("So far."), wait(release), done())


async def test_stop_all_asks_once_with_the_counts(release: threading.Event) -> None:
    async with run_app(big=held(release), local=held(release)) as app:
        await app.press("a")
        await app.until(lambda: len(app.comparison.queue.live_answers) == 2)
        await app.press("X")
        await app.shows("stop 2 running answers, drop 6 waiting answers?")
        await app.press("escape")
        await app.until(lambda: app.top is app.main)
        assert len(tuple(app.comparison.queue)) == 8
        await app.press("X")
        await app.shows("stop 2 running answers, drop 6 waiting answers?")
        await app.press("y")
        await app.settle()
        assert [answer.state for answer in app.session.answers] == [AnswerState.STOPPED] * 2
        assert not app.comparison.queue
        said = "stopped 2 answers, dropped 6 from the queue · a runs what is missing"
        assert app.hint.startswith(said)


async def test_stop_all_stops_a_model_that_loads(release: threading.Event) -> None:
    loading = Script(phase("loading"), wait(release), known(), sent(), done())
    async with run_app(big=loading) as app:
        await app.press("space")
        await app.shows(": loading")
        await app.press("X")
        await app.shows("stop 1 running answer?")
        await app.press("y")
        await app.settle()
        assert app.session.latest(cell("webhook", BIG)).state is AnswerState.STOPPED


async def test_stop_all_while_nothing_runs_shows_a_message() -> None:
    async with run_app() as app:
        await app.press("X")
        assert "nothing is running" in app.hint


async def test_stop_all_drops_what_waits_for_a_pod_that_goes_on_starting() -> None:
    starting = replace(STOPPED, status="STARTING", actions=())
    link = make_connection(BIG)
    link = link._replace(pod=PodBinding(starting.id, "account", lambda: StillControl(starting)))
    async with run_app(connections=[link, make_connection(LOCAL)]) as app:
        await app.until(lambda: app.comparison.snapshot().pods_checked)
        await app.press("space")
        await app.shows("run when ready")
        await app.press("w")
        await app.settle()
        await app.press("X")
        await app.shows("drop those waiting for the pod of Big Brain?")
        await app.press("y")
        await app.settle()
        assert not any(pod.awaited for pod in app.comparison.snapshot().pods.values())


async def test_esc_on_a_waiting_answer_drops_it_with_a_message(release: threading.Event) -> None:
    async with run_app(big=held(release), local=held(release)) as app:
        await app.press("a")
        await app.until(lambda: len(app.comparison.queue.live_answers) == 2)
        await app.press("n", "escape")
        assert "dropped Big Brain, Evennia architecture: not sent" in app.hint
        assert cell("evennia", BIG) not in app.comparison.queue
        assert cell("evennia", LOCAL) in app.comparison.queue


async def test_header_counts_what_is_done_and_runs(release: threading.Event) -> None:
    async with run_app(big=held(release)) as app:
        assert " of 8" not in app.rows[0]
        await app.press("space")
        await app.shows("1 of 8 · 1 running")
        release.set()
        await app.settle()
        await app.shows("2 of 8")
        assert "running" not in app.rows[0]


async def test_time_left_is_shown_once_every_endpoint_has_an_answer(
    release: threading.Event,
) -> None:
    answers = (
        replace(make_answer(cell("webhook", BIG)), end_ns=90_000_000_000),
        replace(make_answer(cell("webhook", LOCAL)), end_ns=1_000_000_000),
    )
    big = held(release)
    async with run_app(big=big, session=make_session(answers=answers), size=(160, 36)) as app:
        await app.press("a")
        await app.shows("about 4 min left")
        assert "Big Brain quality" in app.rows[0]
        await app.resize(100, 36)
        await app.until(lambda: len(app.rows[0]) == 100)
        await app.shows("about 4 min left")
        assert "Big Brain quality" not in app.rows[0], "the title of the session gives way first"
        release.set()


async def test_header_keeps_task_and_saving_at_every_width(release: threading.Event) -> None:
    async with run_app(big=held(release), size=(200, 36)) as app:
        await app.press("space")
        await app.shows("1 of 8 · 1 running")
        await app.shows("● saved")
        for width in (120, 100, 80, 60):
            await app.resize(width, 30)
            await app.until(lambda width=width: len(app.rows[0]) == width)
            await app.until(lambda: "Gitea webhook" in app.rows[0] and "● saved" in app.rows[0])


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_jump_opens_a_task_by_number_or_title(size: tuple[int, int]) -> None:
    async with run_app(size=size) as app:
        await app.press("J")
        await app.shows("open a task")
        await app.press("3", "enter")
        await app.until(lambda: app.top is app.main)
        assert app.task == "burn-down"
        await app.press("J")
        await app.type("evarch")
        await app.press("enter")
        await app.until(lambda: app.top is app.main)
        assert app.task == "evennia"
        await app.press("J")
        await app.type("zzz")
        await app.shows("no task matches")
        await app.press("enter", "escape")
        await app.until(lambda: app.top is app.main)
        assert app.task == "evennia"


async def test_jump_over_a_thousand_tasks_whose_titles_are_wide_or_alike() -> None:
    titles = ["測試任務" * 12, "مهمة اختبار", "the same", "the same"] * 250
    tasks = tuple(Task(f"t{n}", title, "Say so.") for n, title in enumerate(titles, 1))
    async with run_app(session=make_session(tasks=tasks), size=NARROW) as app:
        await app.press("J")
        await app.shows("▸    1  測試任務")
        assert all(len(row) <= 80 for row in app.rows)
        await app.type("1000")
        await app.press("enter")
        await app.until(lambda: app.top is app.main)
        assert app.task == "t1000"


def test_number_comes_before_those_that_begin_with_it() -> None:
    titles = [f"Task {n}" for n in range(1, 41)]
    assert matching(titles, "4") == [3, 39]
    assert matching(titles, "12") == [11]
    assert matching(titles, "") == list(range(40))
    assert matching(["Round 99", "b"], "99") == [0]


async def test_u_goes_to_the_next_unscored_answer_of_any_task() -> None:
    answers = [
        make_answer(cell(task, name)) for task in ("webhook", "burn-down") for name in (BIG, LOCAL)
    ]
    scored = [
        make_judgement(Score(4), cell("webhook", BIG)),
        make_judgement(Score(4), cell("webhook", LOCAL)),
    ]
    session = make_session(answers=tuple(answers), judgements=tuple(scored))
    async with run_app(session=session) as app:
        await app.press("p", "p", "U")
        assert (app.task, app.focused) == ("burn-down", "Big Brain")
        await app.press("3", "3")
        await app.press("p", "p", "U")
        assert "every answer is scored" in app.hint


async def test_brackets_show_earlier_attempts_with_their_scores() -> None:
    here = cell("webhook", BIG)
    answers = (
        make_answer(here, "The first try."),
        make_answer(here, "The second try.", attempt=2),
        make_answer(cell("webhook", LOCAL)),
    )
    session = make_session(answers=answers, judgements=(make_judgement(Score(2), here),))
    async with run_app(session=session) as app:
        await app.shows("The second try.")
        await app.press("left_square_bracket")
        await app.shows("The first try.")
        await app.shows("attempt 1 of 2 ")
        await app.shows("2/5")
        await app.press("left_square_bracket")
        assert "there is no earlier attempt here" in app.hint
        await app.press("5")
        assert app.marks("webhook", BIG, attempt=1).score == 5
        assert app.marks("webhook", BIG, attempt=2).score is None
        await app.press("h")
        await app.press("right_square_bracket")
        await app.shows("The second try.")
        assert "attempt 1 of 2" not in app.text


async def test_new_attempt_takes_the_place_of_an_earlier_one_in_view() -> None:
    here = cell("webhook", BIG)
    answers = (make_answer(here, "The first try."), make_answer(here, "The second.", attempt=2))
    async with run_app(session=make_session(answers=answers)) as app:
        await app.press("left_square_bracket")
        await app.shows("The first try.")
        await app.press("space")
        await app.settle()
        await app.press("space")
        await app.shows("run this task again")
        await app.press("y")
        await app.settle()
        await app.until(lambda: len(app.session.attempts(here)) == 3)
        assert "The first try." not in app.text


async def test_task_list_grows_with_the_screen_and_aligns_its_numbers() -> None:
    tasks = tuple(Task(f"t{n}", f"A title of some length {n}", "Say so.") for n in range(1, 13))
    async with run_app(session=make_session(tasks=tasks, trials=2), size=(200, 50)) as app:
        assert "  1 A title of some length 1 " in app.row(" 1 A title")
        assert " 12 A title of some length 12 " in app.row("length 12 ")
        assert app.main.task_list.size.width + 3 == 40
        await app.resize(100, 30)
        await app.until(lambda: app.main.task_list.size.width + 3 == 25)


async def test_task_list_scrolls_with_the_task_and_names_the_trial() -> None:
    tasks = tuple(Task(f"t{n}", f"Title {n}", "Say so.") for n in range(1, 201))
    async with run_app(session=make_session(tasks=tasks, trials=3), size=WIDE) as app:
        assert "▸   1 Title 1 " in app.text
        await app.press("J", *"150", "enter", "full_stop")
        await app.shows("▸ 150 Title 150 ")
        await app.shows("task 150 of 200   Title 150 · trial 2 of 3")
        assert "▸   1 Title 1 " not in app.text
        for row in ("  140 Title 140 ", "  160 Title 160 "):
            assert row in app.text, "what is around it is in view"


async def test_palette_finds_the_jump_by_its_name() -> None:
    async with run_app() as app:
        await app.press("ctrl+p")
        await app.type("jump")
        await app.shows("Jump to a task by its number or title")
