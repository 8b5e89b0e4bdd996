"""The results of a session: of each cell, the mean of scores, and who won a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

from bbtui.domain.answer import Answer, AnswerState, Cell
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.problem import NO_PROBLEM, Problem
from bbtui.domain.score import NO_MARKS, Marks, Scorecard, Winner, scorecard
from bbtui.domain.session import Session
from bbtui.domain.task import Task
from bbtui.domain.timing import Timing, measure

NOT_SCORED = "not scored yet"
#: The cause of a missing answer where nothing kept it from being run.
NOT_RUN = "not run"


class Attempt(NamedTuple):
    """One attempt at a cell with its judgement."""

    answer: Answer
    """The answer."""
    marks: Marks
    """Its judgement."""


@dataclass(frozen=True, slots=True)
class CellResult:
    """One cell as a report shows it: the latest attempt counts."""

    cell: Cell
    """The cell."""
    task: Task
    """Its task."""
    endpoint: Endpoint
    """Its endpoint."""

    label: str
    """The label of the endpoint, unique in the session."""

    answer: Answer | None = None
    """The latest attempt; None if there is none."""
    marks: Marks = NO_MARKS
    """The judgement of that attempt."""
    timing: Timing = Timing()
    """The figures of that attempt."""

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
    """The session."""
    scorecard: Scorecard
    """Its current judgements."""

    cells: tuple[CellResult, ...]
    """By trial, then task, then endpoint."""

    #: The trials of each task on each endpoint, made once: tables read those of every task.
    _trials: dict[tuple[str, str], tuple[CellResult, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    #: The cells with a complete answer, by endpoint in the same way.
    _whole: dict[str, tuple[CellResult, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of_task(self, task: Task) -> tuple[CellResult, ...]:
        """Return the cells of a task: endpoint by endpoint, each with its trials in order."""
        return tuple(
            one for endpoint in self.session.endpoints for one in self.trials(task, endpoint)
        )

    def of_endpoint(self, endpoint: Endpoint) -> tuple[CellResult, ...]:
        """Return the cells of an endpoint: task by task, each with its trials in order."""
        return tuple(one for task in self.session.tasks for one in self.trials(task, endpoint))

    def trials(self, task: Task, endpoint: Endpoint) -> tuple[CellResult, ...]:
        """Return the cells of one endpoint for a task, one per trial."""
        if self.cells and not self._trials:
            found: dict[tuple[str, str], list[CellResult]] = {}
            for one in self.cells:
                found.setdefault((one.cell.task, one.cell.endpoint), []).append(one)
            self._trials.update((place, tuple(cells)) for place, cells in found.items())
        return self._trials.get((task.id, endpoint.name), ())

    def whole(self, endpoint: Endpoint) -> tuple[CellResult, ...]:
        """Return the cells of an endpoint that have a complete answer."""
        if endpoint.name not in self._whole:
            self._whole[endpoint.name] = tuple(
                [one for one in self.of_endpoint(endpoint) if one.whole]
            )
        return self._whole[endpoint.name]

    def task_rows(self, endpoint: Endpoint) -> list[tuple[CellResult, ...]]:
        """Return the cells of an endpoint, a row for each task with its trials in order."""
        return [self.trials(task, endpoint) for task in self.session.tasks]

    def label(self, endpoint: Endpoint) -> str:
        """Return the label of an endpoint, with its name where two share a label."""
        return _label(self.session, endpoint)

    def title(self, one: CellResult) -> str:
        """Return the title of a cell: its task, and its trial if there are several."""
        if self.session.trials == 1:
            return one.task.title
        return f"{one.task.title}, trial {one.cell.trial}"

    def task_titles(self) -> list[str]:
        """Return the titles of all tasks with their numbers: ``2. Harbour at night``."""
        return [f"{number}. {task.title}" for number, task in enumerate(self.session.tasks, 1)]


def session_results(session: Session) -> SessionResults:
    """Return the results of every cell of a session."""
    card = scorecard(session.judgements)
    tasks = {task.id: task for task in session.tasks}
    sides = {one.name: (one, _label(session, one)) for one in session.endpoints}
    cells = tuple(
        _cell_result(session, card, cell, tasks[cell.task], *sides[cell.endpoint])
        for cell in session.cells()
    )
    return SessionResults(session, card, cells)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who won a task."""

    kind: Literal["endpoint", "tie", "both bad", "missing", "not scored"]
    """One endpoint, a tie, or why there is no winner."""

    labels: tuple[str, ...] = ()
    """The endpoint that won, or those that share the first place of three or more; empty for an
    even tie and for everything else.
    """

    by_hand: bool = False
    """Whether the user set it."""

    @property
    def text(self) -> str:
        """Return it as the table shows it, such as ``Local (set by hand)``."""
        names = ", ".join(self.labels)
        text = {
            "endpoint": names,
            "tie": f"Tie ({names})" if names else "Tie",
            "both bad": "Both bad",
            "missing": "N/A",
            "not scored": NOT_SCORED,
        }[self.kind]
        return f"{text} (set by hand)" if self.by_hand else text


