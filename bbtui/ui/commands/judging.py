"""Scores, verdicts, faults, notes and winners, by key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from bbtui.domain.score import (
    LONGEST_VERDICT,
    Fault,
    FaultEdit,
    FaultRemoval,
    Judgement,
    Note,
    Remark,
    Score,
    Scorecard,
    Severity,
    Tick,
    Verdict,
    Winner,
)
from bbtui.formatting.text import counted, truncate
from bbtui.ui.commands import blinding, navigation
from bbtui.ui.context import Context
from bbtui.ui.cursor import Target
from bbtui.ui.screens.dialogs import ChoicePrompt, InputPrompt

#: The most characters of an answer that are quoted in a fault.
_LONGEST_QUOTE = 200
#: The most characters of a judgement that a message repeats.
_LONGEST_SHOWN = 80
#: In characters.
_LONGEST_TITLE = 30
NO_ANSWER = "no answer to judge here yet"
_REMARKS = {"summary": "summary", "finding": "key finding"}


def has_answer(context: Context) -> bool:
    """Return whether the focused pane shows an answer that can be judged."""
    return focused(context) is not None


def focused(context: Context) -> Target | None:
    """Return the answer in the focused pane; None if it has no text to judge."""
    cell = context.cursor.cell
    answer = context.cursor.answer(cell)
    return (cell, answer.attempt) if answer is not None and answer.has_text else None


def score(context: Context, value: int) -> None:
    """Score the focused answer and move on to the next unscored one of the round."""
    target = focused(context)
    if target is None:
        context.show_message("no answer to score here yet")
        return
    cursor = context.cursor
    if blinding.warn_of_name(context, target):
        return
    given = f"{context.naming.side(target[0])}: {value}/5"
    was_blind = blinding.is_blind(context)
    context.comparison.judge(Score(value), *target)
    cursor.just_scored = target
    revealed = was_blind and not blinding.is_blind(context)
    if revealed:
        given = f"{given} · {blinding.revealed_text(context)}"
    if cursor.go_to_next_unscored():
        following = context.naming.label(cursor.cell.endpoint)
        context.show_message(f"{given} · now {following}")
        return
    from bbtui.domain.conclusion_text import hint  # not needed for the first paint
    from bbtui.domain.conclusions import is_clear
    from bbtui.domain.score_table import score_table

    table = score_table(context.comparison.session, context.comparison.scorecard)
    if context.workspace.until_clear and is_clear(table):
        context.exit(0)
        return
    enough = "" if blinding.is_blind(context) else hint(table)
    if context.workspace.next_session is not None:
        given = " · ".join(filter(None, (given, enough)))
        if revealed:  # stay: elsewhere the letters mean others
            context.show_message(f"{given} · {context.key('answer.unscored')} continues")
        else:
            navigation.next_unscored(context, f"{given} · ")
        return
    if cursor.round_index + 1 < len(cursor.rounds):
        what = "next task"
        if cursor.task_index + 1 == len(context.comparison.session.tasks):
            what = f"first task of trial {cursor.round.trial + 1}"
        following = f"{context.key('task.next')} opens the {what}"
    elif enough:
        following = f"{context.key('session.results')} shows the results"
    else:
        following = f"{context.key('report.export')} writes the report"
    context.show_message(" · ".join(filter(None, (given, enough, following))))


OnAnswer = Callable[[Context, Target], Awaitable[None]]


def on_focused(judge: OnAnswer) -> Callable[[Context], Awaitable[None]]:
    """Return a command that judges the focused answer."""
    return _judge_if_any(judge, focused)


def on_just_scored(judge: OnAnswer) -> Callable[[Context], Awaitable[None]]:
    """Return a command that judges the answer just scored."""
    return _judge_if_any(judge, lambda context: context.cursor.just_scored)


def _judge_if_any(
    judge: OnAnswer, find: Callable[[Context], Target | None]
) -> Callable[[Context], Awaitable[None]]:
    async def command(context: Context) -> None:
        if (target := find(context)) is None:
            context.show_message(NO_ANSWER)
        else:
            await judge(context, target)

    return command


async def verdict(context: Context, target: Target) -> None:
    """Ask for a verdict: a short word, completed while it is typed, and one line why."""
    current = context.comparison.scorecard.of(*target).verdict
    before = f"{current.word} {current.why}".strip() if current else ""
    about, example = "verdict", "e.g. BROKEN no HMAC check"
    words = verdict_words(context)
    while (line := await _ask_line(context, target, about, example, before, words)) is not None:
        given, before = Verdict.of_line(line), line
        if len(given.word) <= LONGEST_VERDICT:
            if (given if given.word else None) != current:
                context.comparison.judge(given, *target)
            return
        about = (
            f"verdict: begin with a word of at most {LONGEST_VERDICT} characters, "
            f"not {len(given.word):,}"
        )


def verdict_words(context: Context) -> list[str]:
    """Return the words to offer: those of the session, the most frequent first, then the usual."""
    marks = context.comparison.scorecard.marks.values()
    used = Counter(one.verdict.word for one in marks if one.verdict is not None)
    usual = (word.upper() for word in context.workspace.verdicts)
    return list(dict.fromkeys((*(word for word, _ in used.most_common()), *usual)))


async def note(context: Context, target: Target) -> None:
    """Ask for a free note."""
    before = context.comparison.scorecard.of(*target).note
    line = await _ask_line(context, target, "note", "free text", before)
    if line not in (None, before):
        context.comparison.judge(Note(line), *target)


async def fault(context: Context, target: Target) -> None:
    """Ask for a fault; of an answer that has some, first which one to edit or to remove.

    What is selected of the answer is its quote.
    """
    faults = context.comparison.scorecard.of(*target).faults_by_row
    quote = context.take_quote(target[0])
    if not faults:
        await _add_fault(context, target, quote)
        return
    from bbtui.ui.screens.faults import FaultList

    title = f"{_whose(context, target)}: {counted(len(faults), 'fault')}"
    choice = await context.ask(FaultList(title, faults, context.key("fault.add")))
    match choice:
        case ("add", _):
            await _add_fault(context, target, quote)
        case ("edit", row):
            await _edit_fault(context, target, row, faults[row])
        case ("remove", row):
            _remove_fault(context, target, row, faults[row])


async def _add_fault(context: Context, target: Target, quote: str) -> None:
    severity = await _ask_severity(context, target)
    if severity is None:
        return
    before = f"“{truncate(quote, _LONGEST_QUOTE)}” " if quote.strip() else ""
    text = await _ask_line(context, target, severity.lower(), "what is wrong", before)
    if text:
        context.comparison.judge(Fault(severity, text), *target)


async def _edit_fault(context: Context, target: Target, row: int, before: Fault) -> None:
    severity = await _ask_severity(context, target, before.severity)
    if severity is None:
        return
    about = severity.lower()
    text = await _ask_line(context, target, about, "an empty text removes the fault", before.text)
    if text == "":
        _remove_fault(context, target, row, before)
    elif text is not None and Fault(severity, text) != before:
        context.comparison.judge(FaultEdit(row, severity, text), *target)


def _remove_fault(context: Context, target: Target, row: int, removed: Fault) -> None:
    context.comparison.judge(FaultRemoval(row), *target)
    key = context.key("judgement.undo")
    context.show_message(f"removed: {_fault_text(removed)} · {key} restores it")


async def _ask_severity(
    context: Context, target: Target, before: Severity | None = None
) -> Severity | None:
    """Ask for a severity, by a key; enter keeps the one it has. Return None if cancelled."""
    severities = {severity[0].lower(): severity for severity in Severity}
    choices = {key: severity.lower() for key, severity in severities.items()}
    if before is not None:
        choices["enter"] = f"keep {before.lower()}"
        severities["enter"] = before
    question = f"{_whose(context, target)}: severity"
    key = await context.ask(ChoicePrompt(question, choices))
    return None if key is None else severities[key]


def _fault_text(fault: Fault) -> str:
    return truncate(f"{fault.severity} {fault.text}", _LONGEST_SHOWN)


def tick(context: Context, point: int) -> None:
    """Tick a point of the rubric, from 0, or take its tick away, for the focused answer."""
    context.cursor.go_to_point(point)
    if (target := focused(context)) is None:
        context.show_message(NO_ANSWER)
        return
    ticked = point + 1 in context.comparison.scorecard.of(*target).ticks
    context.comparison.judge(Tick(point + 1, met=not ticked), *target)


async def winner(context: Context) -> None:
    """Ask for the winner of this task: a side, a tie, or both bad."""
    if blinding.winner_is_hidden(context, context.cursor.round.task):
        context.show_message("the winner is that of all trials: score or reveal them first")
        return
    sides = {str(number): cell.endpoint for number, cell in enumerate(context.cursor.cells, 1)}
    choices = {key: context.naming.label(name) for key, name in sides.items()}
    choices |= {"t": "tie", "b": "both bad"}
    current = context.comparison.scorecard.winners.get(context.cursor.cell.task)
    now = f" (now: {winner_label(context, current)})" if current else ""
    key = await context.ask(ChoicePrompt(f"winner of this task{now}", choices))
    if key is None:
        return
    if key in sides:
        what = Winner("endpoint", sides[key])
    else:
        what = Winner("tie" if key == "t" else "both bad")
    context.comparison.judge(what, context.cursor.cell)
    context.show_message(f"winner: {choices[key]}")


def winner_label(context: Context, current: Winner) -> str:
    """Return the label of the winning endpoint, or the outcome: tie, both bad."""
    if current.outcome == "endpoint":
        return context.naming.label(current.endpoint)
    return current.outcome


async def remark(context: Context, about: Literal["summary", "finding"]) -> None:
    """Ask for the operator's own summary of the session, or for the key finding."""
    card, name = context.comparison.scorecard, _REMARKS[about]
    before = card.summary if about == "summary" else card.finding
    from bbtui.ui.screens.remark import RemarkScreen

    text = await context.ask(RemarkScreen(about, f"{name} of the report", before))
    if text is not None and text != before:
        context.comparison.judge(Remark(about, text), context.cursor.cell)
        context.show_message(f"saved the {name} for the report" if text else f"removed the {name}")


