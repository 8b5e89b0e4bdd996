"""The file of a report: named after its session, never overwriting another file."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path

from bbtui.domain.session import Session
from bbtui.errors import UsageError

_ELSEWHERE = "choose another file with -o FILE, or stdout with -o -"


def default_name(session: Session) -> str:
    """Return ``bbtui-12.md``, with the first 8 characters of the id if there is no number."""
    return f"bbtui-{session.number or session.id[:8]}.md"


def write_new(path: Path, text: str) -> Path:
    """Write a new file and return its path; append -2, -3 … to the name until it is free.

    Raise `UsageError` if it cannot be written; no partial file is left behind then.
    """
    free, count = path, 1
    while True:
        try:
            file = free.open("x", encoding="utf-8", newline="\n")
            break
        except FileExistsError:
            count += 1
            free = path.with_name(f"{path.stem}-{count}{path.suffix}")
        except OSError as error:
            raise _write_error(free, error) from None
    try:
        with file:
            file.write(text)
    except OSError as error:
        with contextlib.suppress(OSError):
            free.unlink()
        raise _write_error(free, error) from None
    return free


def _write_error(path: Path, error: OSError) -> UsageError:
    folder = path.parent
    cause, fix = error.strerror or str(error), _ELSEWHERE
    match error.errno:
        case errno.ENOENT:
            cause, fix = f"the folder {folder} does not exist", f"create it: mkdir -p {folder}"
        case errno.ENOTDIR:
            cause = f"{folder} is not a folder"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            cause = f"no permission to write to the folder {folder}"
        case errno.ENOSPC | errno.EDQUOT:
            cause, fix = "the disk is full", f"free some space, or {_ELSEWHERE}"
    return UsageError(f"cannot write {path}: {cause}", fix)
