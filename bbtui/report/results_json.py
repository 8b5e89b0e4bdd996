"""The results of a session as JSON: the figures behind the sentences, null where one is missing."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from bbtui.domain.bias import Bias, left_bias, length_bias
from bbtui.domain.conclusion_text import hint, verdict_lines
from bbtui.domain.conclusions import (
    Conclusions,
    Median,
    PairResult,
    PairTest,
    SideResult,
    TaskResult,
)
from bbtui.domain.statistics import e_value
from bbtui.formatting.durations import NS_PER_S


def results_json(conclusions: Conclusions, tests: Sequence[PairTest]) -> dict[str, Any]:
    """Return the results; times are in seconds, costs in dollars, sides are named as endpoints."""
    session = conclusions.results.session
    names = [side.endpoint.name for side in conclusions.sides]
    return {
        "session": {
            "id": session.id,
            "number": session.number,
            "title": session.about.title,
            "trials": session.trials,
        },
        "verdict": list(verdict_lines(conclusions, tests)),
        "enough": hint(conclusions.table),
        "sides": [_side(side) for side in conclusions.sides],
        "pairs": [_pair(*pair) for pair in zip(conclusions.pairs, tests, strict=True)],
        "tasks": [_task(one, names) for one in conclusions.tasks],
        "judge": {
            "left": _bias(left_bias(conclusions.results)),
            "longer": _bias(length_bias(conclusions.results)),
        },
    }


def _side(side: SideResult) -> dict[str, Any]:
    wait = _median(side.wait, NS_PER_S)
    if wait is not None:
        wait |= {"p95": _scaled(side.wait_95, NS_PER_S), "p99": _scaled(side.wait_99, NS_PER_S)}
    rate = _median(side.rate)
    if rate is not None:
        rate["exact"] = side.rate_exact
    return {
        "name": side.endpoint.name,
        "label": side.label,
        "model": side.endpoint.model,
        "planned": side.planned,
        "answered": side.answered,
        "missing": [{"reason": reason, "answers": count} for reason, count in side.missing],
        "scored": side.scored,
        "mean_score": _number(side.mean),
        "won": side.won,
        "equal": side.equal,
        "lost": side.lost,
        "both_bad": side.both_bad,
        "verdicts": dict(side.verdicts),
        "faults": {str(severity): count for severity, count in side.faults},
        "first_token_s": _median(side.first_token, NS_PER_S),
        "tok_s": rate,
        "wait_s": wait,
        "answer_cost": {
            "dollars": side.cost.mean,
            "unknown": side.cost.unknown,
            "reason": side.cost.reason,
        },
    }


def _pair(pair: PairResult, test: PairTest) -> dict[str, Any]:
    scores, interval, ratio = pair.scores, test.interval, test.ratio
    within = None if ratio is None or ratio.interval is None else ratio.interval
    return {
        "first": pair.first.endpoint.name,
        "second": pair.second.endpoint.name,
        "tasks": scores.tasks,
        "open": scores.open,
        "missing": scores.missing,
        "better": scores.better,
        "equal": scores.equal,
        "both_bad": scores.both_bad,
        "worse": scores.worse,
        "points": None
        if scores.mean is None
        else {
            "mean": _number(scores.mean),
            "low": None if interval is None else interval.low,
            "high": None if interval is None else interval.high,
        },
        # Before every planned task is scored it would be taken for more than it is.
        "p": test.p if scores.complete else None,
        "p_of_all_pairs": test.adjusted if scores.complete else None,
        "pairs": scores.pairs,
        "e_value": min(1e300, e_value(scores.settled_wins, scores.settled_losses)),
        "superiority": _number(scores.superiority),
        "more_tasks": scores.more_tasks,
        "wait_ratio": None
        if ratio is None
        else {
            "value": ratio.value,
            "low": None if within is None else within.low,
            "high": None if within is None else within.high,
        },
        "extra_cost": pair.extra_cost,
    }


def _task(one: TaskResult, names: Sequence[str]) -> dict[str, Any]:
    def by_side(values: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(names, values, strict=True))

    return {
        "id": one.task.id,
        "title": one.task.title,
        "mean_scores": by_side([_number(mean) for mean in one.means]),
        "waits_s": by_side([_scaled(wait, NS_PER_S) for wait in one.waits]),
        "costs": by_side(one.costs),
        "missing": {name: why for name, why in by_side(one.reasons).items() if why},
        "outcome": one.outcome.kind,
        "winners": list(one.outcome.labels),
        "set_by_hand": one.outcome.by_hand,
        "flags": [{"kind": flag.kind, "sides": list(flag.labels)} for flag in one.flags],
    }


def _bias(bias: Bias | None) -> dict[str, Any] | None:
    return None if bias is None else {"won": bias.won, "of": bias.of, "p": bias.p}


def _median(median: Median | None, unit: float = 1) -> dict[str, Any] | None:
    if median is None:
        return None
    low, high = (None, None) if median.interval is None else median.interval
    return {
        "median": median.value / unit,
        "low": _scaled(low, unit),
        "high": _scaled(high, unit),
        "n": median.count,
    }


def _scaled(value: float | None, unit: float) -> float | None:
    return None if value is None else value / unit


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
