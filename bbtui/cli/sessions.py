"""``bbtui sessions``: list, show, rename, delete and import saved sessions."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from bbtui.cli.saved import any_saved, open_existing_store
from bbtui.cli.table import print_columns
from bbtui.errors import UsageError
from bbtui.formatting.sanitize import clean_name

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from bbtui.cli.context import Context
    from bbtui.store.summaries import SessionSummary

_ID = "its number or id"


def register(
    commands: _SubParsersAction[ArgumentParser], common: ArgumentParser, summary: str
) -> None:
    """Declare the command and its verbs; without a verb it lists."""
    parser = commands.add_parser("sessions", parents=[common], help=summary, description=summary)
    parser.add_argument("--json", action="store_true", help="print the list as a JSON array")
    parser.set_defaults(handler=_list)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")

    told = "list all sessions, the latest first"
    verb = verbs.add_parser("list", parents=[common], help=told, description=told)
    verb.add_argument("--json", action="store_true", help="as a JSON array")
    verb.set_defaults(handler=_list)

    told = "print what is in a session: each cell's state and score"
    verb = verbs.add_parser("show", parents=[common], help=told, description=told)
    verb.add_argument("session", nargs="?", default="", metavar="ID", help=f"{_ID} (the latest)")
    verb.set_defaults(handler=_show)

    told = "give a session another title"
    verb = verbs.add_parser("rename", parents=[common], help=told, description=told)
    verb.add_argument("session", metavar="ID", help=_ID)
    verb.add_argument("title", metavar="TITLE", help="the new title")
    verb.set_defaults(handler=_rename)

    told = "remove a session with all its answers and scores"
    verb = verbs.add_parser("delete", parents=[common], help=told, description=told)
    verb.add_argument("session", metavar="ID", help=_ID)
    verb.add_argument("--yes", action="store_true", help="do not ask")
    verb.set_defaults(handler=_delete)

    told = "add a session from a file that --json wrote"
    verb = verbs.add_parser("import", parents=[common], help=told, description=told)
    verb.add_argument("file", metavar="FILE", help="the file")
    verb.set_defaults(handler=_import)


def _list(args: Namespace, context: Context) -> int:
    summaries = _summaries(context)
    if args.json:
        rows = [asdict(one) | {"started_at": one.started_at.isoformat()} for one in summaries]
        print(json.dumps(rows, indent=2, ensure_ascii=False), file=context.out)
        return 0
    if not summaries:
        print("there is no session yet: `bbtui run` or `bbtui demo` makes one", file=context.err)
        return 0
    head = ("", "started", "answered", "scored", "title", "endpoints", "")
    print_columns([head, *(_row(one) for one in summaries)], context.out)
    return 0


def _summaries(context: Context) -> list[SessionSummary]:
    if not any_saved(context):
        return []
    with context.open_store() as store:
        return store.summaries()


def _row(one: SessionSummary) -> tuple[str, ...]:
    mark = "running" if one.running else "unfinished" if one.unfinished else ""
    return (
        f"#{one.number}",
        f"{one.started_at.astimezone():%Y-%m-%d %H:%M}",
        f"{one.answered}/{one.cells}",
        f"{one.scored}/{one.cells}",
        one.title or "–",
        ", ".join(one.endpoints),
        mark,
    )


def _show(args: Namespace, context: Context) -> int:
    from bbtui.cli.session_table import overview

    with open_existing_store(context, args.session) as store:
        session = store.load(args.session)
    title, rows = overview(session)
    for line in title:
        print(clean_name(line), file=context.out)
    print_columns(rows, context.out)
    return 0


def _rename(args: Namespace, context: Context) -> int:
    title = args.title.strip()
    if not title.isprintable():
        raise UsageError("a title is one line of text")
    with open_existing_store(context, args.session) as store:
        number = store.rename(args.session, title)
    print(f"#{number} is now {title!r}", file=context.err)
    return 0


def _delete(args: Namespace, context: Context) -> int:
    from bbtui.formatting.text import counted

    with open_existing_store(context, args.session) as store:
        session = store.load(args.session)
        if not args.yes:
            if not context.terminal:
                raise UsageError(
                    f"deleting #{session.number} cannot be undone, and there is nobody to ask",
                    "--yes deletes without asking",
                )
            name = f" ({clean_name(session.about.title)})" if session.about.title else ""
            answers = counted(len(session.answers), "answer")
            question = f"delete #{session.number}{name} with {answers} for ever? [y/N] "
            print(question, end="", file=context.err, flush=True)
            if context.stdin.readline().strip().lower() not in ("y", "yes"):
                print("kept", file=context.err)
                return 0
        number = store.delete(session.id)
    print(f"#{number} is deleted", file=context.err)
    return 0


def _import(args: Namespace, context: Context) -> int:
    from bbtui.cli.report import read_session

    session = read_session(args.file)
    with context.open_store() as store:
        kept = store.create(session)
    print(f"imported as #{kept.number}", file=context.err)
    return 0
