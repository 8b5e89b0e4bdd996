"""Progress of a run without a screen: a line for each cell that has ended, on stderr."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Protocol, TextIO

from bbtui.domain.answer import Answer, AnswerState, Cell
from bbtui.domain.session import Session
from bbtui.domain.timing import measure
from bbtui.engine.snapshot import Snapshot
from bbtui.formatting.durations import format_ns
from bbtui.formatting.sanitize import single_line
from bbtui.ui.messages import format_rate


class Progress(Protocol):
    """Shows how far a run is."""

    def __enter__(self) -> Progress:
        """Take the terminal, if that is where it is shown."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give it back."""

    def say(self, line: str) -> None:
        """Print a line that stays."""

    def show(self, snapshot: Snapshot, ended: int) -> None:
        """Show what runs now, `ended` cells being over."""


class PlainProgress:
    """Lines, for a log or a pipe."""

    def __init__(self, err: TextIO) -> None:
        self._err = err

    def __enter__(self) -> PlainProgress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._err.flush()

    def say(self, line: str) -> None:
        """Print a line."""
        print(line, file=self._err, flush=True)

    def show(self, snapshot: Snapshot, ended: int) -> None:
        """Nothing: a log holds what has happened."""


class CompletionTracker:
    """Finds the cells that have ended since it last looked, and words each in a line."""

    def __init__(self, session: Session, cells: Iterable[Cell]) -> None:
        self._open = {cell: len(session.attempts(cell)) for cell in cells}
        self.total = len(self._open)
        self._names = max((len(cell.endpoint) for cell in self._open), default=0)
        self._tasks = max((len(_task(cell)) for cell in self._open), default=0)

    @property
    def waiting(self) -> tuple[Cell, ...]:
        """The cells that have not ended, in the order of the session."""
        return tuple(self._open)

    @property
    def count(self) -> int:
        """How many cells have ended."""
        return self.total - len(self._open)

    def poll(self, session: Session) -> list[str]:
        """The lines of the cells that have newly ended, in the order of the session."""
        lines = []
        for cell, before in list(self._open.items()):
            attempts = session.attempts(cell)
            if len(attempts) > before and attempts[-1].state.final:
                del self._open[cell]
                lines.append(self._line(attempts[-1]))
        return lines

    def _line(self, answer: Answer) -> str:
        place = f"{self.count:{len(str(self.total))}}"
        cell = answer.cell
        head = f"[{place}/{self.total}] {cell.endpoint:{self._names}}  {_task(cell):{self._tasks}}"
        return f"{head}  {'  '.join(_facts(answer))}"


def _facts(answer: Answer) -> list[str]:
    timing = measure(answer)
    facts = [str(answer.state)]
    if answer.state is not AnswerState.DONE and answer.cause:
        cause = single_line(answer.cause)
        facts[0] = cause if cause.startswith(facts[0]) else f"{facts[0]}: {cause}"
    if not answer.state.answered and answer.hint:
        facts[0] += f" ({single_line(answer.hint)})"
    if timing.e2e_ns is not None and timing.ttft_ns is not None:
        facts += [format_ns(timing.e2e_ns), format_rate(timing)]
        facts += [f"first token {format_ns(timing.ttft_ns)}"]
    return facts


def _task(cell: Cell) -> str:
    return cell.task if cell.trial == 1 else f"{cell.task} ×{cell.trial}"
