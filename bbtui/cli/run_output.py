"""What a run leaves behind: its report and its JSON, the closing message, and the exit code."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from bbtui.cli.context import CommandContext
from bbtui.cli.output import STDOUT, write_target
from bbtui.domain.answer import Need
from bbtui.domain.judging_record import hidden_rounds
from bbtui.domain.repeats import identical_flag
from bbtui.domain.session import Session
from bbtui.errors import BbtuiError, StoreError
from bbtui.formatting.text import counted
from bbtui.report.files import ReportFiles, default_name, write_new

DONE = 0
NO_ANSWERS = 3
INCOMPLETE = 4


def markdown(
    session: Session, context: CommandContext, *, verbatim: bool = False, short: bool = False
) -> str:
    """Return the report of a session; see `render_markdown` for `verbatim` and `short`."""
    from bbtui.report.markdown import render_markdown

    return render_markdown(
        session, now=context.now(), run_check=context.run_check, verbatim=verbatim, short=short
    )


def length_note(report: str, name: object) -> str:
    """Return a note on a report that is too long to be pasted as a comment, "" for any other.

    `name` is what the session is on the command line: its number, or a file.
    """
    from bbtui.report.short import LONGEST_COMMENT

    if len(report) <= LONGEST_COMMENT:
        return ""
    return (
        f"the report has {len(report):,} characters, and a comment on GitHub takes "
        f"{LONGEST_COMMENT:,}: attach it as a file, or shorten it: bbtui report {name} --short"
    )


def blind_note(session: Session) -> str:
    """Return that a report of a session reveals what is blind in it, "" for nothing."""
    count = len(hidden_rounds(session))
    if not count:
        return ""
    number = f" {session.number}" if session.number else ""
    return (
        f"the report names the sides of {counted(count, 'round')} judged blind and not revealed; "
        f"to score first: bbtui score{number}"
    )


class SessionReports(ReportFiles):
    """The reports of the sessions on the screen, each in a file of the current folder."""

    def __init__(self, context: CommandContext) -> None:
        super().__init__(Path())
        self._context = context

    def render(self, session: Session, *, short: bool) -> str:
        """Return the report in Markdown."""
        return markdown(session, self._context, short=short)


def deliver(
    session: Session, args: Namespace, context: CommandContext, *, own_report: bool
) -> bool:
    """Write what --report and --json request; print the error and return False if that fails.

    Without --report, the report goes to a new file if `own_report`, else to stdout unless --json
    or --print is given, or a round is blind.
    """
    from bbtui.exchange.json_file import to_json

    try:
        if args.json is not None:
            write_target(args.json, to_json(session), context)
        if args.report is None and hidden_rounds(session):
            context.notify("no report yet: it would name the sides of blind rounds")
        elif own_report and args.report is None:
            text = markdown(session, context, verbatim=args.verbatim)
            context.notify(f"wrote {write_new(Path(default_name(session)), text)}")
            context.notify(length_note(text, session.number))
        elif args.report is not None or (args.json is None and not args.print_answers):
            text = markdown(session, context, verbatim=args.verbatim)
            write_target(args.report or STDOUT, text, context)
            context.notify(blind_note(session))
            context.notify(length_note(text, session.number))
    except BbtuiError as error:
        context.notify(f"bbtui: {error}")
        return False
    return True


def exit_code(session: Session) -> int:
    """Return 0, 3 or 4 for all cells of the session; 3 takes precedence over 4."""
    if _endpoints_without_answers(session):
        return NO_ANSWERS
    return DONE if _count_answered(session) == len(session.cells()) else INCOMPLETE


def closing_message(session: Session, args: Namespace, *, interrupted: bool) -> str:
    """Return how much was answered and the next commands, "" for a new session that did not run.

    The commands repeat the common options as they were typed, so that they find the session.
    """
    if not session.number:
        return "interrupted before the first request" if interrupted else ""
    typed = {"-c": args.config, "--data-dir": args.data_dir}.items()
    options = "".join(f" {flag} {shlex.quote(str(path))}" for flag, path in typed if path)
    number, total, answered = session.number, len(session.cells()), _count_answered(session)
    resume = f"bbtui {'demo' if session.embedded else 'run'} --resume {number}"
    if interrupted:
        saved = f"interrupted; #{number} is saved ({answered} of {total} answered)"
        return f"{saved}. Resume: {resume}{options}"
    message = f"#{number} saved: {answered} of {total} answered"
    # In a blind session they would reveal a side.
    blind = bool(hidden_rounds(session))
    if (names := _endpoints_without_answers(session)) and not blind:
        message += f"; no answer from {', '.join(names)}"
    for line in () if blind else _repeats_alike(session):
        message += f"\n  {line}"
    if answered < total:
        again = session.missing(Need.STOPPED) != session.missing(Need.NOT_RUN)
        message += f"\n  run the rest   {resume}{' --retry-errors' if again else ''}{options}"
    if answered:
        message += f"\n  score it       bbtui score {number}{options}"
    return message


def _repeats_alike(session: Session) -> Iterator[str]:
    """Yield the endpoints whose repeats do not differ: ``local: 3 identical answers: …``."""
    for endpoint in session.endpoints if session.trials > 1 else ():
        flags = [identical_flag(session, task.id, endpoint.name) for task in session.tasks]
        found = [flag for flag in flags if flag is not None]
        if found:
            tasks = f" (to {len(found)} of {len(flags)} tasks)" if len(flags) > 1 else ""
            yield f"{endpoint.name}: {found[0].cause}{tasks}; {found[0].fix}"


def unsaved_message(session: Session, error: StoreError) -> str:
    """Return why the session is not saved completely."""
    return f"#{session.number} is not saved: {error}"


def _endpoints_without_answers(session: Session) -> list[str]:
    """Return the names of the endpoints without any answer that ended or has text."""
    answering = {
        cell.endpoint
        for cell in session.cells()
        if (answer := session.latest(cell)) and (answer.state.answered or answer.text)
    }
    return [endpoint.name for endpoint in session.endpoints if endpoint.name not in answering]


def _count_answered(session: Session) -> int:
    """Return how many cells have an answer that counts as answered."""
    latest = (session.latest(cell) for cell in session.cells())
    return sum(answer is not None and answer.state.answered for answer in latest)
