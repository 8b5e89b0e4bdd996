"""The file a report is written to: named after its session, and never in the place of another."""

from __future__ import annotations

import contextlib
import errno
import itertools
from pathlib import Path

from bbtui.domain.session import Session
from bbtui.errors import BbtuiError

_ELSEWHERE = "Name another place with -o FILE, or -o - for the screen."


def default_name(session: Session, suffix: str = ".md") -> str:
    """``bbtui-12.md``, or the first 8 characters of the id for a session without a number."""
    return f"bbtui-{session.number or session.id[:8]}{suffix}"


def write_new(path: Path, text: str) -> Path:
    """Write a file that is not there yet; where it is, -2, -3 … is added to the name.

    Returns the path that was written. Raises BbtuiError if it cannot be; then no half a file is
    left behind.
    """
    for count in itertools.count(1):
        free = path if count == 1 else path.with_name(f"{path.stem}-{count}{path.suffix}")
        try:
            file = free.open("x", encoding="utf-8", newline="\n")
        except FileExistsError:
            continue
        except OSError as error:
            raise _told(free, error) from None
        try:
            with file:
                file.write(text)
        except OSError as error:
            with contextlib.suppress(OSError):
                free.unlink()
            raise _told(free, error) from None
        return free
    raise AssertionError("unreachable: counting does not end")


def _told(path: Path, error: OSError) -> BbtuiError:
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
