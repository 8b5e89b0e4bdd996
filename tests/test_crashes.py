"""Unexpected exceptions: their message, and the traceback in the log."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import NoReturn

import httpx
import pytest

from bbtui.crashes import Crash, attempt, logging_crashes, traceback_of
from bbtui.domain.session import SessionInfo
from bbtui.store.codec import from_document
from tests.waiting import LIMIT_S

SECRET = "Bearer-s3cret"


@pytest.fixture
def kept() -> Iterator[list[BaseException]]:
    """Yield the exceptions whose traceback would be logged."""
    errors: list[BaseException] = []
    with logging_crashes(errors.append):
        yield errors


def test_attempt_returns_the_result(kept: list[BaseException]) -> None:
    assert attempt(lambda: 7) == 7
    assert kept == []


def test_crash_names_the_line_of_bbtui_and_not_the_librarys(kept: list[BaseException]) -> None:
    crash = attempt(lambda: from_document(SessionInfo, "no JSON"))
    assert isinstance(crash, Crash)
    assert crash.what.startswith("JSONDecodeError('Expecting value")
    assert re.fullmatch(
        r"a bug in bbtui \(store/codec\.py:\d+\): "
        r"its traceback is in bbtui\.log; please report it",
        crash.fix,
    )
    assert [type(error) for error in kept] == [json.JSONDecodeError]


def test_crash_without_a_line_of_bbtui_names_the_last(kept: list[BaseException]) -> None:
    crash = attempt(illegal)
    assert isinstance(crash, Crash)
    assert crash.fix.startswith("a bug in bbtui (test_crashes.py:")


def test_repeated_crash_is_logged_once(kept: list[BaseException]) -> None:
    def look(kind: type[Exception], number: int) -> None:
        raise kind(f"look {number}")

    for number, kind in enumerate((KeyError, KeyError, OSError, KeyError)):
        assert isinstance(attempt(partial(look, kind, number)), Crash)
    assert [type(error) for error in kept] == [KeyError, OSError]


def test_crash_from_another_line_is_logged_too(kept: list[BaseException]) -> None:
    attempt(lambda: {}["a"])
    attempt(lambda: {}["a"])
    assert len(kept) == 2


def test_unwritable_log_does_not_end_the_program() -> None:
    def full(error: BaseException) -> None:
        raise OSError(28, "No space left on device")

    with logging_crashes(full):
        assert isinstance(attempt(lambda: {}["x"]), Crash)


def test_traceback_is_complete(kept: list[BaseException]) -> None:
    def outer() -> None:
        try:
            inner()
        except KeyError:
            raise ValueError("no list")  # noqa: B904

    def inner() -> None:
        raise KeyError("models")

    attempt(outer)
    told = traceback_of(kept[0])
    assert told.index("KeyError('models')") < told.index("ValueError('no list')")
    assert told.count("Traceback (most recent call last)") == 2
    assert told.index(", in inner\n") < told.index("after which")


def illegal() -> NoReturn:
    raise httpx.LocalProtocolError(f"Illegal header value b' {SECRET}'")


def no_ascii() -> None:
    httpx.Headers({"Authorization": f"{SECRET}ü"})


def while_it_was_told() -> None:
    try:
        illegal()
    except httpx.HTTPError as error:
        error.nothing  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("call", [illegal, no_ascii, while_it_was_told])
def test_key_in_a_header_is_neither_shown_nor_logged(
    call: Callable[[], object], kept: list[BaseException]
) -> None:
    crash = attempt(call)
    (error,) = kept
    assert SECRET in repr(error.__context__ or error), "the library quotes it"
    assert isinstance(crash, Crash)
    assert SECRET not in crash.what + crash.fix + traceback_of(error)
    assert crash.what.startswith(type(error).__name__)


INTERRUPTED_WHERE_NOTHING_CAN_BE_RAISED = """
import signal, sys, threading
from bbtui.crashes import logging_crashes

number, *ignored = map(int, sys.argv[1:])
signal.signal(number, signal.default_int_handler)
for one in ignored:
    signal.signal(one, signal.SIG_IGN)

class Lost:
    def __del__(self):
        signal.raise_signal(number)

with logging_crashes(lambda error: None):
    try:
        Lost()
        threading.Event().wait()
    except KeyboardInterrupt:
        print("interrupted")
"""


@pytest.mark.parametrize(
    "numbers",
    [
        (signal.SIGINT,),
        (signal.SIGTERM, signal.SIGINT),
        (signal.SIGHUP, signal.SIGINT, signal.SIGTERM),
    ],
    ids=["ctrl-c", "ctrl-c is ignored", "only a hang-up is not ignored"],
)
def test_interrupt_where_nothing_can_be_raised_is_raised_after_it(numbers: tuple[int, ...]):
    words = [sys.executable, "-c", INTERRUPTED_WHERE_NOTHING_CAN_BE_RAISED]
    words += map(str, map(int, numbers))
    ended = subprocess.run(words, capture_output=True, text=True, check=True, timeout=LIMIT_S)
    assert (ended.stdout, ended.stderr) == ("interrupted\n", "")
