"""Rules on what changed between two sessions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.domain.answer import Cell
from bbtui.domain.check import Check
from bbtui.domain.diff_rules import Finding, RuleError, apply_rule, parse_rule
from bbtui.domain.score import Score, Undo
from bbtui.domain.session import Session
from bbtui.domain.session_diff import SessionDiff, compare
from tests.fakes.checks import check_here
from tests.report.samples import (
    BIG,
    CRON,
    HARBOUR,
    LOCAL,
    WEBHOOK,
    answer,
    empty,
    judge,
    remark,
)

TASKS = (WEBHOOK, HARBOUR, CRON)


def session(*scores: int | None, ms: float = 1000, text: str = "Lamps.") -> Session:
    """Return a session of one side whose answers took so long; None is an answer without score."""
    made = empty(LOCAL, tasks=TASKS[: len(scores)])
    for task, score in zip(TASKS, scores, strict=False):
        made = made.with_answer(answer(Cell(task.id, "local"), text, e2e_ms=ms, ttft_ms=ms / 2))
        if score is not None:
            made = judge(made, task.id, "local", Score(score))
    return made


def diff(before: Session, after: Session) -> SessionDiff:
    return compare(before, after, ("#1", "#2"), check_here)


def finding(rule: str, before: Session, after: Session) -> Finding:
    [side] = diff(before, after).sides
    return apply_rule(parse_rule(rule), side)


@pytest.mark.parametrize(
    ("rule", "fired", "reason"),
    [
        ("score.mean<3.5", True, "mean score 4 → 3"),
        ("score.mean<3", False, "mean score 4 → 3"),
        ("score.mean<=3.0", True, "mean score 4 → 3"),
        ("score.mean<-0.5", True, "mean score 4 → 3"),
        ("score.mean<-10%", True, "mean score 4 → 3"),
        ("score.drop>=2", True, "2. Harbour at night: 4 → 2"),
        ("score.drop > 2", False, "2. Harbour at night: 4 → 2"),
        ("ttft.p50>+20%", True, "median first token 500 ms → 625 ms"),
        ("ttft.p50>+25%", False, "median first token 500 ms → 625 ms"),
        ("ttft.p50>+100ms", True, "median first token 500 ms → 625 ms"),
        ("ttft.p50>0.6s", True, "median first token 500 ms → 625 ms"),
        ("e2e.p50>1250", False, "median wait 1,000 ms → 1,250 ms"),
        ("errors>0", False, "answers that are not complete 0 → 0"),
        ("check.fails>0", True, "checks not passed 4 → 4"),
        ("check.fails>+0", False, "checks not passed 4 → 4"),
    ],
)
def test_rule_is_about_the_figures_of_the_second_session(
    rule: str, fired: bool, reason: str
) -> None:
    found = finding(rule, session(4, 4, 4), session(4, 2, 3, ms=1250))
    assert (found.fired, found.reason, found.known) == (fired, reason, True)


def test_answers_that_are_not_complete_are_errors() -> None:
    after = replace(session(4, 4), tasks=TASKS)
    assert finding("errors>0", session(4, 4, 4), after).reason == (
        "answers that are not complete 0 → 1"
    )


def test_drop_without_a_lower_score_does_not_fire() -> None:
    found = finding("score.drop>=1", session(3, 3), session(4, 3))
    assert (found.fired, found.reason) == (False, "no task has a lower score")


@pytest.mark.parametrize("rule", ["score.mean<3", "score.drop>=1", "e2e.p95>+5%", "cost.mean>1"])
def test_rule_about_what_is_not_known_is_not_decided(rule: str) -> None:
    found = finding(rule, session(4, 4), session(None, None))
    assert (found.fired, found.known) == (False, False)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("score.mean", "must be a figure"),
        ("score.mean=3", "must be a figure"),
        ("score.mean<", "must be a figure"),
        ("score.mean<nan", "must be a figure"),
        ("<3", "must be a figure"),
        ("ttft.p50>20%", "written with its sign"),
        ("score.drop>+1", "has no sign"),
        ("score.drop>=10%", "in points"),
        ("score.mean>3s", "is not a time"),
        ("errors>1ms", "is not a time"),
    ],
)
def test_rule_that_cannot_be_read_has_the_reason(rule: str, why: str) -> None:
    with pytest.raises(RuleError, match=why):
        parse_rule(rule)


def test_side_is_compared_in_the_sentences_of_the_results() -> None:
    [side] = diff(session(4, 4, 4), session(5, 4, 3)).sides
    assert side.sentence.startswith("#2 was better on 1, equal on 1, worse on 1 of 3 tasks; but 2")
    assert [(one.title, one.before, one.after) for one in side.changes] == [
        ("1. Webhook parser", 4, 5),
        ("3. Clean-up job", 4, 3),
    ]
    assert (side.same_texts, side.answers) == (3, 3)


def test_only_tasks_with_the_same_text_are_compared() -> None:
    after = session(1, 5, 5)
    changed = replace(WEBHOOK, prompt=WEBHOOK.prompt + " Please.")
    renamed = replace(HARBOUR, id="night")
    answers = [
        replace(one, cell=one.cell._replace(task="night")) if one.cell.task == "harbour" else one
        for one in after.answers
    ]
    after = replace(after, tasks=(changed, renamed, CRON), answers=tuple(answers))
    found = diff(session(4, 4, 4), after)
    assert [task.id for task in found.tasks] == ["night", "cron"]
    assert found.left_out == 2
    assert found.sides[0].before.side.scored == 2
    assert found.sides[0].after.side.scored == 1, "the score of harbour was of another task"


def test_undone_judgement_of_either_session_does_not_count() -> None:
    before, after = session(4, 4), session(5, 5)
    after = remark(after, Undo(after.judgements[-1].id))
    [side] = diff(before, after).sides
    assert (side.before.side.scored, side.after.side.scored) == (2, 1)


def test_sides_are_compared_by_their_names() -> None:
    both = empty(BIG, LOCAL, tasks=(HARBOUR,))
    found = diff(both, session(4))
    assert ([side.label for side in found.sides], found.only_before) == (["Local"], ("Big Brain",))
    assert diff(empty(BIG, tasks=(HARBOUR,)), empty(LOCAL, tasks=(HARBOUR,))).sides != ()
    assert diff(both, empty(replace(LOCAL, name="other"), tasks=(HARBOUR,))).sides == ()


def test_check_of_the_second_session_counts() -> None:
    task = replace(HARBOUR, checks=(Check("mentions", "lamps"), Check("mentions", "bell")))
    before = empty(LOCAL, tasks=(task,)).with_answer(answer(Cell("harbour", "local"), "A bell."))
    after = empty(LOCAL, tasks=(task,)).with_answer(answer(Cell("harbour", "local"), "Lamps, bell"))
    assert finding("check.fails>0", before, after).reason == "checks not passed 1 → 0"
