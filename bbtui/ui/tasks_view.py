"""The rows of the task list as plain values."""

from __future__ import annotations

from collections.abc import Sequence

from bbtui.domain.answer import AnswerState, Cell, LiveAnswer, Round
from bbtui.domain.repeats import score_figure, spread_of
from bbtui.domain.task import Task
from bbtui.engine.snapshot import Snapshot
from bbtui.ui.blind_view import blind_symbol, hidden_symbol
from bbtui.ui.context import Context
from bbtui.ui.messages import (
    NOT_RUN,
    QUEUED,
    SYMBOLS,
)
from bbtui.ui.widgets.task_list import TaskRow


def task_row(context: Context, snapshot: Snapshot, place: Round) -> TaskRow:
    """Return a round; a blind one with its marks in the order of the panes."""
    marks, complete, blind = [], True, snapshot.blind
    hidden, in_view = blind.hides(place), context.cursor.shows_answers(place)
    cells = [
        Cell(place.task, name, place.trial)
        for name in (blind.order(place) if hidden else blind.names)
    ]
    coming = hidden and any(snapshot.is_queued(cell) for cell in cells)
    for cell in cells:
        answer = snapshot.latest(cell)
        score = snapshot.scorecard.of(cell, answer.attempt).score if answer else None
        complete = complete and score is not None
        if score is not None:
            marks.append(str(score))
        elif hidden:
            marks.append(blind_symbol(answer) if in_view else hidden_symbol(coming=coming))
        elif cell in snapshot.waiting:
            marks.append(QUEUED)
        else:
            marks.append(SYMBOLS[answer.state] if answer else NOT_RUN)
    title = snapshot.session.task(place.task).title
    return TaskRow(title, tuple(marks), complete, blind=hidden)


def trials_row(context: Context, snapshot: Snapshot, task: Task) -> TaskRow:
    """Return a task of several trials: for each side the median of its scores, and their range.

    The sides of a hidden trial are those of its panes; it is in no median.
    """
    session, blind, card = snapshot.session, context.comparison.blind, snapshot.scorecard
    places = [Round(task.id, trial) for trial in range(1, session.trials + 1)]
    answers = {
        (place.trial, name): snapshot.latest(Cell(task.id, name, place.trial))
        for place in places
        for name in blind.names
    }
    scores = {
        side: card.of(answer.cell, answer.attempt).score if answer else None
        for side, answer in answers.items()
    }
    complete = None not in scores.values()
    here = context.cursor.round
    hidden = [place for place in places if blind.hides(place)]
    if here in hidden or len(hidden) == len(places):
        place = here if here in hidden else places[0]
        return task_row(context, snapshot, place)._replace(complete=complete)
    trials = [place.trial for place in places if place not in hidden]
    spreads = [
        spread_of([score for trial in trials if (score := scores[trial, name]) is not None])
        for name in blind.names
    ]
    return TaskRow(
        task.title,
        tuple(
            _state_of_trials(snapshot, [Cell(task.id, name, trial) for trial in trials])
            if spread is None
            else score_figure(spread.median)
            for name, spread in zip(blind.names, spreads, strict=True)
        ),
        complete,
        tuple(
            "" if spread is None or spread.low == spread.high else f"{spread.low}–{spread.high}"
            for spread in spreads
        ),
    )


def _state_of_trials(snapshot: Snapshot, cells: Sequence[Cell]) -> str:
    """Return the symbol of the trial to look at: running, failed, queued, not run, or done."""
    answers = [snapshot.latest(cell) for cell in cells]
    live = [answer for answer in answers if isinstance(answer, LiveAnswer)]
    failed = [one for one in answers if one is not None and not one.state.answered]
    for answer in (*live, *failed):
        return SYMBOLS[answer.state]
    if any(cell in snapshot.waiting for cell in cells):
        return QUEUED
    return NOT_RUN if None in answers else SYMBOLS[AnswerState.DONE]


def mean_scores(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the mean score of each endpoint's latest answers, one decimal; · without a score.

    Those of blind rounds do not count yet.
    """
    session = snapshot.session
    scores: dict[str, list[int]] = {endpoint.name: [] for endpoint in session.endpoints}
    for (cell, attempt), marks in snapshot.scorecard.marks.items():
        latest = session.latest(cell)
        if marks.score is None or snapshot.blind.hides(cell.round):
            continue
        if latest is not None and latest.attempt == attempt:
            scores[cell.endpoint].append(marks.score)
    return tuple(f"{sum(all_) / len(all_):.1f}" if all_ else NOT_RUN for all_ in scores.values())