def mean_score(cells: tuple[CellResult, ...]) -> tuple[Fraction, int] | None:
    """Return the exact mean of the scores and their count; None without any."""
    scores = [one.marks.score for one in cells if one.marks.score is not None]
    return (Fraction(sum(scores), len(scores)), len(scores)) if scores else None


def outcome(results: SessionResults, task: Task) -> Outcome:
    """Return who won a task: the winner set by hand, else the highest score.

    If an endpoint has no answer, it is `missing`: an answer does not win against none. With several
    trials the means of the scores are compared.
    """
    by_hand = results.scorecard.winners.get(task.id)
    if by_hand is not None:
        return _by_hand(results, by_hand)
    sides = [(endpoint, results.trials(task, endpoint)) for endpoint in results.session.endpoints]
    if len(sides) < 2 or any(not any(one.available for one in cells) for _, cells in sides):
        return Outcome("missing")
    means: list[tuple[str, Fraction | int]] = []
    for endpoint, cells in sides:
        mean = mean_score(cells)
        if mean is None:
            return Outcome("not scored")
        means.append((results.label(endpoint), mean[0]))
    return best_of(means)


def best_of(means: Sequence[tuple[str, Fraction | int]]) -> Outcome:
    """Return which label has the highest mean, or that several share it."""
    best = max(mean for _, mean in means)
    first = tuple(label for label, mean in means if mean == best)
    if len(first) == 1:
        return Outcome("endpoint", first)
    return Outcome("tie", () if len(first) == len(means) else first)


def _by_hand(results: SessionResults, by_hand: Winner) -> Outcome:
    if by_hand.outcome != "endpoint":
        return Outcome(by_hand.outcome, by_hand=True)
    known = {endpoint.name: results.label(endpoint) for endpoint in results.session.endpoints}
    label = known.get(by_hand.endpoint, by_hand.endpoint)
    return Outcome("endpoint", (label,), by_hand=True)


def _cell_result(
    session: Session, card: Scorecard, cell: Cell, task: Task, endpoint: Endpoint, label: str
) -> CellResult:
    attempts = tuple(
        Attempt(answer, card.of(cell, answer.attempt)) for answer in session.attempts(cell)
    )
    if not attempts:
        problem = session.host_record(endpoint).problem or Problem(NOT_RUN)
        return CellResult(cell, task, endpoint, label, problem=problem)
    *earlier, (answer, marks) = attempts
    problem = Problem(_cause(answer), answer.problem.fix)
    return CellResult(
        cell, task, endpoint, label, answer, marks, measure(answer), problem, tuple(earlier)
    )


#: The cause where an incomplete answer has none of its own; any other is not finished.
_CAUSES = {
    AnswerState.CUT: "token limit reached",
    AnswerState.TRUNCATED: "incomplete (stream ended without a final message)",
    AnswerState.FAILED: "failed",
    AnswerState.STOPPED: "stopped by the user",
}


def _cause(answer: Answer) -> str:
    if answer.problem or answer.state is AnswerState.DONE:
        return answer.problem.cause
    return _CAUSES.get(answer.state, "not finished when this report was written")


def _label(session: Session, endpoint: Endpoint) -> str:
    label = endpoint.label or endpoint.name
    shared = Counter(other.label or other.name for other in session.endpoints)
    return label if shared[label] == 1 else f"{label} ({endpoint.name})"
