"""A started session, and where it runs: on the screen, or without one where there is no terminal.

The screen paints its first frame before the session is opened, so nothing is imported here that
opening one needs.
"""

from __future__ import annotations

import gc
from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from bbtui.cli.output import check_target
from bbtui.errors import UsageError

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext
    from bbtui.cli.tui import SessionSwitcher
    from bbtui.config.settings import Settings
    from bbtui.domain.answer import Cell
    from bbtui.domain.session import Session
    from bbtui.engine.comparison import Comparison
    from bbtui.store.sessions import SessionStore
    from bbtui.ui.workspace import Start, Workspace


class Launch(NamedTuple):
    """A started session, and how it is to be run."""

    comparison: Comparison
    """The session, with a connection to each of its endpoints that can be reached."""

    store: SessionStore
    """Where it is saved; to be closed after the comparison."""

    reopen: Callable[[Session], Comparison]
    """Makes a comparison of any other saved session, under the flags of this program."""

    settings: Settings
    """The configuration it was started with."""

    cells: tuple[Cell, ...] = ()
    """What the command line selects to run."""

    absent: tuple[str, ...] = ()
    """Names of endpoints of the session that have no connection: their cells cannot run."""

    start: Start = "idle"
    """When the screen starts to run them."""

    demo: bool = False
    """The endpoints are models served by this program.

    They have to be loaded first, there is nothing to diagnose, and without a terminal the report
    goes to a new file in the current folder unless a place is named.
    """

    judging: bool = False
    """The screen opens for scoring."""

    next_session: Callable[[int], str] | None = None
    """Of several sessions to score, the one after that with this number, "" after the last."""

    until_clear: bool = False
    """It closes as soon as one side is clearly better, and the verdict is printed."""


#: Starts a session when it is needed; what must be closed in the end goes on the stack.
OpenLaunch = Callable[[ExitStack], Launch]


def launch(open_launch: OpenLaunch, args: Namespace, context: CommandContext) -> int:
    """Run a session on the screen or, without a terminal, headless; return the exit code."""
    check_target(args.report)
    check_target(args.json)
    if context.screen and not args.no_tui and not args.print_answers:
        if args.start_pods:
            fix = "on the screen a key starts a pod, and quitting asks about it"
            raise UsageError("--start-pods needs --no-tui or --print", fix)
        return launch_tui(open_launch, args, context)
    from bbtui.cli.headless import run_headless

    args.unattended = True

    with ExitStack() as closing:
        return run_headless(open_launch(closing), args, context)


def launch_tui(open_launch: OpenLaunch, args: Namespace, context: CommandContext) -> int:
    """Run a session on the screen, opened after its first frame; return the exit code."""
    gc.disable()  # until the main screen is shown: collecting only slows the start down
    # Textual is imported here and in no command that has no screen.
    from bbtui.ui.app import run_screen

    switcher: SessionSwitcher | None = None
    with ExitStack() as closing:

        def open_workspace() -> Workspace:
            nonlocal switcher
            from bbtui.cli.tui import SessionSwitcher, build_workspace

            switcher = SessionSwitcher(open_launch(closing))
            closing.callback(switcher.close)
            return build_workspace(switcher, context)

        code = run_screen(open_workspace)
    if switcher is None:  # the user left before the session was opened
        return code
    from bbtui.cli.tui import finish

    return finish(switcher, code, args, context)


def has_database(context: CommandContext) -> bool:
    """Return whether a database exists; one that cannot be reached does: opening it explains."""
    try:
        context.locations.database.stat()
    except OSError as error:
        return not isinstance(error, FileNotFoundError)
    return True


def open_existing_store(
    context: CommandContext, ref: str, *, to_read: bool = False
) -> SessionStore:
    """Open the store that holds the session `ref`; one that cannot be written only `to_read` it.

    Raise `SessionNotFoundError` if nothing was ever saved: opening would create the database.
    """
    if not has_database(context):
        from bbtui.store.sessions import not_found

        raise not_found(ref)
    return context.open_store(to_read=to_read)
