"""How the screen is drawn here: beside the machine, or at the far end of an SSH line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefreshRate:
    """`hz` is how often a second what is new is drawn, `jump` by how many rows an answer scrolls.

    On a slow line every scroll costs the whole pane, so there it scrolls seldom and further.
    """

    hz: int = 20
    jump: int = 1


NEAR = RefreshRate()
FAR = RefreshRate(hz=10, jump=8)


def refresh_rate(environ: Mapping[str, str]) -> RefreshRate:
    """The profile for this environment: sshd sets both variables for what it starts."""
    far = environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")
    return FAR if far else NEAR
