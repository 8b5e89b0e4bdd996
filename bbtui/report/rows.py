"""A session as rows, one for each answer it plans: JSON lines, and a table for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from bbtui.domain.cell_results import CellResult, SessionResults, session_results
from bbtui.domain.check import Checker
from bbtui.domain.conclusions import answer_cost
from bbtui.domain.session import Session
from bbtui.domain.timing import start_text
from bbtui.formatting.sanitize import clean_text, escape_json

#: What a spreadsheet takes for a formula at the start of a cell, also in its full-width form
#: (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20|%]")
#: The most characters of a cell in Excel.
_LONGEST_CELL = 32_767
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """The latest answer of a cell with its figures, or why there is none."""

    session: str
    """The id of the session."""
    started_at: str
    """When the request was sent, in ISO 8601; "" if it was not."""
    task: str
    """The id of the task."""
    title: str
    """The title of the task."""
    endpoint: str
    """The name of the endpoint."""
    label: str
    """The label of the endpoint."""
    model: str
    """The model's name."""
    trial: int
    """The number of the trial, from 1."""
    attempt: int
    """0 if it was not run."""
    state: str
    """As in the JSON; "not run" without an attempt."""
    cause: str
    """Why it is missing or incomplete."""
    score: int | None
    """1 to 5; None without one."""
    verdict: str
    """The word of the verdict; "" without one."""
    why: str
    """The reason of the verdict."""
    faults: str
    """Separated by "; ": ``WRONG: text``."""
    note: str
    """The note; "" without one."""
    ticked: int
    """The points of the rubric that it meets."""
    points: int
    """The points of the rubric."""
    passed: int
    """The checks that it passes."""
    checks: int
    """The checks of the task."""
    e2e_ms: float | None
    """From the request to the end."""
    ttft_ms: float | None
    """From the request to the first text."""
    ttfa_ms: float | None
    """From the request to the first text of the answer."""
    tok_s: float | None
    """Tokens per second."""
    tokens: int | None
    """None where only chunks were counted."""
    load_ms: float | None
    """Loading the model, as the server reports it."""
    queue_ms: float | None
    """Waiting at the server."""
    prefill_ms: float | None
    """Processing the prompt, as the server reports it."""
    cost: float | None
    """In dollars."""
    start: str
    """``warm``, ``cold`` or ``reloaded``, with the load; "" if unknown."""
    text: str
    """The answer."""


NAMES = tuple(field.name for field in fields(AnswerRow))


def answer_rows(session: Session, run_check: Checker) -> tuple[AnswerRow, ...]:
    """Return a row for each task, endpoint and trial, in the order of the session."""
    results = session_results(session)
    return tuple(
        _row(results, result, run_check)
        for task in session.tasks
        for result in results.of_task(task)
    )


def render_jsonl(session: Session, run_check: Checker) -> str:
    """Return a JSON object a line; text is raw, with controls and line ends as escapes."""
    lines = (
        _SURROGATE.sub("\ufffd", json.dumps(_values(row), ensure_ascii=False))
        for row in answer_rows(session, run_check)
    )
    return "".join(f"{escape_json(line).translate(_LINE_ENDS)}\n" for line in lines)


def render_csv(session: Session, run_check: Checker) -> str:
    """Return a table that a spreadsheet opens as it is (RFC 4180, with a byte order mark).

    A text that would be a formula gets an apostrophe in front; one too long for a cell is cut.
    """
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(NAMES)
    for row in answer_rows(session, run_check):
        writer.writerow(map(_cell, _values(row).values()))
    return "\ufeff" + table.getvalue()


def _values(row: AnswerRow) -> Mapping[str, str | int | float | None]:
    return {name: getattr(row, name) for name in NAMES}


def _cell(value: str | float | None) -> str | float | None:
    if not isinstance(value, str):
        return value
    text = clean_text(value)
    if _FORMULA.match(text):
        text = f"'{text}"
    if len(text) > _LONGEST_CELL:
        end = f"… (cut: {len(value):,} characters)"
        text = text[: _LONGEST_CELL - len(end)] + end
    return text


def _row(results: SessionResults, result: CellResult, run_check: Checker) -> AnswerRow:
    answer, marks, timing, task = result.answer, result.marks, result.timing, result.task
    checked = answer is not None and result.available
    return AnswerRow(
        session=results.session.id,
        started_at="" if answer is None else answer.started_at.isoformat(),
        task=task.id,
        title=task.title,
        endpoint=result.endpoint.name,
        label=result.label,
        model=result.endpoint.model,
        trial=result.cell.trial,
        attempt=0 if answer is None else answer.attempt,
        state="not run" if answer is None else answer.state.value,
        cause=result.problem.cause,
        score=marks.score,
        verdict=marks.verdict.word if marks.verdict else "",
        why=marks.verdict.why if marks.verdict else "",
        faults="; ".join(f"{fault.severity}: {fault.text}" for fault in marks.faults),
        note=marks.note,
        ticked=sum(point <= len(task.rubric) for point in marks.ticks),
        points=len(task.rubric),
        passed=sum(run_check(check, answer.text).passed for check in task.checks)
        if answer is not None and checked
        else 0,
        checks=len(task.checks) if checked else 0,
        e2e_ms=_ms(timing.e2e_ns) if result.whole else None,
        ttft_ms=_ms(timing.ttft_ns),
        ttfa_ms=_ms(timing.ttfa_ns),
        tok_s=None if timing.tok_s is None else round(timing.tok_s, 2),
        tokens=timing.tokens if timing.exact else None,
        load_ms=_ms(timing.load_ns),
        queue_ms=_ms(timing.known_queue_ns),
        prefill_ms=_ms(timing.prompt_eval_ns),
        cost=answer_cost(results, result)[0],
        start="" if answer is None else start_text(answer, timing.load_ns),
        text="" if answer is None else answer.text,
    )


def _ms(ns: float | None) -> float | None:
    return None if ns is None else round(ns / 1_000_000, 3)
