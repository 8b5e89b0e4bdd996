"""The short form of a report: complete in its sections, and never too long for a comment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.domain.answer import AnswerState, Cell
from bbtui.domain.score import Fault, Note, Remark, Score, Severity, Verdict
from bbtui.domain.session import Session
from bbtui.report.markdown import render_markdown
from bbtui.report.short import LONGEST_COMMENT
from tests.fakes.checks import check_here
from tests.report import samples
from tests.report.samples import BIG, HARBOUR, LOCAL, MIDDLE, WRITTEN, answer, empty, judge, remark
from tests.report.test_markdown import SECTIONS, headings, section


def short(session: Session) -> str:
    return render_markdown(session, now=WRITTEN, run_check=check_here, short=True)


def test_short_report_has_all_sections_and_no_prompt_and_no_answer() -> None:
    text = short(samples.complete())
    assert headings(text, "h2") == SECTIONS
    assert "def genuine" not in text
    assert "Write a Python function" not in text
    assert "<details>" not in text
    assert "Prompts and answers are in the full report: `bbtui report 12`." in text


def test_short_report_has_a_line_for_each_answer() -> None:
    tasks = section(short(samples.complete()), "Task by task")
    assert (
        "### 1. Webhook parser\n\n"
        "- **Big Brain:** 5/5 **SOLID** — correct, constant time · checks 3 of 3\n"
        "- **Local:** 1/5 **BROKEN** — cannot run · rubric 1/2 · checks 1 of 3 · "
        "**FATAL:** `utf-64` is no encoding · **MISSING:** no signature is computed\n"
    ) in tasks
    missing = section(short(samples.one_side_missing()), "Task by task")
    assert "- **Big Brain:** **UNAVAILABLE** — the pod is stopped" in missing
    trials = section(short(samples.trials()), "Task by task")
    assert "- **Local, trial 2:** **UNAVAILABLE** — out of memory.\n" in trials


def _long(tasks: int, *, text: str) -> Session:
    """Return a session in which a person and a server wrote so much."""
    session = empty(
        *(replace(one, label=f"{one.label} {text}") for one in (BIG, MIDDLE, LOCAL)),
        tasks=tuple(
            replace(HARBOUR, id=f"t{number}", title=f"{number} {text}") for number in range(tasks)
        ),
    )
    for number in range(tasks):
        for endpoint in session.endpoints:
            failed = answer(
                Cell(f"t{number}", endpoint.name), "Lamps.", state=AnswerState.FAILED, cause=text
            )
            session = session.with_answer(failed)
        session = judge(
            session,
            f"t{number}",
            "local",
            Score(2),
            Verdict("LONG", text),
            Fault(Severity.WRONG, text),
            Note(text),
        )
    return remark(session, Remark("summary", text), Remark("finding", text))


@pytest.mark.parametrize(("tasks", "length"), [(1, 30_000), (200, 20), (40, 2_000), (3, 100_000)])
def test_short_report_fits_into_a_comment_whatever_the_session_holds(
    tasks: int, length: int
) -> None:
    text = short(_long(tasks, text="|word" * (length // 5)))
    assert len(text) <= LONGEST_COMMENT
    assert headings(text, "h2") == SECTIONS


def test_rows_that_are_left_out_are_counted_and_the_totals_stay() -> None:
    text = short(_long(200, text="a bell"))
    comparison = section(text, "Comparison")
    rows = [line for line in comparison.split("\n") if line.startswith("|")]
    assert rows[-2].startswith("| … 140 more rows")
    assert rows[-1].startswith("| **Mean score**")
    assert "… and 140 more." in section(text, "Task by task")


def test_more_endpoints_than_fit_are_cut_at_a_line() -> None:
    endpoints = [replace(LOCAL, name=f"e{number}", label=f"E{number}") for number in range(150)]
    text = short(empty(*endpoints, tasks=(HARBOUR,)))
    assert len(text) <= LONGEST_COMMENT
    assert text.endswith("\n\n… cut here: the rest is in the full report.\n")
