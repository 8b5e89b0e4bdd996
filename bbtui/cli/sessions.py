"""``bbtui sessions``: list, show, rename, delete and import saved sessions."""

from __future__ import annotations

import time
from argparse import Namespace
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from bbtui.cli.launch import has_database, open_existing_store
from bbtui.cli.output import print_columns, print_json
from bbtui.cli.parser import Parser
from bbtui.domain.judging_record import hidden_rounds
from bbtui.domain.repeats import (
    identical_flag,
    score_figure,
    spread_of,
    spread_text,
    trial_answers,
)
from bbtui.domain.score import LONGEST_VERDICT, Scorecard, scorecard
from bbtui.errors import UsageError
from bbtui.formatting.sanitize import clean_name
from bbtui.formatting.text import counted, truncate

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext
    from bbtui.domain.session import Session
    from bbtui.store.summaries import SessionSummary

_ID = "number or id of a session"


def register(parser: Parser) -> None:
    """Declare the verbs; without one, list."""
    parser.set_defaults(handler=_list)
    listing = parser.add_verb("list", _list, "list all sessions, the latest first")
    for lister in (parser, listing):
        lister.add_argument("--json", action="store_true", help="print a JSON array")

    show = parser.add_verb("show", _show, "print a session: the state and score of each answer")
    latest = f"{_ID} (default: the latest)"
    show.add_argument("session", nargs="?", default="", metavar="ID", help=latest)

    rename = parser.add_verb("rename", _rename, "change the title of a session")
    rename.add_argument("session", metavar="ID", help=_ID)
    rename.add_argument("title", metavar="TITLE", help="the new title")

    loss = "permanently delete a session with its answers and scores"
    delete = parser.add_verb("delete", _delete, loss)
    delete.add_argument("session", metavar="ID", help=_ID)
    delete.add_argument("--yes", action="store_true", help="do not ask for confirmation")

    add = parser.add_verb("import", _import, "add the session in a file written by --json")
    add.add_argument("file", metavar="FILE", help="file written by --json")


def _list(args: Namespace, context: CommandContext) -> None:
    summaries: list[SessionSummary] = []
    if has_database(context):
        with context.open_store(to_read=True) as store:
            summaries = store.summaries()
    if args.json:
        rows = [asdict(one) | {"started_at": one.started_at.isoformat()} for one in summaries]
        print_json(rows, context.out)
    elif summaries:
        table = [_row(summary) for summary in summaries]
        state = "state" if any(row[-1] for row in table) else ""
        head = ("", "started", "answered", "scored", "title", "endpoints", state)
        print_columns([head, *table], context.out)
    else:
        hint = "create one with `bbtui run` or `bbtui demo`"
        context.notify(f"there is no session yet; {hint}")


def _row(one: SessionSummary) -> tuple[str, ...]:
    # Of ten thousand rows, `astimezone` would take a third of the time.
    local = time.localtime(one.started_at.timestamp())
    started = time.strftime("%Y-%m-%d %H:%M", local)
    counts = (f"{one.answered}/{one.cells}", f"{one.scored}/{one.cells}")
    mark = "running" if one.running else "unfinished" if one.unfinished else ""
    title, endpoints = one.title or "–", "blind" if one.blind else ", ".join(one.endpoints)
    return (f"#{one.number}", started, *counts, title, endpoints, mark)


def _show(args: Namespace, context: CommandContext) -> None:
    with open_existing_store(context, args.session, to_read=True) as store:
        session = store.load(args.session)
    for line in _facts(session):
        print(clean_name(line), file=context.out)
    print("", file=context.out)
    print_columns(_cell_table(session), context.out)


def _facts(session: Session) -> list[str]:
    mode = "parallel" if session.mode == "at once" else "sequential"
    started = f"{session.started_at.astimezone():%Y-%m-%d %H:%M}"
    hidden = len(hidden_rounds(session))
    blind = f"blind     {counted(hidden, 'round')} not revealed: bbtui score {session.number}"
    return [
        f"#{session.number}  {session.about.title or 'untitled'}",
        f"id        {session.id}",
        f"started   {started}, bbtui {session.program or '?'}, {mode}",
        *([blind] if hidden else []),
        *(f"{one.name}: {one.label}, {one.model} at {one.address}" for one in session.endpoints),
    ]


def _cell_table(session: Session) -> list[tuple[str, ...]]:
    """Return a row for each task, with a column for each endpoint, below a head."""
    card = scorecard(session.judgements)
    hidden = {place.task for place in hidden_rounds(session)}
    rows = [("task", *(endpoint.label for endpoint in session.endpoints))]
    for task in session.tasks:
        names = [endpoint.name for endpoint in session.endpoints]
        if task.id in hidden:
            rows.append((task.id, *("blind" for _ in names)))
            continue
        rows.append((task.id, *(_task_summary(session, card, task.id, name) for name in names)))
    return rows


def _task_summary(session: Session, card: Scorecard, task: str, endpoint: str) -> str:
    """Return the state of the latest answer, its score and its verdict: ``done 4/5 SOLID``.

    Of several trials how many have each state, the median of the scores with their range, and how
    often each verdict was given: ``3 done, 4/5 (3–5), SOLID ×2``.
    """
    answers = trial_answers(session, task, endpoint)
    marks = [card.of(answer.cell, answer.attempt) for answer in answers]
    states = Counter(answer.state.label for answer in answers)
    if missing := session.trials - len(answers):
        states["not run"] = missing
    given = (one.verdict.word for one in marks if one.verdict is not None)
    verdicts = Counter(truncate(word, LONGEST_VERDICT) for word in given)
    spread = spread_of([one.score for one in marks if one.score is not None])
    middle, _, reach = ("" if spread is None else spread_text(spread, score_figure)).partition(" ")
    score = f"{middle}/5 {reach}".strip() if middle else ""
    if session.trials == 1:
        return " ".join(part for part in (*states, score, *verdicts) if part)
    words = (word if count == 1 else f"{word} ×{count}" for word, count in verdicts.items())
    parts = (*(f"{count} {state}" for state, count in states.items()), score, *words)
    same = identical_flag(session, task, endpoint)
    return ", ".join(part for part in (*parts, same.cause if same else "") if part)


def _rename(args: Namespace, context: CommandContext) -> None:
    title = args.title.strip()
    if not title.isprintable():
        raise UsageError("a title must be a single line of text")
    with open_existing_store(context, args.session) as store:
        context.notify(f"renamed #{store.rename(args.session, title)} to {title!r}")


def _delete(args: Namespace, context: CommandContext) -> None:
    with open_existing_store(context, args.session) as store:
        session = store.load(args.session)
        name = f"#{session.number} {clean_name(session.about.title)}".rstrip()
        prompt = f"permanently delete {name} ({counted(len(session.answers), 'answer')})?"
        if args.yes or context.confirm(prompt, f"deleting #{session.number}", "delete"):
            context.notify(f"deleted #{store.delete(session.id)}")
        else:
            context.notify("not deleted")


def _import(args: Namespace, context: CommandContext) -> None:
    from bbtui.cli.report import read_session

    session = read_session(args.file)
    with context.open_store() as store:
        context.notify(f"imported as #{store.create(session).number}")
