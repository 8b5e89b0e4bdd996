"""Strict reading of TOML: of a file, and of its tables, each value checked, each key known."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from bbtui.config.files import read_file
from bbtui.config.suggest import suggestion
from bbtui.config.value_types import ValueType, quoted, quoted_key
from bbtui.errors import ProblemsError

_POSITION = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")

#: The most parts of a dotted key: more would keep tomllib busy for minutes.
_DEEP_KEY = re.compile(r"(?<![\w.'\"-])(?:[\w'\"-]+[ \t]*\.[ \t]*){500}")

#: The digits of a number that Python does not read.
_DIGITS = re.compile(r"\d[\d_]{4300}")

#: tomllib's message for a line that ends inside a string.
_OPEN_TEXT = r"illegal character '\n'"


def read_toml(path: Path, error: type[ProblemsError], hint: str = "") -> dict[str, object]:
    """Return the document in a file.

    Raise `error` if the file is not found (with `fix`), cannot be read, is not UTF-8, or is not
    TOML; the last two name the line.
    """
    try:
        content = read_file(path)
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
    if _DEEP_KEY.search(text):
        raise error(str(path), ["invalid TOML: nested too deeply"])
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise error(str(path), ["invalid TOML: nested too deeply"]) from None
    except tomllib.TOMLDecodeError as failure:
        raise error(str(path), [_syntax(str(failure))]) from None
    except ValueError:  # Python's own message advises a change of its settings
        digits = _DIGITS.search(text)
        line = text.count("\n", 0, digits.start()) + 1 if digits else 1
        raise error(str(path), [f"line {line}: a number of more than 4,300 digits"]) from None


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


T = TypeVar("T")
D = TypeVar("D")


class TomlTable:
    """One table of a document.

    `where` is its path in the document ("" for the top), such as ``endpoints[1].pod``; the tables
    of an array are counted from 1. Problems are added to `problems`, one sentence each, so that all
    of a document are reported at once.
    """

    def __init__(self, values: Mapping[str, object], where: str, problems: list[str]) -> None:
        self._values = values
        self._where = where
        self._problems = problems
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def names(self) -> list[str]:
        """Return every key."""
        return list(self._values)

    def holds_table(self, key: str) -> bool:
        """Return whether the value of a key is a table."""
        return isinstance(self._values.get(key), dict)

    def path(self, key: str) -> str:
        """Return the key with its table, as problems name it."""
        return f"{self._where}.{quoted_key(key)}" if self._where else quoted_key(key)

    def problem(self, key: str, sentence: str) -> None:
        """Report a problem of a key ("" for the table itself)."""
        self._problems.append(f"{self.path(key) if key else self._where}: {sentence}")

    def read(self, key: str, kind: ValueType[T], default: D) -> T | D:
        """Return the value of an optional key; report an invalid one and return the default."""
        self._known.append(key)
        if key not in self._values:
            return default
        value = kind.read(self._values[key])
        if value is None:
            self.problem(key, kind.refusal(self._values[key]))
            return default
        return value

    def need(self, key: str, kind: ValueType[T], default: T) -> T:
        """Return the value of a required key; report a missing one and return the default."""
        if key not in self._values:
            self.problem(key, f"is missing; it must be {kind.allowed}")
        return self.read(key, kind, default)

    def table(self, key: str) -> TomlTable:
        """Return the table of a key; an empty one if it is missing or invalid."""
        self._known.append(key)
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            self.problem(key, f"must be a table, not {quoted(value)}")
            value = {}
        return TomlTable(value, self.path(key), self._problems)

    def tables(self, key: str) -> list[TomlTable]:
        """Return the tables of an array of tables; none if it is missing or invalid."""
        self._known.append(key)
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.problem(key, f"must be a list of tables, not {quoted(value)}")
            return []
        path = self.path(key)
        return [TomlTable(item, f"{path}[{n}]", self._problems) for n, item in enumerate(value, 1)]

    def texts(self, kind: ValueType[str]) -> dict[str, str]:
        """Return every entry of a table whose keys are the user's own."""
        read = {key: self.read(key, kind, None) for key in self.names()}
        return {key: value for key, value in read.items() if value is not None}

    def close(self) -> None:
        """Report the keys that were not read."""
        for key in self._values:
            if key not in self._known:
                self.problem(key, f"unknown key; {suggestion(key, self._known)}")


def repeated(array: str, key: str, values: Iterable[str]) -> list[str]:
    """Return a problem for each value of a key that an earlier table of the array has."""
    first: dict[str, int] = {}
    problems = []
    for position, value in enumerate(values, 1):
        before = first.setdefault(value, position)
        if value and before != position:
            problems.append(
                f'{array}[{position}].{key}: "{value}" is already the {key} of {array}[{before}]; '
                f"each {array.removesuffix('s')} needs its own {key}"
            )
    return problems
