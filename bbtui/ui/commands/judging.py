"""Scores, verdicts, faults, notes and winners, by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbtui.domain.answer import Cell
from bbtui.domain.score import Fault, Judged, Note, Remark, Score, Severity, Verdict, Winner
from bbtui.ui.screens.prompts import ChoicePrompt, InputPrompt

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen

Target = tuple[Cell, int]


def has_answer(main: MainScreen) -> bool:
    """Whether the focused pane shows something one can judge."""
    return focused(main) is not None


def focused(main: MainScreen) -> Target | None:
    """The answer in the focused pane; None if it has no text to judge."""
    answer = main.comparison.latest(main.cell)
    if answer is None or not answer.has_text:
        return None
    return main.cell, answer.attempt


def score(main: MainScreen, value: int) -> None:
    """Score the focused answer and move on to the next unscored one of the round."""
    target = focused(main)
    if target is None:
        main.tell("no answer to score here yet")
        return
    main.comparison.judge(Score(value), *target)
    main.just_scored = target
    label = main.comparison.session.endpoint(main.cell.endpoint).label
    following = _next_unscored(main)
    if following is not None:
        main.focus_pane(following)
    elif main.round_index + 1 < len(main.rounds):
        main.tell(f"{label}: {value}/5 · {main.key('task.next')} opens the next task")
    else:
        main.tell(f"{label}: {value}/5 · {main.key('report.export')} writes the report")
    main.show_all()


def _next_unscored(main: MainScreen) -> int | None:
    """The next pane to the right with an answer nobody scored; it does not wrap."""
    for index in range(main.pane_index + 1, len(main.panes)):
        if unscored(main, index):
            return index
    return None


def first_unscored(main: MainScreen) -> int:
    """The first pane with an answer nobody scored; the first pane when there is none."""
    return next((index for index in range(len(main.panes)) if unscored(main, index)), 0)


def unscored(main: MainScreen, index: int) -> bool:
    """Whether the pane shows an answer that has no score yet."""
    cell = main.round_cells[index]
    answer = main.comparison.latest(cell)
    if answer is None or not answer.has_text:
        return False
    return main.comparison.scorecard.of(cell, answer.attempt).score is None


async def verdict(main: MainScreen) -> None:
    """A short word and one line why."""
    await _verdict(main, focused(main))


async def verdict_just_scored(main: MainScreen) -> None:
    """The same, on the answer just scored."""
    await _verdict(main, main.just_scored)


async def _verdict(main: MainScreen, target: Target | None) -> None:
    standing = "" if target is None else _verdict_line(main, target)
    line = await _ask(main, target, "verdict", "a word, then why: SOLID names both parts", standing)
    if line is not None and target is not None:
        _judge(main, Verdict.of_line(line), target)


def _verdict_line(main: MainScreen, target: Target) -> str:
    standing = main.comparison.scorecard.of(*target).verdict
    return f"{standing.word} {standing.why}".strip() if standing else ""


async def note(main: MainScreen) -> None:
    """A free note."""
    await _note(main, focused(main))


async def note_just_scored(main: MainScreen) -> None:
    """The same, on the answer just scored."""
    await _note(main, main.just_scored)


async def _note(main: MainScreen, target: Target | None) -> None:
    standing = "" if target is None else main.comparison.scorecard.of(*target).note
    line = await _ask(main, target, "note", "what you want to remember", standing)
    if line is not None and target is not None:
        _judge(main, Note(line), target)


async def fault(main: MainScreen) -> None:
    """A severity by its letter, then a line of text."""
    await _fault(main, focused(main))


async def fault_just_scored(main: MainScreen) -> None:
    """The same, of the answer just scored."""
    await _fault(main, main.just_scored)


async def _fault(main: MainScreen, target: Target | None) -> None:
    if target is None:
        main.tell("no answer to judge here yet")
        return
    letters = {severity[0].lower(): severity for severity in Severity}
    choices = {letter: severity.lower() for letter, severity in letters.items()}
    label = main.comparison.session.endpoint(target[0].endpoint).label
    letter = await main.app.push_screen_wait(ChoicePrompt(f"{label}: how bad?", choices))
    if letter is None:
        return
    severity = letters[letter]
    text = await _ask(main, target, severity.lower(), "what is wrong", "")
    if text:
        _judge(main, Fault(severity, text), target)


async def winner(main: MainScreen) -> None:
    """A side, a tie, or both bad."""
    endpoints = main.comparison.session.endpoints
    choices = {str(number): endpoint.label for number, endpoint in enumerate(endpoints, 1)}
    choices |= {"t": "tie", "b": "both bad"}
    standing = main.comparison.scorecard.winners.get(main.cell.task)
    now = f" (now: {_winner_words(main, standing)})" if standing else ""
    choice = await main.app.push_screen_wait(ChoicePrompt(f"winner of this task{now}", choices))
    if choice is None:
        return
    if choice == "t":
        what = Winner("tie")
    elif choice == "b":
        what = Winner("both bad")
    else:
        what = Winner("endpoint", endpoints[int(choice) - 1].name)
    _judge(main, what, (main.cell, 1))
    main.tell(f"winner: {choices[choice]}")


def _winner_words(main: MainScreen, winner: Winner) -> str:
    if winner.outcome == "endpoint":
        return main.comparison.session.endpoint(winner.endpoint).label
    return winner.outcome


async def summary(main: MainScreen) -> None:
    """The operator's own summary of the session."""
    await _remark(main, "summary")


async def finding(main: MainScreen) -> None:
    """The operator's key finding."""
    await _remark(main, "finding")


async def _remark(main: MainScreen, about: str) -> None:
    card = main.comparison.scorecard
    standing = card.summary if about == "summary" else card.finding
    text = await main.app.push_screen_wait(InputPrompt(about, "goes into the report", standing))
    if text is not None:
        what = Remark("summary" if about == "summary" else "finding", text)
        _judge(main, what, (main.cell, 1))
        main.tell(f"the {about} goes into the report" if text else f"no {about} in the report")


def undo(main: MainScreen) -> None:
    """Take the last judgement back, and go to where it was given."""
    row = main.comparison.undo()
    if row is None:
        main.tell("nothing to undo")
        return
    main.go_to(row.cell)
    main.tell(f"undone: {_words(row.what)} · {main.key('judgement.redo')} brings it back")


def redo(main: MainScreen) -> None:
    """Restore the last judgement taken back."""
    row = main.comparison.redo()
    if row is None:
        main.tell("nothing to redo")
        return
    main.go_to(row.cell)
    main.tell(f"back again: {_words(row.what)}")


def _words(what: Judged) -> str:
    match what:
        case Score(value):
            return f"score {value}/5"
        case Verdict(word):
            return f"verdict {word}"
        case Fault(severity, text):
            return f"{severity} {text}"
        case Note():
            return "the note"
        case Winner():
            return "the winner"
        case _:
            return "the remark"


async def _ask(
    main: MainScreen, target: Target | None, about: str, help_text: str, standing: str
) -> str | None:
    """Ask for a line on one answer; None when there is no answer or the user thought better."""
    if target is None:
        main.tell("no answer to judge here yet")
        return None
    label = main.comparison.session.endpoint(target[0].endpoint).label
    return await main.app.push_screen_wait(InputPrompt(f"{label}: {about}", help_text, standing))


def _judge(main: MainScreen, what: Judged, target: Target) -> None:
    main.comparison.judge(what, *target)
    main.show_all()
