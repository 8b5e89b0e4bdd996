"""Holds: a session is run by one program at a time.

A hold is an exclusive `flock` on a small file beside the database, with the holder's process id
in it. The system drops the lock when the process ends, however it ends. A child made by fork
alone, without exec, would keep it: start children with spawn.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from bbtui.errors import StoreError
from bbtui.store.errors import translate_errors

# Whoever looks at a hold has a shared lock on it for some microseconds; one refusal means little.
_TRIES = 6
_RETRY_S = 0.01


class SessionLock:
    """The right to run one session, until `release` or the end of the process."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """Take the hold whose file is `path`; None if another has it. Raises OSError."""
        tries = _TRIES
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            mine = False
            try:
                locked = _lock(descriptor, fcntl.LOCK_EX)
                mine = locked and _still_there(descriptor, path)
            finally:
                if not mine:
                    os.close(descriptor)
            if mine:
                break
            if not locked:
                tries -= 1
                if not tries:
                    return None
                time.sleep(_RETRY_S)
        # The number is for another program's sentence; on a full disk it has to do without.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return cls(path, descriptor)

    def release(self) -> None:
        """Give it back and remove its file. Releasing twice is no mistake."""
        if self._descriptor is None:
            return
        with suppress(OSError):
            self._path.unlink()
        os.close(self._descriptor)
        self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def lock_file(database: Path, number: int) -> Path:
    """The file of the hold on a session of that database."""
    return database.with_name(f"{database.stem}-{number}.hold")


def acquire_lock(database: Path, number: int) -> SessionLock:
    """Take the hold on a session; StoreError if another program has it."""
    file = lock_file(database, number)
    with translate_errors(database):
        hold = SessionLock.take(file)
    if hold is None:
        process = lock_owner(file)
        where = f" (process {process})" if process else ""
        raise StoreError(
            f"session #{number} is open in another bbtui{where}",
            "go on there, or end it first",
        )
    return hold


def is_locked(path: Path) -> bool:
    """Whether some live process, this one included, has the hold whose file is `path`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def lock_owner(path: Path) -> str:
    """The process id in the file of a hold, "" if it cannot be read."""
    try:
        found = path.read_text("ascii", errors="replace").strip()
    except OSError:
        return ""
    return found if found.isdecimal() else ""


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _still_there(descriptor: int, path: Path) -> bool:
    """Whether the locked file is the one at `path`: its last holder may have removed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
