"""What nobody foresaw, in words: a thread that ends on it would be waited for without an end."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

#: What these say may quote a header, and a key in it: of theirs only the kind is told.
_ON_THE_WIRE = {"httpx", "httpcore", "h11"}
_PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Crash:
    """An exception that nothing in the program means to raise.

    `what` is the exception, `where` the file and line of bbtui that it came from.
    """

    what: str
    where: str

    def during(self, activity: str) -> str:
        """Return the message for what bbtui was doing: "reading this answer"."""
        return f"internal error while {activity}: {self.what}"

    @property
    def fix(self) -> str:
        """Whose fault it is, and what to do about it."""
        return f"a bug in bbtui ({self.where}): its traceback is in bbtui.log; please report it"


def attempt(call: Callable[[], T]) -> T | Crash:
    """What the call returns, or the crash that ended it.

    A failure that was foreseen (BbtuiError) is the call's own to catch.
    """
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - the one handler of every thread and every key
        return crashed(error)


def crashed(error: BaseException) -> Crash:
    """What is told of an exception that nobody foresaw; its traceback is logged."""
    crash = Crash(words_of(error), _where(error))
    _LOG.note(crash, error)
    return crash


def _where(error: BaseException) -> str:
    """The innermost line of bbtui on the way to an exception, without the one that caught it.

    The line that raised it, where a library called by a library did.
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


def words_of(error: BaseException) -> str:
    """The kind of an exception and what it says, without what may be a key."""
    return type(error).__qualname__ if _quotes(error) else repr(error)


def traceback_of(error: BaseException) -> str:
    """The way to an exception and to those before it, oldest first, as Python prints it."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    way = "".join(traceback.format_tb(error.__traceback__))
    own = f"Traceback (most recent call last):\n{way}{words_of(error)}\n"
    return own if before is None else f"{traceback_of(before)}\nafter which:\n\n{own}"


def _quotes(error: BaseException) -> bool:
    """Whether an exception comes from where the headers are known."""
    modules = [type(error).__module__]
    modules += [
        frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)
    ][-1:]
    return any(module.partition(".")[0] in _ON_THE_WIRE for module in modules)


class _Log:
    """Where exceptions go; one that comes again, as from every look, is kept once.

    It is the same by its kind and place: what it says may hold an address or a time.
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
    """Have `keep` called with the exception of every crash, in the thread it fell in.

    One for the process and not a parameter: the log is one file, and every reader, probe, pod,
    errand and chore would have to be handed it through all that makes them.
    """
    _LOG.send_to(keep)
    try:
        yield
    finally:
        _LOG.send_to(None)
