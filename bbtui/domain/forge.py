"""Where reports are posted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ForgeKind = Literal["gitea", "github", "gitlab"]


@dataclass(frozen=True, slots=True)
class ForgePlace:
    """An issue of a forge, as far as it is configured."""

    kind: ForgeKind | None = None
    url: str = ""
    """The address of the forge; "" for the usual one of its kind."""
    repo: str = ""
    """``owner/name``."""
    issue: int | None = None

    @property
    def complete(self) -> bool:
        """Return whether it names an issue."""
        return self.kind is not None and bool(self.repo) and self.issue is not None
