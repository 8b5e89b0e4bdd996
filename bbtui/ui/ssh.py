"""What SSH changes on screen: it is drawn less often, and an answer scrolls by several rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class RefreshRate(NamedTuple):
    """How often the screen is drawn, and by how many rows it scrolls."""

    hz: int = 20
    """Updates per second."""
    jump: int = 1
    """By how many rows a live answer scrolls: each scroll sends the whole pane again."""


NEAR = RefreshRate()
FAR = RefreshRate(hz=10, jump=8)


def refresh_rate(environ: Mapping[str, str]) -> RefreshRate:
    """Return the rate for this environment: sshd sets either variable for what it starts."""
    far = environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")
    return FAR if far else NEAR
