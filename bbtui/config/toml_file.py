"""Reading a TOML file, with a message for each way that can fail."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from bbtui.errors import ProblemsError

_POSITION = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")

#: tomllib's message for a line that ends inside a string.
_OPEN_TEXT = r"illegal character '\n'"


def read_toml(path: Path, error: type[ProblemsError], hint: str = "") -> dict[str, object]:
    """Return the document in a file.

    Raise `error` if the file is not found (with `fix`), cannot be read, is not UTF-8, or is not
    TOML; the last two name the line.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise error(str(path), ["file not found"], hint) from None
    except IsADirectoryError:
        raise error(str(path), ["is a folder, not a file"]) from None
    except OSError as failure:
        raise error(str(path), [f"cannot be read: {failure.strerror}"]) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        line = content.count(b"\n", 0, failure.start) + 1
        byte = content[failure.start]
        raise error(str(path), [f"line {line}: not UTF-8 (byte 0x{byte:02x})"]) from None
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise error(str(path), ["invalid TOML: nested too deeply"]) from None
    except ValueError as failure:
        raise error(str(path), [_syntax(str(failure))]) from None


def _syntax(message: str) -> str:
    """Return tomllib's message with the position in front."""
    found = _POSITION.search(message)
    if found is None:
        return f"invalid TOML: {message}"
    cause = message[: found.start()]
    cause = cause[:1].lower() + cause[1:]
    if cause == _OPEN_TEXT:
        cause += ": is a quote missing?"
    if found["line"] is None:
        return f"at the end of the file: invalid TOML: {cause}"
    return f"line {found['line']}, column {found['column']}: invalid TOML: {cause}"
