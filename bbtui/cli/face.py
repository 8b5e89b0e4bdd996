"""Which face a session is handed to: the screen, or none where there is no terminal."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass

from bbtui.cli.context import Context
from bbtui.cli.opening import Opened
from bbtui.cli.output import check_target
from bbtui.config.settings import Settings
from bbtui.ui.desk import Start


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session and how it is to be run.

    `command` is the one that made it, and so resumes it. `start` is for the screen. With
    `own_report`, a run without a screen waits until every machine is ready, and writes its report
    to a new file in the current folder unless the user named another place. `judging` opens the
    screen for scoring.
    """

    opened: Opened
    settings: Settings
    command: str
    start: Start
    own_report: bool = False
    judging: bool = False


def sit(sitting: Sitting, args: Namespace, context: Context) -> int:
    """Run a session with the face that fits; returns the exit code."""
    check_target(args.report)
    check_target(args.json)
    if context.terminal and not args.no_tui:
        from bbtui.cli.screen import on_screen

        return on_screen(sitting, args, context)
    from bbtui.cli.headless import headless

    return headless(sitting, args, context)
