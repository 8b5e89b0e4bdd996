"""``bbtui results``: print which side was better, how sure that is, and at what price."""

from __future__ import annotations

import os
from argparse import Namespace
from contextlib import suppress
from typing import TYPE_CHECKING

from bbtui.cli.output import print_json, print_text
from bbtui.cli.parser import Parser
from bbtui.errors import UsageError

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext
    from bbtui.domain.session import Session

#: The width of what is not printed on a terminal, and the least of one that is, in cells.
_USUAL, _LEAST = 100, 60


def register(parser: Parser) -> None:
    """Declare the command."""
    session = "number or id of a session (default: the latest), or a file written by --json"
    parser.add_argument("session", nargs="?", default="", metavar="ID|FILE.json", help=session)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.set_defaults(handler=run)


def run(args: Namespace, context: CommandContext) -> None:
    """Print the results of a session; raise `UsageError` for one with hidden sides."""
    from bbtui.cli.report import load_session
    from bbtui.domain.cell_results import session_results
    from bbtui.domain.conclusions import conclude, pair_tests
    from bbtui.report.results_json import results_json
    from bbtui.report.results_lines import heading, plain, results_lines

    session = load_session(args.session, context)
    check_revealed(session)
    conclusions = conclude(session_results(session))
    tests = pair_tests(conclusions)
    if args.json:
        print_json(results_json(conclusions, tests), context.out)
        return
    title, size = heading(conclusions)
    print_text(f"Results  {title}   {size}\n", context.out)
    for line in results_lines(conclusions, tests, _width(context)):
        print_text(plain(line), context.out)


def check_revealed(session: Session) -> None:
    """Raise `UsageError` for a session with rounds that are still judged blind."""
    if closed := why_closed(session):
        raise UsageError(closed, f"score them first: bbtui score {session.number or ''}".rstrip())


def why_closed(session: Session) -> str:
    """Return why the results of a session may not be shown, "" if they may."""
    from bbtui.domain.judging_record import hidden_rounds

    rounds = {answer.cell.round for answer in session.answers}
    hidden = len(hidden_rounds(session))
    if not hidden:
        return ""
    name = f"#{session.number}" if session.number else "the session"
    return (
        f"{name} is judged blind, and {hidden} of {len(rounds)} rounds with answers are hidden: "
        "results would reveal the sides"
    )


def _width(context: CommandContext) -> int:
    """Return the columns of the terminal that is printed on."""
    with suppress(OSError, ValueError):
        return max(_LEAST, os.get_terminal_size(context.out.fileno()).columns)
    return _USUAL
