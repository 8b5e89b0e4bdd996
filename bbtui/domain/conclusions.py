"""The conclusions of a session: which side was better, by how much, how sure, how slow, how dear.

`conclude` counts, quickly; `pair_tests` has what takes longer: the tests and their intervals. The
sentences are in `conclusion_text`.

A figure of a side is over its tasks; the trials of one task are one value, their mean score or
their median time, since more trials never replace more tasks. A session of a single task has its
trials instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from statistics import fmean
from typing import Literal, NamedTuple

from bbtui.domain.answer import Answer
from bbtui.domain.cell_results import CellResult, Outcome, SessionResults, best_of, outcome
from bbtui.domain.cost import rental_cost, token_cost
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Severity
from bbtui.domain.score_table import Entry, PairScores, ScoreTable, entry_of, table_of
from bbtui.domain.statistics import (
    LEVEL,
    Interval,
    Ratio,
    difference_interval,
    holm,
    latency_ratio,
    median_interval,
    percentile,
    sign_flip_p,
)
from bbtui.domain.task import Task
from bbtui.formatting.durations import NS_PER_S

#: Returns the dollars of an answer, and why they are not known.
CostOf = Callable[[Answer], tuple[float | None, str]]

#: Points of difference from which trials are flaky, and a task is inverted.
FAR_APART = 2

#: No side did a task whose mean scores are all at most this.
_FAILED = 2


@dataclass(frozen=True, slots=True)
class Median:
    """The median of a side's values."""

    value: float
    """The median."""
    interval: Interval | None
    """None below 5 values."""
    count: int
    """The number of values."""


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
    """The endpoint."""
    label: str
    """Its label in the report."""

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
    """The tasks it won."""
    equal: int
    """The tasks with a tie."""
    lost: int
    """The tasks it lost."""
    both_bad: int
    """The tasks set to "both bad", which is no tie."""

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
    """The 95th percentile of the wait, in ns; None where there are too few tasks."""
    wait_99: float | None
    """The 99th percentile of the wait, in ns; None where there are too few tasks."""

    cost: Cost
    """What its answers cost."""


FlagKind = Literal["no signal", "all failed", "flaky", "inverted"]


