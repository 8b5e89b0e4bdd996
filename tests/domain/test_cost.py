"""Costs, and the words for them: what is not known is never $0."""

from __future__ import annotations

import pytest

from bbtui.domain.cost import TokenPrice, idle_cost, rental_cost, token_cost
from bbtui.formatting.durations import format_uptime
from bbtui.formatting.numbers import format_cost, format_price


def test_costs_are_price_times_time():
    assert rental_cost(0.72, 3.7) == pytest.approx(0.00074)
    assert rental_cost(0.72, 7200) == pytest.approx(1.44)
    assert idle_cost(0.72, 7200, 1800) == pytest.approx(1.08)
    assert idle_cost(0.72, 60, 90) == 0


GPT = TokenPrice(input=0.25, output=1.25, cached=0.03)
FREE = TokenPrice(input=0.0, output=0.0)


@pytest.mark.parametrize(
    ("price", "counts", "cost"),
    [
        (GPT, (1000, None, 400), 0.00025 + 0.0005),
        (GPT, (1000, 600, 400), 0.0001 + 0.000018 + 0.0005),
        (GPT, (1000, 5000, 0), 0.00003),  # no more can be cached than was sent
        (TokenPrice(0.25, 1.25), (1000, 600, 400), 0.00025 + 0.0005),  # cached costs the same
        (TokenPrice(0.25, 1.25, cached=0.0), (1000, 1000, 0), 0.0),
        (FREE, (1000, None, 400), 0.0),
    ],
)
def test_cost_of_an_answer_is_that_of_its_tokens(price, counts, cost):
    assert token_cost(price, *counts) == pytest.approx(cost)


@pytest.mark.parametrize("counts", [(None, None, 400), (1000, None, None)])
def test_without_counts_of_tokens_no_cost_is_known(counts):
    assert token_cost(GPT, *counts) is None
    assert token_cost(FREE, *counts) == 0.0  # what is free costs nothing, however long


@pytest.mark.parametrize("price", [None, 0.0])
def test_without_a_price_no_cost_is_known(price: float | None):
    assert rental_cost(price, 3.7) is None
    assert rental_cost(price, 7200) is None
    assert idle_cost(price, 7200, 10) is None


def test_without_an_uptime_no_cost_is_known():
    assert rental_cost(0.79, None) is None
    assert idle_cost(0.79, None, 10) is None


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (None, "unknown"),
        (0.0, "<$0.0001"),
        (0.00004, "<$0.0001"),
        (0.0008, "$0.0008"),
        (0.31, "$0.31"),
        (12.0, "$12.00"),
        (1234.5, "$1,234.50"),
    ],
)
def test_cost_is_formatted(cost: float | None, words: str):
    assert format_cost(cost) == words


def test_price_is_formatted():
    assert format_price(0.79) == "$0.79/h"
    assert format_price(None) == "unknown"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (-5, "0 s"),
        (45, "45 s"),
        (720, "12 min"),
        (7800, "2 h 10 min"),
        (273600, "3 d 4 h"),
    ],
)
def test_uptime_is_formatted(seconds: float | None, words: str):
    assert format_uptime(seconds) == words
