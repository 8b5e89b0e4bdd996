from __future__ import annotations

from datetime import datetime, timedelta, timezone
from fractions import Fraction

import pytest

from bbtui.formatting.durations import format_ms, format_when
from bbtui.formatting.numbers import format_mean, format_rate
from bbtui.formatting.text import counted, join_list, sentence, sentences, truncate


@pytest.mark.parametrize(
    ("ns", "shown"),
    [
        (0, "0 ms"),
        (499_999, "0 ms"),
        (500_000, "1 ms"),
        (2_870_600_000, "2,871 ms"),
        (1_234_567_000_000, "1,234,567 ms"),
        (None, "–"),
    ],
)
def test_time_is_whole_milliseconds(ns: int | None, shown: str) -> None:
    assert format_ms(ns) == shown


def test_rate_by_chunks_is_marked() -> None:
    assert format_rate(38.06, exact=True) == "38.1"
    assert format_rate(38.06, exact=False) == "~38.1"
    assert format_rate(None, exact=True) == "–"


def test_time_is_formatted_in_utc() -> None:
    paris = timezone(timedelta(hours=1))
    assert format_when(datetime(2026, 11, 24, 23, 41, 59, tzinfo=paris)) == ("2026-11-24 22:41 UTC")


def test_mean_has_two_decimals() -> None:
    assert format_mean(Fraction(13, 3)) == "4.33"


def test_counts_and_lists_read_as_english() -> None:
    assert counted(1, "task") == "1 task"
    assert counted(1200, "task") == "1,200 tasks"
    assert counted(2, "answer has", "answers have") == "2 answers have"
    assert [join_list(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_long_cause_is_cut_at_a_word() -> None:
    cause = "connection refused by 127.0.0.1:11434,\nwhich is where Ollama should be listening now"
    cut = truncate(cause)
    assert cut == "connection refused by 127.0.0.1:11434, which is where…"
    assert len(truncate("x" * 100)) == 56


def test_sentence_ends_once() -> None:
    assert sentence("it is off") == "it is off."
    assert sentence("is it off?") == "is it off?"
    assert sentence("") == ""


def test_hint_behind_a_cause_is_a_sentence_of_its_own() -> None:
    assert sentences("token limit reached (num_predict 400)", "raise num_predict for more") == (
        "token limit reached (num_predict 400). Raise num_predict for more."
    )
    assert sentences("it is off", "`ollama serve` starts it") == (
        "it is off. `ollama serve` starts it."
    )
    assert sentences("it is off", "") == "it is off."
