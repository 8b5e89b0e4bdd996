"""Blocking calls in background threads: what each returned, how far it is, how to cancel it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

from bbtui.clients.ports import CancelToken
from bbtui.crashes import attempt
from bbtui.domain.model import PullProgress, TransferRate
from bbtui.domain.problem import Problem
from bbtui.errors import BbtuiError
from bbtui.formatting.durations import NS_PER_S

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Job(Generic[T]):
    """One call in a thread of its own."""

    def __init__(
        self,
        title: str,
        call: Callable[[Job[T]], T],
        on_end: Callable[[Job[T]], None] = lambda _: None,
    ) -> None:
        """Prepare the job; `call` gets it for its token and its progress.

        `on_end` is called in the thread of the job, after it has ended.
        """
        self.title = title
        """What is done, such as "loading gemma3:4b"."""
        self.cancel_token = CancelToken()
        """Passed to clients, so that `cancel` ends their request."""
        self.started_ns = time.perf_counter_ns()
        """When it began, by `time.perf_counter_ns`."""
        self.progress: PullProgress | None = None
        """How far it is; None where it does not report that."""
        self.rate = TransferRate()
        """How fast `progress` grows."""
        self._call, self._on_end = call, on_end
        self._future: Future[T] = Future()

    def start(self) -> None:
        """Begin."""
        # A daemon: a request that hangs must not keep the program.
        threading.Thread(target=self._run, name=self.title, daemon=True).start()

    def cancel(self) -> None:
        """End it early, unless it has ended; the server sees its connection close."""
        if not self.ended:
            self.cancel_token.cancel()

    def drop(self) -> None:
        """Cancel it, and do not report its end."""
        self._on_end = lambda _: None
        self.cancel()

    @property
    def ended(self) -> bool:
        """Whether it has ended: with a `result`, with a `failure`, or cancelled."""
        return self._future.done()

    @property
    def cancelled(self) -> bool:
        """Whether it was ended early."""
        return self.cancel_token.cancelled

    @property
    def result(self) -> T | None:
        """What the call returned; None if it has not ended or has failed."""
        return self._future.result() if self.ended and not self._future.exception() else None

    @property
    def failure(self) -> BbtuiError | None:
        """Why it failed; None if it has not, or was cancelled."""
        error = self._future.exception() if self.ended else None
        return error if isinstance(error, BbtuiError) and not self.cancelled else None

    @property
    def elapsed_s(self) -> float:
        """The seconds since it was made."""
        return (time.perf_counter_ns() - self.started_ns) / NS_PER_S

    def report(self, progress: PullProgress) -> None:
        """Note how far it is; called from the thread of the job."""
        self.progress = progress
        self.rate.note(time.perf_counter_ns(), progress.completed)

    def _run(self) -> None:
        crash = attempt(self._resolve)
        if crash is not None:
            self._future.set_exception(BbtuiError(crash.during(self.title), crash.fix))
        attempt(lambda: self._on_end(self))

    def _resolve(self) -> None:
        try:
            self._future.set_result(self._call(self))
        except BbtuiError as error:
            self._future.set_exception(error)


class Jobs(Generic[K, T]):
    """The latest job for each key, such as a server: one at a time, all cancelled by `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: dict[K, Job[T]] = {}
        self._ended: dict[K, Job[T]] = {}
        self._closed = False

    def start(self, key: K, job: Job[T]) -> bool:
        """Start a job; return False if one is under way for this key, or after `close`."""
        with self._lock:
            before = self._latest.get(key)
            if self._closed or (before is not None and not before.ended):
                return False
            if before is not None:
                self._ended[key] = before
            self._latest[key] = job
        job.start()
        return True

    def running(self, key: K) -> Job[T] | None:
        """Return the job under way for this key, if there is one."""
        job = self._latest.get(key)
        return None if job is None or job.ended else job

    def ended(self, key: K) -> Job[T] | None:
        """Return the last job for this key that has ended and was not dropped, if there is one."""
        job = self._latest.get(key)
        return job if job is not None and job.ended else self._ended.get(key)

    def outcome(self, key: K) -> T | Problem | None:
        """Return the result of `ended`, or why it failed; None before a job has ended."""
        job = self.ended(key)
        if job is None or job.failure is None:
            return None if job is None else job.result
        return Problem.of(job.failure)

    def elapsed_s(self, key: K) -> float | None:
        """Return the seconds since the job under way was made; None if there is none."""
        job = self.running(key)
        return None if job is None else job.elapsed_s

    def drop(self, key: K) -> None:
        """Cancel the job under way for this key; its result and its end are not reported."""
        with self._lock:
            job = self._latest.get(key)
            if job is not None and not job.ended:
                del self._latest[key]
                job.drop()

    def snapshot(self) -> dict[K, Job[T]]:
        """Return the jobs under way by key."""
        return {key: job for key, job in self._latest.items() if not job.ended}

    def close(self) -> None:
        """Cancel every job, reporting none; none starts after this."""
        with self._lock:
            self._closed = True
            for job in self._latest.values():
                job.drop()
