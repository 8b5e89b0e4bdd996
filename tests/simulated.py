"""Sessions simulated from a seed: how often the program claims a difference, and finds a real one.

Scores are a task's difficulty (sd 0.8) and an answer's own luck (sd 0.9) around 3, rounded to 1–5.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bbtui.domain.cell_results import session_results
from bbtui.domain.conclusion_text import verdict_lines
from bbtui.domain.conclusions import conclude, pair_tests
from bbtui.domain.score import Scorecard
from bbtui.domain.score_table import Entry, table_of
from bbtui.domain.session import Session
from bbtui.domain.task import Task
from tests.fakes import make_endpoint, make_session
from tests.score_tables import scored

TASK_SD, ANSWER_SD = 0.8, 0.9
NAMES = ("big-brain", "local", "third", "fourth")
OPEN = Entry(0, 0, 0, open=True)


@dataclass(frozen=True)
class Simulated:
    """The scores of one session: a row per side, an entry per task."""

    rows: list[list[int]]

    @property
    def tasks(self) -> int:
        return len(self.rows[0])

    def session(self, until: int) -> Session:
        """Return the session of which so many tasks are scored."""
        return scored(*([*row[:until], *["open"] * (self.tasks - until)] for row in self.rows))

    def claims_at(self, until: int) -> bool:
        """Return whether the program's own sentences claim a difference then."""
        conclusions = conclude(session_results(self.session(until)))
        lines = verdict_lines(conclusions, pair_tests(conclusions))
        return any(line.startswith(("Clear: ", "Enough for a verdict: ")) for line in lines)

    def claims_at_the_end(self) -> bool:
        """Return whether they do when all is scored."""
        return self.claims_at(self.tasks)

    def claims_ever(self) -> bool:
        """Return whether they do at any time, looked at after each task."""
        if any(self._is_enough(until) for until in range(1, self.tasks)):
            return True
        return self.claims_at_the_end()

    def _is_enough(self, until: int) -> bool:
        """Return the same as `claims_at` of a session that is not complete, much faster."""
        places = range(len(self.rows))
        session = make_session(
            tasks=[Task(f"t{number}", "", "") for number in range(self.tasks)],
            endpoints=[make_endpoint(NAMES[place]) for place in places],
        )
        entries = tuple(
            tuple(
                Entry(self.rows[place][task], 1, 0, open=False) if task < until else OPEN
                for place in places
            )
            for task in range(self.tasks)
        )
        return any(pair.enough for pair in table_of(session, Scorecard(), entries).leading_pairs)


def simulate(
    count: int, seed: int, tasks: Sequence[int], sides: Sequence[int], points: float = 0.0
) -> Iterator[Simulated]:
    """Yield sessions of as many tasks and sides as drawn; the first side is `points` better."""
    rng = random.Random(seed)
    for _ in range(count):
        difficulty = [rng.gauss(3, TASK_SD) for _ in range(rng.choice(tasks))]
        better = [points / 2] + [-points / 2] * (rng.choice(sides) - 1)
        yield Simulated(
            [
                [_score(rng.gauss(level + more, ANSWER_SD)) for level in difficulty]
                for more in better
            ]
        )


def _score(value: float) -> int:
    return min(5, max(1, round(value)))
