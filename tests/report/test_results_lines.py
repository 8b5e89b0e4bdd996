"""The results as lines of a terminal: nothing is left out, nothing is wider than it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from rich.cells import cell_len

from bbtui.domain.cell_results import session_results
from bbtui.domain.conclusions import conclude, pair_tests
from bbtui.domain.cost import PodUse, TokenPrice
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import Build
from bbtui.domain.score import Fault, Severity, Verdict, Winner
from bbtui.domain.session import HostRecord, Session
from bbtui.domain.task import Task
from bbtui.report.results_lines import Line, heading, plain, results_lines, short_names
from tests.fakes import make_endpoint
from tests.score_tables import Entry, judged, scored

EIGHT = ([4, 5, 4, 3, 4, 4, 5, 2], [2, 3, 3, 3, 2, 4, 4, 3])


def lines(session: Session, width: int = 120) -> list[Line]:
    conclusions = conclude(session_results(session))
    return results_lines(conclusions, pair_tests(conclusions), width)


def text(session: Session, width: int = 120) -> str:
    return "\n".join(map(plain, lines(session, width)))


def words(session: Session, width: int = 120) -> str:
    return " ".join(text(session, width).split())


def many(sides: int, trials: int, label: str) -> Session:
    rng = random.Random(sides)
    rows: list[list[Entry]] = [
        [tuple(rng.randint(1, 5) for _ in range(trials)) for _ in range(7)] for _ in range(sides)
    ]
    endpoints = [make_endpoint(f"e{side}", f"{label} {side}", "m") for side in range(sides)]
    tasks = [
        Task(f"t{number}", f"A task with quite a long title, number {number} 漢字", "Prompt")
        for number in range(7)
    ]
    return scored(*rows, endpoints=endpoints, tasks=tasks, ms=(1200, 90_000, 35))


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("sides", [1, 2, 3, 6])
@pytest.mark.parametrize("label", ["Side", "A label that is much too long for a table 漢字"])
def test_no_line_is_wider_than_the_terminal(width: int, sides: int, label: str):
    session = many(sides, 3, label)
    for line in lines(session, width):
        assert cell_len(plain(line)) <= width


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("sides", [2, 3, 6])
def test_every_column_is_shown_at_every_width(width: int, sides: int):
    session = many(sides, 1, "A label that is much too long for a table")
    shown = words(session, width)
    for title in ("mean", "won", "lost", "first token", "tok/s", "wait", "$/answer", "faults"):
        assert title in shown
    for number in range(1, 8):
        assert f"{number} A task" in shown
    if sides > 2:
        assert "× as long" in shown
    # Labels that are cut still differ.
    for side in range(sides):
        assert f" {side} " in f"{shown} " or f"table {side}" in shown


def test_bars_are_as_long_as_the_scores_and_waits():
    session = scored([5, 1], [(2), (3)], ms=(1600, 800))
    shown = text(session).splitlines()
    assert any("██████████ 5" in line and "████       2" in line for line in shown)
    assert any(
        "████████████████ 1.6 s" in line and "████████         800 ms" in line for line in shown
    )


def test_bar_of_a_mean_has_a_part_of_a_cell():
    session = scored([(4, 5, 4)], [(2, 2, 2)])
    assert "████████▋  4.3" in text(session)


def test_tables_are_side_by_side_where_there_is_room_and_else_below():
    wide, narrow = text(scored(*EIGHT), 120), text(scored(*EIGHT), 50)
    assert "Task 1    ████████   4  ████       2    ██" in wide.replace("  ████▏", "  ██")
    assert narrow.count("1 Task 1") == 2
    assert wide.count("1 Task 1") == 1


def test_missing_values_have_a_dash_and_a_reason():
    session = scored([4, 5], [2, "failed"])
    local = replace(session.endpoints[1], price=TokenPrice(1, 1))
    session = replace(session, endpoints=(session.endpoints[0], local))
    shown = words(session)
    assert "Local has no answer to 1 of 2 tasks: connection refused." in shown
    assert "$/answer: no price configured: Big Brain" in shown
    assert "2 Task 2 ██████████ 5 – " in shown


def test_costs_of_some_answers_only_are_marked():
    session = scored([4, 5], [2, 3])
    answers = tuple(
        replace(answer, server=replace(answer.server, eval_count=None))
        if answer.cell == ("task-2", "local", 1)
        else answer
        for answer in session.answers
    )
    endpoints = tuple(replace(one, price=TokenPrice(1, 1)) for one in session.endpoints)
    shown = words(replace(session, answers=answers, endpoints=endpoints))
    assert "$/answer: the server reported no token count: Local (1 of 2 answers)" in shown


def test_faults_and_verdicts_are_counted_and_their_absence_is_no_proof():
    session = judged(scored(*EIGHT), Fault(Severity.FATAL, "x"), 1, side=1)
    session = judged(session, Fault(Severity.WRONG, "y"), 2, side=1)
    session = judged(session, Verdict("SOLID"), 1)
    shown = words(session, 200)
    assert "1 FATAL · 1 WRONG" in shown
    assert "1 SOLID none" in shown
    assert "FATAL in 1 of 8 tasks of Local: in truth in 2–47 %" in shown
    assert "FATAL in none of 8 tasks of Big Brain: it may still be in up to 31 % of them" in shown


def test_one_task_is_no_rate_of_fatal_faults():
    session = judged(scored([5], [2]), Fault(Severity.FATAL, "x"), 1, side=1)
    shown = words(session, 200)
    assert "FATAL in the only scored task of Local" in shown
    assert ("no FATAL in the only scored task of Big Brain: other tasks may have one") in shown
    assert "%" not in shown


def test_answers_that_are_free_cost_nothing_and_are_not_unknown():
    session = scored(*EIGHT)
    endpoints = tuple(replace(one, price=TokenPrice(0, 0)) for one in session.endpoints)
    shown = words(replace(session, endpoints=endpoints))
    assert "free none" in shown
    assert "$/answer:" not in shown


def test_no_side_has_won_a_task_before_any_is_decided():
    assert "Big Brain – – – – " in words(scored(["open"] * 3, ["open"] * 3))


def test_both_bad_has_a_column_of_its_own_only_where_it_occurs():
    assert "both bad" not in words(scored(*EIGHT))
    shown = words(judged(scored(*EIGHT), Winner("both bad"), 4))
    assert "mean won equal lost both bad first token" in shown
    assert "1 winner set by hand: in won, equal and lost, not in the test of the scores" in shown


def test_cost_of_a_pod_is_in_the_table():
    session = replace(
        scored(*EIGHT, ms=(9000, 900)), seen={"big-brain": HostRecord(pod=PodUse("L40S", 0.79))}
    )
    assert "$0.002 " in text(session)


def test_times_have_their_interval_in_the_same_unit():
    session = scored(*EIGHT, ms=(9000, 900))
    shown = words(session)
    assert "900 ms (900–900)" in shown
    assert "9.0 s (9.0–9.0)" in shown
    assert "(" not in words(scored([4], [2])).partition("faults")[2].partition("$/answer")[0]


def test_percentiles_are_shown_from_the_number_of_tasks_that_carries_them():
    assert "95 % within" not in words(scored([4] * 19, [2] * 19))
    assert "95 % within" in words(scored([4] * 20, [2] * 20))
    assert "99 % within" not in words(scored([4] * 20, [2] * 20))
    assert "99 % within" in words(scored([4] * 100, [2] * 100))


def test_pairs_have_a_table_from_three_sides_on():
    assert "pairs" not in words(scored(*EIGHT)).split("tasks")[0]
    shown = words(scored([5] * 9, [3] * 9, [2] * 9))
    assert "p of 3 pairs" in shown
    assert "Big Brain – Local 9 0 0 2.0 2.0–2.0 0.012" in shown


def test_p_of_pairs_is_missing_before_all_is_scored():
    shown = words(scored([5] * 9, [3] * 9, [2] * 8 + ["open"]))
    assert "p: only once every planned task is scored" in shown


def test_flags_name_the_tasks():
    session = scored([(5, 2), (3, 3)], [(1, 1), (3, 3)])
    shown = words(session)
    assert (
        "flaky (the scores of a side's trials differ by 2 or more): 1 Task 1 (Big Brain)" in shown
    )
    assert "no signal (all sides have the same score): 2 Task 2" in shown


def test_bias_of_the_judge_is_shown():
    session = scored([5, 4], [1, 2])
    long = replace(session.answers[0], text="word " * 80)
    shown = words(replace(session, answers=(long, *session.answers[1:])))
    assert "the longer one won 1 of 1 (p = 1.00)" in shown


def test_conditions_that_differed_are_named():
    session = scored(*EIGHT)
    assert "conditions that differed" not in words(session)
    seen = {
        "big-brain": HostRecord(build=Build("Ollama 0.33.3")),
        "local": HostRecord(build=Build("Ollama 0.30.0")),
    }
    shown = words(replace(session, seen=seen))
    assert (
        "conditions that differed server (Big Brain: Ollama 0.33.3, Local: Ollama 0.30.0)" in shown
    )


def test_lines_before_the_tests_are_made_have_the_counts():
    conclusions = conclude(session_results(scored(*EIGHT)))
    shown = " ".join(" ".join(map(plain, results_lines(conclusions, None, 100))).split())
    assert shown.startswith("testing the differences …")
    assert "Big Brain 3.9 5 2 1" in shown


def test_verdicts_that_are_too_long_are_cut():
    session = judged(scored(*EIGHT), Verdict("x" * 10_000), 1)
    assert max(cell_len(plain(line)) for line in lines(session, 80)) <= 80


def test_session_without_tasks_has_lines():
    assert "No answer yet: nothing to score." in words(scored([], []))


def test_session_without_answers_has_lines():
    assert "No answer yet: nothing to score." in words(scored(["not run"], ["not run"]))


def test_heading_names_the_session_and_its_size():
    conclusions = conclude(session_results(scored([(4, 4)], [(2, 2)])))
    assert heading(conclusions) == (
        "Big Brain quality benchmark · 12",
        "1 task · 2 sides · 2 answers each",
    )


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["Big", "Local"], ["Big", "Local"]),
        (["Big Brain of ours", "Local one of ours"], ["Big Brai…", "Local on…"]),
        (["the same start 1", "the same start 2"], ["…start 1", "…start 2"]),
        (["same 1 and the same end", "same 2 and the same end"], ["same 1 a…", "same 2 a…"]),
        (["the same 1 the same", "the same 2 the same"], ["the same…", "the same…"]),
    ],
)
def test_short_names_differ(names: list[str], short: list[str]):
    found = short_names(names, 9)
    assert all(cell_len(name) <= 9 for name in found)
    assert len(set(found)) == len(names)
    if short[0] != short[1]:
        assert found == short


def test_hostile_labels_and_titles_are_shown_safely():
    endpoint = Endpoint("big", "Big\x1b[31m\n\u202eBrain", "m", "ollama", "http://h")
    session = scored([4], endpoints=[endpoint], tasks=[Task("t", "\x1b]0;title\x07 \n two", "p")])
    shown = text(session)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\x07" not in shown
