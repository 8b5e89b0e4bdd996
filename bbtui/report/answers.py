"""Task by task: the prompt, and each answer with its timings, score, faults and checks."""

from __future__ import annotations

from dataclasses import dataclass

from bbtui.domain.answer import Answer, AnswerState
from bbtui.domain.cell_results import Attempt, CellResult, SessionResults
from bbtui.domain.check import Check, Checker, CheckResult
from bbtui.domain.flags import answer_flags
from bbtui.domain.score import Marks
from bbtui.domain.task import Task
from bbtui.formatting.durations import format_ms
from bbtui.formatting.numbers import UNKNOWN, format_count, format_rate
from bbtui.formatting.sanitize import clean_text
from bbtui.formatting.text import sentences, truncate
from bbtui.report.costs import answer_cost_text
from bbtui.report.latency import latency, start
from bbtui.report.scores import judgement_text
from bbtui.report.styled_text import (
    Code,
    Strong,
    StyledText,
    Table,
    concat,
    parse_code_spans,
    split_paragraphs,
)

#: A passage of more lines is folded where the format can do that.
MOST_OPEN = 15


@dataclass(frozen=True, slots=True)
class AnswerSection:
    """One answer of a task, or why there is none."""

    heading: StyledText
    """The label of the side, with the model."""
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
    """The score and the verdict."""
    ticked: str = ""
    """How many points of the rubric it meets: ``4/7``; "" while none was ticked."""
    faults: tuple[StyledText, ...] = ()
    """The faults, each with its severity."""
    note: tuple[StyledText, ...] = ()
    """The paragraphs of the note."""
    passed: str = ""
    """How many of its checks it passes: ``3 of 5``; "" without a check."""
    not_passed: tuple[StyledText, ...] = ()
    """The checks that it does not pass, in words."""
    earlier: StyledText = ""
    """The earlier attempts with their scores."""


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task with the answers of every endpoint."""

    heading: str
    """The title of the task."""
    prompt: str
    """The prompt."""
    rubric: tuple[StyledText, ...]
    """The points of the rubric while none was ticked."""
    ticks: Table | None
    """A row for each point of the rubric, a column for each endpoint; None without a tick."""
    checks: Table | None
    """The exact rules of the checks, with the result of each endpoint; None without a check."""
    brief: tuple[StyledText, ...]
    """How each answer was judged, in a line."""
    answers: tuple[AnswerSection, ...]
    """The answers, in the order of the session."""


def count_lines(text: str) -> int:
    """Return the number of lines of a passage."""
    return clean_text(text).strip().count("\n") + 1


def is_long(text: str) -> bool:
    """Return whether a passage is folded."""
    return count_lines(text) > MOST_OPEN


def task_view(results: SessionResults, number: int, task: Task, run_check: Checker) -> TaskView:
    """Return the section of a task; the expected answer appears once, where one is missing."""
    answers: list[AnswerSection] = []
    for result in results.of_task(task):
        expected_shown = any(answer.expected for answer in answers)
        answers.append(_answer_view(results, result, expected_shown, run_check))
    ticks = _tick_table(results, task)
    points = () if ticks else tuple(parse_code_spans(point) for point in task.rubric)
    return TaskView(
        f"{number}. {task.title}",
        task.prompt,
        points,
        ticks,
        _check_table(results, task, run_check),
        tuple(
            _brief(results, result, answer)
            for result, answer in zip(results.of_task(task), answers, strict=True)
        ),
        tuple(answers),
    )


def _brief(results: SessionResults, result: CellResult, answer: AnswerSection) -> StyledText:
    """Return score, verdict, ticks, checks and faults of an answer, or why there is none."""
    trial = f", trial {result.cell.trial}" if results.session.trials > 1 else ""
    facts = [answer.unavailable or answer.score]
    if answer.ending:
        facts.append(answer.ending)
    if answer.ticked:
        facts.append(f"rubric {answer.ticked}")
    if answer.passed:
        facts.append(f"checks {answer.passed}")
    facts += answer.faults
    text: StyledText = concat(Strong(f"{result.label}{trial}:"), " ", facts[0])
    for fact in facts[1:]:
        text = concat(text, " · ", fact)
    return text


def _tick_table(results: SessionResults, task: Task) -> Table | None:
    """Return which answers meet which point; of an answer without any tick nothing is known."""
    columns = [
        [one.marks for one in results.trials(task, endpoint) if one.marks.ticks]
        for endpoint in results.session.endpoints
    ]
    if not task.rubric or not any(columns):
        return None
    rows: list[tuple[StyledText, ...]] = [
        (parse_code_spans(point), *(_met(number, marks) for marks in columns))
        for number, point in enumerate(task.rubric, 1)
    ]
    head = ("Rubric", *(results.label(endpoint) for endpoint in results.session.endpoints))
    return Table(head, tuple(rows))


def _met(point: int, ticked: list[Marks]) -> str:
    """Return whether a point is met: ``✓``, or by how many of several answers: ``2 of 3``."""
    met = sum(point in marks.ticks for marks in ticked)
    if len(ticked) > 1:
        return f"{met} of {len(ticked)}"
    return "✓" if met else "✗" if ticked else UNKNOWN


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
    checks = [run_check(check, answer.text) for check in result.task.checks]
    not_passed = tuple(
        concat(Strong(_result(found)), " ", _in_words(number, found.check), _detail(found))
        for number, found in enumerate(checks, 1)
        if not found.passed
    )
    return AnswerSection(
        heading,
        facts=_facts(results, result, answer),
        ending=_ending(result, answer),
        remarks=_remarks(results, result, answer),
        text=answer.text,
        score=judgement_text(result.marks),
        ticked=result.marks.ticked(len(result.task.rubric)),
        faults=tuple(
            concat(Strong(f"{fault.severity}:"), " ", parse_code_spans(fault.text))
            for fault in result.marks.faults
        ),
        note=split_paragraphs(result.marks.note),
        passed=f"{len(checks) - len(not_passed)} of {len(checks)}" if checks else "",
        not_passed=not_passed,
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


def _check_table(results: SessionResults, task: Task, run_check: Checker) -> Table | None:
    if not task.checks:
        return None
    columns = [
        [
            one.answer.text
            for one in results.trials(task, endpoint)
            if one.answer is not None and one.available
        ]
        for endpoint in results.session.endpoints
    ]
    rows: list[tuple[StyledText, ...]] = []
    for number, check in enumerate(task.checks, 1):
        rule = concat(f"{number}. {check.label} ", Code(check.rule))
        found = ([run_check(check, text) for text in texts] for texts in columns)
        rows.append((rule, *map(_outcome, found)))
    head = ("Check", *(results.label(endpoint) for endpoint in results.session.endpoints))
    return Table(head, tuple(rows))


def _outcome(found: list[CheckResult]) -> str:
    """Return the result of one answer with its detail, or how many of several passed."""
    if not found:
        return UNKNOWN
    if len(found) > 1:
        return f"{sum(one.passed for one in found)} of {len(found)} passed"
    return f"{_result(found[0])}{_detail(found[0])}"


def _result(found: CheckResult) -> str:
    return "passed" if found.passed else "failed" if found.decided else "not decided"


def _detail(found: CheckResult) -> str:
    # The reason of what is not decided begins with the same words.
    detail = found.detail if found.decided else found.detail.removeprefix("not decided")
    return f" ({detail.lstrip(': ')})" if detail else ""


def _in_words(number: int, check: Check) -> str:
    """Return what is checked, without a regular expression."""
    if check.is_pattern and not check.label:
        place = " in code" if check.on == "code" else ""
        return f"{check.kind} the pattern of check {number}{place}"
    return check.title


def _earlier(attempts: tuple[Attempt, ...]) -> StyledText:
    text: StyledText = ()
    for answer, marks in attempts:
        state, details = _describe(answer.state, truncate(answer.problem.cause, 80))
        attempt = parse_code_spans(f"Attempt {answer.attempt}: {state}{details}; ")
        text = concat(text, " " if text else "", attempt, judgement_text(marks), ".")
    return text
