"""Rules on what changed between two sessions: ``score.drop>=1``, ``ttft.p50>+20%``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from operator import ge, gt, le, lt

from bbtui.domain.session_diff import Figures, SideDiff

_NS_PER_MS = 1_000_000
_RULE = re.compile(
    r"\s*(?P<name>[\w.]+)\s*(?P<operator><=|>=|<|>)\s*"
    r"(?P<sign>[+-]?)(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|ms|s|)\s*"
)
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _median(name: str) -> Callable[[Figures], float | None]:
    def value(of: Figures) -> float | None:
        found = getattr(of.side, name)
        return None if found is None else float(found.value)

    return value


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of a side."""

    what: str
    """Its name in a sentence."""
    value: Callable[[Figures], float | None]
    """Returns it in its unit; None if it is not known."""
    time: bool = False
    """Whether it is in ns, and its rule in ms or s."""


#: The figures of one side that a rule may be about.
METRICS: Mapping[str, Metric] = {
    "score.mean": Metric(
        "mean score", lambda of: None if of.side.mean is None else float(of.side.mean)
    ),
    "ttft.p50": Metric("median first token", _median("first_token"), time=True),
    "e2e.p50": Metric("median wait", _median("wait"), time=True),
    "e2e.p95": Metric("95th percentile of the wait", lambda of: of.side.wait_95, time=True),
    "tok_s.p50": Metric("median tok/s", _median("rate")),
    "cost.mean": Metric("mean cost of an answer", lambda of: of.side.cost.mean),
    "check.fails": Metric("checks not passed", lambda of: of.checks - of.passed),
    "errors": Metric("answers that are not complete", lambda of: of.errors),
}
#: Those that count something.
COUNTS = ("check.fails", "errors")
#: The one that is about a task: the greatest loss of its mean score.
DROP = "score.drop"
NAMES = (*METRICS, DROP)


@dataclass(frozen=True, slots=True)
class DiffRule:
    """A rule as it was typed, taken apart."""

    text: str
    """The rule as it was typed."""
    name: str
    """The figure, such as "ttft.p50"."""
    operator: str
    """The comparison, such as ">="."""
    bound: float
    """In the unit of the metric; with `change` how much it may differ from before."""
    change: bool = False
    """Whether it limits the change from before instead of the figure."""
    percent: bool = False
    """Whether `bound` is in percent of the figure before."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a rule for one side."""

    rule: DiffRule
    """The rule."""
    label: str
    """The label of the side."""
    fired: bool
    """False also if it cannot be decided."""
    reason: str
    """The figures, or what is not known."""
    known: bool = True
    """Whether it can be decided."""


class RuleError(ValueError):
    """A rule that cannot be read; its text has the reason."""


def parse_rule(text: str) -> DiffRule:
    """Return a rule; raise `RuleError` with what is wrong about it, `KeyError` for a name."""
    match = _RULE.fullmatch(text)
    if match is None:
        raise RuleError("must be a figure, <, <=, > or >=, and a number, such as score.mean<3.5")
    name, unit, sign = match["name"], match["unit"], match["sign"]
    if name not in NAMES:
        raise KeyError(name)
    time = name in METRICS and METRICS[name].time
    if unit == "%" and (not sign or name == DROP):
        raise RuleError(
            f"{name} is not a percentage; a change is written with its sign: {name}>+20%"
            if name != DROP
            else "a drop is in points, such as score.drop>=1"
        )
    if unit in ("ms", "s") and not time:
        raise RuleError(f"{name} is not a time: leave out {unit}")
    if name == DROP and sign:
        raise RuleError("a drop has no sign, such as score.drop>=1")
    bound = float(match["number"]) * (-1 if sign == "-" else 1)
    if time and unit != "%":
        bound *= _NS_PER_MS * (1000 if unit == "s" else 1)
    return DiffRule(text.strip(), name, match["operator"], bound, bool(sign), unit == "%")


def apply_rule(rule: DiffRule, diff: SideDiff) -> Finding:
    """Return the result of a rule for a side."""
    holds = _OPERATORS[rule.operator]
    if rule.name == DROP:
        if diff.before.side.mean is None or diff.after.side.mean is None:
            return Finding(rule, diff.label, False, "scores are missing", known=False)
        worst = max(diff.changes, key=lambda change: change.before - change.after, default=None)
        drop = 0.0 if worst is None else max(0.0, float(worst.before - worst.after))
        if worst is None or not drop:
            return Finding(rule, diff.label, holds(0.0, rule.bound), "no task has a lower score")
        reason = f"{worst.title}: {_plain(worst.before)} → {_plain(worst.after)}"
        return Finding(rule, diff.label, holds(drop, rule.bound), reason)
    metric = METRICS[rule.name]
    before, after = metric.value(diff.before), metric.value(diff.after)
    if after is None or (rule.change and before is None):
        return Finding(rule, diff.label, False, f"the {metric.what} is not known", known=False)
    value = after
    if rule.change and before is not None:
        value = after - before
        if rule.percent:
            if not before:
                missing = f"the {metric.what} was 0 before"
                return Finding(rule, diff.label, False, missing, known=False)
            value = 100 * value / before
    reason = f"{metric.what} {_shown(before, metric)} → {_shown(after, metric)}"
    return Finding(rule, diff.label, holds(value, rule.bound), reason)


def _shown(value: float | None, metric: Metric) -> str:
    if value is None:
        return "–"
    return f"{value / _NS_PER_MS:,.0f} ms" if metric.time else _plain(value)


def _plain(value: float | Fraction) -> str:
    return f"{float(value):,.4g}"
