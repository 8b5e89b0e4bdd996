"""The cells on their way: those that wait for their turn, and those that are being read."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping

from bbtui.domain.answer import STOPPED_BY_YOU, AnswerState, Cell, LiveAnswer
from bbtui.domain.problem import Problem
from bbtui.engine.arrival import abandon, take
from bbtui.engine.reader import StreamReader
from bbtui.engine.schedule import Plan, startable
from bbtui.formatting.durations import NS_PER_S

#: How long a stopped reader may take to say so before the answer is ended without it.
STOP_PATIENCE_NS = NS_PER_S // 2


class RunQueue:
    """Every cell that was asked for and has not ended; `growing` are the answers being read."""

    def __init__(self, timeout_s: float | None) -> None:
        self._timeout_ns = None if timeout_s is None else int(timeout_s * NS_PER_S)
        #: The cells that wait for their turn, in order. Replaced by a new value and never changed,
        #: so that a snapshot can hold it; a dict, because every row of the screen looks here.
        self.waiting: Mapping[Cell, None] = {}
        self.live_answers: dict[Cell, LiveAnswer] = {}
        self._readers: dict[Cell, StreamReader] = {}
        self._stopped_ns: dict[Cell, int] = {}

    def __bool__(self) -> bool:
        return bool(self._readers or self.waiting)

    def __contains__(self, cell: Cell) -> bool:
        return cell in self.waiting or cell in self._readers

    def cells(self) -> tuple[Cell, ...]:
        """Every cell that waits or is being read."""
        return (*self.waiting, *self._readers)

    def add(self, cells: Iterable[Cell]) -> None:
        """Let cells wait for their turn, except those that run or wait already."""
        added = dict.fromkeys(cell for cell in cells if cell not in self._readers)
        self.waiting = {**self.waiting, **added}

    def stop(self, cell: Cell) -> None:
        """Stop one cell; it ends when its reader says so, or when patience does."""
        self._remove([cell])
        if reader := self._readers.get(cell):
            reader.stop()
            self._stopped_ns.setdefault(cell, time.perf_counter_ns())

    def stop_all(self) -> None:
        """Stop everything; nothing new starts."""
        self.waiting = {}
        for cell in self._readers:
            self.stop(cell)

    def start(
        self, plan: Plan, begin: Callable[[Cell], tuple[LiveAnswer, StreamReader]]
    ) -> list[Cell]:
        """Start the cells whose turn it is, and return them; `begin` makes what reads one."""
        cells = startable(tuple(self.waiting), self._readers.keys(), plan)
        self._remove(cells)
        for cell in cells:
            self.live_answers[cell], self._readers[cell] = begin(cell)
            self._readers[cell].start()
        return cells

    def take(self) -> tuple[set[Cell], list[LiveAnswer]]:
        """Let everything happen that the readers brought: the cells it changed, what has ended."""
        changed: set[Cell] = set()
        ended = []
        for cell, reader in list(self._readers.items()):
            growing = self.live_answers[cell]
            for event in reader.drain():
                take(growing, event, time.perf_counter_ns())
                changed.add(cell)
            self._keep_limits(growing, reader)
            if growing.state.final:
                changed.add(cell)
                ended.append(growing)
                del self._readers[cell], self.live_answers[cell]
                self._stopped_ns.pop(cell, None)
        return changed, ended

    def abandon(self) -> None:
        """End everything, for the program ends; what was still coming is not stopped on purpose.

        Takes half a second at most, however many are stuck. What ended is had by `take`.
        """
        abandoned = [cell for cell in self._readers if cell not in self._stopped_ns]
        self.stop_all()
        until_ns = time.perf_counter_ns() + STOP_PATIENCE_NS
        for reader in self._readers.values():
            reader.join(max(0, until_ns - time.perf_counter_ns()) / NS_PER_S)
        for cell in abandoned:
            abandon(self.live_answers[cell], self._readers[cell].drain(), time.perf_counter_ns())
        for cell in self._stopped_ns:
            # What has not ended by now is ended when it is taken.
            self._stopped_ns[cell] = time.perf_counter_ns() - STOP_PATIENCE_NS - 1

    def _remove(self, cells: Collection[Cell]) -> None:
        if any(cell in self.waiting for cell in cells):
            self.waiting = {cell: None for cell in self.waiting if cell not in cells}

    def _keep_limits(self, growing: LiveAnswer, reader: StreamReader) -> None:
        """End what the user stopped but is stuck (in a connect, say), and what is over time."""
        now = time.perf_counter_ns()
        stopped = self._stopped_ns.get(growing.cell)
        sent = growing.sent_ns
        if stopped is not None and now - stopped > STOP_PATIENCE_NS:
            end_ns = None if sent is None else now - sent
            growing.end(AnswerState.STOPPED, end_ns, STOPPED_BY_YOU)
        elif sent is not None and self._timeout_ns is not None and now - sent > self._timeout_ns:
            reader.stop()
            growing.end(
                AnswerState.FAILED,
                now - sent,
                Problem(
                    f"no end after {self._timeout_ns / NS_PER_S:g} s", "--timeout sets the limit"
                ),
            )
