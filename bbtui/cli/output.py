"""Where a result goes: stdout, or a file that is whole at every moment."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TextIO

from bbtui.errors import UsageError

STDOUT = "-"


def check_target(name: str | None) -> None:
    """Raise `UsageError` if a file cannot be written there: better before a run than after it."""
    if name is None or name == STDOUT:
        return
    path = Path(name)
    if path.is_dir():
        raise UsageError(f"{name} is a folder", "name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent} to write {path.name} into")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"{name} cannot be written: permission denied")


def write_target(name: str, text: str, out: TextIO) -> None:
    """Write the text to the file named by the user, or to `out` for ``-``.

    A file of that name is replaced: the user named it. The new one takes its place when it is
    whole. `UsageError` if it cannot be written.
    """
    try:
        if name == STDOUT:
            out.write(text)
            out.flush()
        else:
            _write(Path(name), text)
    except BrokenPipeError:
        raise  # whoever read it has seen enough
    except OSError as error:
        place = "stdout" if name == STDOUT else name
        raise UsageError(
            f"{place} cannot be written: {error.strerror or error}",
            "the session is kept: `bbtui report -o FILE` writes it elsewhere",
        ) from None


def _write(path: Path, text: str) -> None:
    if path.exists() and not path.is_file():  # a pipe or a device: nothing to replace
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        return
    whole = path.resolve()
    part = whole.with_name(f".{whole.name}.{secrets.token_hex(4)}")
    try:
        with part.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(whole)
    except OSError:
        part.unlink(missing_ok=True)
        raise
