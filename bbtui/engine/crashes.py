"""What nobody foresaw, in words: a thread that ends on it would be waited for without an end."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bbtui.domain.endpoint import Host, HostState

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Crash:
    """An exception that nothing in the program means to raise.

    `what` is the exception, `where` the function and line that raised it.
    """

    what: str
    where: str

    @property
    def hint(self) -> str:
        """Whose fault it is, and what to do about it."""
        return f"a bug in bbtui ({self.where}): please report it"

    @property
    def host(self) -> Host:
        """The machine, where it was a look at one."""
        return Host(HostState.FAILED, f"bbtui failed while it looked: {self.what}", self.hint)


def attempt(call: Callable[[], T]) -> T | Crash:
    """What the call returns, or the crash that ended it; its traceback is logged.

    A failure that was foreseen (BbtuiError) is the call's own to catch.
    """
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - the one handler of every thread of the engine
        place = traceback.extract_tb(error.__traceback__)[-1]
        crash = Crash(repr(error), f"{place.name}, line {place.lineno}")
        _LOG.note(crash, error)
        return crash


class _Log:
    """Where tracebacks go; one that comes again, as from every look, is kept once."""

    def __init__(self) -> None:
        self._keep: Callable[[Exception], object] | None = None
        self._kept: set[Crash] = set()

    def send_to(self, keep: Callable[[Exception], object] | None) -> None:
        self._keep, self._kept = keep, set()

    def note(self, crash: Crash, error: Exception) -> None:
        keep = self._keep
        if keep is None or crash in self._kept:
            return
        self._kept.add(crash)
        # A full disk must not end the thread that the crash has not ended.
        with contextlib.suppress(OSError):
            keep(error)


_LOG = _Log()


def log_crashes(keep: Callable[[Exception], object] | None) -> None:
    """Have `keep` called with every crash, in its thread; None: kept nowhere.

    One for the process and not a parameter: the log is one file, and every reader, probe, pod,
    errand and chore would have to be handed it through all that makes them.
    """
    _LOG.send_to(keep)
