from __future__ import annotations

import pytest

from bbtui.ui.action import normalize_key
from bbtui.ui.actions import ACTIONS


@pytest.mark.parametrize(
    ("name", "other"),
    [("?", "question_mark"), ("-", "minus"), ("\\", "backslash"), (".", "full_stop")],
)
def test_character_and_name_are_the_same_key(name: str, other: str) -> None:
    assert normalize_key(name) == normalize_key(other) == name


@pytest.mark.parametrize("name", ["f5", "escape", "pagedown", "ctrl+r", "alt+slash", "G", "tab"])
def test_typable_key_is_known(name: str) -> None:
    assert normalize_key(name) is not None


@pytest.mark.parametrize("name", ["spcae", "Space", "F5", "cmd+x", "ctrl+", "pgdn", ""])
def test_unknown_key_is_none(name: str) -> None:
    assert normalize_key(name) is None


def test_upper_case_is_another_key() -> None:
    assert normalize_key("v") != normalize_key("V")


def test_every_key_of_an_action_is_known() -> None:
    names = [name for action in ACTIONS if action.keys for name in action.keys.split(",")]
    assert [name for name in names if normalize_key(name) is None] == []
