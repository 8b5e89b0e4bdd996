"""Results: counts and tables of a large session, tests of its pairs, and how often they err."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from fractions import Fraction

from bbtui.domain import conclusions as module
from bbtui.domain.cell_results import session_results
from bbtui.domain.conclusion_text import hint
from bbtui.domain.conclusions import conclude, pair_tests
from bbtui.domain.score_table import score_table
from bbtui.domain.statistics import sign_flip_p
from bbtui.report.results_lines import results_lines
from tests.bench import Figure
from tests.score_tables import scored
from tests.simulated import simulate

TASKS, SIDES, TRIALS = 200, 6, 5
SESSIONS = 2000
TURNS = 45


def figures() -> Iterator[Figure]:
    """Yield times of the processor, the least of some turns, and rates; about two minutes."""
    yield from _times()
    yield from _rates()


def _times() -> Iterator[Figure]:
    rng = random.Random(5)
    worst = [_mean(rng) - _mean(rng) for _ in range(TASKS)]
    yield Figure(
        f"exact test at {TASKS} tasks, trials unequal in number",
        _ms(lambda: sign_flip_p(worst)),
        "ms",
        at_most=30,
    )
    rows = [
        [tuple(_score(rng, 3.4 - 0.2 * side) for _ in range(TRIALS)) for _ in range(TASKS)]
        for side in range(SIDES)
    ]
    session = scored(*rows)
    results = session_results(session)
    size = f"{TASKS} tasks × {SIDES} sides × {TRIALS} trials"
    found = conclude(results)
    tests = pair_tests(found)
    yield Figure(
        f"counts, means and table of {size}",
        _ms(lambda: results_lines(conclude(results), tests, 120)),
        "ms",
        at_most=50,
        detail=f"without the table {_ms(lambda: conclude(results)):.1f} ms",
    )
    yield Figure(
        "the hint after a score",
        _ms(lambda: hint(score_table(session, results.scorecard))),
        "ms",
        detail="in the loop of the screen",
    )
    yield Figure(
        f"tests and intervals of all {len(found.pairs)} pairs, in the background",
        _ms(lambda: _tested_anew(found), turns=3) / 1000,
        "s",
        at_most=3,
        detail=f"again, kept: {_ms(lambda: pair_tests(found)):.1f} ms",
    )


def _tested_anew(found: module.Conclusions) -> None:
    for kept in (module._p, module._interval, module._ratio):
        kept.cache_clear()
    pair_tests(found)


def _rates() -> Iterator[Figure]:
    same = list(simulate(SESSIONS, 1, range(4, 51), (2, 3, 4)))
    about = f"{SESSIONS} sessions of 4–50 tasks, 2–4 sides, no difference"
    yield Figure(
        "sessions with a false claim when all is scored",
        100 * sum(one.claims_at_the_end() for one in same) / SESSIONS,
        "%",
        at_most=5,
        detail=about,
    )
    yield Figure(
        "sessions with a false claim at any time, looked at after each task",
        100 * sum(one.claims_ever() for one in same) / SESSIONS,
        "%",
        at_most=5,
        detail=about,
    )
    point = list(simulate(SESSIONS, 2, (20,), (2,), points=1.0))
    yield Figure(
        "sessions in which a difference of one point is found",
        100 * sum(one.claims_at_the_end() for one in point) / SESSIONS,
        "%",
        at_least=75,
        detail=f"{SESSIONS} sessions of 20 tasks, 2 sides",
    )


def _mean(rng: random.Random) -> Fraction:
    scores = [_score(rng, 3.0) for _ in range(rng.randint(1, TRIALS))]
    return Fraction(sum(scores), len(scores))


def _score(rng: random.Random, level: float) -> int:
    return min(5, max(1, round(rng.gauss(level, 0.9))))


def _ms(work: Callable[[], object], turns: int = TURNS) -> float:
    """Return the least processor time of some turns, in ms."""
    times = []
    gc.collect()
    gc.freeze()
    for _ in range(turns):
        before = time.process_time()
        work()
        times.append(time.process_time() - before)
    return min(times) * 1000
