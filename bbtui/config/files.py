"""Reads files that the user named: regular ones, which end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from bbtui.formatting.numbers import format_bytes

#: The most bytes of a file: more are no session, and would fill the memory.
LARGEST = 500_000_000


def read_file(path: Path) -> bytes:
    """Return the content of a file; raise OSError, also for what `require_file` refuses."""
    # Opening a pipe would otherwise wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        _require_regular(status)
        if status.st_size > LARGEST:
            limit = f"{format_bytes(status.st_size)}, and at most {format_bytes(LARGEST)} are read"
            raise OSError(errno.EFBIG, f"it has {limit}")
        return file.read()


def require_file(path: Path) -> None:
    """Raise OSError if there is no file, or a pipe or a device: reading one might never end."""
    _require_regular(path.stat())


def _require_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    # The null device is a usual name for an empty file.
    empty = stat.S_ISCHR(status.st_mode) and status.st_rdev == Path(os.devnull).stat().st_rdev
    if not (stat.S_ISREG(status.st_mode) or empty):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
