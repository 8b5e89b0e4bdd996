"""What a session says: which side was better, by how much, how sure, how much slower, how dear.

`conclude` counts, quickly; `pair_tests` has what takes longer: the tests and their intervals. The
sentences are in `conclusion_text`.

A figure of a side is over its tasks; the trials of one task are one value, their mean score or
their median time, since more trials never replace more tasks. A session of a single task has its
trials instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from statistics import fmean, median
from typing import Literal

from bbtui.domain.answer import Need
from bbtui.domain.cell_results import CellResult, Outcome, SessionResults, mean_score, outcome
from bbtui.domain.cost import rental_cost, token_cost
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Severity
from bbtui.domain.statistics import (
    LEVEL,
    Interval,
    Ratio,
    difference_interval,
    enough,
    holm,
    latency_ratio,
    least_differing,
    median_interval,
    percentile,
    sign_flip_p,
    superiority,
    tasks_to_settle,
    wins_to_go,
)
from bbtui.domain.task import Task
from bbtui.formatting.durations import NS_PER_S

#: Points of difference from which trials are flaky, and a task is inverted.
FAR_APART = 2

#: No side did a task whose mean scores are all at most this.
_FAILED = 2


@dataclass(frozen=True, slots=True)
class Median:
    """The median of a side's values."""

    value: float
    interval: Interval | None
    """None below 5 values."""
    count: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer of a side costs on average."""

    mean: float | None
    """In dollars, over the complete answers whose cost is known; None if none is."""
    unknown: int = 0
    """The complete answers whose cost is not known."""
    reason: str = ""
    """Why it is not; "" if there are none."""


@dataclass(frozen=True, slots=True)
class SideResult:
    """One side over all tasks."""

    endpoint: Endpoint
    label: str

    answered: int
    """The complete answers."""
    planned: int
    """The answers that the session plans."""
    missing: tuple[tuple[str, int], ...]
    """Why the others are missing or incomplete, with their number."""

    scored: int
    """The answers with a score."""
    mean: Fraction | None
    """The mean of the scores."""

    won: int
    equal: int
    lost: int
    both_bad: int
    """The tasks by their winner, set by hand or by the scores; "both bad" is no tie."""

    verdicts: tuple[tuple[str, int], ...]
    """The words with their number, the most frequent first."""
    faults: tuple[tuple[Severity, int], ...]
    """The severities that occur with their number, the worst first."""
    fatal: int
    """The tasks with a fault of the severest kind in any of their answers."""
    judged: int
    """The tasks with a score."""

    first_token: Median | None
    """In ns."""
    rate: Median | None
    """In tokens per second."""
    rate_exact: bool
    """Whether every rate is from the server's own count of tokens."""
    wait: Median | None
    """From the request to the end, in ns."""
    wait_95: float | None
    wait_99: float | None
    """Percentiles of the wait; None where there are too few tasks for them."""

    cost: Cost


FlagKind = Literal["no signal", "all failed", "flaky", "inverted"]


