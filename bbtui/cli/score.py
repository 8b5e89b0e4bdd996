"""``bbtui score``: open a saved session on the screen to judge its answers."""

from __future__ import annotations

from argparse import Namespace
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bbtui.cli.launch import Launch, has_database, launch_tui, open_existing_store
from bbtui.cli.options import add_blind_options
from bbtui.cli.parser import Parser
from bbtui.errors import UsageError

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext
    from bbtui.domain.session import Session
    from bbtui.store.sessions import SessionStore


def register(parser: Parser) -> None:
    """Declare the command."""
    session = "number or id of a session (default: the latest)"
    parser.add_argument("session", nargs="?", default="", metavar="ID", help=session)
    walk = "go through every unscored answer of all sessions, the oldest session first"
    parser.add_argument("--next", dest="walk", action="store_true", help=walk)
    add_blind_options(parser)
    until = "close as soon as one side is clearly better, and print the verdict"
    parser.add_argument("--until", choices=("clear",), help=until)
    parser.set_defaults(handler=run, report=None, json=None, print_answers=False, verbatim=False)


def run(args: Namespace, context: CommandContext) -> int:
    """Show the session on the screen; no endpoint is needed, and no request is sent."""
    if args.walk and args.session:
        raise UsageError("ID and --next cannot be combined: leave out one of them")
    if args.walk and args.until:
        raise UsageError("--next and --until cannot be combined: leave out one of them")
    if args.walk and not has_unscored(context):
        context.notify("nothing is left to score: every answer of every session has a score")
        return 0
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
        from bbtui.cli.open_session import switch_blind
        from bbtui.engine.comparison import Comparison

        overrides = {"judging.blind": args.blind, "judging.blind_seed": args.blind_seed}
        settings = context.load_settings(args.config, overrides)
        store = open_existing_store(context, args.session, to_read=True)

        def reopen(session: Session) -> Comparison:
            comparison = Comparison(session, (), store)
            switch_blind(comparison, args)
            return comparison

        walk = UnscoredSessions(store) if args.walk else None
        ref = args.session if walk is None else walk.next()
        comparison = reopen(store.load(ref))
        next_session = None if walk is None else walk.after
        return Launch(
            comparison,
            store,
            reopen,
            settings,
            judging=True,
            next_session=next_session,
            until_clear=args.until == "clear",
        )

    if args.until == "clear" and (found := _clear_already(args.session, context)):
        context.notify(found)
        return 0
    return launch_tui(open_launch, args, context)


class UnscoredSessions:
    """The sessions with unscored answers, the oldest first, none of them twice."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._passed: set[int] = set()

    def next(self) -> str:
        """Return the number of the oldest one that was not passed; "" if none is left."""
        left = (number for number in self._store.unscored() if number not in self._passed)
        return str(next(left, ""))

    def after(self, number: int) -> str:
        """Return the one to go to when all that can be scored in this one is."""
        self._passed.add(number)
        return self.next()


def has_unscored(context: CommandContext) -> bool:
    """Return whether any session has an unscored answer."""
    if not has_database(context):
        return False
    with context.open_store(to_read=True) as store:
        return bool(store.unscored())


def _clear_already(ref: str, context: CommandContext) -> str:
    """Return the verdict of a session that is clear, "" for one that is not.

    Raise `UsageError` for one that never will be, because it has one side.
    """
    from bbtui.cli.tui import verdict
    from bbtui.domain.conclusions import is_clear
    from bbtui.domain.score import scorecard
    from bbtui.domain.score_table import score_table

    with open_existing_store(context, ref, to_read=True) as store:
        session = store.load(ref)
    if len(session.endpoints) < 2:
        raise UsageError(
            f"--until clear needs two endpoints to compare, and #{session.number} has one",
            f"to score it: bbtui score {session.number}",
        )
    clear = is_clear(score_table(session, scorecard(session.judgements)))
    return f"#{session.number} is clear already\n{verdict(session)}" if clear else ""
