"""The session as a whole: its report, its task, and other sessions."""

from __future__ import annotations

from functools import partial

from bbtui.domain.answer import LiveAnswer
from bbtui.ui.background import in_thread
from bbtui.ui.commands.quit_suspend import may_leave
from bbtui.ui.context import Context

OPEN = "open the other session"


def something_to_report(context: Context) -> bool:
    """Return whether the session has an answer that ended."""
    return bool(context.comparison.session.answers)


async def export(context: Context) -> None:
    """Write the report to a new file."""
    session = context.comparison.live_session
    if not session.answers:
        context.show_message("no answer to report yet")
        return
    context.show_message("writing the report …")
    path = await in_thread(partial(context.workspace.write_report, session))
    still = " (including partial answers)" if context.comparison.queue else ""
    context.show_message(f"report written to {path}{still}")


def copy_answer(context: Context) -> None:
    """Copy the raw text of the focused answer."""
    shown = context.cursor.answer(context.cursor.cell)
    answer = shown.answer() if isinstance(shown, LiveAnswer) else shown
    if answer is None or not answer.text:
        context.show_message("no answer to copy here yet")
    else:
        context.copy(answer.text)


async def browse(context: Context) -> None:
    """Open another session; this one is stopped and saved."""
    from bbtui.ui.screens.sessions import SessionsScreen

    summaries = context.workspace.summaries()
    if not summaries:
        context.show_message("no sessions yet")
        return
    current = context.comparison.session.id
    chosen = await context.ask(SessionsScreen(summaries, current))
    if chosen is None or chosen == current:
        return
    # The other session may not have the endpoint: its pod would not be checked any more.
    if not await may_leave(context, OPEN, f"{OPEN}, retry saving later"):
        return
    comparison = context.workspace.open_session(chosen)
    if (error := context.comparison.write_error) is not None:
        context.show_error(error)
    context.open_comparison(comparison)
