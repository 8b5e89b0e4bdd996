"""``bbtui report``: print a saved session as Markdown, HTML, JSON, JSON lines or CSV."""

from __future__ import annotations

import argparse
import os
import re
import shlex
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from bbtui.cli.launch import open_existing_store
from bbtui.cli.options import VERBATIM
from bbtui.cli.output import STDOUT, check_target, write_target
from bbtui.cli.parser import Parser
from bbtui.config.files import read_file
from bbtui.errors import UsageError

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext
    from bbtui.domain.session import Session


FORMATS = ("md", "html", "json", "jsonl", "csv")


def register(parser: Parser) -> None:
    """Declare the command."""
    session = "number or id of a session (default: the latest), or a file written by --json"
    parser.add_argument("session", nargs="?", default="", metavar="ID|FILE.json", help=session)
    parser.add_argument("--format", choices=FORMATS, default="md", help="default: md")
    masked = "name pods and hosts host-1, host-2 …"
    parser.add_argument("--mask", action="store_true", help=masked)
    short = "no prompts and answers: it fits into a comment of 65,536 characters"
    parser.add_argument("--short", action="store_true", help=short)
    parser.add_argument("--verbatim", action="store_true", help=VERBATIM)
    target = "write to FILE (default: -, which is stdout)"
    parser.add_argument(
        "-o", "--output", dest="target", metavar="FILE", default=STDOUT, help=target
    )
    posting = parser.add_argument_group("Posting")
    forges = ("gitea", "github", "gitlab")
    post = "post it as a comment of an issue, or edit the one posted before"
    posting.add_argument("--post", choices=forges, help=post)
    posting.add_argument("--repo", metavar="O/R", help="the repository: OWNER/NAME")
    posting.add_argument("--issue", type=_number, metavar="N", help="the number of the issue")
    address = "the address of the forge (github.com and gitlab.com are known)"
    posting.add_argument("--forge-url", metavar="URL", help=address)
    dry = "print the requests and send nothing"
    posting.add_argument("--dry-run", action="store_true", help=dry)
    parser.set_defaults(handler=run)


def run(args: Namespace, context: CommandContext) -> None:
    """Write the session in the requested format to the requested file."""
    from bbtui.cli.run_output import blind_note, length_note, markdown

    check_target(args.target)
    _check_options(args)
    session = load_session(args.session, context)
    context.notify(blind_note(session))
    if args.mask:
        from bbtui.report.mask import mask_places

        session = mask_places(session)
    if args.post:
        from bbtui.cli.post_report import post_report

        post_report(session, args, context)
        return
    if args.format != "md":
        write_target(args.target, _render(args.format, session, context), context)
        return
    text = markdown(session, context, verbatim=args.verbatim, short=args.short)
    write_target(args.target, text, context)
    context.notify(length_note(text, shlex.quote(args.session) if args.session else session.number))


def _check_options(args: Namespace) -> None:
    """Raise `UsageError` for options that cannot be combined."""
    if args.short and args.format != "md":
        raise UsageError(
            f"--short is for Markdown: --format {args.format} has every answer",
            "leave out --short, or use --format md",
        )
    if args.post and (args.format != "md" or args.target != STDOUT):
        flag = "-o" if args.target != STDOUT else "--format"
        raise UsageError(f"--post and {flag} cannot be combined: Markdown is posted")
    if not args.post and (flag := _needs_post(args)):
        raise UsageError(f"{flag} needs --post", "name the forge: --post gitea, github or gitlab")


def _needs_post(args: Namespace) -> str:
    """Return the option that is about posting, "" without one."""
    given = {
        "--repo": args.repo,
        "--issue": args.issue,
        "--forge-url": args.forge_url,
        "--dry-run": args.dry_run,
    }
    return next((flag for flag, value in given.items() if value), "")


def _number(text: str) -> int:
    if not re.fullmatch(r"#?[1-9]\d{0,9}", text):
        raise argparse.ArgumentTypeError(f"must be the number of an issue, not {text!r}")
    return int(text.lstrip("#"))


def _render(form: str, session: Session, context: CommandContext) -> str:
    """Return the session in a format other than Markdown."""
    match form:
        case "html":
            from bbtui.report.html import render_html

            return render_html(session, now=context.now(), run_check=context.run_check)
        case "jsonl" | "csv":
            from bbtui.report.rows import render_csv, render_jsonl

            render = render_csv if form == "csv" else render_jsonl
            return render(session, context.run_check)
        case _:
            from bbtui.exchange.json_file import to_json

            return to_json(session)


def is_file(ref: str) -> bool:
    """Return whether this names a file, not a saved session."""
    return ref.endswith(".json") or os.sep in ref


def load_session(ref: str, context: CommandContext) -> Session:
    """Return the session in the file of that name, or the saved one of that number or id."""
    if is_file(ref):
        return read_session(ref)
    with open_existing_store(context, ref, to_read=True) as store:
        return store.load(ref)


def read_session(name: str) -> Session:
    """Return the session in a file that --json wrote; raise `UsageError` if there is none."""
    from bbtui.exchange.json_file import from_json

    try:
        text = read_file(Path(name)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not a bbtui session: it is not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror or error}") from None
    return from_json(text, name)
