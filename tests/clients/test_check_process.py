"""Checks that run in a child: the same results, and an end for those that have none."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from bbtui.clients import check_process
from bbtui.clients.check_process import CheckProcess
from bbtui.domain.check import Check
from tests.waiting import wait_until

HOSTILE = Check("mentions", r"re:(a+)+$")
ENDLESS = "a" * 40 + "!"


@pytest.fixture
def checks() -> Iterator[CheckProcess]:
    process = CheckProcess()
    yield process
    process.close()


@pytest.mark.parametrize(
    ("check", "text", "expected"),
    [
        (Check("mentions", "Blue"), "a blue sky", (True, "")),
        (Check("mentions", r"re:^b(?=lue)(?!x)"), "blue", (True, "")),
        (Check("avoids", r"re:(.)\1"), "abba", (False, "")),
        (Check("words", "1..2"), "one two three", (False, "3 words")),
        (Check("json", "parses"), '{"a": "\ud800\u2028"}', (True, "1 block")),
        (Check("bash", "parses", "answer"), "echo $((1 + 1))", (True, "1 block")),
        (Check("python", "parses", "code"), "no code", (False, "no python code block")),
    ],
)
def test_result_is_that_of_the_check(
    checks: CheckProcess, check: Check, text: str, expected: tuple[bool, str]
):
    result = checks(check, text)
    assert (result.decided, result.check, result.passed, result.detail) == (True, check, *expected)


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (HOSTILE, ENDLESS),
        (Check("avoids", r"re:(a|aa)+$"), ENDLESS * 20),
        (Check("mentions", r"re:(.*)*,(.*)*,(.*)*;"), "x" * 5000),
    ],
)
def test_pattern_that_never_ends_is_not_decided_and_the_next_one_is(
    checks: CheckProcess, monkeypatch: pytest.MonkeyPatch, check: Check, text: str
):
    monkeypatch.setattr(check_process, "LIMIT_S", 0.5)
    result = checks(check, text)
    assert (result.decided, result.passed) == (False, False)
    assert result.detail == "not decided within 0.5 s"
    assert checks(Check("mentions", "blue"), "blue").passed


def test_limit_is_two_seconds_as_documented():
    assert check_process.LIMIT_S == 2


def test_many_checks_without_an_end_get_less_time_each(
    checks: CheckProcess, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(check_process, "LIMIT_S", 0.4)
    monkeypatch.setattr(check_process, "BUDGET_S", 0.5)
    details = [checks(HOSTILE, f"{ENDLESS}{number}").detail for number in range(3)]
    assert details == [f"not decided within {limit} s" for limit in (0.4, 0.4, 0.2)]


def test_process_that_dies_is_reported_and_replaced(checks: CheckProcess):
    assert checks(Check("mentions", "blue"), "blue").passed
    child = checks._child
    assert child is not None
    child.terminate()
    child.wait()
    result = checks(Check("mentions", "red"), "red")
    assert (result.decided, result.detail) == (False, "not decided: the process for it ended (15)")
    assert checks(Check("mentions", "green"), "green").passed


def test_failure_to_start_a_process_is_reported(
    checks: CheckProcess, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(check_process.sys, "executable", "/nowhere/python")
    result = checks(Check("mentions", "blue"), "blue")
    assert result.detail == "not decided: its process could not start (No such file or directory)"


def test_close_ends_a_check_that_runs(checks: CheckProcess, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(check_process, "LIMIT_S", 3600.0)
    thread = threading.Thread(target=checks, args=(HOSTILE, ENDLESS))
    thread.start()
    child = wait_until(lambda: checks._child)
    checks.close()
    thread.join(60)
    assert not thread.is_alive()
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)
    assert checks(HOSTILE, "b").detail == "not decided: bbtui is closing"
