from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bbtui.domain.answer import AnswerState, Cell, Need
from bbtui.domain.endpoint import Options
from bbtui.domain.host import Build
from bbtui.domain.score import Score
from bbtui.domain.session import MOST_CELLS, HostRecord, too_large
from bbtui.domain.task import Task, own_prompt
from tests.fakes import BIG, LOCAL, make_answer, make_judgement, make_session, make_tasks

HERE = Cell("webhook", BIG)


def test_cells_go_round_by_round():
    session = make_session(tasks=make_tasks()[:2], trials=2)
    assert session.cells() == (
        Cell("webhook", BIG, 1),
        Cell("webhook", LOCAL, 1),
        Cell("evennia", BIG, 1),
        Cell("evennia", LOCAL, 1),
        Cell("webhook", BIG, 2),
        Cell("webhook", LOCAL, 2),
        Cell("evennia", BIG, 2),
        Cell("evennia", LOCAL, 2),
    )


@pytest.mark.parametrize(
    ("state", "missing"),
    [
        ("done", False),
        ("cut", False),
        ("stopped", False),
        ("failed", True),
        ("truncated", True),
        # Kept without an end: its program was killed while it grew.
        ("waiting", True),
        ("thinking", True),
        ("streaming", True),
    ],
)
def test_which_ends_leave_a_cell_missing(state, missing):
    session = make_session(answers=[make_answer(HERE, state=AnswerState(state))])
    assert (HERE in session.missing()) is missing
    assert len(session.missing()) == 7 + missing


@pytest.mark.parametrize(
    ("answer", "wants"),
    [
        (None, Need.NOT_RUN),
        (make_answer(HERE, state=AnswerState.DONE), Need.NONE),
        (make_answer(HERE, state=AnswerState.CUT), Need.NONE),
        (make_answer(HERE, state=AnswerState.STOPPED), Need.STOPPED),
        (make_answer(HERE, state=AnswerState.TRUNCATED), Need.FAILED),
        (make_answer(HERE, state=AnswerState.FAILED), Need.FAILED),
        (make_answer(HERE, state=AnswerState.STREAMING), Need.FAILED),
        (replace(make_answer(HERE, state=AnswerState.FAILED), abandoned=True), Need.NOT_RUN),
        (replace(make_answer(HERE, state=AnswerState.DONE), abandoned=True), Need.NONE),
    ],
)
def test_need_depends_on_the_state_of_the_latest_answer(answer, wants):
    session = make_session(answers=[answer] if answer else [])
    assert session.need(HERE) is wants
    assert [least for least in Need if HERE in session.missing(least)] == [
        least for least in Need if least <= wants
    ]


def test_only_the_latest_attempt_decides_whether_a_cell_is_missing():
    failed = make_answer(HERE, state=AnswerState.FAILED)
    done = make_answer(HERE, attempt=2)
    assert HERE not in make_session(answers=[failed, done]).missing()
    assert HERE in make_session(answers=[make_answer(HERE), replace(failed, attempt=2)]).missing()


def test_attempts_are_sorted_by_number():
    second, first = make_answer(HERE, "b", attempt=2), make_answer(HERE, "a")
    session = make_session(answers=[second, make_answer(Cell("webhook", LOCAL)), first])
    assert session.attempts(HERE) == (first, second)
    assert session.latest(HERE) == second
    assert session.latest(Cell("evennia", BIG)) is None


def test_with_answer_adds_what_is_new_and_replaces_what_is_known():
    session = make_session().with_answer(make_answer(HERE, "a"))
    again = session.with_answer(make_answer(HERE, "b", attempt=2))
    changed = again.with_answer(make_answer(HERE, "c"))
    assert [answer.text for answer in changed.answers] == ["c", "b"]
    assert [answer.text for answer in session.answers] == ["a"], "a session is a value"


def test_answers_are_in_the_order_they_were_begun_and_not_the_order_they_ended():
    slow, quick = make_answer(HERE), make_answer(Cell("webhook", LOCAL))
    quick = replace(quick, started_at=slow.started_at + timedelta(seconds=1))
    assert make_session().with_answer(quick).with_answer(slow).answers == (slow, quick)


def test_unknown_task_or_endpoint_is_a_key_error():
    session = make_session()
    assert session.task("webhook").title == "Gitea webhook"
    assert session.endpoint(LOCAL).label == "Local"
    with pytest.raises(KeyError):
        session.task("nothing")
    with pytest.raises(KeyError):
        session.endpoint("nowhere")


def test_with_judgement_task_and_seen_leave_the_old_value_alone():
    session = make_session()
    row = make_judgement(Score(4), HERE)
    task = own_prompt(1, "Why?")
    seen = HostRecord(Build("ollama 0.33.3"))
    grown = session.with_judgement(row).with_task(task).with_host_record(BIG, seen)
    assert grown.judgements == (row,)
    assert grown.tasks == (*session.tasks, task)
    assert grown.seen == {BIG: seen}
    assert session == make_session()


def test_changed_session_returns_its_own_answers():
    session = make_session()
    assert session.latest(HERE) is None
    growing = session.with_answer(make_answer(HERE, state=AnswerState.STREAMING))
    assert growing.latest(HERE).state is AnswerState.STREAMING
    done = growing.with_answer(make_answer(HERE))
    again = done.with_answer(make_answer(HERE, attempt=2))
    assert [answer.attempt for answer in again.attempts(HERE)] == [1, 2]
    assert (HERE in growing.missing(), HERE in done.missing()) == (True, False)
    assert session.attempts(HERE) == ()
    assert done == growing.with_answer(make_answer(HERE)), "looking changes no value"


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("Why is the sky blue?", "Why is the sky blue?"),
        ("\n\n  First line.\r\nSecond line.\n", "First line."),
        ("x" * 48, "x" * 48),
        ("x" * 49, "x" * 47 + "…"),
        ("word " * 20, "word " * 9 + "wo…"),
        ("a\tb   c", "a b c"),
        ("  \n ", "prompt 3"),
    ],
)
def test_title_of_an_own_prompt_is_its_first_line(prompt, title):
    assert own_prompt(3, prompt) == Task("prompt-3", title, prompt)


def test_only_options_that_are_set_are_sent():
    assert Options(temperature=0.0, seed=7, stop=("END",)).sent() == {
        "temperature": 0.0,
        "seed": 7,
        "stop": ("END",),
        "think": False,
    }
    assert Options(think=None).sent() == {}


def test_session_has_a_most_of_cells():
    assert too_large(4, 2, MOST_CELLS // 8) == ""
    assert too_large(4, 2, MOST_CELLS // 8 + 1) == (
        "tasks × endpoints × trials = 4 × 2 × 2,501 = 20,008 answers; "
        "a session can have at most 20,000"
    )
