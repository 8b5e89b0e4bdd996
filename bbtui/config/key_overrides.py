"""The [keys] table: action ids and their keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bbtui.config.suggest import suggestion
from bbtui.config.toml_reader import TomlTable
from bbtui.config.value_types import FILLED_LINE, quoted_key


def read_keys(table: TomlTable) -> dict[str, str]:
    """Return keys by action id.

    An action id has a dot in it, which to TOML means a table unless it is quoted; both forms are
    accepted: ``round.start = "space"`` and ``"round.start" = "space"``.
    """
    keys: dict[str, str] = {}
    for key in table.names():
        if table.holds_table(key):
            keys |= {f"{key}.{rest}": value for rest, value in read_keys(table.table(key)).items()}
        elif (value := table.read(key, FILLED_LINE, None)) is not None:
            keys[key] = value
    return keys


def key_problems(
    keys: Mapping[str, str], defaults: Mapping[str, str], one_key: Callable[[str], str | None]
) -> list[str]:
    """Return every problem of [keys]: unknown actions, unknown keys, keys assigned twice.

    `defaults` are the keys of every action by its id, as in `keys` separated by commas. `one_key`
    returns one name for all the names of a key, or None for an unknown one.
    """
    known = sorted(defaults)
    problems = [
        f"{_path(action)}: unknown action; {suggestion(action, known)}"
        for action in keys
        if action not in defaults
    ]
    taken: dict[str, str] = {}
    for action, names in defaults.items():
        if action not in keys:
            taken |= {one_key(name) or name: action for name in _names(names)}
    for action, names in keys.items():
        if action not in defaults:
            continue
        for name in _names(names):
            key = one_key(name)
            if key is None:
                problems.append(f'{_path(action)}: unknown key "{name}"')
            elif (other := taken.setdefault(key, action)) != action:
                problems.append(f'{_path(action)}: "{name}" is already the key of {other}')
    return problems


def _path(action: str) -> str:
    return f"keys.{'.'.join(map(quoted_key, action.split('.')))}"


def _names(names: str) -> list[str]:
    return [name.strip() for name in names.split(",")] if names else []
