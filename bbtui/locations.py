"""Where files live: the platform's own folders, and what the program ships."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from platformdirs import PlatformDirs

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Locations:
    """The folders of one user. Nothing here touches the disk; a folder may not exist yet."""

    config: Path
    data: Path
    cache: Path
    state: Path

    @classmethod
    def of_user(cls, data: Path | None = None) -> Locations:
        """The platform's folders (XDG on Linux), with `data` in place of the data folder if given.

        A data folder named by the user also holds the log, so that one flag moves everything a
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
        """config.toml, the user's settings."""
        return self.config / "config.toml"

    @property
    def themes(self) -> Path:
        """The user's own themes; one of the same name wins over a shipped one."""
        return self.config / "themes"

    @property
    def database(self) -> Path:
        """Every session, in one SQLite file."""
        return self.data / "sessions.db"

    @property
    def weights(self) -> Path:
        """Assembled weights of the embedded engine."""
        return self.cache / "weights"

    @property
    def prices(self) -> Path:
        """The last price of each rented machine."""
        return self.cache / "prices.json"

    @property
    def log(self) -> Path:
        """Tracebacks of unexpected errors."""
        return self.state / "bbtui.log"


def shipped(name: str) -> Path:
    """A file or folder that comes with the program, such as ``tasks.toml`` or ``themes``.

    A wheel carries them inside the package; an editable install has them beside it.
    """
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name
