"""Where files are: the platform's folders, and what the program ships."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from platformdirs import PlatformDirs

_PACKAGE = Path(__file__).parent


class Locations(NamedTuple):
    """The folders of one user. Nothing here accesses the disk; a folder may not exist yet."""

    config: Path
    """The folder of config.toml and the user's themes."""
    data: Path
    """The folder of sessions.db."""
    cache: Path
    """The folder of downloads and of last known prices."""
    state: Path
    """The folder of the log."""

    @classmethod
    def of_user(cls, data: Path | None = None) -> Locations:
        """Return the folders of the platform (XDG on Linux); `data` replaces the data folder.

        A data folder named by the user also holds the log, so that one flag moves everything that a
        session writes.
        """
        dirs = PlatformDirs("bbtui", appauthor=False)
        return cls(
            config=dirs.user_config_path,
            data=data or dirs.user_data_path,
            cache=dirs.user_cache_path,
            state=data or dirs.user_state_path,
        )

    @property
    def config_file(self) -> Path:
        """Return config.toml, the user's settings."""
        return self.config / "config.toml"

    @property
    def themes(self) -> Path:
        """Return the folder of the user's themes; one replaces a shipped theme of the same name."""
        return self.config / "themes"

    @property
    def database(self) -> Path:
        """Return the SQLite file of every session."""
        return self.data / "sessions.db"

    @property
    def weights(self) -> Path:
        """Return the folder for assembled weights of the embedded engine."""
        return self.cache / "weights"

    @property
    def prices(self) -> Path:
        """Return the file with the last price of each rented machine."""
        return self.cache / "prices.json"

    @property
    def log(self) -> Path:
        """Return the file for tracebacks of unexpected errors."""
        return self.state / "bbtui.log"


def shipped(name: str) -> Path:
    """Return a file or folder of the package, such as ``tasks.toml`` or ``themes``.

    A wheel has them inside the package; an editable install has them beside it.
    """
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name
