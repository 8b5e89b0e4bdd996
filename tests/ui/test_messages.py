"""Figures as they are written: none rounds past its unit."""

from __future__ import annotations

import pytest

from bbtui.formatting.durations import format_ns


@pytest.mark.parametrize(
    ("ns", "written"),
    [
        (None, "–"),
        (412_000_000, "412 ms"),
        (999_400_000, "999 ms"),
        (999_600_000, "1.0 s"),
        (3_700_000_000, "3.7 s"),
        (599_940_000_000, "599.9 s"),
        (599_980_000_000, "10 min"),
    ],
)
def test_a_duration_keeps_its_column(ns: int | None, written: str) -> None:
    assert format_ns(ns) == written