@dataclass(frozen=True, slots=True)
class Flag:
    """What is odd about a task."""

    kind: FlagKind
    labels: tuple[str, ...] = ()
    """The sides it is about; empty if it is about all."""


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One task on all sides; values are in the order of the sides, None is missing."""

    task: Task
    means: tuple[Fraction | None, ...]
    """The mean scores."""
    waits: tuple[float | None, ...]
    """The median waits of complete answers, in ns."""
    costs: tuple[float | None, ...]
    """The mean costs of complete answers, in dollars."""
    reasons: tuple[str, ...]
    """Why a side has no answer; "" if it has one."""
    open: tuple[bool, ...]
    """Whether an answer of the side is still to come, or to be scored."""
    outcome: Outcome
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class PairResult:
    """Two sides, paired by task. The first is the one with the higher mean, if there is one."""

    first: SideResult
    second: SideResult

    differences: tuple[Fraction, ...]
    """The mean score of the first minus that of the second, at each task with scores of both."""

    better: int
    equal: int
    both_bad: int
    worse: int
    """The tasks with scores of both, from the side of the first."""

    settled_wins: int
    settled_losses: int
    """The differing tasks of which nothing is to come."""

    open: int
    """The tasks of which something is to be scored, or to come."""
    missing: int
    """The tasks on which a side has no answer."""

    pairs: int
    """All pairs that can be compared: they share the error of a claim."""

    ratios: tuple[float, ...]
    """The wait of the first over that of the second, at each task with both."""
    extra_cost: float | None
    """What an answer of the first costs more, on average over the tasks where both are known."""

    @property
    def tasks(self) -> int:
        """The tasks with scores of both."""
        return len(self.differences)

    @property
    def differing(self) -> int:
        """The tasks on which the scores differ."""
        return sum(map(bool, self.differences))

    @property
    def mean(self) -> Fraction | None:
        """The mean difference in points; None without a task."""
        return sum(self.differences, Fraction()) / self.tasks if self.tasks else None

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
    def can_differ_enough(self) -> bool:
        """Whether the differing tasks are enough to claim anything, whatever the scores."""
        return self.differing >= self.least_differing

    @property
    def least_differing(self) -> int:
        """How many differing tasks a claim needs."""
        return least_differing(self.pairs)

    @property
    def superiority(self) -> Fraction | None:
        """The probability that the first is better at a task."""
        return superiority(self.better, self.tasks - self.better - self.worse, self.worse)

    @property
    def more_tasks(self) -> int | None:
        """About how many more tasks would settle it; None where that cannot be told."""
        tasks = tasks_to_settle(self.differences, self.pairs)
        return None if tasks is None else max(1, tasks - self.tasks)


@dataclass(frozen=True, slots=True)
class PairTest:
    """What takes longer to compute of a pair."""

    p: float
    """Of the exact test."""
    adjusted: float
    """The same for all pairs of the session: a claim needs 0.05 or less."""
    interval: Interval | None
    """Of the mean difference, in points; None below 6 tasks."""
    ratio: Ratio | None
    """How many times as long the first takes; None if the waits are not known."""

    @property
    def significant(self) -> bool:
        """Whether a difference may be claimed once every planned task is scored."""
        return self.adjusted <= LEVEL


@dataclass(frozen=True, slots=True)
class Conclusions:
    """What can be said of a session."""

    results: SessionResults
    sides: tuple[SideResult, ...]
    """In the order of the session."""
    tasks: tuple[TaskResult, ...]
    pairs: tuple[PairResult, ...]
    """Every two sides of which one has the higher mean first; in the order of the session."""
    by_hand: int
    """The winners set by hand."""

    @property
    def scored(self) -> int:
        """The number of answers with a score."""
        return sum(side.scored for side in self.sides)

    @property
    def leader(self) -> SideResult | None:
        """The side with the highest mean score; None before two have one, or if it is shared."""
        return _leader(self.sides)

    @property
    def leading_pairs(self) -> tuple[PairResult, ...]:
        """The pairs of the leader, the only ones of two sides; all pairs without a leader."""
        leader = self.leader
        if leader is None:
            return self.pairs
        name = leader.endpoint.name
        return tuple(
            pair
            for pair in self.pairs
            if name in (pair.first.endpoint.name, pair.second.endpoint.name)
        )


def conclude(results: SessionResults) -> Conclusions:
    """Return what can be said of a session, without the tests."""
    endpoints = results.session.endpoints
    tasks = [_task_result(results, task) for task in results.session.tasks]
    sides = tuple(
        _side_result(results, endpoint, results.label(endpoint), tasks) for endpoint in endpoints
    )
    flagged = tuple(_with_flags(results, one, sides) for one in tasks)
    places = [
        pair
        for pair in combinations(range(len(sides)), 2)
        if any(_comparable(one, *pair) for one in flagged)
    ]
    pairs = tuple(_pair_result(sides, flagged, *pair, count=len(places)) for pair in places)
    return Conclusions(results, sides, flagged, pairs, len(results.scorecard.winners))


# -- tasks ------------------------------------------------------------------------------------


def _task_result(results: SessionResults, task: Task) -> TaskResult:
    rows = [results.trials(task, endpoint) for endpoint in results.session.endpoints]
    means = [mean_score(cells) for cells in rows]
    return TaskResult(
        task=task,
        means=tuple(None if mean is None else mean[0] for mean in means),
        waits=tuple(_middle(_waits(cells)) for cells in rows),
        costs=tuple(_mean(_known_costs(results, cells)) for cells in rows),
        reasons=tuple(_reason(cells) for cells in rows),
        open=tuple(any(_is_open(results, one) for one in cells) for cells in rows),
        outcome=outcome(results, task),
    )


def _is_open(results: SessionResults, one: CellResult) -> bool:
    """Return whether there is something to score, or an answer that was not run to its end.

    A failed answer without any text stays without a score.
    """
    if one.available:
        return one.marks.score is None
    return one.unfinished or results.session.need(one.cell) is not Need.FAILED


def _reason(cells: Sequence[CellResult]) -> str:
    """Return why none of the trials has an answer."""
    if not cells or any(one.available for one in cells):
        return ""
    return cells[-1].problem.cause


def _with_flags(
    results: SessionResults, one: TaskResult, sides: Sequence[SideResult]
) -> TaskResult:
    flags = tuple(_flags(results, one, sides))
    return replace(one, flags=flags) if flags else one


def _flags(results: SessionResults, one: TaskResult, sides: Sequence[SideResult]) -> Iterable[Flag]:
    scores = [mean for mean in one.means if mean is not None]
    bad = all(mean is None or mean <= _FAILED for mean in one.means)
    if not any(one.open) and (bad or one.outcome.kind == "both bad"):
        yield Flag("all failed")
    elif len(scores) == len(sides) > 1 and len(set(scores)) == 1:
        yield Flag("no signal")
    flaky = tuple(side.label for side in sides if _spread(results.trials(one.task, side.endpoint)))
    if flaky:
        yield Flag("flaky", flaky)
    leader = _leader(sides)
    if leader is not None:
        own = one.means[sides.index(leader)]
        if own is not None and max(scores) - own >= FAR_APART:
            yield Flag("inverted", (leader.label,))


def _spread(cells: Sequence[CellResult]) -> bool:
    """Return whether the scores of the trials are far apart."""
    scores = [one.marks.score for one in cells if one.marks.score is not None]
    return len(scores) > 1 and max(scores) - min(scores) >= FAR_APART


# -- sides ------------------------------------------------------------------------------------


def _leader(sides: Sequence[SideResult]) -> SideResult | None:
    means = [side.mean for side in sides if side.mean is not None]
    if len(means) < 2:
        return None
    best = [side for side in sides if side.mean == max(means)]
    return best[0] if len(best) == 1 else None


def _side_result(
    results: SessionResults, endpoint: Endpoint, label: str, tasks: Sequence[TaskResult]
) -> SideResult:
    cells = results.of_endpoint(endpoint)
    whole = [one for one in cells if one.whole]
    mean = mean_score(cells)
    marks = [one.marks for one in cells]
    kinds = Counter(_won(one.outcome, label) for one in tasks)
    words = Counter(mark.verdict.word for mark in marks if mark.verdict is not None)
    faults = Counter(fault.severity for mark in marks for fault in mark.faults)
    missing = Counter(one.problem.cause for one in cells if not one.whole and not one.unfinished)
    scored = [
        task
        for task in results.session.tasks
        if mean_score(results.trials(task, endpoint)) is not None
    ]
    rates = [one for one in whole if one.timing.tok_s is not None]
    waits = _values(results, endpoint, lambda one: one.timing.e2e_ns)
    return SideResult(
        endpoint=endpoint,
        label=label,
        answered=len(whole),
        planned=len(cells),
        missing=tuple(missing.most_common()),
        scored=0 if mean is None else mean[1],
        mean=None if mean is None else mean[0],
        won=kinds["won"],
        equal=kinds["equal"],
        lost=kinds["lost"],
        both_bad=kinds["both bad"],
        verdicts=tuple(words.most_common()),
        faults=tuple((kind, faults[kind]) for kind in Severity if faults[kind]),
        fatal=sum(any(map(_is_fatal, results.trials(task, endpoint))) for task in scored),
        judged=len(scored),
        first_token=_median(_values(results, endpoint, lambda one: one.timing.ttft_ns)),
        rate=_median(_values(results, endpoint, lambda one: one.timing.tok_s)),
        rate_exact=all(one.timing.rate_exact for one in rates),
        wait=_median(waits),
        wait_95=percentile(waits, 95),
        wait_99=percentile(waits, 99),
        cost=_side_cost(results, whole),
    )


def _is_fatal(one: CellResult) -> bool:
    return any(fault.severity is Severity.FATAL for fault in one.marks.faults)


def _won(found: Outcome, label: str) -> str:
    """Return what the outcome of a task is for a side: won, equal, lost, both bad, or ""."""
    match found.kind:
        case "endpoint":
            return "won" if label in found.labels else "lost"
        case "tie":
            return "equal" if label in found.labels or not found.labels else "lost"
        case "both bad":
            return "both bad"
        case _:
            return ""


def _values(
    results: SessionResults, endpoint: Endpoint, figure: Callable[[CellResult], float | None]
) -> list[float]:
    """Return a figure of each task, the median of its trials; of each trial of a single task."""
    by_task = [
        [value for one in results.trials(task, endpoint) if (value := _of_whole(one, figure))]
        for task in results.session.tasks
    ]
    filled = [values for values in by_task if values]
    return filled[0] if len(filled) == 1 else [float(median(values)) for values in filled]


def _of_whole(one: CellResult, figure: Callable[[CellResult], float | None]) -> float | None:
    return figure(one) if one.whole else None


def _median(values: Sequence[float]) -> Median | None:
    if not values:
        return None
    return Median(float(median(values)), median_interval(values), len(values))


def _waits(cells: Iterable[CellResult]) -> list[float]:
    return [wait for one in cells if one.whole and (wait := one.timing.e2e_ns)]


def _middle(values: Sequence[float]) -> float | None:
    return float(median(values)) if values else None


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


# -- costs ------------------------------------------------------------------------------------


def answer_cost(results: SessionResults, one: CellResult) -> tuple[float | None, str]:
    """Return the dollars of an answer, and why they are not known, "" if they are.

    A pod costs its price for the time to the end of the answer, an API by its tokens.
    """
    answer, price = one.answer, one.endpoint.price
    pod = results.session.host_record(one.endpoint).pod
    if answer is None:
        return None, one.problem.cause
    if pod is not None:
        seconds = None if answer.end_ns is None else answer.end_ns / NS_PER_S
        cost = rental_cost(pod.price, seconds)
        return cost, "" if cost is not None else "the pod's price is not known"
    if price is None:
        return None, "no price configured"
    server = answer.server
    cost = token_cost(price, server.prompt_eval_count, server.cached_count, server.eval_count)
    return cost, "" if cost is not None else "the server sent no count of tokens"


def _known_costs(results: SessionResults, cells: Iterable[CellResult]) -> list[float]:
    costs = (answer_cost(results, one)[0] for one in cells if one.whole)
    return [cost for cost in costs if cost is not None]


def _side_cost(results: SessionResults, whole: Sequence[CellResult]) -> Cost:
    found = [answer_cost(results, one) for one in whole]
    known = [cost for cost, _ in found if cost is not None]
    reasons = [reason for cost, reason in found if cost is None]
    return Cost(_mean(known), len(reasons), reasons[0] if reasons else "")


# -- pairs ------------------------------------------------------------------------------------


def _comparable(one: TaskResult, first: int, second: int) -> bool:
    """Return whether both sides have a score at a task, or can still get one."""
    return all(one.means[side] is not None or one.open[side] for side in (first, second))


def _pair_result(
    sides: Sequence[SideResult], tasks: Sequence[TaskResult], first: int, second: int, *, count: int
) -> PairResult:
    total = sum((_difference(one, first, second) or Fraction() for one in tasks), Fraction())
    if total < 0:
        first, second = second, first
    both = [
        (one, difference)
        for one in tasks
        if (difference := _difference(one, first, second)) is not None
    ]
    settled = [found for one, found in both if not (one.open[first] or one.open[second])]
    ratios = [
        mine / theirs
        for one in tasks
        if (mine := one.waits[first]) and (theirs := one.waits[second])
    ]
    extra = [
        mine - theirs
        for one in tasks
        if (mine := one.costs[first]) is not None and (theirs := one.costs[second]) is not None
    ]
    both_bad = sum(not found and one.outcome.kind == "both bad" for one, found in both)
    return PairResult(
        first=sides[first],
        second=sides[second],
        differences=tuple(found for _, found in both),
        better=sum(found > 0 for _, found in both),
        equal=sum(not found for _, found in both) - both_bad,
        both_bad=both_bad,
        worse=sum(found < 0 for _, found in both),
        settled_wins=sum(found > 0 for found in settled),
        settled_losses=sum(found < 0 for found in settled),
        open=sum(
            _comparable(one, first, second) and (one.open[first] or one.open[second])
            for one in tasks
        ),
        missing=sum(not _comparable(one, first, second) for one in tasks),
        pairs=count,
        ratios=tuple(ratios),
        extra_cost=_mean(extra),
    )


def _difference(one: TaskResult, first: int, second: int) -> Fraction | None:
    mine, theirs = one.means[first], one.means[second]
    return None if mine is None or theirs is None else mine - theirs


def pair_tests(conclusions: Conclusions) -> tuple[PairTest, ...]:
    """Return the tests of all pairs, in their order; what was computed once is kept."""
    adjusted = adjusted_ps(conclusions)
    return tuple(
        PairTest(p, all_pairs, _interval(pair.differences), _ratio(pair.ratios))
        for pair, (p, all_pairs) in zip(conclusions.pairs, adjusted, strict=True)
    )


def adjusted_ps(conclusions: Conclusions) -> tuple[tuple[float, float], ...]:
    """Return the p of each pair, and the same for all pairs.

    A pair with tasks to be scored is counted, and cannot be claimed by its p.
    """
    ps = [_p(pair.differences) for pair in conclusions.pairs]
    counted = [p if pair.complete else 1.0 for p, pair in zip(ps, conclusions.pairs, strict=True)]
    return tuple(zip(ps, holm(counted), strict=True))


#: More than the pairs of the largest comparison, with those before the last scores.
_KEPT = 256

_p = lru_cache(_KEPT)(sign_flip_p)
_interval = lru_cache(_KEPT)(difference_interval)
_ratio = lru_cache(_KEPT)(latency_ratio)
