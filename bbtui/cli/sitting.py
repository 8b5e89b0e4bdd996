"""A session and how it is to be run, before any face has it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bbtui.cli.open_session import OpenSession
    from bbtui.config.settings import Settings
    from bbtui.ui.workspace import Start


@dataclass(frozen=True, slots=True)
class Launch:
    """A session and how it is to be run.

    `command` is the one that was called, run or demo. `start` is for the screen. With
    `own_report`, a run without a screen waits until every machine is ready, and writes its report
    to a new file in the current folder unless the user named another place. `judging` opens the
    screen for scoring.
    """

    opened: OpenSession
    settings: Settings
    command: str
    start: Start
    own_report: bool = False
    judging: bool = False


#: Opens a session when its face is ready for it; what must be closed in the end goes on the stack.
OpenLaunch = Callable[[ExitStack], Launch]
