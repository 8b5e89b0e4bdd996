"""The session as a whole: its report, its task, and other sessions."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bbtui.domain.answer import LiveAnswer
from bbtui.domain.session import Session
from bbtui.ui.background import in_thread
from bbtui.ui.commands import blinding
from bbtui.ui.commands.quit_suspend import may_leave
from bbtui.ui.context import Context
from bbtui.ui.screens.dialogs import ChoicePrompt

if TYPE_CHECKING:
    from bbtui.store.summaries import SessionSummary

NO_ANSWER = "no answer to report yet"
OPEN = "open the other session"


def something_to_report(context: Context) -> bool:
    """Return whether the session has an answer that ended."""
    return bool(context.comparison.session.answers)


def show_results(context: Context) -> None:
    """Open the results: which side was better, how sure that is, at what price."""
    from bbtui.ui.screens.results import ResultsScreen

    context.open(ResultsScreen(context.comparison))


async def export(context: Context) -> None:
    """Show the report, and write what is shown to its file."""
    from bbtui.ui.screens.report import ReportScreen

    session = context.comparison.live_session
    if not session.answers:
        context.show_message(NO_ANSWER)
        return

    def render(short: bool) -> str:
        return context.workspace.reports.render(session, short=short)

    def copy(text: str) -> str:
        return context.copy(text).message

    dialog = ReportScreen(session.number, render, copy, context.key("report.copy"))
    text = await context.ask(dialog)
    if text is not None and (path := await _write(context, session, text)) is not None:
        still = " (including partial answers)" if context.comparison.queue else ""
        context.show_message(f"report written to {path}{still}")


async def copy_report(context: Context) -> None:
    """Copy the report; where it is too long for that, write it and show the path."""
    session = context.comparison.live_session
    if not session.answers:
        context.show_message(NO_ANSWER)
        return
    context.show_message("copying the report …")
    render = partial(context.workspace.reports.render, session, short=False)
    text = await in_thread(render)
    copied = context.copy(text)
    if copied.done:
        context.show_message(f"report: {copied.message}")
    elif (path := await _write(context, session, text)) is not None:
        context.show_message(f"{copied.message}; report written to {path}")


def can_post(context: Context) -> bool:
    """Return whether there is a report, and [forge] has the place to post it."""
    return context.workspace.post_report is not None and something_to_report(context)


async def post(context: Context) -> None:
    """Post the report, once that is confirmed."""
    post_report = context.workspace.post_report
    session = context.comparison.live_session
    if post_report is None or not session.answers:
        context.show_message("[forge] is not configured" if post_report is None else NO_ANSWER)
        return
    question = "post the report to the issue of [forge], for others to read?"
    if await context.ask(ChoicePrompt(question, {"p": "post it", "escape": "cancel"})) == "p":
        context.show_message("posting the report …")
        context.show_message(await in_thread(partial(post_report, session)))


async def _write(context: Context, session: Session, text: str) -> Path | None:
    """Write the report and return its path; None if it was not to replace another file."""
    reports = context.workspace.reports
    replace = False
    if (other := await in_thread(partial(reports.occupied, session))) is not None:
        question = f"{other} is another file, or was changed since it was written: replace it?"
        choices = {"r": "replace it", "k": "keep both", "escape": "cancel"}
        choice = await context.ask(ChoicePrompt(question, choices))
        if choice is None:
            return None
        replace = choice == "r"
    return await in_thread(partial(reports.write, session, text, replace=replace))


def copy_answer(context: Context) -> None:
    """Copy the raw text of the focused answer."""
    shown = context.cursor.answer(context.cursor.cell)
    answer = shown.answer() if isinstance(shown, LiveAnswer) else shown
    if answer is None or not answer.text:
        context.show_message("no answer to copy here yet")
    else:
        context.show_message(context.copy(answer.text).message)


def _without_sides(summaries: list[SessionSummary], *, beside: bool) -> list[SessionSummary]:
    """Return summaries without the names of blind ones; `beside` a blind round, without any."""
    if beside:
        return [replace(one, endpoints=()) for one in summaries]
    return [replace(one, endpoints=("blind",)) if one.blind else one for one in summaries]


async def browse(context: Context) -> None:
    """Open another session; this one is stopped and saved."""
    from bbtui.ui.screens.sessions import SessionsScreen

    summaries = _without_sides(context.workspace.summaries(), beside=blinding.is_blind(context))
    if not summaries:
        context.show_message("no sessions yet")
        return
    current = context.comparison.session.id
    # This program has the lock of its own session, whether anything of it runs or not.
    summaries = [
        replace(one, running=context.comparison.busy) if one.id == current else one
        for one in summaries
    ]
    chosen = await context.ask(SessionsScreen(summaries, current, context.workspace.library))
    if chosen is None or chosen == current:
        return
    # The other session may not have the endpoint: its pod would not be checked any more.
    if not await may_leave(context, OPEN, f"{OPEN}, retry saving later"):
        return
    comparison = context.workspace.open_session(chosen)
    if (error := context.comparison.write_error) is not None:
        context.show_error(error)
    context.open_comparison(comparison)
