from __future__ import annotations

import threading

import pytest

from bbtui.domain.model import PullProgress
from bbtui.engine.jobs import Job, Jobs
from bbtui.errors import BbtuiError, EndpointError
from tests.waiting import LIMIT_S, wait_until


def until_cancelled(job: Job[str]) -> str:
    assert job.cancel_token.wait_cancelled(LIMIT_S)
    return "late"


def failure_of(error: Exception) -> BbtuiError:
    """Return the failure of a job whose call raises this."""

    def call(job: Job[None]) -> None:
        raise error

    job = Job("loading gemma3:4b", call)
    job.start()
    return wait_until(lambda: job.failure)


def test_job_runs_in_its_own_thread_and_reports_its_end() -> None:
    over = threading.Event()
    names = []

    def call(job: Job[int]) -> int:
        names.append(threading.current_thread().name)
        job.report(PullProgress("pulling", 10, 4))
        return 7

    job = Job("pulling gemma3:4b", call, lambda _: over.set())
    assert (job.ended, job.result, job.failure) == (False, None, None)
    job.start()
    assert over.wait(LIMIT_S)
    assert (job.result, job.failure, job.ended, job.cancelled) == (7, None, True, False)
    assert job.progress == PullProgress("pulling", 10, 4)
    assert names == ["pulling gemma3:4b"]


def test_error_of_a_job_is_kept() -> None:
    failure = failure_of(EndpointError("nothing listens there", "start it"))
    assert (failure.message, failure.fix) == ("nothing listens there", "start it")


def test_crash_of_a_job_is_reported_as_a_bug() -> None:
    failure = failure_of(ZeroDivisionError("by zero"))
    assert failure.message.startswith("internal error while loading gemma3:4b: ZeroDivision")
    assert "please report it" in failure.fix


def test_cancelled_job_has_not_failed() -> None:
    def call(job: Job[None]) -> None:
        until_cancelled(job)
        raise EndpointError("connection lost")

    job = Job("loading", call)
    job.start()
    job.cancel()
    wait_until(lambda: job.ended)
    assert job.cancelled
    assert job.failure is None


def test_job_that_has_ended_cannot_be_cancelled() -> None:
    job = Job("loading", lambda _: 7)
    job.start()
    wait_until(lambda: job.ended)
    job.cancel()
    assert (job.cancelled, job.result) == (False, 7)


def test_one_job_at_a_time_for_each_key() -> None:
    jobs: Jobs[str, str] = Jobs()
    first, second, third = (Job(name, until_cancelled) for name in ("first", "second", "third"))
    assert jobs.start("local", first)
    assert not jobs.start("local", second)
    assert jobs.start("big", third)
    assert jobs.running("local") is first
    assert jobs.snapshot() == {"local": first, "big": third}
    first.cancel()
    wait_until(lambda: first.ended)
    assert jobs.running("local") is None
    assert jobs.start("local", second)
    jobs.close()
    wait_until(lambda: second.ended and third.ended)


def test_result_is_kept_until_the_next_job_has_ended() -> None:
    jobs: Jobs[str, str] = Jobs()
    assert jobs.ended("a") is None
    first, second = Job("first", lambda _: "1"), Job("second", until_cancelled)
    jobs.start("a", first)
    wait_until(lambda: first.ended)
    jobs.start("a", second)
    assert (jobs.ended("a"), jobs.running("a")) == (first, second)
    assert jobs.ended("b") is None
    second.cancel()
    wait_until(lambda: second.ended)
    assert jobs.ended("a") is second


@pytest.mark.parametrize("close", [False, True])
def test_dropped_job_is_cancelled_and_not_reported(close: bool) -> None:
    reported: list[str] = []
    jobs: Jobs[str, str] = Jobs()
    job = Job("dropped", until_cancelled, lambda job: reported.append(job.title))
    jobs.start("a", job)
    if close:
        jobs.close()
    else:
        jobs.drop("a")
        assert (jobs.running("a"), jobs.ended("a")) == (None, None)
    wait_until(lambda: job.ended)
    assert jobs.start("a", Job("next", lambda _: "", lambda job: reported.append(job.title))) is (
        not close
    )
    if not close:
        wait_until(lambda: reported)
    assert reported == ([] if close else ["next"])
