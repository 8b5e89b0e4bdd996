"""Calls in threads: one of a kind at a time, cut when they are not wanted any more."""

from __future__ import annotations

import threading
from typing import NoReturn

from bbtui.clients.ports import CancelToken
from bbtui.crashes import Crash
from bbtui.engine.errands import Errands
from tests.waiting import LIMIT_S, wait_until


def no_crash(crash: Crash) -> NoReturn:
    raise AssertionError(crash)


def test_the_result_of_a_call_is_kept_and_told() -> None:
    told = threading.Event()
    errands: Errands[str, int] = Errands(told.set, no_crash)
    errands.send("a", lambda line: 7)
    assert told.wait(LIMIT_S)
    assert errands.result("a") == 7
    assert errands.waited_s("a") is None
    assert errands.result("b") is None


def test_a_call_under_way_is_not_made_twice() -> None:
    release, calls = threading.Event(), []

    def call(cancel_token: CancelToken) -> int:
        calls.append(cancel_token)
        release.wait(LIMIT_S)
        return len(calls)

    errands: Errands[str, int] = Errands(lambda: None, no_crash)
    errands.send("a", call)
    wait_until(lambda: calls)
    errands.send("a", call)
    assert (errands.waited_s("a") or 0) >= 0
    release.set()
    wait_until(lambda: errands.result("a"))
    assert len(calls) == 1
    errands.send("a", call)
    wait_until(lambda: errands.result("a") == 2)


def test_a_call_that_is_dropped_is_cut_and_its_result_too() -> None:
    told: list[str] = []
    ended = threading.Event()

    def call(cancel_token: CancelToken) -> str:
        cancel_token.wait_cancelled(LIMIT_S)
        ended.set()
        return "late"

    errands: Errands[str, str] = Errands(lambda: told.append("news"), no_crash)
    errands.send("a", call)
    errands.drop("a")
    assert ended.wait(LIMIT_S)
    assert errands.waited_s("a") is None
    errands.send("a", lambda line: "new")
    wait_until(lambda: errands.result("a") == "new")
    assert told == ["news"]


def test_after_the_end_nothing_begins() -> None:
    errands: Errands[str, str] = Errands(lambda: None, no_crash)
    lines: list[CancelToken] = []
    errands.send("a", lambda line: lines.append(line) or str(line.wait_cancelled(LIMIT_S)))
    wait_until(lambda: lines)
    errands.close()
    assert lines[0].cancelled
    errands.send("b", lambda line: "never")
    assert errands.waited_s("b") is None


def test_a_call_that_breaks_comes_to_an_end_in_words() -> None:
    def call(cancel_token: CancelToken) -> str:
        raise KeyError("models")

    told = threading.Event()
    errands: Errands[str, str] = Errands(told.set, lambda crash: f"{crash.what} | {crash.fix}")
    errands.send("a", call)
    assert told.wait(LIMIT_S)
    result = errands.result("a") or ""
    assert result.startswith("KeyError('models') | a bug in bbtui (engine/errands.py:")
    assert errands.waited_s("a") is None
    errands.send("a", lambda line: "well")
    wait_until(lambda: errands.result("a") == "well")
