"""Unexpected exceptions: caught at the top of every thread, described, and logged once."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

#: Exceptions of these may quote a header, and with it a key: only their type is shown.
_HTTP_LIBRARIES = {"httpx", "httpcore", "h11"}
_PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Crash:
    """An exception that nothing in the program raises on purpose."""

    what: str
    """The exception, with its message unless that may hold a key."""

    where: str
    """The file and line of bbtui that it came from."""

    def during(self, activity: str) -> str:
        """Return the message for what bbtui was doing: "reading this answer"."""
        return f"internal error while {activity}: {self.what}"

    @property
    def fix(self) -> str:
        """What to do about it: report the bug."""
        return f"a bug in bbtui ({self.where}): its traceback is in bbtui.log; please report it"


def attempt(call: Callable[[], T]) -> T | Crash:
    """Return what the call returns, or the crash that ended it.

    Expected failures (BbtuiError) are to be caught by the call itself.
    """
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - the one handler of every thread and every key
        return crashed(error)


def crashed(error: BaseException) -> Crash:
    """Return the description of an unexpected exception, and log its traceback."""
    crash = Crash(describe_error(error), _where(error))
    _LOG.note(crash, error)
    return crash


def _where(error: BaseException) -> str:
    """Return the innermost line of bbtui in a traceback, or the last line if there is none.

    The handler in this file does not count.
    """
    steps = [
        (Path(frame.f_code.co_filename), line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    for path, line in reversed(steps):
        if path.is_relative_to(_PACKAGE) and path != Path(__file__):
            return f"{path.relative_to(_PACKAGE).as_posix()}:{line}"
    path, line = steps[-1]
    return f"{path.name}:{line}"


def describe_error(error: BaseException) -> str:
    """Return type and message of an exception, or its type alone if the message may hold a key."""
    return type(error).__qualname__ if _may_hold_key(error) else repr(error)


def traceback_of(error: BaseException) -> str:
    """Return the traceback of an exception and of its causes, oldest first, as Python prints it."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    steps = "".join(traceback.format_tb(error.__traceback__))
    own = f"Traceback (most recent call last):\n{steps}{describe_error(error)}\n"
    return own if before is None else f"{traceback_of(before)}\nafter which:\n\n{own}"


def came_of_interrupt(error: BaseException) -> bool:
    """Return whether an interrupt became this exception, as in the making of a class."""
    before: BaseException | None = error
    while before is not None and not isinstance(before, KeyboardInterrupt):
        before = before.__cause__ or before.__context__
    return before is not None


def _may_hold_key(error: BaseException) -> bool:
    """Return whether an exception comes from a library that knows the headers."""
    modules = [type(error).__module__]
    modules += [
        frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)
    ][-1:]
    return any(module.partition(".")[0] in _HTTP_LIBRARIES for module in modules)


class _Log:
    """Passes each exception on once, although every check may raise it again.

    Two are the same if type and place are: the message may hold an address or a time.
    """

    def __init__(self) -> None:
        self._keep: Callable[[BaseException], object] | None = None
        self._kept: set[tuple[type[BaseException], str]] = set()

    def send_to(self, keep: Callable[[BaseException], object] | None) -> None:
        self._keep, self._kept = keep, set()

    def note(self, crash: Crash, error: BaseException) -> None:
        keep, same = self._keep, (type(error), crash.where)
        if keep is None or same in self._kept:
            return
        self._kept.add(same)
        # A full disk must not end the thread that the crash has not ended.
        with contextlib.suppress(OSError):
            keep(error)


_LOG = _Log()


@contextlib.contextmanager
def logging_crashes(keep: Callable[[BaseException], object]) -> Iterator[None]:
    """Call `keep` with the exception of every crash, in the thread that raised it.

    So are exceptions that Python would print, over the screen: of a thread, or where none can be
    raised. An interrupt that came there is raised again.

    There is one for the process and not a parameter, because the log is one file: every reader,
    monitor and job would have to be given it by whatever makes them.
    """
    hooks = threading.excepthook, sys.unraisablehook
    _LOG.send_to(keep)
    threading.excepthook = lambda lost: _note_lost(lost.exc_value)
    sys.unraisablehook = lambda lost: _note_lost(lost.exc_value)
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = hooks
        _LOG.send_to(None)


#: The signals that raise KeyboardInterrupt, each unless it is ignored.
_UNWINDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: How long until an interrupt that was lost is raised again, in s.
_AFTER_HOOK_S = 0.05


def _note_lost(error: BaseException | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        # Raised in the hook it would be lost again.
        raised = threading.Timer(_AFTER_HOOK_S, _interrupt_main)
        raised.daemon = True
        raised.start()
    elif error is not None and error.__traceback__ is not None:
        crashed(error)


def _interrupt_main() -> None:
    """Send the main thread a signal that unwinds it, also while it waits in a system call.

    `_thread.interrupt_main` would let it wait on. Whoever started the program may have it ignore
    Ctrl-C.
    """
    handled = (number for number in _UNWINDING if callable(signal.getsignal(number)))
    number, main = next(handled, None), threading.main_thread().ident
    if number is not None and main is not None:
        signal.pthread_kill(main, number)
