"""The scores of a session by task and side, and the comparison of each pair of sides.

It is quick enough to be made after every score. Only counts and the e-value are here; tests and
their intervals are in `conclusions`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import combinations
from typing import NamedTuple

from bbtui.domain.answer import Answer, Cell, Need, need_of
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Scorecard
from bbtui.domain.session import Session
from bbtui.domain.statistics import (
    enough,
    least_differing,
    superiority,
    tasks_to_settle,
    wins_to_go,
)
from bbtui.domain.task import Task

#: Few means of scores differ, and to reduce a fraction takes long.
_fraction = lru_cache(1024)(Fraction)


class Entry(NamedTuple):
    """The scores of the trials of one task on one side."""

    total: int
    """The sum of the scores."""
    scores: int
    """The trials with a score."""
    spread: int
    """The highest score minus the lowest; 0 for one."""
    open: bool
    """Whether an answer is still to come, or to be scored."""

    @property
    def mean(self) -> Fraction | None:
        """The mean score; None without any."""
        return _fraction(self.total, self.scores) if self.scores else None

    @property
    def comparable(self) -> bool:
        """Whether there is a score, or can still be one."""
        return self.open or bool(self.scores)


@dataclass(frozen=True)
class PairScores:
    """Two sides, paired by task. The first has the higher mean there, if one has."""

    first: int
    """The place of the first side in the session, from 0."""
    second: int
    """The place of the second side."""

    steps: tuple[int, ...]
    """The mean of the first minus that of the second at each task with scores of both, in parts of
    a point: see `scale`.
    """
    scale: int
    """How many steps make a point."""

    both_bad: int
    """The tasks with equal scores that were set to "both bad"."""

    settled_wins: int
    """The tasks of which nothing is to come and the first side wins."""
    settled_losses: int
    """The tasks of which nothing is to come and the first side loses."""

    open: int
    """The tasks of which something is to be scored, or to come."""
    missing: int
    """The tasks on which a side has no answer."""

    pairs: int
    """All pairs that can be compared: they share the error of a claim."""

    @cached_property
    def differences(self) -> tuple[Fraction, ...]:
        """The same differences in points."""
        return tuple(Fraction(step, self.scale) for step in self.steps)

    @property
    def tasks(self) -> int:
        """The tasks with scores of both."""
        return len(self.steps)

    @property
    def better(self) -> int:
        """The tasks on which the first has the higher score."""
        return sum(step > 0 for step in self.steps)

    @property
    def worse(self) -> int:
        """The tasks on which the second has the higher score."""
        return sum(step < 0 for step in self.steps)

    @property
    def differing(self) -> int:
        """The tasks on which the scores differ."""
        return sum(map(bool, self.steps))

    @property
    def equal(self) -> int:
        """The tasks with equal scores, without those where both are bad."""
        return self.tasks - self.differing - self.both_bad

    @property
    def mean(self) -> Fraction | None:
        """The mean difference in points, 0 or more; None without a task."""
        return Fraction(sum(self.steps), self.scale * self.tasks) if self.tasks else None

    @property
    def complete(self) -> bool:
        """Whether every planned task is scored: only then a claim follows from the test."""
        return not self.open and bool(self.tasks)

    @property
    def enough(self) -> bool:
        """Whether what is scored so far is enough for a verdict, by the e-value."""
        ahead = self.settled_wins > self.settled_losses and bool(self.mean)
        return ahead and enough(self.settled_wins, self.settled_losses, self.pairs)

    @property
    def wins_to_go(self) -> int:
        """How many more tasks the first must win in a row until it is enough; 0 if it is."""
        return wins_to_go(self.settled_wins, self.settled_losses, self.pairs)

    @property
    def least_differing(self) -> int:
        """How many differing tasks a claim needs, whatever the scores."""
        return least_differing(self.pairs)

    @property
    def superiority(self) -> Fraction | None:
        """The probability that the first is better at a task."""
        return superiority(self.better, self.tasks - self.differing, self.worse)

    @property
    def more_tasks(self) -> int | None:
        """About how many more tasks would settle it; None where that cannot be estimated."""
        tasks = tasks_to_settle(self.differences, self.pairs)
        return None if tasks is None else max(1, tasks - self.tasks)


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """All scores of a session."""

    rows: tuple[tuple[Entry, ...], ...]
    """For each task an entry for each side."""
    steps: tuple[tuple[int | None, ...], ...]
    """The mean scores in the same order, in parts of a point: see `scale`."""
    scale: int
    """How many steps make a point."""
    means: tuple[Fraction | None, ...]
    """The mean of all scores of each side."""
    pairs: tuple[PairScores, ...]
    """Every two sides that can be compared, in the order of the session."""

    @property
    def leader(self) -> int | None:
        """The place of the side with the highest mean of two or more; None if sides share it."""
        known = [mean for mean in self.means if mean is not None]
        best = [place for place, mean in enumerate(self.means) if known and mean == max(known)]
        return best[0] if len(known) > 1 and len(best) == 1 else None

    @property
    def leading_pairs(self) -> tuple[PairScores, ...]:
        """The pairs of the leader, or of the first that shares its place; all before any score."""
        known = [mean for mean in self.means if mean is not None]
        if not known:
            return self.pairs
        return self.pairs_of(self.means.index(max(known)))

    def pairs_of(self, side: int) -> tuple[PairScores, ...]:
        """Return the pairs of a side with each other one."""
        return tuple(pair for pair in self.pairs if side in (pair.first, pair.second))


def score_table(session: Session, card: Scorecard) -> ScoreTable:
    """Return the scores of a session; `card` is that of its judgements."""
    trials = range(1, session.trials + 1)

    def entry(task: Task, endpoint: Endpoint) -> Entry:
        answers = [session.latest(Cell(task.id, endpoint.name, trial)) for trial in trials]
        scores = [None if one is None else card.of(one.cell, one.attempt).score for one in answers]
        return entry_of(answers, scores)

    rows = [[entry(task, endpoint) for endpoint in session.endpoints] for task in session.tasks]
    return table_of(session, card, tuple(map(tuple, rows)))


def table_of(session: Session, card: Scorecard, rows: tuple[tuple[Entry, ...], ...]) -> ScoreTable:
    """Return the table of these rows: for each task an entry for each side."""
    bad = {task for task, winner in card.winners.items() if winner.outcome == "both bad"}
    both_bad = [task.id in bad for task in session.tasks]
    means = tuple(_mean(column) for column in zip(*rows, strict=True)) if rows else ()
    none = (None,) * len(session.endpoints)
    scale = math.lcm(*{entry.scores for row in rows for entry in row if entry.scores})
    steps = tuple(
        tuple([entry.total * scale // entry.scores if entry.scores else None for entry in row])
        for row in rows
    )
    pairs = tuple(_pairs(rows, steps, scale, both_bad))
    return ScoreTable(rows, steps, scale, means or none, pairs)


def entry_of(answers: Sequence[Answer | None], scores: Sequence[int | None]) -> Entry:
    """Return the entry of trials: the latest answer of each, and its score."""
    given = [score for score in scores if score is not None]
    is_open = len(given) < len(scores) and any(
        score is None and not _is_lost(answer)
        for answer, score in zip(answers, scores, strict=True)
    )
    if not given:
        return Entry(0, 0, 0, is_open)
    return Entry(sum(given), len(given), max(given) - min(given), is_open)


def _is_lost(answer: Answer | None) -> bool:
    """Return whether an answer failed without any text: there is nothing to score, nor to come."""
    return (
        answer is not None
        and answer.state.final
        and not answer.text
        and need_of(answer.state, abandoned=answer.abandoned) is Need.FAILED
    )


def _mean(column: tuple[Entry, ...]) -> Fraction | None:
    count = sum(entry.scores for entry in column)
    return Fraction(sum(entry.total for entry in column), count) if count else None


def _pairs(
    rows: tuple[tuple[Entry, ...], ...],
    steps: tuple[tuple[int | None, ...], ...],
    scale: int,
    both_bad: list[bool],
) -> Iterator[PairScores]:
    if not rows:
        return
    opened = [[entry.open for entry in row] for row in rows]
    comparable = [[entry.comparable for entry in row] for row in rows]
    places = [
        (first, second)
        for first, second in combinations(range(len(rows[0])), 2)
        if any(row[first] and row[second] for row in comparable)
    ]
    for first, second in places:
        found = [
            (mine - theirs, one[first] or one[second], bad)
            for row, one, bad in zip(steps, opened, both_bad, strict=True)
            if (mine := row[first]) is not None and (theirs := row[second]) is not None
        ]
        sign = -1 if sum(step for step, _, _ in found) < 0 else 1
        settled = [sign * step for step, is_open, _ in found if not is_open]
        usable = [row[first] and row[second] for row in comparable]
        yield PairScores(
            first=first if sign > 0 else second,
            second=second if sign > 0 else first,
            steps=tuple(sign * step for step, _, _ in found),
            scale=scale,
            both_bad=sum(not step and bad for step, _, bad in found),
            settled_wins=sum(step > 0 for step in settled),
            settled_losses=sum(step < 0 for step in settled),
            open=sum(
                can and (one[first] or one[second]) for can, one in zip(usable, opened, strict=True)
            ),
            missing=usable.count(False),
            pairs=len(places),
        )
