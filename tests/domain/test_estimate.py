"""Estimates of time and cost, by hand-worked figures."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bbtui.domain.answer import Answer, AnswerState, Cell, LiveAnswer
from bbtui.domain.estimate import Estimate, estimate, mean_seconds, seconds_left
from tests.fakes import BIG, LOCAL, make_session

AT = datetime(2026, 11, 24, tzinfo=UTC)
SECOND = 1_000_000_000
LANES = {BIG: 0, LOCAL: 1}


def ended(
    task: str,
    endpoint: str,
    seconds: float,
    state: AnswerState = AnswerState.DONE,
    load_s: float = 0,
) -> Answer:
    load_ns = int(load_s * SECOND) or None
    end_ns = int(seconds * SECOND)
    return Answer(Cell(task, endpoint), 1, AT, state, end_ns=end_ns, preload_ns=load_ns)


SESSION = make_session(
    answers=(
        ended("webhook", BIG, 10, load_s=6),
        ended("evennia", BIG, 14),
        ended("burn-down", BIG, 1, AnswerState.FAILED),
        ended("webhook", LOCAL, 2),
    )
)
MEANS = mean_seconds(SESSION)
MISSING = SESSION.missing()


def test_estimate_is_the_mean_answer_times_their_number():
    # (16 s + 14 s) / 2 = 15 s; the failed one does not count. 2 × 15 s at $3.60/h = $0.03.
    assert estimate(SESSION, MISSING, BIG, 3.6) == Estimate(2, 30.0, 3.6)
    assert estimate(SESSION, MISSING, BIG, 3.6).dollars == pytest.approx(0.03)
    assert estimate(SESSION, MISSING, LOCAL, None) == Estimate(3, 6.0, None)
    assert estimate(make_session(), MISSING, BIG, 3.6) == Estimate(2, None, 3.6)


def test_time_left_is_that_of_the_slowest_lane():
    waiting = [cell for cell in MISSING if cell.task != "burn-down"]  # 1 × 15 s beside 2 × 2 s
    assert seconds_left(MEANS, LANES, waiting, (), 0) == 15.0
    assert seconds_left(MEANS, {BIG: 0, LOCAL: 0}, waiting, (), 0) == 19.0
    assert seconds_left(MEANS, LANES, (), (), 0) is None
    assert seconds_left({}, LANES, waiting, (), 0) is None


def test_time_left_counts_what_is_over_of_an_answer_under_way():
    live = LiveAnswer(Cell("async-bug", BIG), 1, AT, asked_ns=2 * SECOND)
    assert seconds_left(MEANS, LANES, (), (live,), 8 * SECOND) == 9.0
    assert seconds_left(MEANS, LANES, (), (live,), 99 * SECOND) == 0.0


def test_time_left_has_a_pause_for_each_answer_that_waits():
    waiting = [cell for cell in MISSING if cell.task != "burn-down"]
    assert seconds_left(MEANS, LANES, waiting, (), 0, cooldown_s=30) == 2 * 2 + 2 * 30
    assert seconds_left(MEANS, {BIG: 0, LOCAL: 0}, waiting, (), 0, cooldown_s=30) == 19 + 3 * 30


def test_estimate_as_text():
    known = Estimate(40, 720.0, 0.79).text("Big Brain")
    assert known == "40 answers on Big Brain: about 12 min, $0.16"
    unknown = Estimate(1, None, 0.79).text("Big Brain")
    assert unknown == "1 answer on Big Brain at $0.79/h: no answer yet to estimate the time from"
