"""bbtui results: the verdict, tables and bars, or the figures as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bbtui.domain.answer import Cell
from bbtui.domain.score import Blinding, Judgement, Reveal
from bbtui.domain.session import Session
from bbtui.exchange.json_file import to_json
from tests.cli.program import Program
from tests.cli.terminal import in_terminal
from tests.fakes.builders import MORNING
from tests.score_tables import scored

EIGHT = ([4, 5, 4, 3, 4, 4, 5, 2], [2, 3, 3, 3, 2, 4, 4, 3])


def saved(program: Program, session: Session) -> Path:
    """Write a session to a file, and import it."""
    path = program.here / "s.json"
    path.write_text(to_json(session), encoding="utf-8")
    assert program("sessions", "import", path).code == 0
    return path


def test_results_answer_first_then_prove_it(program: Program):
    saved(program, scored(*EIGHT, ms=(2100, 1000)))
    ended = program("results")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == (
        "Results  Big Brain quality benchmark · 1   8 tasks · 2 sides · 1 answer each"
    )
    text = " ".join(ended.out.split())
    assert (
        "Big Brain was better on 5, equal on 2, worse on 1 of 8 tasks, by 0.9 points on average; "
        "without a real difference a gap this large comes in 1 of 8 sessions: cannot tell these "
        "apart yet, about 5 more tasks like these would settle it. It takes 2.1 × as long (2.1–2.1)"
    ) in text
    assert "Big Brain 3.9 5 2 1" in text
    assert "$/answer: no price configured" in text
    assert "1 Task 1 ████████ 4 ████ 2" in text
    assert "no signal (all sides have the same score): 4 Task 4, 6 Task 6" in text
    assert max(map(len, lines)) <= 100


def test_results_of_a_file_need_no_database(program: Program):
    path = saved(program, scored(*EIGHT))
    program.environ["BBTUI_DATA_DIR"] = str(program.home / "other")
    assert "better on 5" in program("results", path).out
    assert not (program.home / "other").exists()


def test_json_has_the_figures_and_null_for_what_is_missing(program: Program):
    saved(program, scored(*EIGHT, ms=(2100, 1000)))
    found = json.loads(program("results", "--json").out)
    big, local = found["sides"]
    assert (big["name"], big["mean_score"], big["won"], big["equal"], big["lost"]) == (
        "big-brain",
        3.875,
        5,
        2,
        1,
    )
    assert big["wait_s"] == {
        "median": 2.1,
        "low": 2.1,
        "high": 2.1,
        "n": 8,
        "p95": None,
        "p99": None,
    }
    assert local["answer_cost"] == {
        "dollars": None,
        "unknown": 8,
        "reason": "no price configured",
    }
    (pair,) = found["pairs"]
    assert (pair["first"], pair["better"], pair["p"], pair["p_of_all_pairs"]) == (
        "big-brain",
        5,
        0.125,
        0.125,
    )
    assert pair["points"] == {"mean": 0.875, "low": 0.0, "high": 2.0}
    assert pair["wait_ratio"]["value"] == pytest.approx(2.1)
    assert pair["more_tasks"] == 5
    assert found["tasks"][3]["flags"] == [{"kind": "no signal", "sides": []}]
    assert found["tasks"][0]["mean_scores"] == {"big-brain": 4.0, "local": 2.0}
    assert found["verdict"][0].startswith("Big Brain was better on 5")
    assert found["enough"] == "all scored: cannot tell these apart"


def test_json_has_no_p_before_every_planned_task_is_scored(program: Program):
    saved(program, scored([5] * 4 + ["open"], [3] * 4 + ["open"]))
    found = json.loads(program("results", "--json").out)
    assert [found["pairs"][0][key] for key in ("p", "p_of_all_pairs", "open")] == [None, None, 1]
    assert found["enough"] == "not yet: 3 more tasks the same way would do, 1 is left"


def blind(session: Session, *more: Judgement) -> Session:
    on = Judgement(MORNING, Blinding(True, "seed"), id=1)
    return session.with_judgement(on).with_judgement(
        Judgement(MORNING, Reveal(), Cell("task-1", ""), id=2)
    )


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_results_of_a_blind_session_are_closed(program: Program, form: tuple[str, ...]):
    saved(program, blind(scored(["open"] * 4, ["open"] * 4)))
    ended = program("results", *form)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "bbtui: #1 is judged blind, and 3 of 4 rounds with answers are hidden: results would "
        "reveal the sides\nscore them first: bbtui score 1\n"
    )


def test_results_of_a_revealed_session_are_open(program: Program):
    saved(program, blind(scored(["open"], ["open"])))
    assert "No answer is scored yet: 2 answers to score." in program("results").out


@pytest.mark.parametrize("words", [("results", "9"), ("results", "none.json")])
def test_results_of_nothing_are_an_error(program: Program, words: tuple[str, ...]):
    ended = program(*words)
    assert (ended.code, ended.out) == (2, "")
    assert "9" in ended.err or "cannot read none.json" in ended.err


def test_score_until_clear_ends_with_the_verdict(program: Program):
    saved(program, scored([5] * 6 + ["open"] * 3, [3] * 6 + ["open"] * 3, ms=(2100, 1000)))
    with in_terminal(program, "score", "--until", "clear") as terminal:
        terminal.shows("Task 7")
        terminal.press("53")
        assert terminal.ended() == 0
        verdict = "Enough for a verdict: Big Brain is better on 7 of 7 tasks so far."
        assert verdict.encode() in terminal.raw
    ended = program("score", "1", "--until", "clear")
    assert ended.code == 2  # no terminal
    with in_terminal(program, "score", "--until", "clear") as terminal:
        assert terminal.ended() == 0
        assert b"#1 is clear already" in terminal.raw
        assert verdict.encode() in terminal.raw


def test_score_until_clear_needs_two_sides(program: Program):
    saved(program, scored(["open"] * 3))
    with in_terminal(program, "score", "--until", "clear") as terminal:
        assert terminal.ended() == 2
        terminal.shows("bbtui: --until clear needs two endpoints to compare, and #1 has one")
        terminal.shows("to score it: bbtui score 1")


def test_score_until_clear_is_about_one_session(program: Program):
    ended = program("score", "--next", "--until", "clear")
    assert (ended.code, ended.err) == (
        2,
        "bbtui: --next and --until cannot be combined: leave out one of them\n",
    )


def test_score_until_anything_else_is_a_usage_error(program: Program):
    ended = program("score", "--until", "tired")
    assert ended.code == 2
    assert "invalid choice: 'tired' (choose from 'clear')" in ended.err
