"""A session that is alive: runs its cells, takes judgements, and keeps every bit of both."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from bbtui.clients.connection import Connection
from bbtui.clients.ports import Request
from bbtui.domain.answer import Answer, Cell, LiveAnswer
from bbtui.domain.score import Judged, Judgement, Redo, Scorecard, Undo, scorecard
from bbtui.domain.session import Session
from bbtui.domain.task import Task, own_prompt
from bbtui.engine.answer_writer import AnswerWriter, Store
from bbtui.engine.host_writer import HostWriter, used_s
from bbtui.engine.hosts import Hosts
from bbtui.engine.jobs import Jobs
from bbtui.engine.reader import StreamReader
from bbtui.engine.run_queue import RunQueue
from bbtui.engine.schedule import Order, plan
from bbtui.engine.snapshot import Snapshot
from bbtui.errors import StoreError
from bbtui.formatting.durations import NS_PER_S


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Comparison:
    """One session, the machines behind it, and everything that happens to them.

    All methods are called from one thread, the face's own (screen or progress display), which
    calls `tick` a few times a second while `busy`. `session` is always the value as it stands:
    what is shown is what is kept. `clock` dates what is seen of pods, in monotonic seconds.
    """

    def __init__(
        self,
        session: Session,
        connections: Sequence[Connection],
        store: Store,
        *,
        order: Order = "auto",
        cold: bool = False,
        timeout_s: float | None = None,
        now: Callable[[], datetime] = _utc_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.hosts = Hosts(connections, partial(used_s, session), clock)
        self._order: Order = order
        self._plan = plan(self.hosts.host_keys, order)
        # A session that was run before keeps what the report says of how it was run.
        self.session = session if session.number else replace(session, mode=self._plan.mode)
        self._store = store
        self._journal = AnswerWriter(store, session.id)
        self._cold = cold
        self.queue = RunQueue(timeout_s)
        self._now = now
        self._wake: Callable[[], None] = lambda: None
        self._held = self._closed = False
        self._saved_at: datetime | None = None
        self._logbook = HostWriter(store)
        self._added_up: tuple[Judgement, ...] = ()
        self._card = Scorecard()
        self._busy_counted: tuple[Answer, ...] = ()
        self._busy: Mapping[str, float] = {}
        self.jobs: Jobs[Hashable, object] = Jobs()

    def start(self, wake: Callable[[], None]) -> None:
        """Begin to look at the machines. `wake` is called from other threads: tick soon."""
        self._wake = wake
        self.hosts.start(self._awake)

    def _awake(self) -> None:
        self._wake()

    # -- what stands ------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return the current state as a frozen value; takes nothing new from the readers."""
        return Snapshot(
            session=self.session,
            scorecard=self.scorecard,
            waiting=self.queue.waiting,
            live=dict(self.queue.live_answers),
            hosts=self.hosts.snapshot(self._busy_s()),
            jobs=self.jobs.snapshot(),
            saved_at=self._saved_at,
            write_error=self.write_error,
            busy=self.busy,
        )

    def _busy_s(self) -> Mapping[str, float]:
        """Return the seconds spent on the ended answers of each endpoint."""
        if self._busy_counted is not self.session.answers:
            self._busy_counted = self.session.answers
            spent: Counter[str] = Counter()
            for answer in self._busy_counted:
                spent[answer.cell.endpoint] += answer.end_ns or 0
            self._busy = {name: ns / NS_PER_S for name, ns in spent.items()}
        return self._busy

    @property
    def busy(self) -> bool:
        """Whether a cell runs or waits for its turn, or something is still to be written."""
        return bool(self.queue or self._journal.pending or self._logbook.trouble)

    @property
    def write_error(self) -> StoreError | None:
        """Why the last write failed; None when everything is saved."""
        return self._journal.trouble or self._logbook.trouble

    @property
    def saved_at(self) -> datetime | None:
        """When something was last written, in this process; None before that."""
        return self._saved_at

    @property
    def scorecard(self) -> Scorecard:
        """Every judgement, added up."""
        if self._added_up is not self.session.judgements:
            self._added_up = self.session.judgements
            self._card = scorecard(self._added_up)
        return self._card

    def current(self, cell: Cell) -> LiveAnswer | Answer | None:
        """The latest answer of a cell, as it grows or as it ended; None if it was never asked."""
        return self.queue.live_answers.get(cell) or self.session.latest(cell)

    def answer(self, cell: Cell) -> Answer | None:
        """The latest answer of a cell, also while it grows; None if it was never asked."""
        growing = self.queue.live_answers.get(cell)
        return growing.answer() if growing else self.session.latest(cell)

    @property
    def live_session(self) -> Session:
        """The session with what has come of the answers that still grow."""
        session = self.session
        for growing in self.queue.live_answers.values():
            session = session.with_answer(growing.answer())
        return session

    def missing_cells(self) -> tuple[Cell, ...]:
        """The cells that want an answer and are not on their way to one."""
        return tuple(self.iter_missing_cells())

    def iter_missing_cells(self) -> Iterator[Cell]:
        """The same one by one, for who needs but the first."""
        return (
            cell
            for cell in self.session.wanting()
            if cell.endpoint in self.hosts and cell not in self.queue
        )

    # -- running ----------------------------------------------------------------------------

    def run(self, cells: Iterable[Cell]) -> None:
        """Ask for these cells; those that run or wait already are left alone.

        So are those of an endpoint that nothing connects to. `StoreError` if the session cannot be
        written: nothing runs that could not be kept.
        """
        self._keep(hold=True)
        self.queue.add(cell for cell in cells if cell.endpoint in self.hosts)
        self._start_cells()

    def add_prompt(self, prompt: str) -> Task:
        """Add a prompt typed by the user as a task of this session."""
        self._keep()
        taken = {task.id for task in self.session.tasks}
        tasks = (own_prompt(number, prompt) for number in itertools.count(1))
        task = next(task for task in tasks if task.id not in taken)
        self._store.add_task(self.session.id, task)
        self.session = self.session.with_task(task)
        return task

    def was_asked(self, name: str) -> bool:
        """Whether anything was asked of this endpoint, or waits to be."""
        cells = (*self.queue.cells(), *(answer.cell for answer in self.session.answers))
        return any(cell.endpoint == name for cell in cells)

    def add_column(self, connection: Connection, instead_of: str = "") -> None:
        """Take a new column at the right, or in the place of one of which nothing was `asked`."""
        endpoint = connection.endpoint
        if self.session.number and instead_of:
            self._store.change_endpoint(self.session.id, instead_of, endpoint)
        elif self.session.number:
            self._store.add_endpoint(self.session.id, endpoint)
        self.session = self.session.with_endpoint(endpoint, instead_of)
        self.hosts.place(connection, instead_of)
        planned = plan(self.hosts.host_keys, self._order)
        if planned.mode != self._plan.mode and self.session.number:
            # What was measured alone so far is measured alone from now on too.
            planned = plan(self.hosts.host_keys, "serial")
        self._plan = planned
        if not self.session.number:
            self.session = replace(self.session, mode=planned.mode)

    def tick(self) -> frozenset[Cell]:
        """Take what the readers brought, write it down, start what may start.

        Returns the cells that changed; none once it is closed.
        """
        if self._closed:
            return frozenset()
        changed = self._take()
        self._run_awaited(time.perf_counter_ns())
        changed.update(self._start_cells())
        self.hosts.follow(self.queue.live_answers.values(), self._now())
        self.session = self._logbook.write(self.session, self.hosts, time.perf_counter_ns())
        if self._journal.write(time.perf_counter_ns()):
            self._saved_at = self._now()
        return frozenset(changed)

    def close(self) -> None:
        """Stop everything, take the last of it, write it down. Takes half a second at most.

        What could not be written is then in `trouble`, and the session stays held: closing again
        tries that again, and does nothing else. `wake` is not called any more. An answer that was
        still coming ends as one whose program died: it is asked for again on resuming.
        """
        if not self._closed:
            self._closed = True
            self._wake = lambda: None
            self.jobs.close()
            self.hosts.close()
            self.queue.abandon()
            self._take()
        elif self.write_error is None:
            return
        now_ns = time.perf_counter_ns()
        self.session = self._logbook.write(self.session, self.hosts, now_ns, force=True)
        self._journal.write(now_ns, force=True)
        if self._held and self.write_error is None:
            # A hold ends with its process: one that cannot be released holds nobody up.
            with contextlib.suppress(StoreError):
                self._store.release(self.session.id)
            self._held = False

    def _take(self) -> set[Cell]:
        """Take what the readers brought; the cells that changed."""
        changed, ended = self.queue.take()
        for growing in ended:
            self.session = self.session.with_answer(growing.answer())
        return changed

    def _keep(self, *, hold: bool = False) -> None:
        """Write the session itself, once, when there is something in it to keep."""
        if not self.session.number:
            self.session = self._store.create(self.session)
        if hold and not self._held:
            self._store.hold(self.session.id)
            self._held = True

    def _run_awaited(self, now_ns: int) -> None:
        """Ask what was waiting for a pod that is ready now; after a failure again in a second."""
        if not self._logbook.due(now_ns):
            return
        for name, cells in self.hosts.deferred.due(self.hosts.host, self.missing_cells).items():
            try:
                self.run(cells)
            except StoreError as error:
                self._logbook.failed(error, now_ns)
                return
            self.hosts.deferred.drop(name)

    def _start_cells(self) -> list[Cell]:
        return self.queue.start(self._plan, self._begin)

    def _begin(self, cell: Cell) -> tuple[LiveAnswer, StreamReader]:
        """A new attempt at a cell, and what reads it."""
        last = self.session.latest(cell)
        attempt = 1 if last is None else last.attempt + 1
        growing = LiveAnswer(cell, attempt, self._now(), asked_ns=time.perf_counter_ns())
        self._journal.follow(growing)
        request = Request(
            prompt=self.session.task(cell.task).prompt,
            model=self.session.endpoint(cell.endpoint).model,
            options=self.session.options,
            cold=self._cold,
        )
        return growing, StreamReader(self.hosts.source(cell.endpoint), request, self._awake)

    # -- judging ----------------------------------------------------------------------------

    def judge(self, what: Judged, cell: Cell, attempt: int = 1) -> Judgement:
        """Write a judgement, then let it stand. `StoreError` if it could not be written."""
        self._keep()
        row = Judgement(at=self._now(), what=what, cell=cell, attempt=attempt)
        row = self._store.judge(self.session.id, row)
        self._saved_at = row.at
        self.session = self.session.with_judgement(row)
        return row

    def undo(self) -> Judgement | None:
        """Take back the last judgement that stands, and return it; None if there is none."""
        row = self.scorecard.undoable
        if row is not None:
            self.judge(Undo(row.id), row.cell, row.attempt)
        return row

    def redo(self) -> Judgement | None:
        """Restore the last judgement taken back, and return it; None if there is none."""
        row = self.scorecard.redoable
        if row is not None:
            self.judge(Redo(row.id), row.cell, row.attempt)
        return row
