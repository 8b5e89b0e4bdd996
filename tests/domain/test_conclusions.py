"""The conclusions of a session: counts, figures and flags of tables worked by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from bbtui.domain.answer import AnswerState, ServerTimings
from bbtui.domain.bias import Bias, left_bias, length_bias
from bbtui.domain.cell_results import session_results
from bbtui.domain.conclusions import Conclusions, Flag, PairResult, conclude, pair_tests
from bbtui.domain.cost import PodUse, TokenPrice
from bbtui.domain.score import Conditions, Fault, Severity, Verdict, Winner
from bbtui.domain.session import HostRecord, Session
from tests.fakes import make_answer
from tests.score_tables import judged, scored


def of(session: Session) -> Conclusions:
    return conclude(session_results(session))


def only_pair(session: Session) -> PairResult:
    (pair,) = of(session).pairs
    return pair


def counts(pair: PairResult) -> tuple[int, int, int, int]:
    return pair.scores.better, pair.scores.equal, pair.scores.both_bad, pair.scores.worse


# -- pairs ------------------------------------------------------------------------------------


def test_pair_is_counted_from_the_side_with_the_higher_mean():
    pair = only_pair(scored([1, 2, 3, 3], [4, 3, 3, 2]))
    assert (pair.first.label, pair.second.label) == ("Local", "Big Brain")
    assert counts(pair) == (2, 1, 0, 1)
    assert pair.scores.mean == Fraction(3, 4)
    assert pair.scores.superiority == Fraction(5, 8)
    assert pair.scores.complete


@pytest.mark.parametrize("tasks", [0, 1, 2])
def test_pair_of_few_tasks_has_what_they_carry(tasks: int):
    session = scored([5] * tasks + ["open"], [3] * tasks + ["open"])
    pair = only_pair(session)
    assert pair.scores.tasks == tasks
    assert pair.scores.mean == (2 if tasks else None)
    assert pair.scores.more_tasks is None
    assert not pair.scores.complete
    (test,) = pair_tests(of(session))
    assert (test.p, test.interval) == ((1.0, 1.0, 0.5)[tasks], None)
    assert not test.significant


def test_pair_that_is_equal_everywhere_has_no_leader():
    session = scored([4] * 8, [4] * 8)
    pair = only_pair(session)
    assert counts(pair) == (0, 8, 0, 0)
    assert pair.first.label == "Big Brain"
    assert of(session).table.leader is None
    (test,) = pair_tests(of(session))
    assert (test.p, test.interval) == (1.0, (0.0, 0.0))


def test_side_without_answers_is_compared_with_none():
    conclusions = of(scored([4, 5, 3], ["failed"] * 3, [2, 2, 2]))
    assert [(one.first.label, one.second.label) for one in conclusions.pairs] == [
        ("Big Brain", "Third")
    ]
    (pair,) = conclusions.pairs
    assert pair.scores.pairs == 1
    assert pair.scores.complete
    dead = conclusions.sides[1]
    assert (dead.answered, dead.mean, dead.wait) == (0, None, None)
    assert dead.missing == (("connection refused", 3),)
    assert conclusions.tasks[0].reasons == ("", "connection refused", "")


def test_task_without_an_answer_of_one_side_is_not_compared():
    pair = only_pair(scored([4, 5, 3], [2, "failed", 2]))
    assert (pair.scores.tasks, pair.scores.missing, pair.scores.open) == (2, 1, 0)
    assert pair.scores.complete


@pytest.mark.parametrize("last", ["open", "not run"])
def test_pair_is_complete_when_every_planned_task_is_scored(last: str):
    pair = only_pair(scored([4, 5, 3], [2, 1, last]))
    assert (pair.scores.tasks, pair.scores.open, pair.scores.complete) == (2, 1, False)


def test_answer_that_was_run_again_is_open_until_it_is_scored_again():
    session = scored([4, 5, 3], [2, 1, 3])
    again = replace(session.answers[0], attempt=2)
    pair = only_pair(session.with_answer(again))
    assert (pair.scores.tasks, pair.scores.open) == (2, 1)
    stopped = replace(again, state=AnswerState.STOPPED, text="")
    assert only_pair(session.with_answer(stopped)).scores.open == 1
    failed = replace(again, state=AnswerState.FAILED, text="")
    pair = only_pair(session.with_answer(failed))
    assert (pair.scores.tasks, pair.scores.open, pair.scores.missing) == (2, 0, 1)


def test_trials_unequal_in_number_give_the_means_of_those_with_a_score():
    pair = only_pair(scored([(5, 4, None), (3, 3, 3)], [(2, None, None), (1, 2, 2)]))
    assert pair.scores.differences == (Fraction(5, 2), Fraction(4, 3))
    assert pair.scores.open == 1


def test_wins_are_settled_when_every_trial_of_the_task_is_scored():
    pair = only_pair(scored([(5, 5), (5, None)], [(1, 1), (1, 1)]))
    assert (pair.scores.better, pair.scores.settled_wins) == (2, 1)


def test_three_sides_share_the_error_of_a_claim():
    session = scored([5] * 6, [3] * 6, [1] * 6)
    conclusions = of(session)
    assert [(one.first.label, one.second.label) for one in conclusions.pairs] == [
        ("Big Brain", "Local"),
        ("Big Brain", "Third"),
        ("Local", "Third"),
    ]
    tests = pair_tests(conclusions)
    assert [test.p for test in tests] == [1 / 32] * 3
    assert [test.adjusted for test in tests] == [3 / 32] * 3
    assert not any(test.significant for test in tests)
    assert all(test.significant for test in pair_tests(of(scored([5] * 7, [3] * 7, [1] * 7))))


def test_pair_with_open_tasks_takes_part_of_the_error():
    scores = [5] * 8
    tests = pair_tests(of(scored(scores, [1] * 8, [*scores[:7], "open"])))
    assert [test.adjusted for test in tests] == [pytest.approx(3 / 128), 1.0, 1.0]


def test_both_bad_is_no_tie():
    session = judged(scored([1, 4, 2], [1, 4, 1]), Winner("both bad"), 1)
    pair = only_pair(session)
    assert counts(pair) == (1, 1, 1, 0)
    big, local = of(session).sides
    assert (big.won, big.equal, big.lost, big.both_bad) == (1, 1, 0, 1)
    assert (local.won, local.equal, local.lost, local.both_bad) == (0, 1, 1, 1)


def test_winner_set_by_hand_counts_as_won_and_not_in_the_scores():
    session = judged(scored([4, 4], [4, 4]), Winner("endpoint", "local"), 2)
    conclusions = of(session)
    assert [(side.won, side.equal, side.lost) for side in conclusions.sides] == [
        (0, 1, 1),
        (1, 1, 0),
    ]
    assert counts(conclusions.pairs[0]) == (0, 2, 0, 0)
    assert conclusions.by_hand == 1


# -- sides ------------------------------------------------------------------------------------


def test_figures_of_a_side_are_over_its_tasks():
    session = scored([(4, 5), (3, 3), (1, 2), (5, 5), (4, 4)], [(2, 2)] * 5, ms=(2000, 400))
    big, local = of(session).sides
    assert (big.scored, big.judged, big.mean) == (10, 5, Fraction(36, 10))
    assert big.wait is not None
    assert (big.wait.value, big.wait.count) == (2e9, 5)
    assert big.wait.interval == (2e9, 2e9)
    assert big.first_token is not None
    assert big.first_token.value == 200_000_000
    assert local.wait is not None
    assert local.wait.value == 4e8
    assert big.wait_95 is None
    (test,) = pair_tests(of(session))
    assert test.ratio is not None
    assert test.ratio.value == pytest.approx(5.0)


def test_figures_of_a_single_task_are_over_its_trials():
    (side,) = of(scored([(4, 5, 3, 3, 4)])).sides
    assert side.wait is not None
    assert side.wait.count == 5


def test_incomplete_answers_have_no_wait():
    session = scored([4, 4], [2, "failed"])
    _, local = of(session).sides
    assert local.wait is not None
    assert local.wait.count == 1


def test_verdicts_and_faults_are_counted():
    session = scored([4, 3, 2], [1, 1, 1])
    session = judged(session, Verdict("SOLID", "all there"), 1)
    session = judged(session, Verdict("WEAK"), 2)
    session = judged(session, Verdict("WEAK"), 3)
    session = judged(session, Fault(Severity.WRONG, "no HMAC"), 2)
    session = judged(session, Fault(Severity.FATAL, "deletes all"), 3)
    session = judged(session, Fault(Severity.FATAL, "deletes more"), 3)
    big, local = of(session).sides
    assert big.verdicts == (("WEAK", 2), ("SOLID", 1))
    assert big.faults == ((Severity.FATAL, 2), (Severity.WRONG, 1))
    assert (big.fatal, big.judged) == (1, 3)
    assert (local.fatal, local.faults) == (0, ())


# -- costs ------------------------------------------------------------------------------------


def test_answer_on_a_pod_costs_its_price_for_its_time():
    session = scored([4, 4], [2, 2], ms=(3600, 500))
    pod = HostRecord(pod=PodUse("L40S", price=1.0))
    session = replace(session, seen={"big-brain": pod})
    conclusions = of(session)
    big, local = conclusions.sides
    assert big.cost.mean == pytest.approx(0.001)
    assert (local.cost.mean, local.cost.unknown, local.cost.reason) == (
        None,
        2,
        "no price configured",
    )
    assert conclusions.pairs[0].extra_cost is None


def with_prices(session: Session, *prices: TokenPrice | None) -> Session:
    endpoints = zip(session.endpoints, prices, strict=True)
    return replace(session, endpoints=tuple(replace(one, price=price) for one, price in endpoints))


def test_answer_of_an_api_costs_its_tokens():
    session = with_prices(scored([4, 4], [2, 2]), TokenPrice(2.0, 10.0), TokenPrice(0.0, 0.0))
    conclusions = of(session)
    big, local = conclusions.sides
    assert big.cost.mean == pytest.approx(0.002 + 0.001)
    assert local.cost.mean == 0.0
    assert conclusions.pairs[0].extra_cost == pytest.approx(0.003)


def test_cost_without_counts_of_tokens_is_unknown_and_why():
    session = scored([4, 4], [2, 2], server=ServerTimings())
    big, _ = of(with_prices(session, TokenPrice(2.0, 10.0), None)).sides
    assert (big.cost.mean, big.cost.unknown) == (None, 2)
    assert big.cost.reason == "the server reported no token count"


def test_pod_without_a_known_price_has_no_cost_and_why():
    session = replace(scored([4], [2]), seen={"local": HostRecord(pod=PodUse("L40S"))})
    _, local = of(session).sides
    assert (local.cost.mean, local.cost.reason) == (None, "the pod's price is not known")


# -- flags ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "flags"),
    [
        (4, 4, (Flag("no signal"),)),
        (2, 1, (Flag("all failed"),)),
        (2, 2, (Flag("all failed"),)),
        ("failed", 1, (Flag("all failed"),)),
        ("open", 1, ()),
        ((5, 3), (5, 4), (Flag("flaky", ("Big Brain",)),)),
        (2, 4, (Flag("inverted", ("Big Brain",)),)),
        (3, 4, ()),
        ((1, 4), (5, 5), (Flag("flaky", ("Big Brain",)), Flag("inverted", ("Big Brain",)))),
    ],
)
def test_flags_of_a_task(first, second, flags):
    session = scored([first, 5, 5, 5], [second, 1, 1, 1])
    assert of(session).tasks[0].flags == flags


def test_both_bad_by_hand_is_a_task_that_all_failed():
    session = judged(scored([3, 5], [3, 1]), Winner("both bad"), 1)
    assert of(session).tasks[0].flags == (Flag("all failed"),)


def test_one_side_gives_no_signal_flag():
    assert of(scored([4, 5])).tasks[0].flags == ()


# -- the judge --------------------------------------------------------------------------------


def test_left_one_won_is_counted_by_the_recorded_order():
    session = scored([5, 1, 4, 3], [1, 5, 2, 3])
    left_big = Conditions(order=("big-brain", "local"))
    left_local = Conditions(order=("local", "big-brain"))
    orders = {"task-1": left_big, "task-2": left_big, "task-3": left_local, "task-4": left_big}
    rows = tuple(replace(row, conditions=orders[row.cell.task]) for row in session.judgements)
    session = replace(session, judgements=rows)
    assert left_bias(session_results(session)) == Bias(1, 3)


def test_order_that_was_not_recorded_counts_for_neither():
    assert left_bias(session_results(scored([5], [1]))) == Bias(0, 0)


def test_longer_one_won_is_counted_by_characters():
    session = scored([5, 1, 4], [1, 5, 2])
    long = "So many words more. " * 9
    answers = tuple(
        make_answer(answer.cell, long) if answer.cell.endpoint == "big-brain" else answer
        for answer in session.answers
    )
    bias = length_bias(session_results(replace(session, answers=answers)))
    assert bias == Bias(2, 3)
    assert bias.p == 1.0


def test_bias_of_three_sides_is_not_counted():
    results = session_results(scored([5], [1], [3]))
    assert (left_bias(results), length_bias(results)) == (None, None)
