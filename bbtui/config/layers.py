"""Single settings, each from the highest layer that has it: file < environment < flags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bbtui.config.schema import SETTINGS, Setting
from bbtui.config.toml_reader import TomlTable

#: Origins of a value besides the name of a flag or a variable.
FILE = "file"
DEFAULT = "default"


class Layers:
    """The layers above the defaults. Each is validated, even if a higher one has the value.

    `tables` are the tables of the file by name ("" for the top), `overrides` the flags by the key
    of their setting. Each value that is read is added to `origins`, each problem of the environment
    or the flags to `problems`; the tables report those of the file.
    """

    def __init__(
        self,
        tables: Mapping[str, TomlTable],
        environ: Mapping[str, str],
        overrides: Mapping[str, object],
        problems: list[str],
    ) -> None:
        self._tables = tables
        self._environ = environ
        self._overrides = overrides
        self._problems = problems
        self.origins: dict[str, str] = {}
        if strange := overrides.keys() - {setting.key for setting in SETTINGS}:
            raise ValueError(f"no settings: {', '.join(sorted(strange))}")

    def where(self, key: str) -> str:
        """Return the name by which the user set it: its flag, its variable or its key."""
        origin = self.origins.get(key, FILE)
        return key if origin == FILE else origin

    def value(self, setting: Setting) -> Any:
        """Return the value in force, or None if no layer has one."""
        value = self._tables[setting.section].read(setting.name, setting.kind, None)
        if value is not None:
            self.origins[setting.key] = FILE
        # An empty variable is one that is not set, as everywhere in a shell.
        variable = self._environ.get(setting.variable) or None
        above = ((setting.variable, variable), (setting.flag, self._overrides.get(setting.key)))
        for origin, given in above:
            if given is None:
                continue
            raw = setting.kind.parse(given) if isinstance(given, str) else given
            raw = str(raw) if isinstance(raw, Path) else raw
            read = setting.kind.read(raw)
            if read is None:
                self._problems.append(f"{origin or setting.key}: {setting.kind.refusal(raw)}")
            else:
                value = read
                self.origins[setting.key] = origin or setting.key
        return value
