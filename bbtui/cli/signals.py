"""Ctrl-C, a hang-up and a request to end, taken as a wish that is granted at the next tick."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

_WISHES = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_Handler = Callable[[int, FrameType | None], Any] | int | None


class InterruptFlag:
    """While entered, `asked` becomes true at the first signal; a second one ends at once.

    What is running can then be stopped and written down in order. Only the main thread can be
    told of signals.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[signal.Signals, _Handler] = {}

    def __enter__(self) -> InterruptFlag:
        for wish in _WISHES:
            # A program started with nohup stays deaf to the hang-up.
            if signal.getsignal(wish) is not signal.SIG_IGN:
                self._before[wish] = signal.signal(wish, self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for wish, handler in self._before.items():
            signal.signal(wish, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:
        # Only a flag is set: a lock taken here could be one the main thread holds already.
        if self.requested:
            signal.default_int_handler(number, frame)
        self.requested = True
