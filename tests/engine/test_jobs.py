from __future__ import annotations

import threading

from bbtui.domain.model import PullProgress
from bbtui.engine.jobs import Job, Jobs
from bbtui.errors import EndpointError
from tests.waiting import wait_until


def test_a_chore_runs_in_its_own_thread_and_tells_when_it_is_over():
    over = threading.Event()
    names = []

    def work(chore: Job[int]) -> int:
        names.append(threading.current_thread().name)
        chore.note(PullProgress("pulling", 10, 4))
        return 7

    chore = Job("pulling gemma3:4b", work, lambda _: over.set())
    assert not chore.ended
    chore.start()
    assert over.wait(30)
    assert (chore.result, chore.failure, chore.ended, chore.stopped) == (7, None, True, False)
    assert chore.fetched == PullProgress("pulling", 10, 4)
    assert names == ["pulling gemma3:4b"]


def test_a_failure_is_kept_for_who_looks():
    def work(chore: Job[None]) -> None:
        raise EndpointError("nothing listens there", "start it")

    chore = Job("loading", work)
    chore.start()
    wait_until(lambda: chore.ended)
    assert chore.failure is not None
    assert (chore.failure.message, chore.failure.fix) == ("nothing listens there", "start it")


def test_a_fault_of_the_program_is_told_as_one():
    def work(chore: Job[None]) -> None:
        raise ZeroDivisionError("by zero")

    chore = Job("loading gemma3:4b", work)
    chore.start()
    wait_until(lambda: chore.ended)
    assert chore.failure is not None
    assert chore.failure.message.startswith(
        "bbtui failed while it was loading gemma3:4b: ZeroDivisionError"
    )
    assert "please report it" in chore.failure.fix


def test_what_was_stopped_did_not_fail():
    def work(chore: Job[None]) -> None:
        assert chore.line.wait_cancelled(30)
        raise EndpointError("connection lost")

    chore = Job("loading", work)
    chore.start()
    chore.stop()
    wait_until(lambda: chore.ended)
    assert chore.stopped
    assert chore.failure is None


def test_one_chore_at_a_time_for_each_server():
    def work(chore: Job[object]) -> None:
        chore.line.wait_cancelled(30)

    chores = Jobs()
    first, second, third = (Job[object](name, work) for name in ("first", "second", "third"))
    assert chores.begin("local", first)
    assert not chores.begin("local", second)
    assert chores.begin("big", third)
    assert chores.under_way("local") is first
    first.stop()
    wait_until(lambda: first.ended)
    assert chores.under_way("local") is None
    assert chores.begin("local", second)
    chores.close()
    wait_until(lambda: second.ended and third.ended)
