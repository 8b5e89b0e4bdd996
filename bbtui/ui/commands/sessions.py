"""The session as a whole: its report, its task, other sessions, and leaving."""

from __future__ import annotations

from bbtui.errors import INTERRUPTED
from bbtui.ui.commands.pods import may_leave_billing
from bbtui.ui.context import Context
from bbtui.ui.screens.dialogs import ChoicePrompt

OPEN = "open the other session"


def something_to_report(context: Context) -> bool:
    """Return whether the session has an answer that ended."""
    return bool(context.comparison.session.answers)


def export(context: Context) -> None:
    """Write the report to a new file."""
    session = context.comparison.live_session
    if not session.answers:
        context.show_message("no answer to report yet")
        return
    path = context.workspace.write_report(session)
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
    text = task_text(task, rows, context.workspace.parse_bash)
    context.open(TextDialog(task.title, text))


def copy_answer(context: Context) -> None:
    """Copy the raw text of the focused answer."""
    answer = context.comparison.answer(context.cursor.cell)
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
    if not await _may_leave(context, OPEN, f"{OPEN}, retry saving later"):
        return
    comparison = context.workspace.open_session(chosen)
    if (error := context.comparison.write_error) is not None:
        context.show_error(error)
    context.open_comparison(comparison)


async def leave(context: Context) -> None:
    """Quit; ask first while an answer streams, something is not saved, or a pod is billed."""
    if context.leaving:
        return
    context.leaving = True
    try:
        may_leave = await _may_leave(context, "quit", "quit and lose it")
    finally:
        context.leaving = False
    if may_leave:
        context.exit(0)


async def _may_leave(context: Context, verb: str, unsaved: str) -> bool:
    """Ask about everything that leaving would end or lose; `verb` is what leaving is.

    `unsaved` is the choice to leave although not everything is saved.
    """
    comparison = context.comparison
    if comparison.queue:
        question = f"answers are still streaming; stop them and {verb}?"
        if await context.ask(ChoicePrompt(question, {"y": "yes", "n": "no"})) != "y":
            return False
    if (error := comparison.write_error) is not None:
        question = f"not everything is saved: {error.message}"
        choices = {"l": unsaved, "escape": "cancel"}
        if await context.ask(ChoicePrompt(question, choices)) != "l":
            return False
    return await may_leave_billing(context, verb)


async def interrupt(context: Context) -> None:
    """Copy the selection; with none, quit; the second time within 2 s, quit at once."""
    if selected := context.take_selection():
        context.copy(selected)
    elif context.interrupted_again():
        context.exit(INTERRUPTED)
    else:
        await leave(context)
