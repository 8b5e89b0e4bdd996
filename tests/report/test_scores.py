from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.domain.answer import AnswerState, Cell
from bbtui.domain.cell_results import outcome, session_results
from bbtui.domain.score import Judged, Score, Verdict, Winner
from bbtui.domain.session import Session
from bbtui.report.latency import latency_table, timing_table
from bbtui.report.scores import comparison_table, quality_table
from bbtui.report.styled_text import Strong
from tests.report.samples import BIG, HARBOUR, LOCAL, MIDDLE, answer, empty, judge, trials


def winner(session: Session) -> str:
    return outcome(session_results(session), session.tasks[0]).text


def round_of(*scores: int | None) -> Session:
    """Return a session of one task with an answer per endpoint; None is not scored."""
    endpoints = (BIG, LOCAL, MIDDLE)[: len(scores)]
    session = empty(*endpoints, tasks=(HARBOUR,))
    for endpoint, score in zip(endpoints, scores, strict=True):
        session = session.with_answer(answer(Cell("harbour", endpoint.name), "Lamps."))
        if score is not None:
            session = judge(session, "harbour", endpoint.name, Score(score))
    return session


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((4, 2), "Big Brain"),
        ((1, 2), "Local"),
        ((3, 3), "Tie"),
        ((3, None), "not scored yet"),
        ((4, 4, 1), "Tie (Big Brain, Local)"),
        ((4, 4, 5), "Middle"),
        ((2, 2, 2), "Tie"),
        ((5,), "N/A"),
    ],
)
def test_higher_score_wins(scores: tuple[int | None, ...], expected: str) -> None:
    assert winner(round_of(*scores)) == expected


@pytest.mark.parametrize(
    ("by_hand", "expected"),
    [
        (Winner("endpoint", "local"), "Local (set by hand)"),
        (Winner("tie"), "Tie (set by hand)"),
        (Winner("both bad"), "Both bad (set by hand)"),
    ],
)
def test_winner_set_by_hand_is_marked(by_hand: Judged, expected: str) -> None:
    assert winner(judge(round_of(5, 1), "harbour", "", by_hand)) == expected


def test_missing_side_gives_no_winner() -> None:
    session = round_of(5, 1)
    failed = answer(Cell("harbour", "local"), "", attempt=2, state=AnswerState.FAILED)
    assert winner(session.with_answer(failed)) == "N/A"


def test_incomplete_answer_with_text_can_win() -> None:
    session = empty(BIG, LOCAL, tasks=(HARBOUR,))
    broken = answer(Cell("harbour", "local"), "Lamps and", state=AnswerState.TRUNCATED)
    session = session.with_answer(broken)
    session = session.with_answer(answer(Cell("harbour", "big-brain"), "No."))
    session = judge(session, "harbour", "local", Score(3))
    assert winner(judge(session, "harbour", "big-brain", Score(1))) == "Local"


def test_only_the_latest_attempt_counts() -> None:
    session = round_of(2, 3)
    again = answer(Cell("harbour", "big-brain"), "Many lamps.", attempt=2)
    session = session.with_answer(again)
    assert winner(session) == "not scored yet"
    assert winner(judge(session, "harbour", "big-brain", Score(5))) == "Big Brain"


def test_trials_are_compared_by_their_means() -> None:
    session = trials()
    assert winner(session) == "Big Brain"
    row = comparison_table(session_results(session)).rows[0]
    scores = ("4/5 (4–5)", "2.5/5 (2–3), 2 of 3 trials")
    assert row == ("1. Harbour at night", *scores, "Big Brain")


def test_tables_have_one_row_for_a_task_with_the_median_of_its_trials() -> None:
    session = judge(trials(), "harbour", "local", Verdict("SOLID"), trial=1)
    session = judge(session, "harbour", "local", Verdict("SOLID"), trial=3)
    session = judge(session, "harbour", "local", Verdict("WRONG"), trial=2)
    results = session_results(session)
    (row,) = quality_table(results, results.session.endpoints[1]).rows
    assert row[:3] == (
        "1. Harbour at night",
        "602 ms (601–603), 2 of 3 trials",
        "2.5/5 (2–3), 2 of 3 trials",
    )
    assert "".join(map(str, row[3])).count("SOLID") == 1
    head, latencies, total = (latency_table(results).head, *latency_table(results).rows)
    assert head == ("Task", "Big Brain", "Local")
    assert latencies[1] == "1,502 ms (1,501–1,503)"
    assert total == (Strong("Sum of medians"), Strong("1,502 ms"), Strong("602 ms"))
    assert len(timing_table(results).rows) == 2


def test_one_endpoint_has_no_winner_column() -> None:
    assert comparison_table(session_results(round_of(4))).head == ("Task", "Big Brain")


def test_endpoints_with_the_same_label_are_distinguished() -> None:
    session = replace(round_of(4, 2), endpoints=(BIG, replace(LOCAL, label="Big Brain")))
    head = comparison_table(session_results(session)).head
    assert head == ("Task", "Big Brain (big-brain)", "Big Brain (local)", "Winner")


def test_breakdown_of_trials_counts_starts_and_marks_what_is_not_exact() -> None:
    session = replace(empty(LOCAL, tasks=(HARBOUR,)), trials=3)
    for trial, tokens in ((1, 20), (2, None)):
        one = answer(Cell("harbour", LOCAL.name, trial), "Lamps, ropes.", tokens=tokens, cached=1)
        session = session.with_answer(one)
    table = timing_table(session_results(session))
    row = dict(zip(map(str, table.head), table.rows[0], strict=True))
    assert str(row["tok/s"]).startswith("~")
    assert str(row["tok/s"]).count("~") == 1
    assert str(row["Prefill"]).endswith("1 token cached")
    assert row["Start"] == "warm", "the trial that did not run has none"
