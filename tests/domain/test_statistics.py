"""The figures against scipy over random tables, and against tables worked by hand."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import product

import numpy
import pytest
import scipy  # imports its parts when they are used
from hypothesis import given
from hypothesis import strategies as st

from bbtui.domain import statistics
from bbtui.domain.statistics import (
    Interval,
    coin_p,
    difference_interval,
    e_value,
    enough,
    holm,
    latency_ratio,
    least_differing,
    median_interval,
    most_after_none,
    percentile,
    sign_flip_p,
    smallest_p,
    superiority,
    tasks_to_settle,
    wilson,
    wins_to_go,
)

RANDOM_TABLES = range(20)


def differences(rng: random.Random, tasks: int, trials: int = 1) -> list[Fraction]:
    """Return those of two sides with random scores, each task with up to so many trials."""

    def mean() -> Fraction:
        count = rng.randint(1, trials)
        return Fraction(sum(rng.randint(1, 5) for _ in range(count)), count)

    return [mean() - mean() for _ in range(tasks)]


def flips(values: list[Fraction]) -> float:
    """Return the p of the sign-flip test by its definition."""
    scale = math.lcm(*(value.denominator for value in values))
    steps = [int(value * scale) for value in values]
    sums = numpy.array(list(product((-1, 1), repeat=len(steps))), dtype=int) @ numpy.array(steps)
    return float(numpy.mean(abs(sums) >= abs(sum(steps))))


def whole(*values: int) -> list[Fraction]:
    return [Fraction(value) for value in values]


# -- the exact test ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", RANDOM_TABLES)
def test_p_of_random_tables_is_that_of_scipy(seed: int) -> None:
    rng = random.Random(seed)
    values = differences(rng, rng.randint(2, 11), trials=rng.choice((1, 5)))
    theirs = scipy.stats.permutation_test(
        ([float(value) for value in values],),
        numpy.sum,
        permutation_type="samples",
        n_resamples=math.inf,
    )
    assert sign_flip_p(values) == pytest.approx(theirs.pvalue)


@given(st.lists(st.fractions(-4, 4, max_denominator=6), max_size=9))
def test_p_is_that_of_its_definition(values: list[Fraction]) -> None:
    assert sign_flip_p(values) == (flips(values) if values else 1.0)


@pytest.mark.parametrize(
    ("values", "p"),
    [
        (whole(), 1.0),
        (whole(3), 1.0),  # one sign of two
        (whole(2, 1), 0.5),  # 3 and −3 of 3, 1, −1, −3
        (whole(1, -1), 1.0),
        (whole(0, 0, 0, 0), 1.0),
        (whole(1, 1, 1, 1), 0.125),
        (whole(4, 3, 2, 1, 0), 0.125),  # what is equal changes nothing
        (whole(2, 1, 1, -1), 0.5),  # 5 once and 3 three times, either way, of 16
        ([Fraction(1, 2), Fraction(2, 3)], 0.5),  # trials unequal in number
    ],
)
def test_p_of_tables_worked_by_hand(values: list[Fraction], p: float) -> None:
    assert sign_flip_p(values) == p


def test_p_never_falls_below_the_floor_of_differing_tasks() -> None:
    for count in range(1, 12):
        assert sign_flip_p([Fraction(1)] * count) == smallest_p(count)


def test_p_of_too_fine_a_denominator_is_that_of_rounded_differences() -> None:
    rng = random.Random(7)
    values = differences(rng, 60, trials=30)
    rounded = [Fraction(round(value * 20), 20) for value in values]
    assert sign_flip_p(values) == sign_flip_p(rounded)


def test_differing_tasks_needed_grow_with_the_pairs_of_sides() -> None:
    assert [least_differing(pairs) for pairs in (1, 3, 6, 15)] == [6, 7, 8, 10]


# -- intervals of a mean difference -----------------------------------------------------------


@pytest.mark.parametrize("seed", RANDOM_TABLES)
def test_interval_holds_the_shifts_that_the_test_does_not_reject(seed: int) -> None:
    rng = random.Random(seed)
    values = differences(rng, rng.randint(6, 9), trials=rng.choice((1, 3)))
    shifts = [Fraction(step, 20) for step in range(-100, 101)]
    kept = [shift for shift in shifts if flips([value - shift for value in values]) > 0.05]
    mean = sum(values) / len(values)
    found = difference_interval(values)
    assert found == pytest.approx((min([*kept, mean]), max([*kept, mean])))


def test_interval_exists_from_six_tasks_on() -> None:
    assert difference_interval(whole(1, 2, 3, 4, 4)) is None
    assert difference_interval(whole(1, 2, 3, 4, 4, 4)) is not None


def test_interval_of_equal_differences_is_their_mean() -> None:
    assert difference_interval([Fraction(2, 3)] * 6) == (
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
    )


def test_wider_interval_belongs_to_a_smaller_level() -> None:
    values = differences(random.Random(3), 12)
    narrow, wide = difference_interval(values), difference_interval(values, 0.05 / 6)
    assert narrow is not None
    assert wide is not None
    assert wide.low < narrow.low < narrow.high < wide.high


# -- evidence while one still scores ----------------------------------------------------------


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (1, 0), (7, 0), (5, 3), (30, 11)])
def test_e_value_is_that_of_the_beta_functions_of_scipy(wins: int, losses: int) -> None:
    beta = scipy.special.beta
    theirs = 2.0 ** (wins + losses) * beta(wins + 0.5, losses + 0.5) / beta(0.5, 0.5)
    assert e_value(wins, losses) == pytest.approx(theirs)
    assert e_value(losses, wins) == pytest.approx(theirs)


def test_seven_straight_wins_are_enough_and_six_are_not() -> None:
    assert e_value(7, 0) == pytest.approx(26.8, abs=0.05)
    assert enough(7, 0)
    assert not enough(6, 0)
    assert not enough(7, 0, pairs=3)
    assert (wins_to_go(0, 0), wins_to_go(4, 0), wins_to_go(7, 0)) == (7, 3, 0)


def test_a_loss_asks_for_more_wins() -> None:
    to_go = wins_to_go(4, 1)
    assert to_go > wins_to_go(4, 0)
    assert enough(4 + to_go, 1)
    assert not enough(4 + to_go - 1, 1)


def test_side_that_is_behind_must_catch_up_first():
    to_go = wins_to_go(0, 7)
    assert to_go > 7
    assert enough(to_go, 7)
    assert not enough(to_go - 1, 7)


def test_e_value_of_thousands_of_tasks_is_no_error() -> None:
    assert e_value(20_000, 0) == math.inf


# -- effects, and how many more tasks ---------------------------------------------------------


def test_superiority_counts_half_of_what_is_equal() -> None:
    assert superiority(5, 2, 1) == Fraction(3, 4)
    assert superiority(0, 0, 0) is None


@pytest.mark.parametrize(
    "values",
    [
        whole(),
        whole(4, 4, 4),  # too few
        whole(1, -1, 1, -1),  # no difference
        [Fraction(1, 4)] * 8,  # too small a difference
    ],
)
def test_tasks_to_settle_are_absent_where_nothing_can_be_promised(values: list[Fraction]) -> None:
    assert tasks_to_settle(values) is None


def test_tasks_to_settle_are_those_of_the_spread() -> None:
    values = whole(0, 2, 0, 2, -1, 3)
    z = scipy.stats.norm.ppf(0.975) + scipy.stats.norm.ppf(0.8)
    spread = numpy.std([float(value) for value in values], ddof=1)
    assert tasks_to_settle(values) == math.ceil((z * spread) ** 2)


def test_tasks_to_settle_are_never_fewer_than_a_claim_needs() -> None:
    assert tasks_to_settle(whole(1, 1, 1, 1)) == 6
    assert tasks_to_settle(whole(1, 1, 1, 1), pairs=3) == 7


# -- several pairs ----------------------------------------------------------------------------


def test_holm_multiplies_the_smallest_by_all_and_the_next_by_the_rest() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert holm([0.5, 0.9]) == (1.0, 1.0)
    assert holm([]) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=15))
def test_holm_rejects_what_the_steps_of_its_definition_reject(ps: list[float]) -> None:
    rejected = set()
    for rank, place in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        if ps[place] * (len(ps) - rank) > 0.05:
            break
        rejected.add(place)
    adjusted = holm(ps)
    assert {place for place, p in enumerate(adjusted) if p <= 0.05} == rejected


@pytest.mark.parametrize("of", range(30))
def test_p_of_a_coin_is_that_of_scipy(of: int) -> None:
    for count in range(of + 1):
        theirs = scipy.stats.binomtest(count, of).pvalue if of else 1.0
        assert coin_p(count, of) == pytest.approx(theirs)


# -- latencies and rates ----------------------------------------------------------------------


@pytest.mark.parametrize("count", range(5, 60))
def test_median_interval_has_the_narrowest_ranks_that_cover_it(count: int) -> None:
    found = median_interval(list(range(1, count + 1)))
    assert found is not None
    outside = int(found.low) - 1
    assert found == (outside + 1, count - outside)
    cdf = scipy.stats.binom.cdf
    assert 2 * cdf(outside + 1, count, 0.5) > 0.05
    assert not outside or 2 * cdf(outside, count, 0.5) <= 0.05


def test_median_interval_of_few_values_is_absent_then_all_of_them() -> None:
    assert median_interval([1, 2, 3, 4]) is None
    assert median_interval([5, 1, 3, 2, 4]) == (1, 5)
    assert median_interval(list(range(8))) == (0, 7)
    assert median_interval(list(range(1, 10))) == (2, 8)
    assert median_interval(list(range(1, 21))) == (6, 15)


def test_percentiles_need_the_values_that_carry_them() -> None:
    values = [float(value) for value in range(1, 201)]
    assert percentile(values[:19], 95) is None
    assert percentile(values[:20], 95) == 19
    assert percentile(values[:99], 99) is None
    for count in (20, 37, 100, 200):
        for percent in (95, 99):
            theirs = numpy.percentile(values[:count], percent, method="inverted_cdf")
            assert percentile(values[:count], percent) in (theirs, None)


@pytest.mark.parametrize("of", range(1, 25))
def test_interval_of_a_rate_is_that_of_scipy(of: int) -> None:
    for passed in range(of + 1):
        theirs = scipy.stats.binomtest(passed, of).proportion_ci(0.95, method="wilson")
        assert wilson(passed, of) == pytest.approx((theirs.low, theirs.high))


def test_interval_of_no_rate_is_absent() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize("of", range(1, 40))
def test_bound_after_none_is_the_exact_one_of_scipy(of: int) -> None:
    theirs = scipy.stats.binomtest(0, of, alternative="less").proportion_ci(0.95, method="exact")
    assert most_after_none(of) == pytest.approx(theirs.high)


def test_bound_after_none_of_nothing_is_everything() -> None:
    assert most_after_none(0) == 1.0
    assert [round(most_after_none(count), 2) for count in (4, 10)] == [0.53, 0.26]


def test_latency_ratio_is_the_geometric_mean_with_its_interval() -> None:
    assert latency_ratio([]) is None
    few = latency_ratio([2.0, 8.0])
    assert few is not None
    assert (few.value, few.interval) == (pytest.approx(4.0), None)
    six = latency_ratio([1.8, 2.0, 2.2, 2.1, 1.9, 2.0])
    assert six is not None
    assert six.interval is not None
    assert six.p == smallest_p(6)
    assert six.interval == (pytest.approx(1.8, rel=0.01), pytest.approx(2.2, rel=0.01))
    assert six.interval.low < six.value < six.interval.high


def test_latency_ratio_of_one_value_everywhere_has_it_as_its_interval() -> None:
    for count in (6, 50, 51):
        same = latency_ratio([1.5] * count)
        assert same is not None
        assert same.interval == (pytest.approx(1.5, rel=0.01), pytest.approx(1.5, rel=0.01))


def test_latency_ratio_of_many_tasks_is_close_to_the_exact_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = random.Random(5)
    ratios = [math.exp(rng.gauss(0.1, 0.4)) for _ in range(80)]
    quick = latency_ratio(ratios)
    monkeypatch.setattr(statistics, "EXACT_RATIOS", 100)
    exact = latency_ratio(ratios)
    assert quick is not None
    assert exact is not None
    assert quick.p == pytest.approx(exact.p, abs=0.01)
    assert quick.interval is not None
    assert exact.interval == pytest.approx(Interval(*quick.interval), rel=0.02)
