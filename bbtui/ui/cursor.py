"""Where the user is in a session: the round and the column in view, and the answer scored last."""

from __future__ import annotations

from collections.abc import Sequence

from bbtui.domain.answer import Answer, Cell, LiveAnswer, Need, Round
from bbtui.domain.task import Task
from bbtui.engine.comparison import Comparison

#: An answer that can be judged: its cell and its attempt.
Target = tuple[Cell, int]


class Cursor:
    """The user's place in a comparison; it begins at the first answer left to run or to score."""

    round: Round
    """The round in view."""
    column: int
    """The focused column, from 0."""
    just_scored: Target | None
    """The answer scored last in this run of the program."""
    _point: tuple[str, int]
    """A task, and the point of its rubric that is current, from 0."""
    _earlier: tuple[Cell, int, int] | None
    """The attempt in view in place of the latest one of its cell, and that one."""
    warned: Target | None
    """The answer of a blind round that was found to name itself, and is scored anyway."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._tasks: tuple[Task, ...] = ()
        self._rounds: tuple[Round, ...] = ()
        self.round = self._first_open()
        self.column = 0
        self._point = self.round.task, 0
        self.just_scored = self._earlier = self.warned = None
        self.go_to_unscored()

    @property
    def rounds(self) -> tuple[Round, ...]:
        """Every round of the session as it is now."""
        session = self._comparison.session
        if self._tasks is not session.tasks:
            self._tasks, self._rounds = session.tasks, session.rounds()
        return self._rounds

    @property
    def round_index(self) -> int:
        """The position of the round in view, from 0."""
        return self.rounds.index(self.round)

    @property
    def task_index(self) -> int:
        """The position of the task in view, from 0."""
        return [task.id for task in self._comparison.session.tasks].index(self.round.task)

    @property
    def task(self) -> Task:
        """The task in view."""
        return self._comparison.session.task(self.round.task)

    @property
    def cells(self) -> list[Cell]:
        """The cells of the round in view, one for each column from left to right."""
        return self._cells(self.round)

    @property
    def cell(self) -> Cell:
        """The cell in the focused column."""
        return self.cells[self.column]

    @property
    def columns(self) -> int:
        """The number of columns."""
        return len(self._comparison.session.endpoints)

    @property
    def point(self) -> int:
        """The current point of the task's rubric, from 0; the first one of another task."""
        task, point = self._point
        return point if task == self.round.task else 0

    def go_to_point(self, point: int) -> None:
        """Make another point of the rubric the current one; the nearest that there is."""
        self._point = self.round.task, max(0, min(point, len(self.task.rubric) - 1))

    def move_column(self, step: int) -> None:
        """Focus another column; after the last comes the first."""
        self.column = (self.column + step) % self.columns

    def move_round(self, step: int) -> bool:
        """Open another round and return True; return False if there is none so far away."""
        index = self.round_index + step
        if not 0 <= index < len(self.rounds):
            return False
        self.round = self.rounds[index]
        return True

    def open_task(self, index: int) -> None:
        """Open the task at this position, from 0, in the trial in view."""
        self.round = Round(self._comparison.session.tasks[index].id, self.round.trial)

    def move_trial(self, step: int) -> bool:
        """Open another trial of the task; return False if there is none so far away."""
        trial = self.round.trial + step
        if not 1 <= trial <= self._comparison.session.trials:
            return False
        self.round = Round(self.round.task, trial)
        return True

    def go_to(self, cell: Cell) -> None:
        """Open the round of a cell and focus its column, each if the session has it."""
        place = Round(cell.task, cell.trial)
        if place in self.rounds:
            self.round = place
        names = self._comparison.blind.order(self.round)
        if cell.endpoint in names:
            self.column = names.index(cell.endpoint)

    def go_to_unscored(self) -> None:
        """Focus the first column with an unscored answer, or the first one where there is none."""
        self.column = 0
        if not self._unscored(self.cells[0]):
            self.go_to_next_unscored()

    def go_to_next_unscored(self) -> bool:
        """Focus the next column to the right with an unscored answer; return whether there is."""
        cells = self.cells
        for column in range(self.column + 1, len(cells)):
            if self._unscored(cells[column]):
                self.column = column
                return True
        return False

    def go_to_unscored_anywhere(self) -> bool:
        """Go to the next unscored answer in the order of the session, from its start after its end.

        Return False if every answer is scored.
        """
        if self.go_to_next_unscored():
            return True
        rounds, here = self.rounds, self.round_index
        return self._go_to_unscored_of((*rounds[here + 1 :], *rounds[: here + 1]))

    def go_to_first_unscored(self) -> bool:
        """Go to the first unscored answer of the session; return False if there is none."""
        return self._go_to_unscored_of(self.rounds)

    def _go_to_unscored_of(self, places: Sequence[Round]) -> bool:
        for place in places:
            for column, cell in enumerate(self._cells(place)):
                if self._unscored(cell):
                    self.round, self.column = place, column
                    return True
        return False

    def attempt(self, cell: Cell) -> int | None:
        """Return which attempt of a cell is in view; None for the latest one."""
        latest = self._comparison.latest(cell)
        if self._earlier is None or latest is None:
            return None
        chosen, number, before = self._earlier
        # Once the cell is run again, the new attempt is in view.
        return number if chosen == cell and before == latest.attempt else None

    def answer(self, cell: Cell) -> LiveAnswer | Answer | None:
        """Return the answer in view of a cell: the latest one, or the attempt that was chosen.

        Those of a blind round come into view together.
        """
        if not self.shows_answers(cell.round):
            return None
        number = self.attempt(cell)
        if number is not None:
            for answer in self._comparison.session.attempts(cell):
                if answer.attempt == number:
                    return answer
        return self._comparison.latest(cell)

    def shows_answers(self, place: Round) -> bool:
        """Return whether the answers of a round are in view: of a blind one once all have ended."""
        return not self._comparison.blind.hides(place) or self._comparison.is_complete(place)

    def move_attempt(self, step: int) -> bool:
        """Show another attempt of the focused cell; return False if there is none so far away."""
        latest, shown = self._comparison.latest(self.cell), self.answer(self.cell)
        if latest is None or shown is None:
            return False
        numbers = [one.attempt for one in self._comparison.session.attempts(self.cell)]
        if latest.attempt not in numbers:
            numbers.append(latest.attempt)
        index = numbers.index(shown.attempt) + step
        if not 0 <= index < len(numbers):
            return False
        number = numbers[index]
        self._earlier = (self.cell, number, latest.attempt) if number != latest.attempt else None
        return True

    def _unscored(self, cell: Cell) -> bool:
        """Return whether a cell has an answer, maybe still live, without a score."""
        answer = self._comparison.latest(cell)
        if answer is None or not answer.has_text or not self.shows_answers(cell.round):
            return False
        return self._comparison.scorecard.of(cell, answer.attempt).score is None

    def _first_open(self) -> Round:
        """Return the first round with an answer to run or to score, else the first one."""
        session = self._comparison.session
        for place in self.rounds:
            for cell in self._cells(place):
                if session.need(cell) >= Need.FAILED or self._unscored(cell):
                    return place
        return self.rounds[0]

    def _cells(self, place: Round) -> list[Cell]:
        names = self._comparison.blind.order(place)
        return [Cell(place.task, name, place.trial) for name in names]
