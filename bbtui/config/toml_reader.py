"""Strict reading of one TOML table: each value is checked, each unknown key reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from bbtui.config.suggest import suggestion
from bbtui.config.value_types import ValueType, quoted, quoted_key

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
