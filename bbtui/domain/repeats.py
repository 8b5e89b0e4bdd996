"""What repeats of a task show: how far they are apart, and why they may not differ at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import product
from statistics import median
from typing import NamedTuple

from bbtui.domain.answer import Answer, Cell
from bbtui.domain.problem import Problem
from bbtui.domain.session import Session
from bbtui.formatting.text import counted


class Spread(NamedTuple):
    """The middle of some figures, and how far they reach."""

    median: float
    """The median."""
    low: float
    """The least figure."""
    high: float
    """The greatest figure."""


def spread_of(values: Sequence[float]) -> Spread | None:
    """Return the median, the least and the greatest; None of no values.

    Below nine values every interval that the order of them supports is the whole range.
    """
    return Spread(median(values), min(values), max(values)) if values else None


def spread_text(spread: Spread, figure: Callable[[float], str]) -> str:
    """Return the median with the range behind it: ``4 (3–5)``; without one where all are alike."""
    middle, low, high = figure(spread.median), figure(spread.low), figure(spread.high)
    return middle if low == high else f"{middle} ({low}–{high})"


def score_figure(value: float) -> str:
    """Return a median of scores: ``4``, or ``3.5``."""
    return f"{value:.1f}".removesuffix(".0")


def trial_answers(session: Session, task: str, endpoint: str) -> list[Answer]:
    """Return the latest answer of each trial of a task that has one, in their order."""
    return list(_trial_answers(session, task, endpoint))


def _trial_answers(session: Session, task: str, endpoint: str) -> Iterator[Answer]:
    cells = (Cell(task, endpoint, trial) for trial in range(1, session.trials + 1))
    return (answer for cell in cells if (answer := session.latest(cell)) is not None)


def alike_note(session: Session) -> str:
    """Return that repeats of a session are expected to be alike, and why; "" if they are not.

    With a marker of its own each prompt is another one.
    """
    if session.trials == 1 or session.schedule.cache_bust or not (why := _why_alike(session)):
        return ""
    return f"{why}: the {session.trials} answers to a task may be alike; repeats measure time only"


def _why_alike(session: Session) -> str:
    if session.options.seed is not None:
        return "fixed seed"
    return "temperature 0" if session.options.temperature == 0 else ""


#: What makes repeats differ, by why they do not.
_FIXES = {
    "fixed seed": "leave seed out of [options], so that repeats can differ",
    "temperature 0": "raise the temperature, so that repeats can differ",
    "": "repeats that do not differ do not show how much answers vary",
}


def identical_flag(session: Session, task: str, endpoint: str) -> Problem | None:
    """Return the warning that all whole answers of one endpoint to a task have the same text."""
    return session.once(_identical_flag, task, endpoint)


def _identical_flag(session: Session, task: str, endpoint: str) -> Problem | None:
    answers = (one for one in _trial_answers(session, task, endpoint) if one.state.answered)
    text, count = None, 0
    for answer in answers:  # up to the first that differs: most sessions have many
        if text not in (None, answer.text):
            return None
        text, count = answer.text, count + 1
    if count < 2:
        return None
    why = _why_alike(session)
    cause = counted(count, "identical answer")
    return Problem(f"{cause}: {why}" if why else cause, _FIXES[why])


def cache_flag(session: Session, answer: Answer) -> Problem | None:
    """Return the warning that the prompt of an answer was, or may have been, in a prefix cache.

    By the server's own count where there is one. Without it, a prompt is new that this session did
    not send before to the same model.
    """
    count, cached = answer.server.prompt_eval_count, answer.server.cached_count
    if count and cached is not None:
        if 2 * cached <= count:
            return None  # a template at most
        cause = f"{cached:,} of {count:,} prompt tokens were cached"
    elif cached == 0 or not answer.reads or not _sent_before(session, answer):
        return None
    else:
        cause = "prompt may be cached: it was sent before"
    return Problem(cause, "--cache-bust puts a marker before each prompt")


def _sent_before(session: Session, answer: Answer) -> bool:
    """Return whether an answer was begun before this one with the same prompt and marker."""
    own = session.endpoint(answer.cell.endpoint)
    prompt = session.task(answer.cell.task).prompt
    first = session.once(_first_sent, prompt, own.address, own.model)
    return answer.marker in first and first[answer.marker] < _place(answer)


def _first_sent(
    session: Session, prompt: str, address: str, model: str
) -> dict[str, tuple[datetime, int, int]]:
    """Return the place of the first answer to a prompt of a model, by its marker."""
    first: dict[str, tuple[datetime, int, int]] = {}
    for task, endpoint in product(session.tasks, session.endpoints):
        if task.prompt != prompt or (endpoint.address, endpoint.model) != (address, model):
            continue
        for trial in range(1, session.trials + 1):
            for answer in session.attempts(Cell(task.id, endpoint.name, trial)):
                if answer.reads:
                    place = _place(answer)
                    first[answer.marker] = min(place, first.get(answer.marker, place))
    return first


def _place(answer: Answer) -> tuple[datetime, int, int]:
    return answer.started_at, answer.cell.trial, answer.attempt
