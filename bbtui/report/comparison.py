"""The comparison: task × endpoint, and who won each task."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Winner
from bbtui.domain.task import Task
from bbtui.report.phrase import Phrase, Strong, Table
from bbtui.report.standing import Standing, Standings
from bbtui.report.words import UNKNOWN, counted, format_mean

NOT_SCORED = "not scored yet"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who won a task. `labels` names the endpoint that won, or those that share the first place
    of three or more; it is empty for an even tie and for everything else."""

    kind: Literal["endpoint", "tie", "both bad", "missing", "not scored"]
    labels: tuple[str, ...] = ()
    by_hand: bool = False

    @property
    def words(self) -> str:
        """As the table shows it, such as ``Local (set by hand)``."""
        names = ", ".join(self.labels)
        words = {
            "endpoint": names,
            "tie": f"Tie ({names})" if names else "Tie",
            "both bad": "Both bad",
            "missing": "N/A",
            "not scored": NOT_SCORED,
        }[self.kind]
        return f"{words} (set by hand)" if self.by_hand else words


def mean_score(cells: tuple[Standing, ...]) -> tuple[Fraction, int] | None:
    """The exact mean of the scores that were given and their count; None without any."""
    scores = [one.marks.score for one in cells if one.marks.score is not None]
    return (Fraction(sum(scores), len(scores)), len(scores)) if scores else None


def outcome(stands: Standings, task: Task) -> Outcome:
    """Who won a task: the hand's word if there is one, else the higher score.

    A side without any answer makes it `N/A`: nobody wins against nothing. With several trials
    the means of the scores are compared.
    """
    by_hand = stands.card.winners.get(task.id)
    if by_hand is not None:
        return _by_hand(stands, by_hand)
    sides = [(endpoint, _cells(stands, task, endpoint)) for endpoint in stands.session.endpoints]
    if len(sides) < 2 or any(not any(one.available for one in cells) for _, cells in sides):
        return Outcome("missing")
    means: list[tuple[str, Fraction]] = []
    for endpoint, cells in sides:
        mean = mean_score(cells)
        if mean is None:
            return Outcome("not scored")
        means.append((stands.label(endpoint), mean[0]))
    best = max(mean for _, mean in means)
    first = tuple(label for label, mean in means if mean == best)
    if len(first) == 1:
        return Outcome("endpoint", first)
    return Outcome("tie", () if len(first) == len(means) else first)


def comparison(stands: Standings) -> Table:
    """Task × endpoint, with the winner of each task and the mean of each endpoint's scores."""
    endpoints = stands.session.endpoints
    several = len(endpoints) > 1
    rows: list[tuple[Phrase, ...]] = []
    for number, task in enumerate(stands.session.tasks, 1):
        cells = tuple(_judged(_cells(stands, task, endpoint)) for endpoint in endpoints)
        who = (outcome(stands, task).words,) if several else ()
        rows.append((f"{number}. {task.title}", *cells, *who))
    means = tuple(_mean_words(stands.of_endpoint(endpoint)) for endpoint in endpoints)
    rows.append((Strong("Mean score"), *means, *(("",) if several else ())))
    labels = tuple(stands.label(endpoint) for endpoint in endpoints)
    return Table(("Task", *labels, *(("Winner",) if several else ())), tuple(rows))


def _cells(stands: Standings, task: Task, endpoint: Endpoint) -> tuple[Standing, ...]:
    return tuple(one for one in stands.of_task(task) if one.endpoint.name == endpoint.name)


def _by_hand(stands: Standings, by_hand: Winner) -> Outcome:
    if by_hand.outcome != "endpoint":
        return Outcome(by_hand.outcome, by_hand=True)
    known = {endpoint.name: stands.label(endpoint) for endpoint in stands.session.endpoints}
    label = known.get(by_hand.endpoint, by_hand.endpoint)
    return Outcome("endpoint", (label,), by_hand=True)


def _judged(cells: tuple[Standing, ...]) -> Phrase:
    """One cell of the table: score and verdict, or with several trials their mean."""
    if not any(one.available for one in cells):
        return "UNAVAILABLE"
    if len(cells) > 1:
        return _mean_words(cells)
    marks = cells[0].marks
    score = NOT_SCORED if marks.score is None else f"{marks.score}/5"
    return (score, " ", Strong(marks.verdict.word)) if marks.verdict else score


def _mean_words(cells: tuple[Standing, ...]) -> str:
    mean = mean_score(cells)
    if mean is None:
        return NOT_SCORED if any(one.available for one in cells) else UNKNOWN
    return f"{format_mean(mean[0])} ({counted(mean[1], 'score')})"
