"""The variables besides those of single settings, and misspelt ones."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

from bbtui.locations import Locations

CONFIG = "BBTUI_CONFIG"
DATA_DIR = "BBTUI_DATA_DIR"

#: Variables for the locations of files: name → what it does.
FOLDERS = {
    CONFIG: "the configuration file, like `-c`",
    DATA_DIR: "the data folder, like `--data-dir`",
}


def user_locations(environ: Mapping[str, str], data_dir: Path | None = None) -> Locations:
    """Return the user's folders: by --data-dir, else BBTUI_DATA_DIR, else the platform's own."""
    named = data_dir or _path(environ, DATA_DIR)
    return Locations.of_user(expanded(named).absolute() if named else None)


def named_config(environ: Mapping[str, str], flag: Path | None) -> Path | None:
    """Return the configuration file named by -c or BBTUI_CONFIG; None if neither."""
    named = flag or _path(environ, CONFIG)
    return expanded(named).absolute() if named else None


def expanded(path: Path) -> Path:
    """Return the path with ``~`` expanded, or unchanged if there is no such user."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def misspelt(environ: Mapping[str, str]) -> list[str]:
    """Return a problem for each variable that resembles one of bbtui: it would have no effect."""
    from bbtui.config.schema import SETTINGS  # every start looks here for the folders

    known = [*FOLDERS, *(setting.variable for setting in SETTINGS if setting.variable)]
    problems = []
    for name in sorted(environ):
        if name.startswith("BBTUI_") and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            problems += [f'{name}: unknown variable; did you mean "{near[0]}"?'] if near else []
    return problems


def can_move_cursor(environ: Mapping[str, str]) -> bool:
    """Return whether the terminal draws more than lines: TERM is dumb in editors and logs."""
    return environ.get("TERM") not in ("dumb", "unknown")


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name, "")
    return Path(value) if value else None
