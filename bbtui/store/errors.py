"""Errors of SQLite and the file system as a `StoreError` with its cause and fix."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bbtui.errors import StoreDamagedError, StoreError, StoreMovedError, StoreReadOnlyError
from bbtui.formatting.sanitize import single_line

_ELSEWHERE = "make it writable, or use another folder: --data-dir FOLDER"
_ASIDE = (
    "nothing is written to it; move it and its -wal file elsewhere, "
    "or use another folder: --data-dir FOLDER"
)
_AGAIN = (
    "nothing is lost while this bbtui runs: it writes all sessions to a new file there as soon as "
    "there is none; move what is there elsewhere"
)
_LOCAL_DISK = "usual for a network file system; use a folder on a local disk: --data-dir FOLDER"
_ROOM = "free some space; unsaved text stays in memory and is saved as soon as there is room"

_NO_SHARED_MEMORY = (
    sqlite3.SQLITE_IOERR_SHMMAP,
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMLOCK,
)
_NO_LOCKS = (
    sqlite3.SQLITE_IOERR_LOCK,
    sqlite3.SQLITE_IOERR_RDLOCK,
    sqlite3.SQLITE_IOERR_UNLOCK,
    sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK,
)


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Raise errors of SQLite and the file system as a `StoreError` about the database at `path`."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a mistake of this program, such as a call from another thread
    except sqlite3.Error as error:
        raise _from_sqlite(error, path) from error
    except UnicodeDecodeError as error:
        # Python's module cannot decode SQLite's message if it quotes from a damaged file.
        raise damaged(path, "SQLite cannot read it") from error
    except OSError as error:
        raise _from_system(error, path) from error


def damaged(path: Path, finding: str) -> StoreDamagedError:
    """Return the error for a file that SQLite finds damaged; `finding` is the evidence."""
    return StoreDamagedError(f"{path.name} is damaged: {single_line(finding)} ({path})", _ASIDE)


def unreadable(path: Path, what: str, error: Exception) -> StoreError:
    """Return the error for rows that bbtui cannot have written: others can still be used."""
    finding = f"{what} cannot be read: {single_line(str(error))}"
    return StoreError(f"{path.name} is damaged: {finding} ({path})", _ASIDE)


def moved(path: Path, finding: str) -> StoreMovedError:
    """Return the error for a path without the open file; `finding` is what is there instead."""
    return StoreMovedError(f"{path.name} {finding} while bbtui had it open ({path})", _AGAIN)


def foreign(path: Path) -> StoreError:
    """Return the error for a sound database of another program."""
    return StoreError(f"{path.name} is not a database of bbtui ({path})", _ASIDE)


def read_only(path: Path, what: str) -> StoreReadOnlyError:
    """Return the error for a `what` ("folder" or "file") that cannot be written."""
    return StoreReadOnlyError(f"the data {what} is read-only ({path})", _ELSEWHERE)


def full(path: Path) -> StoreError:
    """Return the error for a full disk."""
    return StoreError(f"the disk is full: {path.name} cannot be written ({path})", _ROOM)


def lacks_shared_memory(error: sqlite3.Error) -> bool:
    """Return whether the file system cannot map the index of a write-ahead log into memory."""
    return getattr(error, "sqlite_errorcode", 0) in _NO_SHARED_MEMORY


def _from_sqlite(error: sqlite3.Error, path: Path) -> StoreError:
    if lacks_shared_memory(error) or getattr(error, "sqlite_errorcode", 0) in _NO_LOCKS:
        cause = f"the file system cannot lock or map {path.name}: {error} ({path})"
        return StoreError(cause, _LOCAL_DISK)
    # The low byte is the kind of failure, the rest where in SQLite it was noticed. An error without
    # a code comes from Python's module: a text in the file that is not UTF-8.
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return full(path)
        case 0 | sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_TOOBIG:
            return damaged(path, str(error))
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return read_only(path, "file")
        case sqlite3.SQLITE_BUSY if not _can_lock(path):
            cause = f"the file system cannot lock {path.name} ({path})"
            return StoreError(cause, _LOCAL_DISK)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreError(
                f"{path.name} is in use by another program ({path})",
                "close that program, then try again",
            )
        case sqlite3.SQLITE_IOERR if _no_room(path):
            return full(path)
        case sqlite3.SQLITE_IOERR:
            return StoreError(
                f"cannot read or write {path.name}: {error} ({path})",
                "check the disk and your quota; unsaved text stays in memory "
                "and is saved as soon as writing works again",
            )
        case _:
            return StoreError(f"{path.name} cannot be used: {error} ({path})", _ELSEWHERE)


def _from_system(error: OSError, path: Path) -> StoreError:
    match error.errno:
        case errno.ENOSPC:
            return full(path)
        case errno.EEXIST | errno.ENOTDIR:
            return StoreError(
                f"the data folder is not a folder ({path.parent})",
                "move the file of that name elsewhere, or use another folder: --data-dir FOLDER",
            )
        case _:
            return StoreError(
                f"the data folder cannot be used: {error.strerror} ({path.parent})", _ELSEWHERE
            )


def _can_lock(path: Path) -> bool:
    """Return whether the file system has locks: to SQLite one that has none is busy."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}-lock") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP)
    return True


def _no_room(path: Path) -> bool:
    """Return whether the disk has less than a page left: SQLite may report that as an I/O error."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < 4096
