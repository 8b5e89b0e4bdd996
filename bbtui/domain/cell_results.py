"""How each cell of a session stands: its answer, what was said of it, and why it has none."""

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
    """One attempt at a cell with what was said of it."""

    answer: Answer
    marks: Marks


@dataclass(frozen=True, slots=True)
class CellResult:
    """One cell as a report sees it: the latest attempt counts, `earlier` ones are mentioned.

    `problem` says why the answer is missing or not whole; empty for a whole one.
    """

    cell: Cell
    task: Task
    endpoint: Endpoint
    label: str
    answer: Answer | None = None
    marks: Marks = NO_MARKS
    timing: Timing = Timing()
    problem: Problem = NO_PROBLEM
    earlier: tuple[Attempt, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the model said all it was going to say; a cut answer counts."""
        return self.answer is not None and self.answer.state.answered

    @property
    def available(self) -> bool:
        """Whether there is something to judge: a whole answer, or the text of one that broke."""
        return self.answer is not None and (self.whole or bool(self.answer.text))

    @property
    def unscored(self) -> bool:
        """Whether there is something to judge that has no score."""
        return self.available and self.marks.score is None

    @property
    def unfinished(self) -> bool:
        """Whether the answer was still coming."""
        return self.answer is not None and not self.answer.state.final

    @property
    def cut(self) -> bool:
        """Whether the answer stopped at its limit."""
        return self.answer is not None and self.answer.state is AnswerState.CUT


@dataclass(frozen=True, slots=True)
class SessionResults:
    """Every cell of a session, with the card of its scores."""

    session: Session
    scorecard: Scorecard
    cells: tuple[CellResult, ...]

    def of_task(self, task: Task) -> tuple[CellResult, ...]:
        """The cells of a task: endpoint by endpoint, each with its trials in order."""
        order = [endpoint.name for endpoint in self.session.endpoints]
        found = (one for one in self.cells if one.task.id == task.id)
        return tuple(
            sorted(found, key=lambda one: (order.index(one.cell.endpoint), one.cell.trial))
        )

    def of_endpoint(self, endpoint: Endpoint) -> tuple[CellResult, ...]:
        """The cells of an endpoint: task by task, each with its trials in order."""
        order = [task.id for task in self.session.tasks]
        found = (one for one in self.cells if one.endpoint.name == endpoint.name)
        return tuple(sorted(found, key=lambda one: (order.index(one.cell.task), one.cell.trial)))

    def label(self, endpoint: Endpoint) -> str:
        """What the report calls an endpoint: its label, with its name where two share one."""
        return _label(self.session, endpoint)

    def title(self, one: CellResult) -> str:
        """What the report calls a cell of an endpoint: its task, and its trial of several."""
        if self.session.trials == 1:
            return one.task.title
        return f"{one.task.title}, trial {one.cell.trial}"


def session_results(session: Session) -> SessionResults:
    """Look at every cell of a session once."""
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
        problem = Problem(seen.words or "not run", seen.hint)
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
            return "incomplete: the stream ended without a final message"
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
