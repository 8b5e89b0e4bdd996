"""Signals that end a program, turned into a flag that is read at the next tick."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class InterruptFlag:
    """Whether the program is to end; what is running can then be stopped and saved first."""

    def __init__(self) -> None:
        self.requested = False

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal; a second one raises `KeyboardInterrupt`."""
        # Only a flag is set: a lock taken here could be one the main thread holds already.
        if self.requested:
            signal.default_int_handler(number, frame)
        self.requested = True


@contextmanager
def catch_interrupts() -> Iterator[InterruptFlag]:
    """Set a flag at Ctrl-C, a hang-up and a request to terminate; for the main thread only."""
    flag = InterruptFlag()
    # A program started with nohup keeps ignoring the hang-up.
    before = {
        number: handler
        for number in _SIGNALS
        if (handler := signal.getsignal(number)) is not signal.SIG_IGN
    }
    for number in before:
        signal.signal(number, flag.handle)
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
