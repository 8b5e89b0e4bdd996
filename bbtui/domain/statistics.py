"""Figures that one may believe at 4 to 50 tasks: exact where it matters, and their sources.

Everything is paired by task: a difference is the mean score of one side at a task, over its trials,
minus that of the other. A test needs no assumption but that without a real difference either side
could have been the better one at each task.

========  =========================================================================================
T         the tasks with a score of both sides
n         those of them that differ
p         how often a mean difference as large, either way, would come without a real one
level     the error that a claim may have, 1 in 20; with several pairs it is shared by Holm's method
========  =========================================================================================

No bootstrap: its intervals exclude 0 in one of eight sessions of 4 to 6 tasks without a difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple

LEVEL = 0.05

#: From this number of tasks on there are differences that an interval can exclude.
INTERVAL_FROM = 6

#: The least number of values of which a median has an interval.
MEDIAN_INTERVAL_FROM = 5

#: The least mean difference in points for which the number of tasks to find it is estimated, and
#: the least number of tasks to estimate it from.
LEAST_EFFECT, ESTIMATE_FROM = Fraction(3, 10), 4

#: The chance to find a difference for which the number of tasks is estimated.
POWER = 0.8

#: The step of the shifts that an interval of a mean difference is made of, in points.
STEP = Fraction(1, 20)

#: The least number of values that carry a percentile: one of them is beyond it on average.
PERCENTILE_FROM = {95: 20, 99: 100}

#: Up to this number of tasks the ratio of latencies is tested exactly.
EXACT_RATIOS = 50

#: The most steps that the sums of the exact test may span; beyond it differences are rounded.
_MOST_STEPS = 8_000
#: The unit to which they are rounded then: 0.05 points, the step of an interval.
_ROUNDED = STEP.denominator
#: Steps of 1 % for latencies: their logarithms are rounded to 0.01.
_LOG_STEPS = 100


class Interval(NamedTuple):
    """Two bounds, both included."""

    low: float
    """The lower bound."""
    high: float
    """The upper bound."""


# -- two sides, scores ------------------------------------------------------------------------


def sign_flip_p(differences: Sequence[Fraction]) -> float:
    """Return the p of the exact sign-flip test on differences; 1 if none differs.

    p = #{s ∈ {−1, 1}ⁿ : |Σ s·d| ≥ |Σ d|} / 2ⁿ (Fisher 1935, The Design of Experiments, §21; Pitman
    1937, Suppl. J. Royal Stat. Soc. 4). All sums are counted at once, in whole steps of a common
    denominator. If that is too fine, differences are rounded to 0.05, which keeps the test exact
    for the rounded ones.
    """
    return _flip_p(_whole_steps(differences))


def smallest_p(differing: int) -> float:
    """Return the smallest p that this number of differing tasks can have: 2^(1−n)."""
    return min(1.0, 2.0 ** (1 - differing))


def least_differing(pairs: int = 1) -> int:
    """Return how many differing tasks are needed to claim anything of one of so many pairs.

    The smallest n with 2^(1−n) ≤ level / pairs, the first step of Holm's method: 6, 7 for three
    sides, 8 for four, 10 for six.
    """
    differing = 1
    while smallest_p(differing) > LEVEL / max(1, pairs):
        differing += 1
    return differing


def difference_interval(differences: Sequence[Fraction], level: float = LEVEL) -> Interval | None:
    """Return the interval of the mean difference; None below 6 tasks.

    It holds the shifts δ, in steps of 0.05, for which the exact test on all d − δ does not reject
    (Lehmann 1963, Ann. Math. Stat. 34; Edgington & Onghena 2007, Randomization Tests, ch. 4). The
    mean itself always belongs to it.
    """
    if len(differences) < INTERVAL_FROM:
        return None
    scale = math.lcm(STEP.denominator, *(one.denominator for one in differences))
    if 2 * scale * sum(map(abs, differences)) > _MOST_STEPS:
        scale = _ROUNDED
    values = [round(one * scale) for one in differences]
    low, high = _shifts(values, int(STEP * scale), level)
    return Interval(low / scale, high / scale)


def e_value(wins: int, losses: int) -> float:
    """Return the evidence against "either side could have won" that one may look at any time.

    e = 2^(w+l) · B(w+½, l+½) / B(½, ½): a bet on the coin, mixed over its bias by Jeffreys' prior.
    Without a difference it ever reaches 20 in at most 1 of 20 sessions (Ville 1939; Waudby-Smith &
    Ramdas 2024, J. Royal Stat. Soc. B 86).
    """
    log_beta = math.lgamma(wins + 0.5) + math.lgamma(losses + 0.5) - math.lgamma(wins + losses + 1)
    exponent = (wins + losses) * math.log(2) + log_beta - math.log(math.pi)
    return math.exp(exponent) if exponent < 700 else math.inf


def enough(wins: int, losses: int, pairs: int = 1) -> bool:
    """Return whether one may stop and claim a difference of one of so many pairs."""
    return e_value(wins, losses) >= pairs / LEVEL


def wins_to_go(wins: int, losses: int, pairs: int = 1) -> int:
    """Return how many more tasks the first side must win in a row until it is enough for it."""
    more = max(0, losses - wins)
    while not enough(wins + more, losses, pairs):
        more += 1
    return more


def superiority(wins: int, equal: int, losses: int) -> Fraction | None:
    """Return the probability that the first side is better at a task; None without any task.

    (wins + equal / 2) / T (Vargha & Delaney 2000, J. Educ. Behav. Stat. 25).
    """
    tasks = wins + equal + losses
    return Fraction(2 * wins + equal, 2 * tasks) if tasks else None


def tasks_to_settle(differences: Sequence[Fraction], pairs: int = 1) -> int | None:
    """Return about how many tasks like these would settle it in 80 % of cases, or None.

    None below 4 tasks, and for a mean below 0.3 points: too little to promise anything. By normal
    approximation N = ((z(1 − level/2) + z(power)) · sd / mean)² (Cohen 1988, Statistical Power
    Analysis, ch. 2), and never less than a claim needs at all.
    """
    if len(differences) < ESTIMATE_FROM:
        return None
    mean = sum(differences, Fraction()) / len(differences)
    if abs(mean) < LEAST_EFFECT:
        return None
    normal = NormalDist()
    z = normal.inv_cdf(1 - LEVEL / max(1, pairs) / 2) + normal.inv_cdf(POWER)
    tasks = math.ceil((z * stdev(differences) / float(mean)) ** 2)
    return max(tasks, least_differing(pairs))


def holm(ps: Sequence[float]) -> tuple[float, ...]:
    """Return the p of each pair, adjusted for all of them.

    Holm 1979, Scand. J. Stat. 6: the i-th smallest of m is multiplied by m − i + 1, and is no
    smaller than the one before it.
    """
    adjusted = [1.0] * len(ps)
    least = 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        least = max(least, min(1.0, ps[place] * (len(ps) - rank)))
        adjusted[place] = least
    return tuple(adjusted)


def coin_p(count: int, of: int) -> float:
    """Return the two-sided binomial p of `count` among `of`, where either of two is as likely.

    min(1, 2 · P(X ≥ max(k, n − k))), X ~ B(n, ½): the exact sign test (Arbuthnott 1710).
    """
    extreme = max(count, of - count)
    patterns = sum(math.comb(of, k) for k in range(extreme, of + 1))
    return min(1.0, patterns / (1 << of) * 2)


# -- latencies and rates ----------------------------------------------------------------------


def median_interval(values: Sequence[float]) -> Interval | None:
    """Return the order-statistic interval of the median; None below 5 values.

    [x(k+1), x(n−k)] covers the median in 1 − 2 Σ_{i≤k} C(n, i) / 2ⁿ of samples (Thompson 1936, Ann.
    Math. Stat. 7); k is the largest with at least 95 %. From 5 to 8 values it is the smallest and
    the largest (93.8 to 99.2 %).
    """
    count = len(values)
    if count < MEDIAN_INTERVAL_FROM:
        return None
    ordered, ranks = sorted(values), _ranks_outside(count)
    return Interval(ordered[ranks], ordered[count - 1 - ranks])


@lru_cache
def _ranks_outside(count: int) -> int:
    """Return k, the values left out at each end."""
    ranks, outside = 0, 2
    while outside + 2 * math.comb(count, ranks + 1) <= LEVEL * 2**count:
        ranks += 1
        outside += 2 * math.comb(count, ranks)
    return ranks


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return the 95th or 99th percentile, a value that occurred; None if there are too few.

    The nearest rank, ⌈percent · n / 100⌉ (Hyndman & Fan 1996, Am. Stat. 50, definition 1), from 20
    and from 100 values on.
    """
    count = len(values)
    if count < PERCENTILE_FROM[percent]:
        return None
    return sorted(values)[-(-percent * count // 100) - 1]


class Ratio(NamedTuple):
    """How many times as long one side takes."""

    value: float
    """The geometric mean over the tasks."""

    p: float
    """The p value of no difference."""
    interval: Interval | None
    """None below 6 tasks."""


def latency_ratio(ratios: Sequence[float]) -> Ratio | None:
    """Return the ratio of the latencies at the same tasks; None without any.

    The exact sign-flip test and its interval on the logarithms, rounded to 0.01; above 50 tasks by
    normal approximation (the mean of the logarithms ± z · sd / √T).
    """
    if not ratios:
        return None
    logs = [math.log(ratio) for ratio in ratios]
    mean = fmean(logs)
    if len(logs) > EXACT_RATIOS:
        error = stdev(logs) / math.sqrt(len(logs))
        z = NormalDist().inv_cdf(1 - LEVEL / 2)
        p = math.erfc(abs(mean) / error / math.sqrt(2)) if error else float(not mean)
        interval = Interval(math.exp(mean - z * error), math.exp(mean + z * error))
        return Ratio(math.exp(mean), p, interval)
    steps = [round(one * _LOG_STEPS) for one in logs]
    p = _flip_p(steps)
    if len(logs) < INTERVAL_FROM:
        return Ratio(math.exp(mean), p, None)
    low, high = (math.exp(bound / _LOG_STEPS) for bound in _shifts(steps, 1, LEVEL))
    # The mean was not rounded.
    return Ratio(math.exp(mean), p, Interval(min(low, math.exp(mean)), max(high, math.exp(mean))))


def wilson(passed: int, of: int, level: float = LEVEL) -> Interval | None:
    """Return the interval of a rate; None of nothing. Count tasks, never pooled trials.

    Wilson 1927, J. Am. Stat. Assoc. 22:
    (p̂ + z²/2n ± z·√(p̂(1−p̂)/n + z²/4n²)) / (1 + z²/n).
    """
    if not of:
        return None
    z = NormalDist().inv_cdf(1 - level / 2)
    rate, weight = passed / of, z * z / of
    centre = rate + weight / 2
    half = z * math.sqrt(rate * (1 - rate) / of + weight / of / 4)
    low, high = (centre - half) / (1 + weight), (centre + half) / (1 + weight)
    return Interval(0.0 if not passed else low, 1.0 if passed == of else high)


def most_after_none(of: int) -> float:
    """Return the highest rate that is still plausible after 0 of so many: 1 − 0.05^(1/n).

    The one-sided exact bound (Clopper & Pearson 1934, Biometrika 26): 0.53 at 4, 0.26 at 10.
    """
    return 1.0 if of < 1 else 1 - LEVEL ** (1 / of)


# -- the exact test ---------------------------------------------------------------------------


def _whole_steps(differences: Sequence[Fraction]) -> list[int]:
    """Return the differences in whole steps of a common denominator, or else of 0.05."""
    scale = math.lcm(*(one.denominator for one in differences))
    if scale * sum(map(abs, differences)) > _MOST_STEPS:
        scale = _ROUNDED
    return [round(one * scale) for one in differences]


def _flip_p(values: Sequence[int]) -> float:
    """Return the share of sign patterns whose sum is at least as far from 0 as that of `values`.

    With t the sum of the |d|, a pattern's sum is 2u − t, where u is that of a subset. The subsets
    of each sum are the coefficients of ∏(1 + x^|d|), kept in one number of n + 8 bits each.
    """
    unit = math.gcd(*values)
    if not unit:
        return 1.0
    sizes = sorted(abs(value) // unit for value in values if value)
    count, total = len(sizes), sum(sizes)
    observed = abs(sum(values)) // unit
    if not observed:
        return 1.0
    bits = count + 8
    subsets = 1
    for size in sizes:
        subsets += subsets << bits * size
    extreme = subsets >> bits * ((total + observed) // 2)
    # The sum of all digits is the remainder by the greatest digit, as no sum reaches that.
    either = 2 * (extreme % ((1 << bits) - 1))
    return either / (1 << count)


def _shifts(values: Sequence[int], step: int, level: float) -> tuple[float, float]:
    """Return the smallest and the largest shift, a multiple of `step`, that is not rejected.

    The mean is one of them, wherever it is. Away from it p only falls: for a larger shift no
    subset of the values gets a larger sum. So each bound is found by doubling and halving.
    """
    mean = Fraction(sum(values), len(values))
    below, above = math.floor(mean / step), math.ceil(mean / step)

    def kept(steps: int) -> bool:
        return _flip_p([value - steps * step for value in values]) > level

    lows = _last(lambda by: kept(below - by))
    highs = _last(lambda by: kept(above + by))
    low = mean if lows is None else (below - lows) * step
    high = mean if highs is None else (above + highs) * step
    return float(low), float(high)


def _last(holds: Callable[[int], bool]) -> int | None:
    """Return the last number from 0 on that `holds`, which then fails for all; None if 0 does."""
    if not holds(0):
        return None
    good, bad = 0, 1
    while holds(bad):
        good, bad = bad, 2 * bad
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good
