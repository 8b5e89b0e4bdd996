"""The [keys] table: action ids and the keys that the user wants for them."""

from __future__ import annotations

from collections.abc import Iterable

from bbtui.config.kinds import FILLED_LINE, told_key
from bbtui.config.nearest import suggestion
from bbtui.config.settings import Settings
from bbtui.config.table import Table
from bbtui.errors import ConfigError


def read_keys(table: Table) -> dict[str, str]:
    """Keys by action id.

    An action id has a dot in it, which to TOML means a table unless it is quoted; both spellings
    are read: ``round.start = "space"`` and ``"round.start" = "space"``.
    """
    keys: dict[str, str] = {}
    for key in table.names():
        if table.holds_table(key):
            keys |= {f"{key}.{rest}": value for rest, value in read_keys(table.table(key)).items()}
        elif (value := table.read(key, FILLED_LINE, None)) is not None:
            keys[key] = value
    return keys


def check_keys(settings: Settings, known_ids: Iterable[str]) -> None:
    """Raise ConfigError for ids in [keys] that are no action: Textual would ignore them."""
    known = sorted(known_ids)
    problems = [
        f"keys.{'.'.join(map(told_key, action.split('.')))}: no such action; "
        f"{suggestion(action, known)}"
        for action in settings.keys
        if action not in known
    ]
    if problems:
        raise ConfigError(str(settings.source or "configuration"), problems)
