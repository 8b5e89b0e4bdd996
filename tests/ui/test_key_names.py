from __future__ import annotations

import pytest

from bbtui.ui.actions import ACTIONS
from bbtui.ui.key_names import normalize_key


@pytest.mark.parametrize(
    ("name", "other"),
    [("?", "question_mark"), ("-", "minus"), ("\\", "backslash"), (".", "full_stop")],
)
def test_a_sign_and_its_name_are_one_key(name: str, other: str) -> None:
    assert normalize_key(name) == normalize_key(other) == name


@pytest.mark.parametrize("name", ["f5", "escape", "pagedown", "ctrl+r", "alt+slash", "G", "tab"])
def test_a_key_that_can_be_typed_is_known(name: str) -> None:
    assert normalize_key(name) is not None


@pytest.mark.parametrize("name", ["spcae", "Space", "F5", "cmd+x", "ctrl+", "pgdn", ""])
def test_a_name_that_nothing_typed_would_match_is_none(name: str) -> None:
    assert normalize_key(name) is None


def test_a_capital_is_another_key() -> None:
    assert normalize_key("v") != normalize_key("V")


def test_every_key_of_an_action_is_known() -> None:
    names = [name for action in ACTIONS if action.keys for name in action.keys.split(",")]
    assert [name for name in names if normalize_key(name) is None] == []
