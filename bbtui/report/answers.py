"""Task by task: each answer with its clocks, its text, its score, and what checks found."""

from __future__ import annotations

from dataclasses import dataclass

from bbtui.domain.answer import AnswerState
from bbtui.domain.cell_results import Attempt, CellResult, SessionResults
from bbtui.domain.check import BashParser, run_check
from bbtui.domain.flags import context_flag
from bbtui.domain.score import Marks
from bbtui.domain.task import Task
from bbtui.formatting.durations import format_ms
from bbtui.formatting.numbers import UNKNOWN, format_count, format_rate
from bbtui.formatting.text import sentences, truncate
from bbtui.report.costs import answer_words
from bbtui.report.fairness import build
from bbtui.report.latency import latency, start
from bbtui.report.phrase import (
    Code,
    Phrase,
    Span,
    Strong,
    joined,
    operator_paragraphs,
    with_code,
)

_FLAGS = {
    AnswerState.CUT: "CUT",
    AnswerState.TRUNCATED: "TRUNCATED",
    AnswerState.FAILED: "FAILED",
    AnswerState.STOPPED: "STOPPED",
}


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer of a task, or its absence.

    `flag` says how an answer ended that did not end by itself, `remark` what it lacked all the
    same. `unavailable` is set where there
    is nothing to show, and then `expected` may hold what was wanted. `text` is as the model
    wrote it.
    """

    heading: Phrase
    facts: Phrase = ""
    flag: Phrase = ""
    remark: Phrase = ""
    unavailable: Phrase = ""
    expected: str = ""
    expected_above: bool = False
    text: str = ""
    score: Phrase = ""
    faults: tuple[Phrase, ...] = ()
    note: tuple[Phrase, ...] = ()
    checks: Phrase = ""
    earlier: Phrase = ""


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task with the answers of every endpoint."""

    heading: str
    prompt: str
    answers: tuple[AnswerView, ...]


def task_view(results: SessionResults, number: int, task: Task, parse_bash: BashParser) -> TaskView:
    """A task's section. The expected answer stands once, at the first answer that is missing."""
    answers: list[AnswerView] = []
    told = False
    for one in results.of_task(task):
        answers.append(_answer_view(results, one, told, parse_bash))
        told = told or not one.available
    return TaskView(f"{number}. {task.title}", task.prompt, tuple(answers))


def judged(marks: Marks) -> Phrase:
    """The score and the verdict in one line: ``4/5 SOLID — reason``."""
    score = "not scored" if marks.score is None else f"{marks.score}/5"
    return joined(score, " ", verdict_words(marks)) if marks.verdict else score


def verdict_words(marks: Marks) -> Phrase:
    """The verdict with its reason; empty without one."""
    if marks.verdict is None:
        return ""
    word = Strong(marks.verdict.word)
    return joined(word, " — ", with_code(marks.verdict.why)) if marks.verdict.why else word


def _answer_view(
    results: SessionResults, one: CellResult, expected_told: bool, parse_bash: BashParser
) -> AnswerView:
    trial = f" · trial {one.cell.trial}" if results.session.trials > 1 else ""
    heading = (one.label, " · ", Code(one.endpoint.model), trial)
    earlier = _earlier(one.earlier)
    if not one.available or one.answer is None:
        return AnswerView(
            heading,
            unavailable=_why("UNAVAILABLE", one),
            expected="" if expected_told else one.task.expected,
            expected_above=expected_told and bool(one.task.expected),
            earlier=earlier,
        )
    text = one.answer.text
    return AnswerView(
        heading,
        facts=_facts(results, one),
        flag="" if one.answer.state is AnswerState.DONE else _flag(one),
        remark=_remark(results, one),
        text=text,
        score=judged(one.marks),
        faults=tuple(
            joined(Strong(f"{fault.severity}:"), " ", with_code(fault.text))
            for fault in one.marks.faults
        ),
        note=operator_paragraphs(one.marks.note),
        checks=_checks(one.task, text, parse_bash),
        earlier=earlier,
    )


def _facts(results: SessionResults, one: CellResult) -> Phrase:
    """The clocks in one line; what is not known is left out."""
    timing = one.timing
    facts = [f"Latency {latency(one)}"]
    if not one.whole:
        facts = [] if timing.e2e_ns is None else [f"Broke off after {format_ms(timing.e2e_ns)}"]
    if timing.ttft_ns is not None:
        facts.append(f"first token {format_ms(timing.ttft_ns)}")
    if one.answer and one.answer.thinking:
        facts.append(f"first answer text {format_ms(timing.ttfa_ns)}")
    if timing.tok_s is not None:
        facts.append(f"{format_rate(timing.tok_s, timing.exact)} tok/s")
    if timing.tokens is not None:
        facts.append(f"{format_count(timing.tokens)} {'tokens' if timing.exact else 'chunks'}")
    if cost := answer_words(results, one):
        facts.append(cost)
    began = start(one.answer)
    if began != UNKNOWN:
        facts.append(began)
    if one.answer and one.answer.thinking:
        facts.append(f"{format_count(len(one.answer.thinking))} characters of thinking not shown")
    return " · ".join(facts)


def _flag(one: CellResult) -> Phrase:
    state = one.answer.state if one.answer else AnswerState.FAILED
    return _why(_FLAGS.get(state, "UNFINISHED"), one)


def _remark(results: SessionResults, one: CellResult) -> Phrase:
    """A prompt that was cut, a context that was full, by the server's own counts."""
    if one.answer is None:
        return ""
    known = build(results.session, one.endpoint)
    flag = context_flag(one.task.prompt, one.answer.server, known)
    return "" if flag is None else f"Note: {flag.cause}."


def _why(word: str, one: CellResult) -> Phrase:
    return joined(Strong(word), " — ", with_code(sentences(one.cause, one.hint)))


def _checks(task: Task, text: str, parse_bash: BashParser) -> Phrase:
    found: list[Span] = []
    for check in task.checks:
        result = run_check(check, text, parse_bash)
        outcome = "passed" if result.passed else Strong("not passed")
        detail = f" ({result.detail})" if result.detail else ""
        found += ["; " if found else "", outcome, " ", Code(check.title), detail]
    return tuple(found)


def _earlier(attempts: tuple[Attempt, ...]) -> Phrase:
    told: Phrase = ()
    for answer, marks in attempts:
        why = f" ({truncate(answer.cause, 80)})" if answer.cause else ""
        said = with_code(f"Attempt {answer.attempt}: {answer.state}{why}, ")
        told = joined(told, " " if told else "", said, judged(marks), ".")
    return told
