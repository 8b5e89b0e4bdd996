"""The sentences of results, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.domain.cell_results import session_results
from bbtui.domain.conclusion_text import (
    bias_lines,
    flag_text,
    hint,
    sessions,
    verdict_lines,
    verdict_statements,
)
from bbtui.domain.conclusions import Flag, conclude, is_clear, pair_tests
from bbtui.domain.cost import TokenPrice
from bbtui.domain.score import Winner, scorecard
from bbtui.domain.score_table import score_table
from bbtui.domain.session import Session
from tests.score_tables import Entry, judged, scored

#: The same time for all, so that only the scores speak.
SAME_MS = (0.0,)


def lines(session: Session) -> tuple[str, ...]:
    conclusions = conclude(session_results(session))
    return verdict_lines(conclusions, pair_tests(conclusions))


def statements(session: Session) -> tuple[str, ...]:
    conclusions = conclude(session_results(session))
    return verdict_statements(conclusions, pair_tests(conclusions))


def hint_of(session: Session) -> tuple[str, bool]:
    table = score_table(session, scorecard(session.judgements))
    return hint(table), is_clear(table)


@pytest.mark.parametrize(
    ("big", "local", "line"),
    [
        (
            [4, 5, 4, 3, 4, 4, 5, 2],
            [2, 3, 3, 3, 2, 4, 4, 3],
            "Big Brain was better on 5, equal on 2, worse on 1 of 8 tasks, by 0.9 points on "
            "average; without a real difference a gap this large comes in 1 of 8 sessions: cannot "
            "tell these apart yet, about 5 more tasks like these would settle it.",
        ),
        (
            [5, 5, 4, 4],
            [3, 2, 1, 2],
            "Big Brain was better on 4 of 4 tasks; but 4 differing tasks cannot reach 1 in 20 "
            "whatever the scores: at least 6 are needed.",
        ),
        (
            [5, 5, 4, 5, 5, 5, 4, 4, 5],
            [3, 2, 2, 3, 4, 2, 3, 3, 1],
            "Clear: Big Brain was better on 9 of 9 tasks, by 2.1 points (1.4–3.0); without a real "
            "difference this comes in 1 of 256 sessions.",
        ),
        (
            [2, 2, 2, 2, 2, 2],
            [4, 4, 5, 5, 5, 3],
            "Clear: Local was better on 6 of 6 tasks, by 2.3 points (1.0–3.0); without a real "
            "difference this comes in 1 of 32 sessions.",
        ),
        (
            [4] * 4,
            [4] * 4,
            "Big Brain and Local were equal on 4 of 4 tasks: cannot tell these apart.",
        ),
        (
            [4, 4, 4, 2, 2, 2],
            [2, 2, 2, 4, 4, 4],
            "Big Brain was better on 3, worse on 3 of 6 tasks, with equal means: cannot tell these "
            "apart.",
        ),
        (
            [4],
            [3],
            "Big Brain was better on the only task compared; one task cannot tell them apart: at "
            "least 6 are needed.",
        ),
        (
            [3],
            [4],
            "Local was better on the only task compared; one task cannot tell them apart: at least "
            "6 are needed.",
        ),
        (
            [4],
            [4],
            "Big Brain and Local were equal on the only task compared: cannot tell these apart.",
        ),
        (
            # A difference too small to promise that more tasks would settle it.
            [3, 4, 3, 4, 3, 4, 4, 4],
            [4, 3, 4, 3, 4, 3, 3, 4],
            "Big Brain was better on 4, equal on 1, worse on 3 of 8 tasks, by 0.1 points on "
            "average; without a real difference a gap this large comes in every session: cannot "
            "tell these apart yet.",
        ),
    ],
)
def test_verdict_of_two_sides_when_all_is_scored(big: list[Entry], local: list[Entry], line: str):
    assert lines(scored(big, local, ms=SAME_MS)) == (line,)


@pytest.mark.parametrize(
    ("big", "local", "told"),
    [
        (
            [4, 5, 4, 3, 4, 4, 5, 2],
            [2, 3, 3, 3, 2, 4, 4, 3],
            (
                "Big Brain was better on 5, equal on 2, worse on 1 of 8 tasks, by 0.9 points on "
                "average.",
                "Mean scores: Big Brain 3.9 (8 tasks), Local 3.0 (8 tasks).",
                "Without a real difference a gap this large comes in 1 of 8 sessions: cannot tell "
                "these apart yet.",
                "About 5 more tasks like these would settle it.",
                "Big Brain costs $0.0001 an answer (Local: no price configured).",
                "Big Brain takes 2.0 × as long (2.0–2.0).",
            ),
        ),
        (
            [5, "open"],
            [3, 4],
            (
                "Big Brain is better on the only task compared so far, by 2.0 points.",
                "Mean scores: Big Brain 5.0 (1 task), Local 3.5 (2 tasks).",
                "Not yet: 6 more tasks the same way would do, 1 is left.",
                "Big Brain costs $0.0001 an answer (Local: no price configured).",
                "Big Brain takes 2.0 × as long.",
            ),
        ),
        (
            [5, 5, 4, 4],
            [3, 2, 1, 2],
            (
                "Big Brain was better on 4 of 4 tasks.",
                "Mean scores: Big Brain 4.5 (4 tasks), Local 2.0 (4 tasks).",
                "4 differing tasks cannot reach 1 in 20 whatever the scores: at least 6 are "
                "needed.",
                "Big Brain costs $0.0001 an answer (Local: no price configured).",
                "Big Brain takes 2.0 × as long.",
            ),
        ),
        (
            [4, 4],
            [4, 4],
            (
                "Big Brain and Local were equal on 2 of 2 tasks: cannot tell these apart.",
                "Mean scores: Big Brain 4.0 (2 tasks), Local 4.0 (2 tasks).",
                "Big Brain costs $0.0001 an answer (Local: no price configured).",
                "Big Brain takes 2.0 × as long.",
            ),
        ),
        (
            ["open", "open"],
            ["open", "open"],
            (
                "No answer is scored yet: 4 answers to score.",
                "Big Brain costs $0.0001 an answer (Local: no price configured).",
                "Big Brain takes 2.0 × as long.",
            ),
        ),
    ],
)
def test_report_of_two_sides_has_a_line_for_each_statement(
    big: list[Entry], local: list[Entry], told: tuple[str, ...]
):
    session = priced(scored(big, local), TokenPrice(0.1, 0.1), None)
    assert statements(session) == told


def test_report_of_two_sides_says_that_no_price_is_known():
    told = statements(scored([5] * 4, [3] * 4))
    assert told[-2:] == (
        "What an answer costs is not known: no price configured.",
        "Big Brain takes 2.0 × as long.",
    )


def test_report_of_three_sides_has_price_and_time_of_each():
    session = scored([5] * 4, [3] * 4, [2] * 4, ms=(2100, 1000, 900))
    assert statements(priced(session, TokenPrice(0.1, 0.1), None, TokenPrice(0, 0))) == (
        "Mean scores: Big Brain 5.0 (4 tasks), Local 3.0 (4 tasks), Third 2.0 (4 tasks).",
        "Big Brain was better than Local on 4 of 4 tasks; but 4 differing tasks cannot reach 1 in "
        "20 whatever the scores: at least 7 are needed for 3 pairs.",
        "Big Brain was better than Third on 4 of 4 tasks; but 4 differing tasks cannot reach 1 in "
        "20 whatever the scores: at least 7 are needed for 3 pairs.",
        "An answer costs: Big Brain $0.0001, Local not known (no price configured), Third free.",
        "Median time of an answer: Third 900 ms, Local 1.0 s, Big Brain 2.1 s.",
    )


@pytest.mark.parametrize(
    ("left", "line", "hinted"),
    [
        (
            [(5, 3)] * 4 + [("open", "open")] * 3,
            "Big Brain is better on 4 of 4 tasks so far, by 2.0 points on average; not yet: 3 more "
            "tasks the same way would do.",
            "not yet: 3 more tasks the same way would do",
        ),
        (
            [(5, 3)] * 6 + [("not run", "not run")],
            "Big Brain is better on 6 of 6 tasks so far, by 2.0 points on average; not yet: 1 more "
            "task the same way would do.",
            "not yet: 1 more task the same way would do",
        ),
        (
            [(5, 3)] * 2 + [("open", 3)],
            "Big Brain is better on 2 of 2 tasks so far, by 2.0 points on average; not yet: 5 more "
            "tasks the same way would do, 1 is left.",
            "not yet: 5 more tasks the same way would do, 1 is left",
        ),
        (
            [(5, 3)] * 7 + [("open", "open")],
            "Enough for a verdict: Big Brain is better on 7 of 7 tasks so far.",
            "enough for a verdict",
        ),
        (
            [(5, 3), ("open", 3)],
            "Big Brain is better on the only task compared so far, by 2.0 points; not yet: 6 more "
            "tasks the same way would do, 1 is left.",
            "not yet: 6 more tasks the same way would do, 1 is left",
        ),
        (
            [(4, 4), ("open", 3)],
            "Big Brain and Local are equal on the only task compared so far; not yet: 7 more tasks "
            "the same way would do, 1 is left.",
            "not yet: 7 more tasks the same way would do, 1 is left",
        ),
        ([("open", 3)], "No task has a score of both Big Brain and Local yet.", ""),
    ],
)
def test_verdict_while_scoring_is_by_the_e_value(left: list[tuple[Entry, Entry]], line, hinted):
    big, local = zip(*left, strict=True)
    session = scored(big, local, ms=SAME_MS)
    assert lines(session) == (line,)
    assert hint_of(session) == (hinted, hinted == "enough for a verdict")


def test_test_is_no_claim_while_a_task_is_open():
    # By its p of 1 in 32 it would be clear; looked at after each task that is no rare event.
    assert "clear" not in lines(scored([5] * 6 + ["open"], [3] * 6 + ["open"]))[0].lower()
    assert hint_of(scored([5] * 6, [3] * 6)) == ("enough for a verdict", True)
    assert hint_of(scored([4] * 6, [4] * 6)) == ("all scored: cannot tell these apart", False)


def test_three_sides_have_a_ranking_and_the_pairs_of_the_leader():
    assert lines(scored([3] * 9, [5] * 9, [2] * 9, ms=SAME_MS)) == (
        "Mean scores: Local 5.0 (9 tasks), Big Brain 3.0 (9 tasks), Third 2.0 (9 tasks).",
        "Clear: Local was better than Big Brain on 9 of 9 tasks, by 2.0 points (2.0–2.0); without "
        "a real difference this comes in 1 of 85 sessions (corrected for 3 pairs).",
        "Clear: Local was better than Third on 9 of 9 tasks, by 3.0 points (3.0–3.0); without a "
        "real difference this comes in 1 of 85 sessions (corrected for 3 pairs).",
    )


def test_sides_that_share_the_first_place_have_the_pairs_of_the_first_of_them():
    found = lines(scored([4] * 8, [4] * 8, [2] * 8, ms=SAME_MS))
    assert [line.partition(",")[0] for line in found[1:]] == [
        "Big Brain and Local were equal on 8 of 8 tasks: cannot tell these apart.",
        "Clear: Big Brain was better than Third on 8 of 8 tasks",
    ]
    assert hint_of(scored([4] * 8, [4] * 8, [2] * 8)) == (
        "all scored: cannot tell these apart",
        False,
    )


def test_side_is_clear_by_its_pairs_and_not_by_a_mean_over_other_tasks():
    # Local has the higher mean, of one task more; on common tasks Big Brain is better.
    session = scored([3] * 8 + ["failed"] * 8, [1] * 8 + [5] * 8)
    assert hint_of(session) == ("enough for a verdict", True)
    assert lines(session)[0].startswith("Clear: Big Brain was better on 8 of 8 tasks")


def test_floor_of_three_sides_names_the_pairs():
    assert lines(scored([5] * 6, [3] * 6, [3] * 6, ms=SAME_MS))[1] == (
        "Big Brain was better than Local on 6 of 6 tasks; but 6 differing tasks cannot reach 1 in "
        "20 whatever the scores: at least 7 are needed for 3 pairs."
    )


def test_both_bad_is_not_equal():
    session = judged(scored([1, 4, 4], [1, 4, 2], ms=SAME_MS), Winner("both bad"), 1)
    assert "better on 1, equal on 1, both bad on 1 of 3 tasks" in lines(session)[0]


def test_side_without_answers_is_named_with_the_reason():
    assert lines(scored([5, 4], ["failed", "failed"])) == (
        "Mean scores: Big Brain 4.5 (2 tasks).",
        "Local has no answer to 2 of 2 tasks: connection refused.",
    )
    one_task = lines(scored([5], ["failed"]))
    assert one_task[-1] == "Local has no answer to the only task: connection refused."


def test_session_without_scores_counts_what_is_to_score():
    assert lines(scored(["open"] * 3, ["open"] * 3)) == (
        "No answer is scored yet: 6 answers to score.",
        "Big Brain takes 2.0 × as long.",
    )
    assert lines(scored(["not run"], ["not run"]))[0] == "No answer yet: nothing to score."


def test_one_side_has_its_mean_and_no_comparison():
    assert lines(scored([4, 5])) == (
        "Big Brain has a mean score of 4.5 of 5 on 2 tasks; there is no other side to compare it "
        "with.",
    )
    assert hint_of(scored([4, 5])) == ("", False)


# -- price and time ---------------------------------------------------------------------------


def priced(session: Session, *prices: TokenPrice | None) -> Session:
    endpoints = zip(session.endpoints, prices, strict=True)
    return replace(session, endpoints=tuple(replace(one, price=price) for one, price in endpoints))


@pytest.mark.parametrize(
    ("prices", "ending"),
    [
        ((TokenPrice(12, 12), TokenPrice(1, 1)), "It costs $0.0121 more an answer and takes"),
        ((TokenPrice(1, 1), TokenPrice(12, 12)), "It costs $0.0121 less an answer and takes"),
        ((TokenPrice(1, 1), TokenPrice(1, 1)), "It costs the same an answer and takes"),
        (
            (TokenPrice(1, 1), None),
            "It costs $0.0011 an answer (Local: no price configured) and takes",
        ),
        (
            (None, TokenPrice(1, 1)),
            "It costs an unknown amount (no price configured; Local: $0.0011 an answer) and takes",
        ),
        ((None, None), "It takes"),
        (
            (TokenPrice(0, 0), None),
            "It costs nothing (Local: no price configured) and takes",
        ),
    ],
)
def test_price_of_an_answer_is_compared_for_both_sides(prices, ending: str):
    session = priced(scored([5] * 4, [3] * 4, ms=(2100, 1000)), *prices)
    assert lines(session)[0].endswith(f" {ending} 2.1 × as long.")


def test_ratio_of_waits_has_an_interval_from_six_tasks_on():
    line = lines(scored([5] * 6, [3] * 6, ms=(2100, 1000)))[0]
    assert line.endswith(" It takes 2.1 × as long (2.1–2.1).")
    assert lines(scored([5], [3], ms=(70, 1000)))[0].endswith("takes 0.07 × as long.")
    assert lines(scored([5], [3], ms=(12_400, 1000)))[0].endswith("takes 12 × as long.")


def test_side_that_is_not_better_is_named_with_its_price_and_time():
    assert lines(scored([4] * 2, [4] * 2))[0].endswith("Big Brain takes 2.0 × as long.")


# -- flags, odds, the judge -------------------------------------------------------------------


def test_flags_name_the_sides_they_are_about():
    assert flag_text(Flag("no signal")) == "no signal"
    assert flag_text(Flag("flaky", ("Big Brain", "Local"))) == "flaky (Big Brain and Local)"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1 / 256, "1 of 256 sessions"),
        (0.0512, "1 of 19 sessions"),  # not 20: that would be a claim
        (0.125, "1 of 8 sessions"),
        (0.4, "4 of 10 sessions"),
        (0.97, "nearly every session"),
        (1.0, "every session"),
        (2.0**-60, "1 of 1,152,921,504,606,846,976 sessions"),
    ],
)
def test_odds_are_never_rarer_than_they_are(p: float, text: str):
    assert sessions(p) == text


def test_bias_of_the_judge_has_its_p():
    assert bias_lines(session_results(scored([5, 4], [1, 2]))) == ()
