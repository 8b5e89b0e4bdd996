"""Prints the answers of a run to stdout, each under its label, while they stream."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TextIO

from bbtui.cli.progress import Progress
from bbtui.domain.answer import Cell
from bbtui.domain.session import Session
from bbtui.engine.snapshot import Snapshot
from bbtui.formatting.sanitize import clean_name, clean_text


class AnswerPrinter(Progress):
    """The answers in the order of the session: the first that has not ended is printed as it grows.

    Those behind it are printed once it has ended. On a terminal the lines of progress wait until
    all is printed, and controls in an answer are replaced; a pipe gets each answer as it came.
    """

    def __init__(self, out: TextIO, err: TextIO, session: Session, cells: Iterable[Cell]) -> None:
        super().__init__(err)
        self._out, self._terminal = out, out.isatty()
        self._waiting = deque((cell, len(session.attempts(cell))) for cell in cells)
        self._several_tasks = len({cell.task for cell, _ in self._waiting}) > 1
        self._task = ""
        #: Of the current answer: whether it has its heading, and its characters printed.
        self._begun, self._characters = False, 0
        self._ends_line = True
        self._running = False
        self._held: list[str] = []

    def print_lines(self, *lines: str) -> None:
        """Print lines of progress, on a terminal after the answers."""
        if self._terminal:
            self._held += lines
        else:
            super().print_lines(*lines)

    def update(self, snapshot: Snapshot, ended: int) -> None:  # noqa: ARG002 - of Progress
        """Print what has come of the current answer, then of the next when it has ended."""
        self._running |= bool(snapshot.live or snapshot.waiting)
        while self._waiting:
            cell, attempts_before = self._waiting[0]
            attempts = snapshot.session.attempts(cell)
            live = snapshot.live.get(cell)
            if len(attempts) > attempts_before and attempts[-1].state.final:
                self._print(snapshot.session, cell, attempts[-1].text[self._characters :])
                self._finish()
            elif self._running and not snapshot.is_queued(cell):  # dropped: it will not run
                self._waiting.popleft()
            else:
                if live is not None and (text := live.text.since(self._characters)):
                    self._print(snapshot.session, cell, text)
                break
        self._out.flush()

    def close(self) -> None:
        """Print the lines of progress that waited."""
        super().print_lines(*self._held)
        self._held = []

    def _print(self, session: Session, cell: Cell, text: str) -> None:
        """Print more of an answer, under its heading."""
        if not self._begun:
            self._begun = True
            self._write_heading(session, cell)
        if text:
            self._characters += len(text)
            self._ends_line = text.endswith("\n")
            self._out.write(clean_text(text) if self._terminal else text)

    def _write_heading(self, session: Session, cell: Cell) -> None:
        if self._several_tasks and cell.task != self._task:
            self._task = cell.task
            self._out.write(f"# {clean_name(session.task(cell.task).title)}\n\n")
        trial = f" ×{cell.trial}" if session.trials > 1 else ""
        self._out.write(f"## {clean_name(session.endpoint(cell.endpoint).title)}{trial}\n\n")

    def _finish(self) -> None:
        """End the current answer, with a blank line before the next."""
        self._waiting.popleft()
        self._out.write(("" if self._ends_line else "\n") + ("\n" if self._waiting else ""))
        self._begun, self._characters, self._ends_line = False, 0, True
