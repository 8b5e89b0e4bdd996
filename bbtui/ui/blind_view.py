"""What is shown of a blind round: its texts and what is given to them, and nothing of the sides."""

from __future__ import annotations

from bbtui.domain.answer import Answer, AnswerState, LiveAnswer
from bbtui.ui.context import Context
from bbtui.ui.messages import NOT_RUN, QUEUED, SYMBOLS, state_texts

#: Why a side has no whole answer may reveal which one it is.
_FAILED = (AnswerState.FAILED, AnswerState.TRUNCATED)


def is_coming(context: Context) -> bool:
    """Return whether an answer of the round in view runs, or waits for its turn or a pod."""
    comparison = context.comparison
    return any(
        cell in comparison.queue or comparison.hosts.defers(cell.endpoint)
        for cell in context.cursor.cells
    )


def blind_states(answer: LiveAnswer | Answer | None) -> tuple[str, ...]:
    """Return the state of an answer in view, the longest text first."""
    if answer is None:
        return ("",)
    if answer.state in _FAILED:
        return (f"{SYMBOLS[AnswerState.FAILED]} {AnswerState.FAILED.label}",)
    return state_texts(answer, queued=False, now_ns=0)


def blind_symbol(answer: LiveAnswer | Answer | None) -> str:
    """Return the symbol of the state of an answer in view."""
    if answer is None:
        return NOT_RUN
    return SYMBOLS[AnswerState.FAILED if answer.state in _FAILED else answer.state]


def hidden_symbol(*, coming: bool) -> str:
    """Return the symbol of every answer of a round that is not in view yet."""
    return QUEUED if coming else NOT_RUN


def blind_placeholder(context: Context, answer: LiveAnswer | Answer | None) -> str:
    """Return what an empty pane of a blind round shows, the same in each until all have ended."""
    key, cursor = context.key, context.cursor
    if cursor.shows_answers(cursor.round):
        if answer is None:
            return "no answer"
        return "" if answer.text else "no text"  # its thinking is hidden
    if is_coming(context):
        return f"blind: the answers appear when all have ended\n{key('blind.toggle')} reveals them"
    if context.workspace.judging:
        return "no answer yet"
    return f"{key('round.run')} run · {key('round.run_all')} run all"
