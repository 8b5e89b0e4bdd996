"""The file of a report: named after its session, complete at every moment, never another's."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from bbtui.domain.session import Session
from bbtui.errors import UsageError

_ELSEWHERE = "choose another file with -o FILE, or stdout with -o -"


def default_name(session: Session) -> str:
    """Return ``bbtui-12.md``, with the first 8 characters of the id if there is no number."""
    return f"bbtui-{session.number or session.id[:8]}.md"


class ReportFiles:
    """The files of one run of the program: each session's report is written to one of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, tuple[Path, bytes]] = {}

    def occupied(self, session: Session) -> Path | None:
        """Return the file in the place of a report that is not as it was written here, if any."""
        path, content = self._target(session)
        if not os.path.lexists(path) or _holds(path, content):
            return None
        return path

    def write(self, session: Session, text: str, *, replace: bool = False) -> Path:
        """Write the report and return its path; raise `UsageError` if it cannot be written.

        It takes the place of the one written before. Another file there is kept, and the report
        gets a name of its own, unless it is to `replace` that file.
        """
        path, content = self._target(session)
        if replace or _holds(path, content):
            try:
                replace_file(path, text)
            except OSError as error:
                raise _write_error(path, error) from None
        else:
            path = write_new(path, text)
        self._written[session.id] = path, text.encode()
        return path

    def _target(self, session: Session) -> tuple[Path, bytes | None]:
        name = self._folder / default_name(session)
        return self._written.get(session.id, (name, None))


def write_new(path: Path, text: str) -> Path:
    """Write a new file and return its path; append -2, -3 … to the name until it is free.

    Raise `UsageError` if it cannot be written; no partial file is left behind then.
    """
    free, count = path, 1
    while True:
        try:
            free.open("x", encoding="utf-8").close()  # the name is taken before the text is written
            break
        except FileExistsError:
            count += 1
            free = path.with_name(f"{path.stem}-{count}{path.suffix}")
        except OSError as error:
            raise _write_error(free, error) from None
    try:
        replace_file(free, text)
    except OSError as error:
        with contextlib.suppress(OSError):
            free.unlink()
        raise _write_error(free, error) from None
    return free


def replace_file(path: Path, text: str) -> None:
    """Replace a file, or make it, once the new text is written completely; raise OSError."""
    part = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with part.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _holds(path: Path, content: bytes | None) -> bool:
    """Return whether a file has this content; None is no content of any file."""
    if content is None:
        return False
    try:
        return not path.is_symlink() and path.is_file() and path.read_bytes() == content
    except OSError:
        return False


def _write_error(path: Path, error: OSError) -> UsageError:
    folder = path.parent
    cause, fix = error.strerror or str(error), _ELSEWHERE
    match error.errno:
        case errno.ENOENT:
            cause, fix = f"the folder {folder} does not exist", f"create it: mkdir -p {folder}"
        case errno.ENOTDIR:
            cause = f"{folder} is not a folder"
        case errno.EISDIR:
            cause = "it is a folder"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            cause = f"no permission to write to the folder {folder}"
        case errno.ENOSPC | errno.EDQUOT:
            cause, fix = "the disk is full", f"free some space, or {_ELSEWHERE}"
    return UsageError(f"cannot write {path}: {cause}", fix)
