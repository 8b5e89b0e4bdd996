"""Blind judging: turned on and off, a round revealed, and what is closed until then."""

from __future__ import annotations

from bbtui.domain.answer import Round
from bbtui.domain.blind import side_letter
from bbtui.domain.self_naming import names_itself
from bbtui.formatting.text import counted
from bbtui.ui.context import Context
from bbtui.ui.cursor import Target
from bbtui.ui.screens.dialogs import ChoicePrompt

_ENDED = "blind judging has ended: every round shows its sides"


def is_blind(context: Context) -> bool:
    """Return whether the round in view is blind."""
    return context.naming.hidden


def any_blind(context: Context) -> bool:
    """Return whether the round in view is blind, or any with an answer."""
    return is_blind(context) or _has_blind_answers(context)


def _has_blind_answers(context: Context) -> bool:
    # Called with every key, so nothing is folded; the latest answers are blind most likely.
    comparison = context.comparison
    blind, answers = comparison.blind, comparison.session.answers
    return blind.on and any(blind.hides(answer.cell.round) for answer in reversed(answers))


def show_closed(context: Context) -> None:
    """Show why something cannot be opened now, and what reveals the sides."""
    key = context.key("blind.toggle")
    if is_blind(context):
        context.show_message(f"closed while this round is blind · {key} reveals its sides")
    else:
        from bbtui.domain.judging_record import hidden_rounds

        count = len(hidden_rounds(context.comparison.session))
        rounds = "a round" if count == 1 else f"{count} rounds"
        are, them = ("is", "it") if count == 1 else ("are", "them")
        context.show_message(
            f"closed while {rounds} with answers {are} blind: score or reveal {them}"
        )


def winner_is_hidden(context: Context, task: str) -> bool:
    """Return whether the winner of a task would reveal a side of one of its blind rounds.

    It is one for all trials, and each of them has an order of its own.
    """
    comparison = context.comparison
    trials = comparison.session.trials
    places = (Round(task, trial) for trial in range(1, trials + 1))
    return trials > 1 and any(map(comparison.blind.hides, places))


def warn_of_name(context: Context, target: Target) -> bool:
    """Warn once of an answer of a blind round that names a model; return whether it did now."""
    comparison, cursor = context.comparison, context.cursor
    answer = cursor.answer(target[0])
    if not is_blind(context) or answer is None or cursor.warned == target:
        return False
    session = comparison.session
    prompt = session.task(target[0].task).prompt
    if not names_itself(str(answer.text), prompt, session.endpoints):
        return False
    cursor.warned = target
    label = context.naming.side(target[0])
    context.show_message(
        f"{label} names a model and may not be blind: the same key again scores it"
    )
    return True


def revealed_text(context: Context) -> str:
    """Return which side was which in the round in view: ``A is Big Brain, B is Local``."""
    names = [cell.endpoint for cell in context.cursor.cells]
    sides = (
        f"{side_letter(position)} is {context.naming.label(name)}"
        for position, name in enumerate(names)
    )
    return ", ".join(sides)


async def toggle(context: Context) -> None:
    """Turn blind mode on; while it is on, reveal this round or turn it off."""
    if not context.comparison.blind.on:
        await _turn_on(context)
    elif is_blind(context):
        await _reveal(context)
    else:
        await _turn_off(context)


async def _turn_on(context: Context) -> None:
    comparison = context.comparison
    question = (
        "judge blind from here on? Names, figures and hosts are hidden until a round is scored"
    )
    lines = []
    if answers := len(comparison.session.answers):
        were = "was" if answers == 1 else "were"
        lines = [f"it is recorded that {counted(answers, 'answer')} {were} there already"]
    choices = {"y": "judge blind", "escape": "cancel"}
    if await context.ask(ChoicePrompt(question, choices, lines)) != "y":
        return
    seed = context.workspace.blind_seed
    comparison.set_blind(True, seed)
    context.cursor.go_to_unscored()
    if is_blind(context):
        context.show_message("blind: a round shows its sides once each has a score")
    else:
        context.show_message("blind from the next round on: this one was judged already")


async def _reveal(context: Context) -> None:
    comparison, place = context.comparison, context.cursor.round
    question = "reveal the sides of this round now? This is recorded as an early reveal"
    choices = {"y": "reveal", "o": "end blind judging", "escape": "cancel"}
    choice = await context.ask(ChoicePrompt(question, choices))
    if choice == "y":
        comparison.reveal(place)
        context.show_message(revealed_text(context))
    elif choice == "o":
        comparison.set_blind(False)
        context.show_message(_ENDED)


async def _turn_off(context: Context) -> None:
    question = "end blind judging? Every round shows its sides"
    choices = {"y": "end blind judging", "escape": "cancel"}
    if await context.ask(ChoicePrompt(question, choices)) == "y":
        context.comparison.set_blind(False)
        context.show_message(_ENDED)
