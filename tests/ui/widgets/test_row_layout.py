"""Rows whose parts are shown whole or not at all."""

from __future__ import annotations

import pytest

from bbtui.ui.widgets.row_layout import RowPart, fit

PARTS = [
    RowPart("412 ms"),
    RowPart("38.1 tok/s", 1),
    RowPart("127", 3),
    RowPart("4/5", 2),
    RowPart(""),
]


@pytest.mark.parametrize(
    ("width", "row", "left_out"),
    [
        (28, "412 ms  38.1 tok/s  127  4/5", []),
        (27, "412 ms  38.1 tok/s  4/5", ["127"]),
        (23, "412 ms  38.1 tok/s  4/5", ["127"]),
        (22, "412 ms  38.1 tok/s", ["127", "4/5"]),
        (17, "412 ms  127  4/5", ["38.1 tok/s"]),
        (5, "4/5", ["412 ms", "38.1 tok/s", "127"]),
        (0, "", ["412 ms", "38.1 tok/s", "127", "4/5"]),
    ],
)
def test_parts_of_the_lowest_rank_are_kept_in_order(
    width: int, row: str, left_out: list[str]
) -> None:
    shown, rest = fit(PARTS, width)
    assert shown.plain == row
    assert [part.text for part in rest] == left_out


def test_width_is_counted_in_cells() -> None:
    shown, _ = fit([RowPart("日本"), RowPart("ab")], 7, " · ")
    assert shown.plain == "日本"
    assert fit([RowPart("日本"), RowPart("ab")], 9, " · ")[0].plain == "日本 · ab"
