"""A call in a thread of its own, for what cannot be interrupted: a resolver, a provider."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Aside(Generic[T]):
    """A call that has begun, for which one waits as long as one likes."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._value: list[T] = []
        self._error: Exception | None = None
        # A daemon: what hangs does not hold up the end of the program.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value.append(self._call())
        except Exception as error:  # noqa: BLE001 - raised again where the result is wanted
            self._error = error

    def result(self, within_s: float | None = None) -> T:
        """What the call returned or raised; TimeoutError if it takes longer."""
        self._thread.join(within_s)
        if self._error is not None:
            raise self._error
        if not self._value:
            raise TimeoutError
        return self._value[0]
