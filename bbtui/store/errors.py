"""Errors of SQLite and the file system as a `StoreError` with its cause and fix."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bbtui.errors import StoreError

_ELSEWHERE = "make it writable, or use another folder: --data-dir FOLDER"
_ASIDE = (
    "the file is unchanged; move it and its -wal file elsewhere, "
    "or use another folder: --data-dir FOLDER"
)
_ROOM = "free some space; unsaved text stays in memory and is saved as soon as there is room"


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Raise errors of SQLite and the file system as a `StoreError` about the database at `path`."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a mistake of this program, such as a call from another thread
    except sqlite3.Error as error:
        raise _from_sqlite(error, path) from error
    except OSError as error:
        raise _from_system(error, path) from error


def damaged(path: Path, finding: str) -> StoreError:
    """Return the error for a file that bbtui cannot have written; `finding` is the evidence."""
    return StoreError(f"{path.name} is damaged: {finding} ({path})", _ASIDE)


def foreign(path: Path) -> StoreError:
    """Return the error for a sound database of another program."""
    return StoreError(f"{path.name} is not a database of bbtui ({path})", _ASIDE)


def read_only(path: Path, what: str) -> StoreError:
    """Return the error for a `what` ("folder" or "file") that cannot be written."""
    return StoreError(f"the data {what} is read-only ({path})", _ELSEWHERE)


def full(path: Path) -> StoreError:
    """Return the error for a full disk."""
    return StoreError(f"the disk is full: {path.name} cannot be written ({path})", _ROOM)


def _from_sqlite(error: sqlite3.Error, path: Path) -> StoreError:
    # The low byte is the kind of failure, the rest where in SQLite it was noticed. An error without
    # a code comes from Python's module: a text in the file that is not UTF-8.
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return full(path)
        case 0 | sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path, str(error))
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return read_only(path, "file")
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


def _no_room(path: Path) -> bool:
    """Return whether the disk has less than a page left: SQLite may report that as an I/O error."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < 4096
