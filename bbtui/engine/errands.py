"""Blocking calls, each in a thread of its own, with the latest result of each kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from bbtui.clients.ports import CancelToken
from bbtui.crashes import Crash, attempt

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Errands(Generic[K, V]):
    """At most one call under way for each key. `wake` is called when a result has come.

    A call gets a line: cut, it ends early, and what it returns is dropped. `failed` makes the
    result of a call that ended by a crash.
    """

    def __init__(self, wake: Callable[[], None], failed: Callable[[Crash], V]) -> None:
        self._wake = wake
        self._failed = failed
        self._lock = threading.Lock()
        self._under_way: dict[K, tuple[CancelToken, float]] = {}
        self._results: dict[K, V] = {}
        self._closed = False

    def send(self, key: K, call: Callable[[CancelToken], V]) -> None:
        """Make the call; one under way for this key goes on instead."""
        with self._lock:
            if self._closed or key in self._under_way:
                return
            line = CancelToken()
            self._under_way[key] = (line, time.monotonic())
        # A look at a host that swallows packets cannot always be cut: it must not hold up the end.
        threading.Thread(target=self._run, args=(key, call, line), daemon=True).start()

    def drop(self, key: K) -> None:
        """Cut the call for this key, if there is one."""
        with self._lock:
            line, _ = self._under_way.pop(key, (None, 0.0))
        if line is not None:
            line.cancel()

    def close(self) -> None:
        """Cut every call; none begins after this."""
        with self._lock:
            self._closed = True
            keys = list(self._under_way)
        for key in keys:
            self.drop(key)

    def result(self, key: K) -> V | None:
        """What the last call for this key returned."""
        with self._lock:
            return self._results.get(key)

    def waited_s(self, key: K) -> float | None:
        """How long the call for this key has been under way, in s; None if there is none."""
        with self._lock:
            started = self._under_way.get(key)
        return None if started is None else time.monotonic() - started[1]

    def _run(self, key: K, call: Callable[[CancelToken], V], cancel_token: CancelToken) -> None:
        returned = attempt(lambda: call(cancel_token))
        result = self._failed(returned) if isinstance(returned, Crash) else returned
        with self._lock:
            current = self._under_way.get(key, (None, 0.0))[0] is cancel_token
            if current:
                del self._under_way[key]
                self._results[key] = result
        if current:
            attempt(self._wake)
