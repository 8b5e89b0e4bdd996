"""``bbtui score``: open a saved session on the screen to judge its answers."""

from __future__ import annotations

from argparse import Namespace
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from bbtui.cli.launch import Launch, launch_tui, open_existing_store
from bbtui.cli.parser import Parser
from bbtui.errors import UsageError

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext


def register(parser: Parser) -> None:
    """Declare the command."""
    session = "number or id of a session (default: the latest)"
    parser.add_argument("session", nargs="?", default="", metavar="ID", help=session)
    parser.set_defaults(handler=run, report=None, json=None, print_answers=False, verbatim=False)


def run(args: Namespace, context: CommandContext) -> int:
    """Show the session on the screen; no endpoint is needed, and no request is sent."""
    if not context.screen:
        with open_existing_store(context, args.session, to_read=True) as store:
            number = store.load(args.session).number
        needs = "a terminal on stdin, stdout and stderr"
        if context.terminal:
            needs = f"a screen, and this terminal has none (TERM={context.environ['TERM']})"
        raise UsageError(
            f"scoring needs {needs}",
            f"to print the session: bbtui report {number}",
        )

    def open_launch(_: ExitStack) -> Launch:
        from bbtui.engine.comparison import Comparison

        store = open_existing_store(context, args.session, to_read=True)
        reopen = partial(Comparison, connections=(), store=store)
        comparison = reopen(store.load(args.session))
        settings = context.load_settings(args.config)
        return Launch(comparison, store, reopen, settings, judging=True)

    return launch_tui(open_launch, args, context)
