"""Progress in a log or a pipe: a line for each answer that has ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from bbtui.domain.answer import Answer, AnswerState, Cell
from bbtui.domain.session import Session
from bbtui.domain.timing import measure
from bbtui.engine.snapshot import Snapshot
from bbtui.formatting.durations import format_ns
from bbtui.formatting.numbers import format_rate
from bbtui.formatting.sanitize import single_line


class Progress:
    """The progress of a run, printed in lines; a log has nothing about what is still running."""

    def __init__(self, err: TextIO) -> None:
        self._err = err

    def print_lines(self, *lines: str) -> None:
        """Print lines that stay."""
        for line in lines:
            print(line, file=self._err, flush=True)

    def update(self, snapshot: Snapshot, ended: int) -> None:
        """Show what is running; `ended` cells have ended."""

    def close(self) -> None:
        """Release the terminal."""


class CompletionTracker:
    """Finds the cells that have ended since the last poll."""

    def __init__(self, session: Session, cells: Iterable[Cell]) -> None:
        self._open = {cell: len(session.attempts(cell)) for cell in cells}
        self.total = len(self._open)
        self._endpoint_width = max((len(cell.endpoint) for cell in self._open), default=0)
        self._task_width = max((len(_task(cell)) for cell in self._open), default=0)

    @property
    def waiting(self) -> tuple[Cell, ...]:
        """The cells that have not ended, in the order of the session."""
        return tuple(self._open)

    @property
    def count(self) -> int:
        """How many cells have ended."""
        return self.total - len(self._open)

    def poll(self, session: Session) -> list[str]:
        """Return a line for each cell that has newly ended, in the order of the session."""
        lines = []
        for cell, before in list(self._open.items()):
            attempts = session.attempts(cell)
            if len(attempts) > before and attempts[-1].state.final:
                del self._open[cell]
                lines.append(self._line(attempts[-1]))
        return lines

    def _line(self, answer: Answer) -> str:
        position = f"[{self.count:{len(str(self.total))}}/{self.total}]"
        endpoint = f"{answer.cell.endpoint:{self._endpoint_width}}"
        task = f"{_task(answer.cell):{self._task_width}}"
        return "  ".join([f"{position} {endpoint}", task, *_facts(answer)])


def _facts(answer: Answer) -> list[str]:
    timing = measure(answer)
    state = answer.state.label
    if answer.state is not AnswerState.DONE and answer.problem:
        cause = single_line(answer.problem.cause)
        state = cause if cause.startswith(state) else f"{state}: {cause}"
    if not answer.state.answered and answer.problem.fix:
        state += f"; {single_line(answer.problem.fix)}"
    facts = [state]
    if timing.e2e_ns is not None and timing.ttft_ns is not None:
        facts += [format_ns(timing.e2e_ns), f"{format_rate(timing.tok_s, timing.exact)} tok/s"]
        facts += [f"first token {format_ns(timing.ttft_ns)}"]
    return facts


def _task(cell: Cell) -> str:
    return cell.task if cell.trial == 1 else f"{cell.task} ×{cell.trial}"