@dataclass(frozen=True, slots=True)
class Flag:
    """What is odd about a task."""

    kind: FlagKind
    """What is odd."""
    labels: tuple[str, ...] = ()
    """The sides it is about; empty if it is about all."""


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One task on all sides; values are in the order of the sides, None is missing."""

    task: Task
    """The task."""
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
    """Who won it."""
    flags: tuple[Flag, ...] = ()
    """What is odd about it."""


@dataclass(frozen=True, slots=True)
class PairResult:
    """Two sides, paired by task: their scores, and what the first takes and costs more."""

    scores: PairScores
    """The scores of both, paired by task."""
    first: SideResult
    """The side with the higher mean, if one has it."""
    second: SideResult
    """The other side."""

    ratios: tuple[float, ...]
    """The wait of the first over that of the second, at each task with both."""
    extra_cost: float | None
    """What an answer of the first costs more, on average over the tasks where both are known."""


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
    """The conclusions of a session."""

    results: SessionResults
    """The cells they rest on."""
    table: ScoreTable
    """The scores by task and side."""
    sides: tuple[SideResult, ...]
    """In the order of the session."""
    tasks: tuple[TaskResult, ...]
    """Every task, in the order of the session."""
    pairs: tuple[PairResult, ...]
    """Those of the table."""
    by_hand: int
    """The winners set by hand."""

    @property
    def scored(self) -> int:
        """The number of answers with a score."""
        return sum(side.scored for side in self.sides)


def conclude(results: SessionResults) -> Conclusions:
    """Return the conclusions of a session, without the tests."""
    session = results.session
    costs = [_cost_of(results, endpoint) for endpoint in session.endpoints]
    cells = [
        [results.trials(task, endpoint) for endpoint in session.endpoints] for task in session.tasks
    ]
    rows = [
        [_figures(trials, cost) for trials, cost in zip(row, costs, strict=True)] for row in cells
    ]
    table = table_of(session, results.scorecard, tuple(map(_entries, cells)))
    labels = [results.label(endpoint) for endpoint in session.endpoints]
    outcomes = [
        _outcome(results, task, labels, steps)
        for task, steps in zip(session.tasks, table.steps, strict=True)
    ]
    leader = table.leader
    tasks = tuple(
        TaskResult(
            task=task,
            means=tuple([entry.mean for entry in entries]),
            waits=tuple([_middle(figures.waits) for figures in row]),
            costs=tuple([_mean(figures.costs) for figures in row]),
            reasons=tuple([figures.reason for figures in row]),
            open=tuple([entry.open for entry in entries]),
            outcome=found,
            flags=tuple(_flags(labels, entries, steps, table.scale, found, leader)),
        )
        for task, row, entries, steps, found in zip(
            session.tasks, rows, table.rows, table.steps, outcomes, strict=True
        )
    )
    sides = tuple(
        _side_result(
            endpoint,
            labels[place],
            len(session.tasks) * session.trials,
            [row[place] for row in rows],
            [entries[place] for entries in table.rows],
            outcomes,
        )
        for place, endpoint in enumerate(session.endpoints)
    )
    pairs = tuple(_pair_result(pair, sides, tasks) for pair in table.pairs)
    return Conclusions(results, table, sides, tasks, pairs, len(results.scorecard.winners))


def _entries(row: Sequence[Sequence[CellResult]]) -> tuple[Entry, ...]:
    return tuple(
        [
            entry_of([one.answer for one in trials], [one.marks.score for one in trials])
            for trials in row
        ]
    )


# -- tasks ------------------------------------------------------------------------------------


class _Figures(NamedTuple):
    """The figures of the trials of one task on one side."""

    whole: int
    """The complete answers; the times and costs are theirs."""
    waits: Sequence[float]
    first_tokens: Sequence[float]
    rates: Sequence[float]
    rates_exact: bool
    costs: Sequence[float]
    unpriced: int
    """The complete answers whose cost is not known."""
    unpriced_why: str
    lost: Sequence[str]
    """Why an answer is missing or incomplete, for each of those."""
    reason: str
    """Why there is no answer at all, "" if there is one."""
    words: Sequence[str]
    """The verdicts."""
    faults: Sequence[Severity]


def _figures(cells: Sequence[CellResult], cost_of: CostOf) -> _Figures:
    waits: list[float] = []
    first_tokens: list[float] = []
    rates: list[float] = []
    costs: list[float] = []
    lost: list[str] = []
    words: list[str] = []
    faults: list[Severity] = []
    whole = unpriced = 0
    exact, text, unpriced_why = True, False, ""
    for one in cells:
        answer, marks = one.answer, one.marks
        if marks.verdict is not None:
            words.append(marks.verdict.word)
        if marks.faults_by_row:
            faults += [fault.severity for fault in marks.faults]
        if answer is None or not answer.state.answered:
            text = text or (answer is not None and bool(answer.text))
            if not one.unfinished:
                lost.append(one.problem.cause)
            continue
        whole += 1
        timing = one.timing
        if timing.e2e_ns:
            waits.append(timing.e2e_ns)
        if timing.ttft_ns:
            first_tokens.append(timing.ttft_ns)
        if timing.tok_s:
            rates.append(timing.tok_s)
            exact = exact and timing.rate_exact
        cost, why = cost_of(answer)
        if cost is None:
            unpriced += 1
            unpriced_why = unpriced_why or why
        else:
            costs.append(cost)
    reason = cells[-1].problem.cause if cells and not text and not whole else ""
    # Empty lists are let go of: most are, and there are thousands.
    return _Figures(
        whole,
        waits,
        first_tokens,
        rates,
        exact,
        costs or (),
        unpriced,
        unpriced_why,
        lost or (),
        reason,
        words or (),
        faults or (),
    )


def _outcome(
    results: SessionResults, task: Task, labels: Sequence[str], steps: Sequence[int | None]
) -> Outcome:
    """Return who won a task; from the table where every side has a score."""
    if len(steps) < 2 or None in steps or task.id in results.scorecard.winners:
        return outcome(results, task)
    known = [(label, step) for label, step in zip(labels, steps, strict=True) if step is not None]
    return best_of(known)


def _flags(
    labels: Sequence[str],
    entries: Sequence[Entry],
    steps: Sequence[int | None],
    scale: int,
    found: Outcome,
    leader: int | None,
) -> Iterator[Flag]:
    known = [step for step in steps if step is not None]
    bad = bool(known) and max(known) <= _FAILED * scale
    if (bad or found.kind == "both bad") and not any(entry.open for entry in entries):
        yield Flag("all failed")
    elif len(known) == len(labels) > 1 and len(set(known)) == 1:
        yield Flag("no signal")
    flaky = tuple(
        label for label, entry in zip(labels, entries, strict=True) if entry.spread >= FAR_APART
    )
    if flaky:
        yield Flag("flaky", flaky)
    own = None if leader is None else steps[leader]
    if leader is not None and own is not None and max(known) - own >= FAR_APART * scale:
        yield Flag("inverted", (labels[leader],))


# -- sides ------------------------------------------------------------------------------------


def _side_result(
    endpoint: Endpoint,
    label: str,
    planned: int,
    figures: Sequence[_Figures],
    entries: Sequence[Entry],
    outcomes: Sequence[Outcome],
) -> SideResult:
    count = sum(entry.scores for entry in entries)
    judged = [row for row, entry in zip(figures, entries, strict=True) if entry.scores]
    kinds = Counter(_won(found, label) for found in outcomes)
    words = Counter(word for row in figures for word in row.words)
    faults = Counter(fault for row in figures for fault in row.faults)
    missing = Counter(cause for row in figures for cause in row.lost)
    waits = _over_tasks([row.waits for row in figures])
    return SideResult(
        endpoint=endpoint,
        label=label,
        answered=sum(row.whole for row in figures),
        planned=planned,
        missing=tuple(missing.most_common()),
        scored=count,
        mean=Fraction(sum(entry.total for entry in entries), count) if count else None,
        won=kinds["won"],
        equal=kinds["equal"],
        lost=kinds["lost"],
        both_bad=kinds["both bad"],
        verdicts=tuple(words.most_common()),
        faults=tuple((kind, faults[kind]) for kind in Severity if faults[kind]),
        fatal=sum(Severity.FATAL in row.faults for row in judged),
        judged=len(judged),
        first_token=_median(_over_tasks([row.first_tokens for row in figures])),
        rate=_median(_over_tasks([row.rates for row in figures])),
        rate_exact=all(row.rates_exact for row in figures),
        wait=_median(waits),
        wait_95=percentile(waits, 95),
        wait_99=percentile(waits, 99),
        cost=Cost(
            _mean([cost for row in figures for cost in row.costs]),
            sum(row.unpriced for row in figures),
            next((row.unpriced_why for row in figures if row.unpriced), ""),
        ),
    )


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


def _over_tasks(by_task: Sequence[Sequence[float]]) -> Sequence[float]:
    """Return the median of each task's trials; the trials themselves of a single task."""
    filled = [values for values in by_task if values]
    return filled[0] if len(filled) == 1 else [_middle_of(values) for values in filled]


