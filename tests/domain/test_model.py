from __future__ import annotations

import pytest

from bbtui.domain.model import Model, ModelListing, PullProgress, TransferRate, full_name

S = 1_000_000_000


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("gemma3", "gemma3:latest"),
        ("Gemma3:1B", "gemma3:1b"),
        ("localhost:5000/org/m", "localhost:5000/org/m:latest"),
        ("hf.co/org/m:Q4_0", "hf.co/org/m:q4_0"),
    ],
)
def test_name_without_a_tag_means_the_latest(name, full):
    assert full_name(name) == full
    assert ModelListing((Model(full),)).find(name) == Model(full)


def test_pace_needs_two_counts_and_a_move():
    pace = TransferRate()
    assert pace.rate is None
    pace.note(0, 100)
    assert pace.rate is None
    pace.note(2 * S, 100)
    assert pace.rate is None
    assert pace.left_s(PullProgress("", 1000, 100)) is None
    pace.note(4 * S, 500)
    assert pace.rate == 100
    assert pace.left_s(PullProgress("", 1000, 500)) == 5


def test_pace_is_that_of_the_last_seconds():
    pace = TransferRate()
    for second in range(60):
        pace.note(second * S, second * 1000)
    for second in range(60, 80):
        pace.note(second * S, 60_000 + (second - 60) * 10)
    assert pace.rate == 10


def test_count_that_falls_back_gives_no_rate():
    pace = TransferRate()
    pace.note(0, 500)
    pace.note(S, 100)
    assert pace.rate is None
