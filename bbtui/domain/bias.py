"""What a judge may prefer without noticing: the answer at the left, and the longer one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bbtui.domain.cell_results import CellResult, SessionResults
from bbtui.domain.statistics import coin_p


@dataclass(frozen=True, slots=True)
class Bias:
    """How often the one of two answers that has more of a property got the higher score."""

    won: int
    """How often it did."""
    of: int
    """The rounds in which the scores differ, and the property is known and differs."""

    @property
    def p(self) -> float:
        """How often it comes to that, or further from half, by chance."""
        return coin_p(self.won, self.of)


def left_bias(results: SessionResults) -> Bias | None:
    """Return how often the left one of two sides won; None unless there are two.

    The place of an answer is that which it had when it was judged last.
    """
    places: dict[tuple[str, int], tuple[str, ...]] = {}
    for row in results.session.judgements:
        if row.conditions.order:
            places[row.cell.task, row.cell.trial] = row.conditions.order

    def leftness(one: CellResult) -> int | None:
        order = places.get((one.cell.task, one.cell.trial), ())
        return -order.index(one.cell.endpoint) if one.cell.endpoint in order else None

    return _bias(results, leftness)


def length_bias(results: SessionResults) -> Bias | None:
    """Return how often the longer one of two answers won; None unless there are two sides."""
    return _bias(results, lambda one: None if one.answer is None else len(one.answer.text))


def _bias(results: SessionResults, amount: Callable[[CellResult], int | None]) -> Bias | None:
    if len(results.session.endpoints) != 2:
        return None
    won = of = 0
    first, second = map(results.of_endpoint, results.session.endpoints)
    for one, other in zip(first, second, strict=True):
        more = _order(amount(one), amount(other))
        better = _order(one.marks.score, other.marks.score)
        if more and better:
            of += 1
            won += more == better
    return Bias(won, of)


def _order(mine: int | None, theirs: int | None) -> int:
    """Return 1 if the first is more, -1 if the second is, 0 if they are equal or not known."""
    if mine is None or theirs is None:
        return 0
    return (mine > theirs) - (mine < theirs)
