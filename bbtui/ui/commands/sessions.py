"""The session as a whole: its report, its task, and other sessions."""

from __future__ import annotations

from functools import partial

from bbtui.domain.answer import LiveAnswer
from bbtui.ui.background import in_thread
from bbtui.ui.commands.judging import winner_label
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


def rubric(context: Context) -> None:
    """Show the current task: prompt, rubric, expected answer, and the checks of each answer."""
    from bbtui.ui.screens.text_dialog import TextDialog, task_text

    comparison, task = context.comparison, context.cursor.task
    rows = []
    for cell in context.cursor.cells:
        answer = comparison.answer(cell)
        marks = comparison.scorecard.of(cell, answer.attempt if answer else 1)
        rows.append((context.naming.label(cell.endpoint), answer, marks))
    winner = comparison.scorecard.winners.get(task.id)
    won = winner_label(context, winner) if winner else ""
    later = partial(task_text, task, rows, context.workspace.run_check, won)
    text = task_text(task, rows, None, won)
    context.open(TextDialog(task.title, text, later if task.checks else None))


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
