"""Columns or tabs: what the size decides, and what the user does."""

from __future__ import annotations

import pytest

from bbtui.ui.layout import Layout, Size


@pytest.mark.parametrize(
    ("size", "narrow", "too_small"),
    [
        (Size(100, 28), False, False),
        (Size(99, 28), True, False),
        (Size(100, 27), True, False),
        (Size(60, 16), True, False),
        (Size(59, 16), True, True),
        (Size(120, 15), True, True),
    ],
)
def test_size_decides_until_the_user_does(size: Size, narrow: bool, too_small: bool) -> None:
    layout = Layout(size)
    assert (layout.narrow, layout.tabbed) == (narrow, narrow)
    assert layout.classes["too-small"] is too_small


def test_choice_is_kept_for_other_sizes() -> None:
    layout = Layout(Size(120, 36))
    layout.toggle_tabs()
    layout.size = Size(80, 24)
    assert layout.tabbed
    layout.size = Size(120, 36)
    assert layout.tabbed


def test_choice_that_the_size_makes_too_is_not_kept() -> None:
    layout = Layout(Size(120, 36))
    layout.toggle_tabs()
    layout.toggle_tabs()
    layout.size = Size(80, 24)
    assert layout.tabbed
