"""Output: files that are complete at every moment, tables, and streams that may fail."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bbtui.errors import UsageError
from bbtui.formatting.sanitize import clean_name, clean_text, escape_json

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext

STDOUT = "-"
_SAVED = "the session is saved; to write it elsewhere: bbtui report -o FILE"


def check_target(name: str | None) -> None:
    """Raise `UsageError` if this file cannot be written: better before a run than after it."""
    if name is None or name == STDOUT:
        return
    path = Path(name)
    if path.is_dir():
        raise UsageError(f"{name} is a folder", "name a file in it")
    target = _behind_links(path)
    if target.is_symlink():
        raise UsageError(f"cannot write {name}: its symbolic links lead back to it")
    if not target.parent.is_dir():
        folder = target.parent if path.is_symlink() else path.parent
        raise UsageError(f"cannot write {name}: there is no folder {folder}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"cannot write {name}: permission denied")


def write_target(name: str, text: str, context: CommandContext) -> None:
    """Write the text to the file named by the user, and notify of it; ``-`` is stdout.

    An existing file is replaced once the new one is complete. Raise `UsageError` if it cannot be
    written.
    """
    try:
        if name == STDOUT:
            context.out.write(text)
            context.out.flush()
        else:
            _write(Path(name), text)
            context.notify(f"wrote {name}")
    except BrokenPipeError:
        raise  # its reader wants no more
    except OSError as error:
        place = "stdout" if name == STDOUT else name
        raise UsageError(f"cannot write {place}: {error.strerror or error}", _SAVED) from None
    except UsageError as error:
        raise UsageError(error.message, _SAVED) from None


def print_text(text: str, out: TextIO) -> None:
    """Print lines that may hold foreign text, such as a path."""
    print(clean_text(text), file=out)


def print_json(value: object, out: TextIO) -> None:
    """Print a value as JSON."""
    import json  # not before the first frame

    print(escape_json(json.dumps(value, indent=2, ensure_ascii=False)), file=out)


def print_columns(rows: Sequence[tuple[str, ...]], out: TextIO) -> None:
    """Print rows of equally many cells, in columns as wide as they need; no cell is markup."""
    columns = map(_padded, zip(*rows, strict=True))
    lines = ("  ".join(row).rstrip() for row in zip(*columns, strict=True))
    out.write("".join(f"{line}\n" for line in lines))


def _padded(column: Sequence[str]) -> list[str]:
    """Return the cells of a column, cleaned and as wide as the widest."""
    text = "".join(column)
    if text.isascii() and text.isprintable():  # so are most, and there may be very many
        width = max(map(len, column))
        return [cell.ljust(width) for cell in column]
    from rich.cells import cell_len, set_cell_size

    cells = list(map(clean_name, column))
    width = max(map(cell_len, cells))
    return [set_cell_size(cell, width) for cell in cells]


class ResultStream:
    """A text stream for what was requested: it is a `UsageError` if it cannot be written.

    A closed pipe still raises `BrokenPipeError`: its reader wants no more.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text; return its number of characters."""
        with _naming_failure():
            return self._stream.write(text)

    def flush(self) -> None:
        """Pass on what was written."""
        with _naming_failure():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _naming_failure() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"cannot write stdout: {error.strerror or error}") from None


class DisconnectTolerantStream:
    """A text stream that discards what is written after its terminal has disconnected.

    A closed pipe still raises `BrokenPipeError`: its reader wants no more.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text or discard it; return its number of characters."""
        self._call_if_connected(self._stream.write, text)
        return len(text)

    def flush(self) -> None:
        """Flush the stream if it is still connected."""
        self._call_if_connected(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @staticmethod
    def _call_if_connected(method: Callable[..., object], *args: str) -> None:
        try:
            method(*args)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise


def _write(path: Path, text: str) -> None:
    from bbtui.report.files import replace_file

    if path.exists() and not path.is_file():  # a pipe or a device: nothing to replace
        try:
            # Opening a pipe would otherwise wait for a reader.
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            raise OSError(errno.ENXIO, "no program reads this pipe") from None
        os.set_blocking(descriptor, True)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        return
    replace_file(_behind_links(path), text)


def _behind_links(path: Path) -> Path:
    # resolve() would raise where links lead back to each other.
    return Path(os.path.realpath(path))
