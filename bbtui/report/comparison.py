"""The comparison: task × endpoint, and who won each task."""

from __future__ import annotations

from bbtui.domain.cell_results import CellResult, SessionResults
from bbtui.domain.outcome import NOT_SCORED, endpoint_cells, mean_score, outcome
from bbtui.formatting.numbers import UNKNOWN, format_mean
from bbtui.formatting.text import counted
from bbtui.report.phrase import Phrase, Strong, Table


def comparison(results: SessionResults) -> Table:
    """Task × endpoint, with the winner of each task and the mean of each endpoint's scores."""
    endpoints = results.session.endpoints
    several = len(endpoints) > 1
    rows: list[tuple[Phrase, ...]] = []
    for number, task in enumerate(results.session.tasks, 1):
        cells = tuple(_judged(endpoint_cells(results, task, endpoint)) for endpoint in endpoints)
        who = (outcome(results, task).words,) if several else ()
        rows.append((f"{number}. {task.title}", *cells, *who))
    means = tuple(_mean_words(results.of_endpoint(endpoint)) for endpoint in endpoints)
    rows.append((Strong("Mean score"), *means, *(("",) if several else ())))
    labels = tuple(results.label(endpoint) for endpoint in endpoints)
    return Table(("Task", *labels, *(("Winner",) if several else ())), tuple(rows))


def _judged(cells: tuple[CellResult, ...]) -> Phrase:
    """One cell of the table: score and verdict, or with several trials their mean."""
    if not any(one.available for one in cells):
        return "UNAVAILABLE"
    if len(cells) > 1:
        return _mean_words(cells)
    marks = cells[0].marks
    score = NOT_SCORED if marks.score is None else f"{marks.score}/5"
    return (score, " ", Strong(marks.verdict.word)) if marks.verdict else score


def _mean_words(cells: tuple[CellResult, ...]) -> str:
    mean = mean_score(cells)
    if mean is None:
        return NOT_SCORED if any(one.available for one in cells) else UNKNOWN
    return f"{format_mean(mean[0])} ({counted(mean[1], 'score')})"
