"""What changed from one session to another: each side that both have, over the same tasks.

A side of both is compared like two sides of one session, so that the same sentences hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from bbtui.domain.answer import Cell
from bbtui.domain.cell_results import CellResult, SessionResults, mean_score, session_results
from bbtui.domain.check import Checker
from bbtui.domain.conclusion_text import pair_sentence
from bbtui.domain.conclusions import Conclusions, SideResult, conclude, pair_tests
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import FaultEdit, FaultRemoval, Judgement, Redo, Undo, Winner
from bbtui.domain.session import Session
from bbtui.domain.task import Task

#: The names of the two sides while they are compared.
_BEFORE, _AFTER = "before", "after"


@dataclass(frozen=True, slots=True)
class Figures:
    """One side of one session, over the tasks that are compared."""

    model: str
    """The model's name."""
    side: SideResult
    """Its results."""
    passed: int
    """The checks that its answers pass."""
    checks: int
    """All checks of its answers."""
    errors: int
    """The answers that are not complete: failed, incomplete, stopped or not run."""


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A task with another mean score than before."""

    title: str
    """The title of the task."""
    before: Fraction
    """Its mean score in the first session."""
    after: Fraction
    """Its mean score in the second session."""


@dataclass(frozen=True, slots=True)
class SideDiff:
    """One side in both sessions."""

    label: str
    """Its label."""
    before: Figures
    """Its figures in the first session."""
    after: Figures
    """Its figures in the second session."""
    sentence: str
    """Which of the two was better, and how sure that is; "" while neither has a score."""
    changes: tuple[TaskChange, ...]
    """The tasks with another mean score."""
    same_texts: int
    """The answers with the same text as before."""
    answers: int
    """The answers of which both have one."""


@dataclass(frozen=True, slots=True)
class SessionDiff:
    """Two sessions over the tasks with the same text."""

    tasks: tuple[Task, ...]
    """The tasks that are compared."""
    sides: tuple[SideDiff, ...]
    """The sides of both sessions."""
    only_before: tuple[str, ...]
    """The sides that only the first has."""
    only_after: tuple[str, ...]
    """The sides of the second session alone."""
    left_out: int
    """The tasks of either whose text the other does not have."""
    trials: int
    """The answers to each task that are compared: the fewer of both."""


def compare(before: Session, after: Session, names: tuple[str, str], run: Checker) -> SessionDiff:
    """Return what changed; `names` are those of the sessions in the sentences.

    Tasks belong together by their text, sides by their name; the only side of each whatever its
    name is.
    """
    same = _same_tasks(before, after)
    pairs = _same_sides(before, after)
    return SessionDiff(
        tasks=tuple(task for _, task in same),
        sides=tuple(_side_diff(before, after, same, pair, names, run) for pair in pairs),
        only_before=_others(before, [one for one, _ in pairs]),
        only_after=_others(after, [one for _, one in pairs]),
        left_out=len(before.tasks) + len(after.tasks) - 2 * len(same),
        trials=min(before.trials, after.trials),
    )


def _same_tasks(before: Session, after: Session) -> list[tuple[Task, Task]]:
    """Return the tasks of both with the same text; of several the one with the same id."""
    left = list(before.tasks)
    found = []
    for task in after.tasks:
        alike = [one for one in left if one.prompt == task.prompt]
        if alike:
            chosen = next((one for one in alike if one.id == task.id), alike[0])
            left.remove(chosen)
            found.append((chosen, task))
    return found


def _same_sides(before: Session, after: Session) -> list[tuple[Endpoint, Endpoint]]:
    if len(before.endpoints) == len(after.endpoints) == 1:
        return [(before.endpoints[0], after.endpoints[0])]
    named = {endpoint.name: endpoint for endpoint in before.endpoints}
    return [(named[one.name], one) for one in after.endpoints if one.name in named]


def _others(session: Session, compared: Sequence[Endpoint]) -> tuple[str, ...]:
    return tuple(one.label or one.name for one in session.endpoints if one not in compared)


def _side_diff(
    before: Session,
    after: Session,
    same: Sequence[tuple[Task, Task]],
    pair: tuple[Endpoint, Endpoint],
    names: tuple[str, str],
    run: Checker,
) -> SideDiff:
    merged = _merged(before, after, same, pair, names)
    results = session_results(merged)
    conclusions = conclude(results)
    columns = [results.of_endpoint(endpoint) for endpoint in merged.endpoints]
    after_figures, before_figures = (
        _figures(endpoint.model, side, cells, run)
        for endpoint, side, cells in zip(merged.endpoints, conclusions.sides, columns, strict=True)
    )
    both = [
        (one.answer.text, other.answer.text)
        for one, other in zip(*columns, strict=True)
        if one.answer is not None and other.answer is not None
        if one.available and other.available
    ]
    return SideDiff(
        label=pair[1].label or pair[1].name,
        before=before_figures,
        after=after_figures,
        sentence=_sentence(conclusions),
        changes=_changes(results),
        same_texts=sum(one == other for one, other in both),
        answers=len(both),
    )


def _figures(model: str, side: SideResult, cells: Sequence[CellResult], run: Checker) -> Figures:
    results = [
        run(check, cell.answer.text)
        for cell in cells
        if cell.answer is not None and cell.available
        for check in cell.task.checks
    ]
    passed = sum(result.passed for result in results)
    errors = sum(not cell.whole for cell in cells)
    return Figures(model, side, passed, len(results), errors)


def _sentence(conclusions: Conclusions) -> str:
    if not conclusions.scored or not conclusions.pairs:
        return ""
    [pair], [test] = conclusions.pairs, pair_tests(conclusions)
    return pair_sentence(pair, test)


def _changes(results: SessionResults) -> tuple[TaskChange, ...]:
    found = []
    for title, task in zip(results.task_titles(), results.session.tasks, strict=True):
        after, before = (
            mean_score(results.trials(task, endpoint)) for endpoint in results.session.endpoints
        )
        if before and after and before[0] != after[0]:
            found.append(TaskChange(title, before[0], after[0]))
    return tuple(found)


def _merged(
    before: Session,
    after: Session,
    same: Sequence[tuple[Task, Task]],
    pair: tuple[Endpoint, Endpoint],
    names: tuple[str, str],
) -> Session:
    """Return one session with a side of both as its two sides."""
    trials = min(before.trials, after.trials)
    merged = replace(
        after,
        tasks=tuple(task for _, task in same),
        endpoints=(
            # Where neither has the higher mean, the sentence is about the first.
            replace(pair[1], name=_AFTER, label=names[1]),
            replace(pair[0], name=_BEFORE, label=names[0]),
        ),
        trials=trials,
        answers=(),
        judgements=(),
        seen={},
    )
    parts = (
        (before, pair[0].name, _BEFORE, {one.id: other.id for one, other in same}),
        (after, pair[1].name, _AFTER, {other.id: other.id for _, other in same}),
    )
    for session, name, new, tasks in parts:
        offset = max((row.id for row in merged.judgements), default=0)
        answers = tuple(
            replace(one, cell=Cell(tasks[one.cell.task], new, one.cell.trial))
            for one in session.answers
            if (one.cell.endpoint, one.cell.task in tasks) == (name, True)
            if one.cell.trial <= trials
        )
        rows = tuple(
            _moved(row, tasks, new, offset)
            for row in session.judgements
            if not isinstance(row.what, Winner)
            if not row.cell.task or (row.cell.endpoint == name and row.cell.task in tasks)
        )
        merged = replace(
            merged,
            answers=(*merged.answers, *answers),
            judgements=(*merged.judgements, *rows),
        )
        if name in session.seen:
            merged = merged.with_host_record(new, session.seen[name])
    return merged


def _moved(row: Judgement, tasks: dict[str, str], name: str, offset: int) -> Judgement:
    """Return a row of the log behind the rows of another session."""
    what = row.what
    match what:
        case Undo(of):
            what = Undo(of + offset)
        case Redo(of):
            what = Redo(of + offset)
        case FaultEdit(of, severity, text):
            what = FaultEdit(of + offset, severity, text)
        case FaultRemoval(of):
            what = FaultRemoval(of + offset)
    cell = Cell(tasks[row.cell.task], name, row.cell.trial) if row.cell.task else row.cell
    return replace(row, what=what, cell=cell, id=row.id + offset)
