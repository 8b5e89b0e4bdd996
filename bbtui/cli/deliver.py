"""Writes the results of a session: Markdown and JSON, to files or to stdout."""

from __future__ import annotations

from argparse import Namespace
from contextlib import suppress
from pathlib import Path

from bbtui.cli.context import Context
from bbtui.cli.output import STDOUT, write_target
from bbtui.domain.session import Session
from bbtui.errors import BbtuiError


def markdown(session: Session, context: Context) -> str:
    """Return the report of a session."""
    from bbtui.clients.bash_syntax import parse_bash
    from bbtui.report.markdown import render_markdown

    return render_markdown(session, now=context.now(), parse_bash=parse_bash)


def new_report(session: Session, context: Context) -> Path:
    """Write the report to a new file in the current folder; return its path."""
    from bbtui.report.files import default_name, write_new

    return write_new(Path(default_name(session)), markdown(session, context))


def deliver(
    session: Session, args: Namespace, context: Context, *, own_report: bool
) -> BbtuiError | None:
    """Write what --report and --json request; print and return the error if that fails.

    Without --report, the report goes to a new file if `own_report`, else to stdout unless --json
    is given.
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
        _notify_written(args.json, context)
    if args.report is not None:
        write_target(args.report, markdown(session, context), context.out)
        _notify_written(args.report, context)
    elif own_report:
        _notify_written(str(new_report(session, context)), context)
    elif args.json is None:
        write_target(STDOUT, markdown(session, context), context.out)


def notify(message: str, context: Context) -> None:
    """Print a message unless it is empty; do nothing if the terminal has disconnected."""
    if message:
        with suppress(OSError):
            print(message, file=context.err, flush=True)


def _notify_written(name: str, context: Context) -> None:
    if name != STDOUT:
        notify(f"wrote {name}", context)
