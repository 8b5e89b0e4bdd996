"""What nobody foresaw: told in words, and its traceback kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bbtui.engine.crashes import Crash, attempt, log_crashes


@pytest.fixture
def kept() -> Iterator[list[Exception]]:
    """The exceptions whose traceback would be logged."""
    errors: list[Exception] = []
    log_crashes(errors.append)
    yield errors
    log_crashes(None)


def test_what_goes_well_is_what_is_returned(kept: list[Exception]) -> None:
    assert attempt(lambda: 7) == 7
    assert kept == []


def test_a_fault_names_the_innermost_function_and_is_kept(kept: list[Exception]) -> None:
    def outer() -> None:
        inner()

    def inner() -> None:
        raise KeyError("models")

    crash = attempt(outer)
    assert isinstance(crash, Crash)
    assert crash.what == "KeyError('models')"
    assert crash.hint.startswith("a bug in bbtui (inner, line ")
    assert [error.args for error in kept] == [("models",)]


def test_one_that_comes_again_is_kept_once(kept: list[Exception]) -> None:
    def look(key: str) -> None:
        raise KeyError(key)

    for key in ("a", "a", "b", "a"):
        assert isinstance(attempt(lambda key=key: look(key)), Crash)  # type: ignore[misc]
    assert [error.args for error in kept] == [("a",), ("b",)]


def test_a_log_that_cannot_be_written_ends_nothing() -> None:
    def full(error: Exception) -> None:
        raise OSError(28, "No space left on device")

    log_crashes(full)
    try:
        assert isinstance(attempt(lambda: {}["x"]), Crash)
    finally:
        log_crashes(None)
