"""Settings from their four layers: defaults < config.toml < environment < flags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bbtui.config.endpoints import read_endpoints
from bbtui.config.environment import expanded, misspelt, named_config
from bbtui.config.key_overrides import read_keys
from bbtui.config.schema import SETTINGS, Setting
from bbtui.config.settings import (
    DEFAULT,
    DEFAULT_THEME,
    DEFAULT_VERDICTS,
    FILE,
    ForgePlace,
    Settings,
)
from bbtui.config.suggest import suggestion
from bbtui.config.toml_reader import TomlTable, read_toml
from bbtui.domain.endpoint import Options
from bbtui.domain.session import SessionInfo
from bbtui.errors import ConfigError
from bbtui.locations import Locations, shipped


@dataclass
class Layers:
    """The layers above the defaults. Each is validated, even if a higher one has the value."""

    tables: Mapping[str, TomlTable]
    """The tables of the file by name ("" for the top); they report their own problems."""

    environ: Mapping[str, str]
    """The environment variables."""

    overrides: Mapping[str, object]
    """The flags by the key of their setting."""

    problems: list[str]
    """Takes each problem of the environment and the flags."""

    origins: dict[str, str] = field(default_factory=dict)
    """The origin of each value that was read."""

    def where(self, key: str) -> str:
        """Return the name by which the user set it: its flag, its variable or its key."""
        origin = self.origins.get(key, FILE)
        return key if origin == FILE else origin

    def value(self, setting: Setting) -> Any:
        """Return the value in force, or None if no layer has one."""
        value = self.tables[setting.section].read(setting.name, setting.kind, None)
        if value is not None:
            self.origins[setting.key] = FILE
        # An empty variable is one that is not set, as everywhere in a shell.
        variable = self.environ.get(setting.variable) or None
        above = ((setting.variable, variable), (setting.flag, self.overrides.get(setting.key)))
        for origin, given in above:
            if given is None:
                continue
            raw = setting.kind.parse(given) if isinstance(given, str) else given
            raw = str(raw) if isinstance(raw, Path) else raw
            read = setting.kind.read(raw)
            if read is None:
                self.problems.append(f"{origin or setting.key}: {setting.kind.refusal(raw)}")
            else:
                value = read
                self.origins[setting.key] = origin or setting.key
        return value


_TABLES = ("session", "judging", "options", "forge")
_HINT = "create one with `bbtui config init`, or at PATH with `bbtui config init -c PATH`"

#: Finds what is wrong with keys, by action id, and with a tasks file: a sentence each.
Also = Callable[[Mapping[str, str], Path | None], list[str]]


def _nothing(*_: object) -> list[str]:
    return []


def load_settings(
    locations: Locations,
    environ: Mapping[str, str],
    *,
    path: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    also: Also = _nothing,
) -> Settings:
    """Return the settings in force; raise ConfigError with every problem.

    `path` is the file named by -c. `overrides` are the flags by the key of their setting
    ("options.seed"): a text as it was typed or a value of the right type; None is a flag not given.
    Without a named file, a missing one is no error. `also` returns further problems of the file's
    keys and its tasks file.
    """
    overrides = overrides or {}
    if unknown := overrides.keys() - {setting.key for setting in SETTINGS}:
        raise ValueError(f"no settings: {', '.join(sorted(unknown))}")
    source = find_config(locations, environ, path)
    document = {} if source is None else read_toml(source, ConfigError, _HINT)
    problems: list[str] = []  # of the file
    above: list[str] = []  # of the environment and the flags
    root = TomlTable(document, "", problems)
    tables = {"": root, **{name: root.table(name) for name in _TABLES}}
    layers = Layers(tables, environ, overrides, above)
    values = {setting.key: layers.value(setting) for setting in SETTINGS}
    endpoint_tables = root.tables("endpoints")
    folder = source.parent if source is not None else None
    endpoints = read_endpoints(endpoint_tables, environ, problems, folder)
    keys = read_keys(root.table("keys"))
    for table in tables.values():
        table.close()
    above += misspelt(environ)

    theme = values["theme"] or DEFAULT_THEME
    if theme not in (names := theme_names(locations)):
        where = layers.where("theme")
        found = problems if where == "theme" else above
        found.append(f'{where}: unknown theme "{theme}"; {suggestion(theme, names)}')
    own = source if layers.where("tasks") == "tasks" else None
    tasks = _tasks_file(values["tasks"], own)
    if source is not None:
        problems += also(keys, tasks)
    if problems or above:
        raise ConfigError(str(source) if problems else "configuration", problems + above)
    addresses = {
        f"endpoints.{endpoint.name}.url": _address_origin(table, environ)
        for endpoint, table in zip(endpoints, endpoint_tables, strict=True)
    }
    return Settings(
        theme=theme,
        about=SessionInfo(**_section(values, "session")),
        options=Options(**_section(values, "options")),
        forge=ForgePlace(**_section(values, "forge")),
        blind=bool(values["judging.blind"]),
        blind_seed=values["judging.blind_seed"] or "",
        verdicts=DEFAULT_VERDICTS if (words := values["judging.verdicts"]) is None else words,
        endpoints=endpoints,
        tasks=tasks,
        keys=keys,
        source=source,
        origins=layers.origins | addresses,
    )


def find_config(
    locations: Locations, environ: Mapping[str, str], path: Path | None = None
) -> Path | None:
    """Return the file to read: the named one (required), else the user's if there is one."""
    named = named_config(environ, path)
    if named is not None:
        return named
    try:
        found = locations.config_file.exists()
    except OSError:
        found = True  # in an unreadable folder: reading the file reports that
    return locations.config_file if found else None


def theme_names(locations: Locations) -> list[str]:
    """Return the names of all themes, valid or not: the shipped ones and the user's."""
    folders = (shipped("themes"), locations.themes)
    return sorted({file.stem for folder in folders for file in folder.glob("*.toml")})


def _section(values: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Return the settings of one table that have a value; the others keep their defaults."""
    return {
        setting.name: values[setting.key]
        for setting in SETTINGS
        if setting.section == section and values[setting.key] is not None
    }


def _address_origin(table: TomlTable, environ: Mapping[str, str]) -> str:
    if "url" in table:
        return FILE
    return "OLLAMA_HOST" if environ.get("OLLAMA_HOST") else DEFAULT


def _tasks_file(text: str | None, config: Path | None) -> Path | None:
    """Return the tasks file: relative to its configuration, else to the current folder."""
    if text is None:
        return None
    path = expanded(Path(text))
    return path if config is None else config.parent / path
