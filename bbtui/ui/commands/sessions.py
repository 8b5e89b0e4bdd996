"""The session as a whole: its report, its task sheet, other sessions, and leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbtui.errors import INTERRUPTED
from bbtui.ui.clipboard import copy
from bbtui.ui.commands.pods import may_leave_billing
from bbtui.ui.screens.prompts import ChoicePrompt

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen

OPEN = "open the other session"


def something_to_report(main: MainScreen) -> bool:
    """Whether the session has an answer that ended."""
    return bool(main.comparison.session.answers)


def export(main: MainScreen) -> None:
    """Write the report to a new file."""
    session = main.comparison.live_session
    if not session.answers:
        main.tell("no answer to report yet")
        return
    path = main.desk.write_report(session)
    still = " (with what has come so far)" if main.comparison.queue else ""
    main.tell(f"report written to {path}{still}")


def rubric(main: MainScreen) -> None:
    """The task at hand: prompt, rubric, expected answer, and the checks of both answers."""
    from bbtui.ui.screens.text_dialog import TextDialog, task_text

    comparison, card = main.comparison, main.comparison.scorecard
    rows = []
    for cell in main.round_cells:
        answer = comparison.answer(cell)
        marks = card.of(cell, answer.attempt if answer else 1)
        rows.append((comparison.session.endpoint(cell.endpoint).label, answer, marks))
    text = task_text(main.task_at_hand, rows, main.desk.parse_bash)
    main.app.push_screen(TextDialog(main.task_at_hand.title, text))


def copy_answer(main: MainScreen) -> None:
    """Copy the raw text of the focused answer."""
    answer = main.comparison.answer(main.cell)
    if answer is None or not answer.text:
        main.tell("no answer to copy here yet")
        return
    main.tell(copy(main.app, answer.text))


async def browse(main: MainScreen) -> None:
    """Choose another session; this one is stopped and saved."""
    from bbtui.ui.screens.sessions import SessionsScreen

    summaries = main.desk.summaries()
    if not summaries:
        main.tell("no sessions yet")
        return
    chosen = await main.app.push_screen_wait(SessionsScreen(summaries, main.comparison.session.id))
    if chosen is None or chosen == main.comparison.session.id:
        return
    if main.comparison.queue and not await _may_stop(main, OPEN):
        return
    if not await _may_be_unsaved(main, f"{OPEN}, and try again later"):
        return
    # The other session may not have the endpoint: nobody would look at its pod any more.
    if not await may_leave_billing(main, OPEN):
        return
    comparison = main.desk.open_session(chosen)
    if (trouble := main.comparison.write_error) is not None:
        main.complain(trouble)
    main.open_comparison(comparison)


async def leave(main: MainScreen) -> None:
    """Quit; ask first while an answer streams, or while something is not saved."""
    if main.leaving:
        return
    main.leaving = True
    try:
        may_leave = await _may_leave(main)
    finally:
        main.leaving = False
    if may_leave:
        main.app.exit(0)


async def _may_leave(main: MainScreen) -> bool:
    if main.comparison.queue and not await _may_stop(main, "quit"):
        return False
    if not await _may_be_unsaved(main, "leave and lose it"):
        return False
    return await may_leave_billing(main, "quit")


async def _may_be_unsaved(main: MainScreen, label: str) -> bool:
    """Ask whether to go on though not everything is saved; true at once where it is."""
    if (trouble := main.comparison.write_error) is None:
        return True
    choice = await main.app.push_screen_wait(
        ChoicePrompt(f"not everything is saved: {trouble.message}", {"l": label, "escape": "stay"})
    )
    return choice == "l"


async def _may_stop(main: MainScreen, verb: str) -> bool:
    choice = await main.app.push_screen_wait(
        ChoicePrompt(f"answers are still streaming; stop them and {verb}?", {"y": "yes", "n": "no"})
    )
    return choice == "y"


async def interrupt(main: MainScreen) -> None:
    """Copy the selection; with none, quit; a second time within 2 s, quit at once."""
    # A text box keeps its selection to itself; of all widgets only text boxes have one.
    selected = getattr(main.app.focused, "selected_text", "")
    if selected := selected or main.app.screen.get_selected_text() or "":
        main.tell(copy(main.app, selected))
        main.app.screen.clear_selection()
    elif main.interrupted_again():
        main.app.exit(INTERRUPTED)
    else:
        await leave(main)


def suspend(main: MainScreen) -> None:
    """Hand the terminal back to the shell."""
    main.app.action_suspend_process()