def undo(context: Context) -> None:
    """Take the last judgement back, and go to where it was given."""
    row = context.comparison.undo()
    if row is None:
        context.show_message("nothing to undo")
        return
    context.cursor.go_to(row.cell)
    card, key = context.comparison.scorecard, context.key("judgement.redo")
    context.show_message(f"undone: {_judgement_text(context, row, card)} · {key} redoes it")


def redo(context: Context) -> None:
    """Restore the last judgement taken back."""
    card = context.comparison.scorecard
    row = context.comparison.redo()
    if row is None:
        context.show_message("nothing to redo")
        return
    context.cursor.go_to(row.cell)
    context.show_message(f"redone: {_judgement_text(context, row, card)}")


def _judgement_text(context: Context, row: Judgement, card: Scorecard) -> str:
    """Return what was judged, with the label of the endpoint whose answer it was.

    `card` has the judgements without that one.
    """
    match row.what:
        case Score(value):
            what = f"score {value}/5"
        case Verdict(word):
            what = f"verdict {truncate(word, LONGEST_VERDICT)}"
        case Fault() as added:
            what = _fault_text(added)
        case FaultEdit(_, severity, text):
            what = f"edit to {_fault_text(Fault(severity, text))}"
        case FaultRemoval(of):
            faults = card.of(row.cell, row.attempt).faults_by_row
            what = f"removal of {_fault_text(faults[of]) if of in faults else 'a fault'}"
        case Note():
            what = "note"
        case Tick(point, met):
            what = f"point {point} of the rubric {'ticked' if met else 'unticked'}"
        case Remark(about):
            return _REMARKS[about]
        case _:
            return "winner"
    return f"{context.naming.side(row.cell)}, {what}"


async def _ask_line(
    context: Context,
    target: Target,
    about: str,
    placeholder: str,
    before: str = "",
    words: Sequence[str] = (),
) -> str | None:
    """Ask for a line on an answer, `before` as what to edit; None if the user cancelled.

    The beginning of one of `words` is completed.
    """
    title = f"{_whose(context, target)}: {about}"
    return await context.ask(InputPrompt(title, placeholder, before, words=words))


def _whose(context: Context, target: Target) -> str:
    """Return the label of the side that answered, with the task and trial if another is in view."""
    cell, session = target[0], context.comparison.session
    parts = [context.naming.side(cell)]
    if cell.task != context.cursor.round.task:
        parts.append(truncate(session.task(cell.task).title, _LONGEST_TITLE))
    if session.trials > 1 and cell.round != context.cursor.round:
        parts.append(f"trial {cell.trial}")
    return " · ".join(parts)
