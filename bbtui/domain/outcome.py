"""Who won a task, and the mean of scores."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from bbtui.domain.cell_results import CellResult, SessionResults
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Winner
from bbtui.domain.task import Task

NOT_SCORED = "not scored yet"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who won a task."""

    kind: Literal["endpoint", "tie", "both bad", "missing", "not scored"]

    labels: tuple[str, ...] = ()
    """The endpoint that won, or those that share the first place of three or more; empty for an
    even tie and for everything else.
    """

    by_hand: bool = False
    """Whether the user set it."""

    @property
    def text(self) -> str:
        """Return it as the table shows it, such as ``Local (set by hand)``."""
        names = ", ".join(self.labels)
        text = {
            "endpoint": names,
            "tie": f"Tie ({names})" if names else "Tie",
            "both bad": "Both bad",
            "missing": "N/A",
            "not scored": NOT_SCORED,
        }[self.kind]
        return f"{text} (set by hand)" if self.by_hand else text


def mean_score(cells: tuple[CellResult, ...]) -> tuple[Fraction, int] | None:
    """Return the exact mean of the scores and their count; None without any."""
    scores = [one.marks.score for one in cells if one.marks.score is not None]
    return (Fraction(sum(scores), len(scores)), len(scores)) if scores else None


def outcome(results: SessionResults, task: Task) -> Outcome:
    """Return who won a task: the winner set by hand, else the highest score.

    If an endpoint has no answer, it is `missing`: an answer does not win against none. With several
    trials the means of the scores are compared.
    """
    by_hand = results.scorecard.winners.get(task.id)
    if by_hand is not None:
        return _by_hand(results, by_hand)
    sides = [
        (endpoint, endpoint_cells(results, task, endpoint))
        for endpoint in results.session.endpoints
    ]
    if len(sides) < 2 or any(not any(one.available for one in cells) for _, cells in sides):
        return Outcome("missing")
    means: list[tuple[str, Fraction]] = []
    for endpoint, cells in sides:
        mean = mean_score(cells)
        if mean is None:
            return Outcome("not scored")
        means.append((results.label(endpoint), mean[0]))
    best = max(mean for _, mean in means)
    first = tuple(label for label, mean in means if mean == best)
    if len(first) == 1:
        return Outcome("endpoint", first)
    return Outcome("tie", () if len(first) == len(means) else first)


def endpoint_cells(
    results: SessionResults, task: Task, endpoint: Endpoint
) -> tuple[CellResult, ...]:
    """Return the cells of one endpoint for a task, one per trial."""
    return tuple(one for one in results.of_task(task) if one.endpoint.name == endpoint.name)


def _by_hand(results: SessionResults, by_hand: Winner) -> Outcome:
    if by_hand.outcome != "endpoint":
        return Outcome(by_hand.outcome, by_hand=True)
    known = {endpoint.name: results.label(endpoint) for endpoint in results.session.endpoints}
    label = known.get(by_hand.endpoint, by_hand.endpoint)
    return Outcome("endpoint", (label,), by_hand=True)
