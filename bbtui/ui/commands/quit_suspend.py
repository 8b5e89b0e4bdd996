"""Quit, interrupt and suspend, and what is confirmed before a session is left."""

from __future__ import annotations

from bbtui.errors import INTERRUPTED
from bbtui.ui.commands.pods import may_leave_billing
from bbtui.ui.context import Context
from bbtui.ui.screens.dialogs import ChoicePrompt


async def quit_program(context: Context) -> None:
    """Quit; ask first while an answer streams, something is not saved, or a pod is billed."""
    if context.leaving:
        return
    context.leaving = True
    try:
        confirmed = await may_leave(context, "quit", "quit and lose it")
    finally:
        context.leaving = False
    if confirmed:
        context.exit(0)


async def may_leave(context: Context, verb: str, unsaved: str) -> bool:
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
        context.show_message(context.copy(selected).message)
    elif context.interrupted_again():
        context.exit(INTERRUPTED)
    else:
        await quit_program(context)


def suspend(context: Context) -> None:
    """Return to the shell; `fg` resumes."""
    context.suspend()
