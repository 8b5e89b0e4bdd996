"""What is done to a server's models, in a thread of its own: fetched, loaded, dropped, listed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from bbtui.clients.ports import CancelToken
from bbtui.crashes import Crash, attempt
from bbtui.domain.model import PullProgress, TransferRate
from bbtui.errors import BbtuiError

T = TypeVar("T")


class Job(Generic[T]):
    """One of them, from its start to its end.

    `what` says what is done ("loading gemma3:4b"). `work` is given the chore, for its line and to
    note how far it is. `over` is called in the chore's thread when it has ended: then there is a
    `result`, a `failure`, or it was `stopped`.
    """

    def __init__(
        self,
        what: str,
        work: Callable[[Job[T]], T],
        over: Callable[[Job[T]], None] = lambda _: None,
    ) -> None:
        self.what = what
        self.line = CancelToken()
        self.since_ns = time.perf_counter_ns()
        self.fetched: PullProgress | None = None
        self.pace = TransferRate()
        self.result: T | None = None
        self.failure: BbtuiError | None = None
        self._work, self._over = work, over
        self._ended = threading.Event()

    def start(self) -> None:
        """Begin."""
        # A daemon: a request that hangs must not keep the program.
        threading.Thread(target=self._run, name=self.what, daemon=True).start()

    def stop(self) -> None:
        """End it early; the server sees its connection go."""
        self.line.cancel()

    @property
    def ended(self) -> bool:
        """Whether it is over, one way or the other."""
        return self._ended.is_set()

    @property
    def stopped(self) -> bool:
        """Whether it was ended early."""
        return self.line.cancelled

    def note(self, fetched: PullProgress) -> None:
        """Say how far a pull is."""
        self.fetched = fetched
        self.pace.note(time.perf_counter_ns(), fetched.completed)

    def abandon(self) -> None:
        """Stop it, and tell nobody."""
        self._over = lambda _: None
        self.stop()

    def _run(self) -> None:
        crash = attempt(self._try)
        if isinstance(crash, Crash):
            self.failure = BbtuiError(crash.during(f"was {self.what}"), crash.fix)
        self._ended.set()
        attempt(lambda: self._over(self))

    def _try(self) -> None:
        try:
            self.result = self._work(self)
        except BbtuiError as error:
            self.failure = None if self.stopped else error


class Jobs:
    """What is under way, at most one for each server; it goes on when nobody looks."""

    def __init__(self) -> None:
        self._latest: dict[Hashable, Job[object]] = {}

    def begin(self, server: Hashable, chore: Job[object]) -> bool:
        """Start it, unless something is under way there already; whether it was started."""
        if self.under_way(server) is not None:
            return False
        self._latest[server] = chore
        chore.start()
        return True

    def under_way(self, server: Hashable) -> Job[object] | None:
        """What is being done to a server's models now."""
        chore = self._latest.get(server)
        return None if chore is None or chore.ended else chore

    def snapshot(self) -> dict[Hashable, Job[object]]:
        """Return the jobs under way by server."""
        return {server: job for server, job in self._latest.items() if not job.ended}

    def close(self) -> None:
        """Stop all of them; nobody is told."""
        for chore in self._latest.values():
            chore.abandon()
