"""The result of each cell of a session: its answer, its judgement, and why it has none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from bbtui.domain.answer import Answer, AnswerState, Cell
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.problem import NO_PROBLEM, Problem
from bbtui.domain.score import NO_MARKS, Marks, Scorecard, scorecard
from bbtui.domain.session import HostRecord, Session
from bbtui.domain.task import Task
from bbtui.domain.timing import Timing, measure


class Attempt(NamedTuple):
    """One attempt at a cell with its judgement."""

    answer: Answer
    marks: Marks


@dataclass(frozen=True, slots=True)
class CellResult:
    """One cell as a report shows it: the latest attempt counts."""

    cell: Cell
    task: Task
    endpoint: Endpoint

    label: str
    """The label of the endpoint, unique in the session."""

    answer: Answer | None = None
    marks: Marks = NO_MARKS
    timing: Timing = Timing()

    problem: Problem = NO_PROBLEM
    """Why the answer is missing or incomplete."""

    earlier: tuple[Attempt, ...] = ()
    """The attempts before, oldest first."""

    @property
    def whole(self) -> bool:
        """Return whether the answer is complete; one at a token limit counts."""
        return self.answer is not None and self.answer.state.answered

    @property
    def available(self) -> bool:
        """Return whether there is something to judge: a complete answer, or partial text."""
        return self.answer is not None and (self.whole or bool(self.answer.text))

    @property
    def unscored(self) -> bool:
        """Whether there is something to judge that has no score."""
        return self.available and self.marks.score is None

    @property
    def unfinished(self) -> bool:
        """Return whether the answer is still streaming."""
        return self.answer is not None and not self.answer.state.final

    @property
    def cut(self) -> bool:
        """Return whether the answer reached a token limit."""
        return self.answer is not None and self.answer.state is AnswerState.CUT


@dataclass(frozen=True, slots=True)
class SessionResults:
    """Every cell of a session, with the scorecard."""

    session: Session
    scorecard: Scorecard
    cells: tuple[CellResult, ...]

    def of_task(self, task: Task) -> tuple[CellResult, ...]:
        """Return the cells of a task: endpoint by endpoint, each with its trials in order."""
        order = [endpoint.name for endpoint in self.session.endpoints]
        found = (one for one in self.cells if one.task.id == task.id)
        return tuple(
            sorted(found, key=lambda one: (order.index(one.cell.endpoint), one.cell.trial))
        )

    def of_endpoint(self, endpoint: Endpoint) -> tuple[CellResult, ...]:
        """Return the cells of an endpoint: task by task, each with its trials in order."""
        order = [task.id for task in self.session.tasks]
        found = (one for one in self.cells if one.endpoint.name == endpoint.name)
        return tuple(sorted(found, key=lambda one: (order.index(one.cell.task), one.cell.trial)))

    def label(self, endpoint: Endpoint) -> str:
        """Return the label of an endpoint, with its name where two share a label."""
        return _label(self.session, endpoint)

    def title(self, one: CellResult) -> str:
        """Return the title of a cell: its task, and its trial if there are several."""
        if self.session.trials == 1:
            return one.task.title
        return f"{one.task.title}, trial {one.cell.trial}"


def session_results(session: Session) -> SessionResults:
    """Return the results of every cell of a session."""
    card = scorecard(session.judgements)
    cells = tuple(_standing(session, card, cell) for cell in session.cells())
    return SessionResults(session, card, cells)


def _standing(session: Session, card: Scorecard, cell: Cell) -> CellResult:
    endpoint = session.endpoint(cell.endpoint)
    task = session.task(cell.task)
    label = _label(session, endpoint)
    attempts = tuple(
        Attempt(answer, card.of(cell, answer.attempt)) for answer in session.attempts(cell)
    )
    if not attempts:
        seen = session.seen.get(endpoint.name, HostRecord())
        problem = seen.problem or Problem("not run")
        return CellResult(cell, task, endpoint, label, problem=problem)
    *earlier, (answer, marks) = attempts
    return CellResult(
        cell=cell,
        task=task,
        endpoint=endpoint,
        label=label,
        answer=answer,
        marks=marks,
        timing=measure(answer),
        problem=Problem(_cause(answer), answer.problem.fix),
        earlier=tuple(earlier),
    )


def _cause(answer: Answer) -> str:
    if answer.problem or answer.state is AnswerState.DONE:
        return answer.problem.cause
    match answer.state:
        case AnswerState.CUT:
            return "token limit reached"
        case AnswerState.TRUNCATED:
            return "incomplete (stream ended without a final message)"
        case AnswerState.FAILED:
            return "failed"
        case AnswerState.STOPPED:
            return "stopped by the user"
        case _:
            return "not finished when this report was written"


def _label(session: Session, endpoint: Endpoint) -> str:
    label = endpoint.label or endpoint.name
    shared = Counter(other.label or other.name for other in session.endpoints)
    return label if shared[label] == 1 else f"{label} ({endpoint.name})"
