"""Hands over the result of a session: Markdown, JSON, in files or on stdout."""

from __future__ import annotations

from argparse import Namespace
from contextlib import suppress
from pathlib import Path

from bbtui.cli.context import Context
from bbtui.cli.output import STDOUT, write_target
from bbtui.domain.session import Session
from bbtui.errors import BbtuiError


def markdown(session: Session, context: Context) -> str:
    """The report of a session."""
    from bbtui.clients.bash_syntax import parse_bash
    from bbtui.report.markdown import render_markdown

    return render_markdown(session, now=context.now(), parse_bash=parse_bash)


def new_report(session: Session, context: Context) -> Path:
    """Write the report to a new file in the current folder, and return its path."""
    from bbtui.report.files import default_name, write_new

    return write_new(Path(default_name(session)), markdown(session, context))


def deliver(
    session: Session, args: Namespace, context: Context, *, own_report: bool
) -> BbtuiError | None:
    """Write what --report and --json ask for; a file that cannot be written is told and returned.

    Without --report, the report goes to a new file with `own_report`; without either, to stdout.
    """
    try:
        _deliver(session, args, context, own_report=own_report)
    except BbtuiError as error:
        notify(f"bbtui: {error}", context)
        return error
    return None


def _deliver(session: Session, args: Namespace, context: Context, *, own_report: bool) -> None:
    from bbtui.exchange.json_file import to_json

    if args.json is not None:
        write_target(args.json, to_json(session), context.out)
        _say(args.json, context)
    if args.report is not None:
        write_target(args.report, markdown(session, context), context.out)
        _say(args.report, context)
    elif own_report:
        _say(str(new_report(session, context)), context)
    elif args.json is None:
        write_target(STDOUT, markdown(session, context), context.out)


def notify(words: str, context: Context) -> None:
    """Print a message, nothing for ""; after a dropped line nobody is told, the rest is done."""
    if words:
        with suppress(OSError):
            print(words, file=context.err, flush=True)


def _say(name: str, context: Context) -> None:
    if name != STDOUT:
        notify(f"wrote {name}", context)
