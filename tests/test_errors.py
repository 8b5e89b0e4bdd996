from __future__ import annotations

import pytest

from bbtui import errors


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("BbtuiError", 1),
        ("UsageError", 2),
        ("ConfigError", 2),
        ("TasksError", 2),
        ("ThemeError", 2),
        ("SessionNotFoundError", 2),
        ("StoreError", 2),
        ("EndpointError", 3),
    ],
)
def test_each_error_has_its_exit_code_and_one_root(name, code):
    kind = getattr(errors, name)
    assert kind.exit_code == code
    assert issubclass(kind, errors.BbtuiError)
    assert name in (errors.__doc__ or ""), "the tree in the docstring shows every error"


def test_error_is_its_message_then_its_fix():
    assert str(errors.StoreError("the disk is full", "free some")) == "the disk is full\nfree some"
    assert str(errors.StoreError("the disk is full")) == "the disk is full"


def test_file_with_problems_names_all_of_them():
    error = errors.ConfigError("config.toml", ["no endpoints", 'unknown key "modle"'], "see docs")
    assert str(error) == (
        'config.toml: 2 problems\n  no endpoints\n  unknown key "modle"\nsee docs'
    )
    assert str(errors.TasksError("tasks.toml", ["empty"])) == "tasks.toml: 1 problem\n  empty"
