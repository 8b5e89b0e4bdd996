"""Which face a session is handed to: the screen, or none where there is no terminal.

The screen paints its first frame before the session is opened, so nothing is imported here that
opening one needs.
"""

from __future__ import annotations

import gc
from argparse import Namespace
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bbtui.cli.output import check_target
from bbtui.cli.sitting import OpenLaunch

if TYPE_CHECKING:
    from bbtui.cli.context import Context
    from bbtui.cli.tui import SessionSwitcher
    from bbtui.ui.workspace import Workspace


def sit(open_sitting: OpenLaunch, args: Namespace, context: Context) -> int:
    """Open a session in the face that fits, and run it there; returns the exit code."""
    check_target(args.report)
    check_target(args.json)
    if context.terminal and not args.no_tui:
        return on_screen(open_sitting, args, context)
    from bbtui.cli.headless import headless

    with ExitStack() as closing:
        return headless(open_sitting(closing), args, context)


def on_screen(open_sitting: OpenLaunch, args: Namespace, context: Context) -> int:
    """Run a session on the screen, opened behind its first frame; returns the exit code."""
    gc.disable()  # until the screen stands: it only slows the start down
    # Textual is imported here and in no command that has no screen.
    from bbtui.ui.app import run_screen

    openers: list[SessionSwitcher] = []
    with ExitStack() as closing:

        def open_desk() -> Workspace:
            from bbtui.cli.tui import SessionSwitcher, build_workspace

            opener = SessionSwitcher(open_sitting(closing))
            closing.callback(opener.close)
            openers.append(opener)
            return build_workspace(opener, context)

        code = run_screen(open_desk)
    for opener in openers:
        from bbtui.cli.tui import finish

        code = finish(opener, code, args, context)
    return code
