"""Task by task: the prompt, and each answer with its timings, score, faults and checks."""

from __future__ import annotations

from dataclasses import dataclass

from bbtui.domain.answer import Answer, AnswerState
from bbtui.domain.cell_results import Attempt, CellResult, SessionResults
from bbtui.domain.check import Checker
from bbtui.domain.flags import answer_flags
from bbtui.domain.task import Task
from bbtui.formatting.durations import format_ms
from bbtui.formatting.numbers import UNKNOWN, format_count, format_rate
from bbtui.formatting.text import sentences, truncate
from bbtui.report.costs import answer_cost_text
from bbtui.report.latency import latency, start
from bbtui.report.scores import judgement_text
from bbtui.report.styled_text import (
    Code,
    Span,
    Strong,
    StyledText,
    concat,
    parse_code_spans,
    split_paragraphs,
)


@dataclass(frozen=True, slots=True)
class AnswerSection:
    """One answer of a task, or why there is none."""

    heading: StyledText
    facts: StyledText = ""
    """The timings and the cost in one line."""
    ending: StyledText = ""
    """How the answer ended, if it is not done, and why."""
    remarks: tuple[StyledText, ...] = ()
    """What affects its figures or its text, such as a prompt that was cut."""
    unavailable: StyledText = ""
    """Why there is no answer; then only `expected` and `earlier` may be set as well."""
    expected: str = ""
    """The expected answer; set at the first missing answer of a task only."""
    expected_above: bool = False
    """Whether an earlier answer of the task shows the expected answer."""
    text: str = ""
    """The answer as the model wrote it."""
    score: StyledText = ""
    ticked: str = ""
    """How many points of the rubric it meets: ``4/7``; "" while none was ticked."""
    rubric: tuple[StyledText, ...] = ()
    """The points of the rubric, each with whether it was ticked."""
    faults: tuple[StyledText, ...] = ()
    note: tuple[StyledText, ...] = ()
    """The paragraphs of the note."""
    checks: StyledText = ""
    earlier: StyledText = ""
    """The earlier attempts with their scores."""


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task with the answers of every endpoint."""

    heading: str
    prompt: str
    answers: tuple[AnswerSection, ...]


def task_view(results: SessionResults, number: int, task: Task, run_check: Checker) -> TaskView:
    """Return the section of a task; the expected answer appears once, where one is missing."""
    answers: list[AnswerSection] = []
    for result in results.of_task(task):
        expected_shown = any(answer.expected for answer in answers)
        answers.append(_answer_view(results, result, expected_shown, run_check))
    return TaskView(f"{number}. {task.title}", task.prompt, tuple(answers))


def _answer_view(
    results: SessionResults, result: CellResult, expected_shown: bool, run_check: Checker
) -> AnswerSection:
    trial = f" · trial {result.cell.trial}" if results.session.trials > 1 else ""
    heading = (result.label, " · ", Code(result.endpoint.model), trial)
    earlier = _earlier(result.earlier)
    answer = result.answer
    if answer is None or not result.available:
        why = sentences(result.problem.cause, result.problem.fix)
        return AnswerSection(
            heading,
            unavailable=concat(Strong("UNAVAILABLE"), " — ", parse_code_spans(why)),
            expected="" if expected_shown else result.task.expected,
            expected_above=expected_shown,
            earlier=earlier,
        )
    return AnswerSection(
        heading,
        facts=_facts(results, result, answer),
        ending=_ending(result, answer),
        remarks=_remarks(results, result, answer),
        text=answer.text,
        score=judgement_text(result.marks),
        ticked=result.marks.ticked(len(result.task.rubric)),
        rubric=tuple(
            concat("✓ " if number in result.marks.ticks else "✗ ", parse_code_spans(point))
            for number, point in enumerate(result.task.rubric, 1)
        ),
        faults=tuple(
            concat(Strong(f"{fault.severity}:"), " ", parse_code_spans(fault.text))
            for fault in result.marks.faults
        ),
        note=split_paragraphs(result.marks.note),
        checks=_checks(result.task, answer.text, run_check),
        earlier=earlier,
    )


def _facts(results: SessionResults, result: CellResult, answer: Answer) -> StyledText:
    """Return the timings and the cost in one line, without those that are unknown."""
    timing = result.timing
    facts = [f"Latency {latency(result)}"]
    if not result.whole:
        facts = [] if timing.e2e_ns is None else [f"Ended after {format_ms(timing.e2e_ns)}"]
    if timing.ttft_ns is not None:
        facts.append(f"first token {format_ms(timing.ttft_ns)}")
    if answer.thinking:
        facts.append(f"first answer text {format_ms(timing.ttfa_ns)}")
    if timing.tok_s is not None:
        facts.append(f"{format_rate(timing.tok_s, timing.rate_exact)} tok/s")
    if timing.tokens is not None:
        facts.append(f"{format_count(timing.tokens)} {'tokens' if timing.exact else 'chunks'}")
    if cost := answer_cost_text(results, result):
        facts.append(cost)
    if (began := start(result)) != UNKNOWN:
        facts.append(began)
    if answer.thinking:
        facts.append(f"{format_count(len(answer.thinking))} characters of thinking not shown")
    return " · ".join(facts)


def _ending(result: CellResult, answer: Answer) -> StyledText:
    if answer.state is AnswerState.DONE:
        return ""
    state, details = _describe(answer.state, sentences(result.problem.cause, result.problem.fix))
    return concat(Strong(state.upper()), parse_code_spans(details))


def _remarks(results: SessionResults, result: CellResult, answer: Answer) -> tuple[StyledText, ...]:
    flags = answer_flags(results.session, answer, result.timing)
    return tuple(f"Note: {flag.cause}." for flag in flags)


def _describe(state: AnswerState, cause: str) -> tuple[str, str]:
    """Return the name of a state and what follows it: the cause, without a repeated name."""
    name = state.label if state.final else "still running"
    if cause.lower().startswith(name):
        return name, cause[len(name) :]
    return name, f" — {cause}" if cause else ""


def _checks(task: Task, text: str, run_check: Checker) -> StyledText:
    outcomes: list[Span] = []
    for check in task.checks:
        result = run_check(check, text)
        outcome = "passed" if result.passed else Strong("failed")
        detail = f" ({result.detail})" if result.detail else ""
        if not result.decided:
            outcome, detail = Strong(result.detail), ""
        outcomes += ["; " if outcomes else "", outcome, " ", Code(check.title), detail]
    return tuple(outcomes)


def _earlier(attempts: tuple[Attempt, ...]) -> StyledText:
    text: StyledText = ()
    for answer, marks in attempts:
        state, details = _describe(answer.state, truncate(answer.problem.cause, 80))
        attempt = parse_code_spans(f"Attempt {answer.attempt}: {state}{details}; ")
        text = concat(text, " " if text else "", attempt, judgement_text(marks), ".")
    return text
