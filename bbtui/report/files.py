"""The file a report is written to: named after its session, never overwriting another file."""

from __future__ import annotations

import contextlib
import errno
import itertools
from pathlib import Path

from bbtui.domain.session import Session
from bbtui.errors import BbtuiError

_ELSEWHERE = "Name another place with -o FILE, or -o - for the screen."


def default_name(session: Session, suffix: str = ".md") -> str:
    """Return ``bbtui-12.md``, with the first 8 characters of the id if there is no number."""
    return f"bbtui-{session.number or session.id[:8]}{suffix}"


def write_new(path: Path, text: str) -> Path:
    """Write a new file and return its path; append -2, -3 … to the name until it is free.

    Raise BbtuiError if it cannot be written; no partial file is left behind then.
    """
    for count in itertools.count(1):
        free = path if count == 1 else path.with_name(f"{path.stem}-{count}{path.suffix}")
        try:
            file = free.open("x", encoding="utf-8", newline="\n")
        except FileExistsError:
            continue
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
    raise AssertionError("unreachable: counting does not end")


def _write_error(path: Path, error: OSError) -> BbtuiError:
    folder = path.parent
    match error.errno:
        case errno.ENOENT:
            cause, hint = f"the folder {folder} does not exist", f"Make it: mkdir -p {folder}"
        case errno.ENOTDIR:
            cause, hint = f"{folder} is not a folder", _ELSEWHERE
        case errno.EACCES | errno.EPERM | errno.EROFS:
            cause, hint = f"the folder {folder} cannot be written to", _ELSEWHERE
        case errno.ENOSPC | errno.EDQUOT:
            cause, hint = "the disk is full", f"Make room on it. {_ELSEWHERE}"
        case _:
            cause, hint = error.strerror or str(error), _ELSEWHERE
    return BbtuiError(f"cannot write {path}: {cause}", hint)