def _median(values: Sequence[float]) -> Median | None:
    if not values:
        return None
    return Median(_middle_of(values), median_interval(values), len(values))


def _middle_of(values: Sequence[float]) -> float:
    ordered, half = sorted(values), len(values) // 2
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def _middle(values: Sequence[float]) -> float | None:
    return _middle_of(values) if values else None


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


# -- costs ------------------------------------------------------------------------------------


def answer_cost(results: SessionResults, one: CellResult) -> tuple[float | None, str]:
    """Return the dollars of an answer, and why they are not known, "" if they are."""
    if one.answer is None:
        return None, one.problem.cause
    return _cost_of(results, one.endpoint)(one.answer)


def _cost_of(results: SessionResults, endpoint: Endpoint) -> CostOf:
    """Return what returns the dollars of an answer, and why they are not known, "" if they are.

    A pod costs its price for the time to the end of the answer, an API by its tokens.
    """
    price, pod = endpoint.price, results.session.host_record(endpoint).pod

    def of_pod(answer: Answer) -> tuple[float | None, str]:
        seconds = None if answer.end_ns is None else answer.end_ns / NS_PER_S
        cost = None if pod is None else rental_cost(pod.price, seconds)
        return cost, "" if cost is not None else "the pod's price is not known"

    def of_tokens(answer: Answer) -> tuple[float | None, str]:
        if price is None:
            return None, "no price configured"
        server = answer.server
        cost = token_cost(price, server.prompt_eval_count, server.cached_count, server.eval_count)
        return cost, "" if cost is not None else "the server reported no token count"

    return of_tokens if pod is None else of_pod


# -- pairs ------------------------------------------------------------------------------------


def _pair_result(
    scores: PairScores, sides: Sequence[SideResult], tasks: Sequence[TaskResult]
) -> PairResult:
    first, second = scores.first, scores.second
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
    return PairResult(scores, sides[first], sides[second], tuple(ratios), _mean(extra))


def pair_tests(conclusions: Conclusions) -> tuple[PairTest, ...]:
    """Return the tests of all pairs, in their order; what was computed once is kept."""
    adjusted = adjusted_ps(conclusions.table)
    return tuple(
        PairTest(p, of_all, _interval(pair.scores.differences), _ratio(pair.ratios))
        for pair, (p, of_all) in zip(conclusions.pairs, adjusted, strict=True)
    )


def adjusted_ps(table: ScoreTable) -> tuple[tuple[float, float], ...]:
    """Return the p of each pair, and the same for all pairs.

    A pair with tasks to be scored is counted, and cannot be claimed by its p.
    """
    ps = [_p(pair.differences) for pair in table.pairs]
    counted = [p if pair.complete else 1.0 for p, pair in zip(ps, table.pairs, strict=True)]
    return tuple(zip(ps, holm(counted), strict=True))


def is_clear(table: ScoreTable) -> bool:
    """Return whether one side is clearly better than every other it can be compared with."""
    if not any(_may_be_clear(table, side) for side in range(len(table.means))):
        return False
    adjusted = dict(zip(table.pairs, adjusted_ps(table), strict=True))
    return any(
        all(adjusted[pair][1] <= LEVEL or not pair.complete for pair in table.pairs_of(side))
        for side in range(len(table.means))
        if _may_be_clear(table, side)
    )


def _may_be_clear(table: ScoreTable, side: int) -> bool:
    """Return whether a side is ahead of all others, and what is not complete is enough."""
    pairs = table.pairs_of(side)
    return bool(pairs) and all(
        pair.first == side and pair.mean and (pair.complete or pair.enough) for pair in pairs
    )


#: More than the pairs of the largest comparison, with those before the last scores.
_KEPT = 256

_p = lru_cache(_KEPT)(sign_flip_p)
_interval = lru_cache(_KEPT)(difference_interval)
_ratio = lru_cache(_KEPT)(latency_ratio)
