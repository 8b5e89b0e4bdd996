"""Locks a session, so that one program at a time runs it.

A lock is an exclusive `flock` on a small file beside the database, with the owner's process id
in it. The system drops the lock when the process ends, however it ends. A child made by fork
alone, without exec, would keep it: start children with spawn.

The package filelock was tried: it cannot check a lock without taking it, keeps no process id for
the message and leaves its files behind, and the list of sessions needs the first of these.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from bbtui.errors import StoreError
from bbtui.store.errors import translate_errors

# A check has a shared lock for some microseconds, so a single refusal means little.
_TRIES = 6
_RETRY_S = 0.01


class SessionLock:
    """The exclusive right to run one session, until `release` or the end of the process."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """Take the lock of that file; return None if another has it, raise OSError."""
        tries = _TRIES
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            taken = False
            try:
                free = _try_lock(descriptor, fcntl.LOCK_EX)
                taken = free and _is_at(descriptor, path)
            finally:
                if not taken:
                    os.close(descriptor)
            if taken:
                break
            if not free:
                tries -= 1
                if not tries:
                    return None
                time.sleep(_RETRY_S)
        # The number is for another program's message, which does without it on a full disk.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return cls(path, descriptor)

    @property
    def in_place(self) -> bool:
        """Whether its file is still there: one that was deleted keeps no other program out."""
        return self._descriptor is not None and _is_at(self._descriptor, self._path)

    def release(self) -> None:
        """Release the lock and remove its file; do nothing the second time."""
        if self._descriptor is not None and self.in_place:
            with suppress(OSError):
                self._path.unlink()
        self.forget()

    def forget(self) -> None:
        """Release the lock alone; do nothing the second time."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def lock_file(database: Path, number: int) -> Path:
    """Return the lock file of a session of that database."""
    return database.with_name(f"{database.stem}-{number}.hold")


def locked_sessions(database: Path) -> set[int]:
    """Return the numbers of the sessions that are locked by a live process."""
    prefix = f"{database.stem}-"
    return {
        int(number)
        for file in database.parent.glob(f"{prefix}*.hold")
        if (number := file.stem.removeprefix(prefix)).isdecimal() and is_locked(file)
    }


def acquire_lock(database: Path, number: int) -> SessionLock:
    """Take the lock of a session; raise `StoreError` if another program has it."""
    file = lock_file(database, number)
    with translate_errors(database):
        lock = SessionLock.take(file)
    if lock is None:
        process = lock_owner(file)
        where = f" (process {process})" if process else ""
        raise StoreError(
            f"session #{number} is open in another bbtui{where}", "continue there, or quit it first"
        )
    return lock


@contextmanager
def locked(database: Path, number: int) -> Iterator[None]:
    """Have the lock of a session during the block; raise `StoreError` if another program has it."""
    lock = acquire_lock(database, number)
    try:
        yield
    finally:
        lock.release()


def is_locked(path: Path) -> bool:
    """Return whether a live process, this one included, has the lock of that file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def lock_owner(path: Path) -> str:
    """Return the process id in a lock file, "" if it cannot be read."""
    try:
        process = path.read_text("ascii", errors="replace").strip()
    except OSError:
        return ""
    return process if process.isdecimal() else ""


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    """Return whether the locked file is the one at `path`: its last owner may have removed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except (FileNotFoundError, NotADirectoryError):
        return False
