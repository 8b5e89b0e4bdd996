"""What repeats tell: median and spread, identical answers, prompts that were cached."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bbtui.domain.answer import AnswerState, Cell, ServerTimings
from bbtui.domain.endpoint import Options
from bbtui.domain.repeats import (
    Spread,
    alike_note,
    cache_flag,
    identical_flag,
    score_figure,
    spread_of,
    spread_text,
    trial_answers,
)
from bbtui.domain.session import Schedule, Session
from tests.fakes import BIG, LOCAL, make_answer, make_session


@pytest.mark.parametrize(
    ("values", "spread", "text"),
    [
        ([4], Spread(4, 4, 4), "4"),
        ([3, 4], Spread(3.5, 3, 4), "3.5 (3–4)"),
        ([5, 1, 2], Spread(2, 1, 5), "2 (1–5)"),
        ([2, 2, 2], Spread(2, 2, 2), "2"),
    ],
)
def test_spread_is_the_median_with_the_range(values, spread, text) -> None:
    assert spread_of(values) == spread
    assert spread_text(spread, score_figure) == text


def test_no_value_has_no_spread() -> None:
    assert spread_of([]) is None


def repeats(*texts: str, state: AnswerState = AnswerState.DONE, **options) -> Session:
    """Return a session in which `big` answered its first task so often, with these texts."""
    session = replace(make_session(trials=len(texts)), options=Options(**options))
    for trial, text in enumerate(texts, 1):
        one = make_answer(Cell("webhook", BIG, trial), text, state)
        later = one.started_at + timedelta(minutes=trial)
        session = session.with_answer(replace(one, started_at=later))
    return session


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ({"seed": 7}, "3 identical answers: fixed seed"),
        ({"seed": 0}, "3 identical answers: fixed seed"),
        ({"temperature": 0}, "3 identical answers: temperature 0"),
        ({"temperature": 0.7}, "3 identical answers"),
        ({}, "3 identical answers"),
    ],
)
def test_repeats_that_do_not_differ_are_flagged_with_the_reason(options, cause) -> None:
    flag = identical_flag(repeats("Yes.", "Yes.", "Yes.", **options), "webhook", BIG)
    assert flag is not None
    assert flag.cause == cause


@pytest.mark.parametrize(
    ("options", "schedule", "note"),
    [
        ({"seed": 7}, Schedule(), "fixed seed: the 3 answers to a task may be alike; repeats "),
        ({"temperature": 0}, Schedule(), "temperature 0: the 3 answers to a task may be alike"),
        ({"temperature": 0.7}, Schedule(), ""),
        ({"seed": 7}, Schedule(cache_bust=True), ""),
    ],
)
def test_repeats_that_will_be_alike_are_noted_before_they_run(options, schedule, note) -> None:
    session = replace(make_session(trials=3), options=Options(**options), schedule=schedule)
    assert alike_note(session).startswith(note)
    assert bool(alike_note(session)) is bool(note)
    assert alike_note(replace(session, trials=1)) == ""


def test_repeats_that_differ_or_of_which_one_counts_are_not_flagged() -> None:
    assert identical_flag(repeats("Yes.", "Yes.", "No.", seed=7), "webhook", BIG) is None
    assert identical_flag(repeats("Yes.", seed=7), "webhook", BIG) is None
    failed = repeats("", "", state=AnswerState.FAILED, seed=7)
    assert identical_flag(failed, "webhook", BIG) is None


def test_only_the_latest_attempt_of_a_trial_is_compared() -> None:
    session = repeats("Yes.", "Yes.", seed=7)
    again = replace(make_answer(Cell("webhook", BIG, 2), "No."), attempt=2)
    session = session.with_answer(again)
    assert [one.text for one in trial_answers(session, "webhook", BIG)] == ["Yes.", "No."]
    assert identical_flag(session, "webhook", BIG) is None


def cached(session: Session) -> list[str]:
    flags = (cache_flag(session, answer) for answer in session.answers)
    return [flag.cause for flag in flags if flag is not None]


MAYBE = "prompt may be cached: it was sent before"


def test_repeat_of_a_prompt_may_be_cached() -> None:
    assert cached(repeats("a", "b", "c")) == [MAYBE, MAYBE]


def test_prompt_with_a_marker_of_its_own_is_new() -> None:
    session = repeats("a", "b", "c")
    marked = [replace(one, marker=f"[{one.cell.trial}]\n\n") for one in session.answers]
    assert cached(replace(session, answers=tuple(marked))) == []


def test_same_prompt_to_another_model_is_new() -> None:
    session = repeats("a")
    other = make_answer(Cell("webhook", LOCAL), "b")
    later = other.started_at + timedelta(hours=1)
    assert cached(session.with_answer(replace(other, started_at=later))) == []


def test_attempt_again_is_a_repeat_too() -> None:
    session = repeats("a")
    again = replace(make_answer(Cell("webhook", BIG), "b"), attempt=2)
    later = again.started_at + timedelta(hours=1)
    assert cached(session.with_answer(replace(again, started_at=later))) == [MAYBE]


@pytest.mark.parametrize(
    ("count", "causes"),
    [
        (0, []),
        (20, []),  # the template alone
        (190, ["190 of 200 prompt tokens were cached"]),
    ],
)
def test_count_of_the_server_decides(count: int, causes: list[str]) -> None:
    server = ServerTimings(prompt_eval_count=200, cached_count=count)
    session = repeats("a", "b")
    answers = (session.answers[0], replace(session.answers[1], server=server))
    assert cached(replace(session, answers=answers)) == causes


def test_first_request_of_a_session_may_be_cached_by_the_count() -> None:
    server = ServerTimings(prompt_eval_count=1200, cached_count=1190)
    (answer,) = repeats("a").answers
    session = replace(repeats("a"), answers=(replace(answer, server=server),))
    assert cached(session) == ["1,190 of 1,200 prompt tokens were cached"]
