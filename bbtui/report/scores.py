"""The tables of scores: quality per endpoint, comparison with winners, faults by severity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from bbtui.domain.cell_results import (
    NOT_SCORED,
    CellResult,
    SessionResults,
    mean_score,
    outcome,
)
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.repeats import score_figure, spread_of, spread_text
from bbtui.domain.score import LONGEST_VERDICT, Marks, Severity, Verdict
from bbtui.formatting.numbers import UNKNOWN, format_mean
from bbtui.formatting.text import counted, truncate
from bbtui.report.costs import costs_known, mean_cost_text
from bbtui.report.latency import of_trials, task_latency
from bbtui.report.styled_text import Strong, StyledText, Table, concat, parse_code_spans

#: The most characters of a verdict's reason in a table.
_WHY = 300


def quality_table(results: SessionResults, endpoint: Endpoint) -> Table:
    """Return an endpoint's tasks, one per row: latency, score, verdict; of several trials each."""
    rows: list[tuple[StyledText, ...]] = []
    for title, cells in zip(results.task_titles(), results.task_rows(endpoint), strict=True):
        if any(cell.available for cell in cells):
            rows.append((title, task_latency(cells), _scores(cells), _verdicts(cells)))
        else:
            cause = parse_code_spans(truncate(cells[0].problem.cause, 80))
            rows.append((title, "N/A", "N/A", concat(Strong("UNAVAILABLE"), " — ", cause)))
    return Table(("Task", "Latency", "Score", "Verdict"), tuple(rows), frozenset({1, 2}))


def comparison_table(results: SessionResults) -> Table:
    """Return task × endpoint, with the winner of each task, the mean scores and mean costs."""
    endpoints = results.session.endpoints
    several = len(endpoints) > 1
    rows: list[tuple[StyledText, ...]] = []
    for number, task in enumerate(results.session.tasks, 1):
        cells = tuple(_judged(results.trials(task, endpoint)) for endpoint in endpoints)
        winner = (outcome(results, task).text,) if several else ()
        rows.append((f"{number}. {task.title}", *cells, *winner))
    means = tuple(_mean(results.of_endpoint(endpoint)) for endpoint in endpoints)
    last = ("",) if several else ()
    rows.append((Strong("Mean score"), *means, *last))
    if costs_known(results):
        costs = (mean_cost_text(results, results.of_endpoint(one)) for one in endpoints)
        rows.append((Strong("Cost of an answer"), *costs, *last))
    labels = tuple(results.label(endpoint) for endpoint in endpoints)
    return Table(("Task", *labels, *(("Winner",) if several else ())), tuple(rows))


def fault_table(results: SessionResults) -> Table | None:
    """Return the faults by severity, worst first, a column per endpoint; None without any."""
    endpoints = results.session.endpoints
    counts = [
        Counter(
            fault.severity
            for result in results.of_endpoint(endpoint)
            for fault in result.marks.faults
        )
        for endpoint in endpoints
    ]
    found = [severity for severity in Severity if any(count[severity] for count in counts)]
    if not found:
        return None
    rows: list[tuple[StyledText, ...]] = [
        (severity.value, *(str(count[severity]) for count in counts)) for severity in found
    ]
    rows.append((Strong("All"), *(Strong(str(count.total())) for count in counts)))
    head = ("Fault", *(results.label(endpoint) for endpoint in endpoints))
    return Table(head, tuple(rows), frozenset(range(1, len(head))))


def score_text(marks: Marks) -> str:
    """Return ``4/5``, or ``not scored``."""
    return "not scored" if marks.score is None else f"{marks.score}/5"


def verdict_text(marks: Marks) -> StyledText:
    """Return the verdict with its reason: ``SOLID — reason``; empty without a verdict."""
    if marks.verdict is None:
        return ""
    word = Strong(marks.verdict.word)
    return concat(word, " — ", parse_code_spans(marks.verdict.why)) if marks.verdict.why else word


def _short_verdict(marks: Marks) -> StyledText:
    """Return the verdict for a cell of a table; all of it is beside the answer."""
    if marks.verdict is None:
        return ""
    word, why = truncate(marks.verdict.word, LONGEST_VERDICT), truncate(marks.verdict.why, _WHY)
    return verdict_text(replace(marks, verdict=Verdict(word, why)))


def judgement_text(marks: Marks) -> StyledText:
    """Return the score and the verdict in one line: ``4/5 SOLID — reason``."""
    score = score_text(marks)
    return concat(score, " ", verdict_text(marks)) if marks.verdict else score


def _judged(cells: tuple[CellResult, ...]) -> StyledText:
    """Return score and verdict with its reason; of several trials the median and the range."""
    if not any(cell.available for cell in cells):
        return "UNAVAILABLE"
    if len(cells) > 1:
        return _scores(cells)
    marks = cells[0].marks
    score = NOT_SCORED if marks.score is None else score_text(marks)
    return concat(score, " ", _short_verdict(marks)) if marks.verdict else score


def _scores(cells: Sequence[CellResult]) -> str:
    """Return the score of one answer, or ``4/5 (3–5)`` of several trials."""
    if len(cells) == 1:
        return score_text(cells[0].marks)
    scores = [cell.marks.score for cell in cells if cell.marks.score is not None]
    if (spread := spread_of(scores)) is None:
        return "not scored"
    middle, _, reach = spread_text(spread, score_figure).partition(" ")
    text = f"{middle}/5 {reach}".rstrip()
    return ", ".join(filter(None, (text, of_trials(len(scores), cells))))


def _verdicts(cells: Sequence[CellResult]) -> StyledText:
    """Return the verdict of one answer, or the words of several trials: ``SOLID ×2, WRONG``."""
    if len(cells) == 1:
        return _short_verdict(cells[0].marks)
    words = Counter(cell.marks.verdict.word for cell in cells if cell.marks.verdict is not None)
    text: StyledText = ""
    for word, count in words.items():
        times = f" ×{count}" if count > 1 else ""
        text = concat(text, ", " if text else "", Strong(truncate(word, LONGEST_VERDICT)), times)
    return text


def mean_text(mean: tuple[Fraction, int]) -> str:
    """Return a mean with the number of its scores: ``3.50 (4 scores)``."""
    return f"{format_mean(mean[0])} ({counted(mean[1], 'score')})"


def _mean(cells: tuple[CellResult, ...]) -> str:
    if mean := mean_score(cells):
        return mean_text(mean)
    return NOT_SCORED if any(cell.available for cell in cells) else UNKNOWN
