"""A running session: runs its cells, takes judgements, and saves both as they come."""

from __future__ import annotations

import contextlib
import itertools
import secrets
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from bbtui.clients.ports import Connection, Request
from bbtui.domain.answer import Answer, Cell, LiveAnswer, Need, Round
from bbtui.domain.blind import Blind, blind_state
from bbtui.domain.endpoint import Options
from bbtui.domain.prefix_cache import WARMUP_PROMPT, WARMUP_TOKENS, cache_marker
from bbtui.domain.score import (
    Blinding,
    Conditions,
    Judged,
    Judgement,
    Redo,
    Reveal,
    Score,
    Undo,
    scorecard,
)
from bbtui.domain.session import Session
from bbtui.domain.side_order import in_turn
from bbtui.domain.task import Task, own_prompt
from bbtui.engine.answer_writer import AnswerWriter, Store
from bbtui.engine.host_writer import HostWriter
from bbtui.engine.hosts import Hosts
from bbtui.engine.jobs import Jobs
from bbtui.engine.judging_clock import JudgingClock
from bbtui.engine.pauses import WaitLimits
from bbtui.engine.pod_adapters import source_of
from bbtui.engine.run_queue import Order, RunQueue, StreamReader, plan
from bbtui.engine.snapshot import Snapshot
from bbtui.errors import StoreError, StoreMovedError

T = TypeVar("T")


class Comparison:
    """One session, its machines, and everything that happens to them.

    All methods are called from one thread, that of the display, which calls `tick` a few times a
    second while `busy`.
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
        waits: WaitLimits = WaitLimits(),  # noqa: B008 - a frozen value
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the session; nothing is sent before `start`, and nothing saved before `run`.

        `cold` leaves out the separate load step before a request. `waits` is how long cells wait
        for a server that does not take requests; see `Pauses`. `clock` dates checks and pauses, in
        monotonic seconds.
        """
        used_s = {
            name: seen.pod.up_s for name, seen in session.seen.items() if seen.pod is not None
        }
        self.hosts = Hosts(connections, used_s, clock)
        """The machines of the endpoints, to act on; their state is in `snapshot`."""
        self.queue = RunQueue(timeout_s, waits, clock, session.schedule)
        """The cells that run or wait, to stop them; their state is in `snapshot`."""
        self.jobs: Jobs[Hashable, object] = Jobs()
        """The background jobs, by the server they work on."""
        self._order: Order = order
        self._plan = plan(self.hosts.machines, order)
        # A session that was run before keeps its mode, which the report states.
        self.session = session if session.number else replace(session, mode=self._plan.mode)
        """The session with all that is saved; unsaved text of live answers is not in it."""
        self._store = store
        self._answer_writer = AnswerWriter(store, session.id)
        self._host_writer = HostWriter(store)
        self._cold = cold
        self._clock = clock
        self._now = now
        self._wake: Callable[[], None] = lambda: None
        self._held = self._closed = False
        self._saved_at: datetime | None = None
        self._moved: StoreMovedError | None = None
        self._joined = 0
        self.scorecard = scorecard(session.judgements)
        """All judgements, added up."""
        self.judging_clock = JudgingClock(clock)
        """Takes the time of judgements; the display sets which round is in view."""
        self._blind = session, blind_state(session)
        self._busy_ns: Counter[str] = Counter()
        for answer in session.answers:
            self._busy_ns[answer.cell.endpoint] += answer.end_ns or 0

    def start(self, wake: Callable[[], None]) -> None:
        """Begin to check the machines; `wake` is called from other threads: tick soon."""
        self._wake = wake
        self.hosts.start(self._notify)

    def _notify(self) -> None:
        if not self._closed:
            self._wake()

    # Reading

    def snapshot(self) -> Snapshot:
        """Return the current state as a frozen value; takes nothing new from the readers."""
        return Snapshot(
            session=self.session,
            scorecard=self.scorecard,
            blind=self.blind,
            waiting=self.queue.waiting,
            warming=self.queue.warming,
            cooling=self.queue.cooling,
            live=dict(self.queue.live_answers),
            lanes=self._plan.lanes,
            paused=self.queue.pauses.current,
            given_up=dict(self.hosts.given_up),
            now_s=self._clock(),
            hosts=self.hosts.snapshot(self._busy_ns),
            jobs=self.jobs.snapshot(),
            saved_at=self._saved_at,
            write_error=self.write_error,
            busy=self.busy,
        )

    @property
    def busy(self) -> bool:
        """Whether a cell runs or waits for its turn, or something is still to be saved."""
        return bool(self.queue or self._answer_writer.pending or self._host_writer.error)

    @property
    def write_error(self) -> StoreError | None:
        """Why the last write failed; None when everything is saved."""
        return self._answer_writer.error or self._host_writer.error

    def latest(self, cell: Cell) -> LiveAnswer | Answer | None:
        """Return the latest answer of a cell, live or ended; None if it was never run."""
        return self.queue.live_answers.get(cell) or self.session.latest(cell)

    def answer(self, cell: Cell) -> Answer | None:
        """Return the latest answer of a cell as a value, also while it is live."""
        latest = self.latest(cell)
        return latest.answer() if isinstance(latest, LiveAnswer) else latest

    @property
    def live_session(self) -> Session:
        """The session with what has come of the live answers."""
        session = self.session
        for live in self.queue.live_answers.values():
            session = session.with_answer(live.answer())
        return session

    def missing_cells(self) -> tuple[Cell, ...]:
        """Return the cells that need an answer, can be run, and are not queued."""
        return tuple(self.snapshot().missing_cells())

    def has_run(self, name: str) -> bool:
        """Return whether anything was run or is queued on an endpoint."""
        ran = (answer.cell for answer in self.session.answers)
        return any(cell.endpoint == name for cell in itertools.chain(self.queue, ran))

    # Running

    def run(self, cells: Iterable[Cell]) -> None:
        """Queue these cells, except those that are queued or whose endpoint is not configured.

        Raise `StoreError` if the session cannot be saved: nothing runs that could not be kept.
        """
        self._ensure_saved()
        if not self._held:
            self._save(lambda: self._store.lock(self.session.id))
            self._held = True
        wanted = [cell for cell in cells if cell.endpoint in self.hosts.connections]
        for cell in wanted:
            self.hosts.given_up.pop(cell.endpoint, None)
        self.queue.add(in_turn(self.session, wanted))
        self._start_cells()

    def stop_all(self) -> None:
        """Stop every answer and drop every cell that waits, also for a pod to be ready."""
        self.queue.stop_all()
        self.hosts.drop_all_deferred()

    def add_prompt(self, prompt: str) -> Task:
        """Add a prompt typed by the user as a task of this session, and return it."""
        self._ensure_saved()
        taken = {task.id for task in self.session.tasks}
        tasks = (own_prompt(number, prompt) for number in itertools.count(1))
        task = next(task for task in tasks if task.id not in taken)
        self._save(lambda: self._store.add_task(self.session.id, task))
        self.session = self.session.with_task(task)
        return task

    def add_column(self, connection: Connection, instead_of: str = "") -> None:
        """Add an endpoint at the right, or in the place of one that has not run."""
        endpoint = connection.endpoint
        if self.session.number and instead_of:
            self._save(lambda: self._store.change_endpoint(self.session.id, instead_of, endpoint))
        elif self.session.number:
            self._save(lambda: self._store.add_endpoint(self.session.id, endpoint))
        self.session = self.session.with_endpoint(endpoint, instead_of)
        self.hosts.place(connection, instead_of)
        planned = plan(self.hosts.machines, self._order)
        if planned.mode != self._plan.mode and self.session.number:
            # What was measured one at a time so far still is from now on.
            planned = plan(self.hosts.machines, "serial")
        self._plan = planned
        if not self.session.number:
            self.session = replace(self.session, mode=planned.mode)

    def tick(self) -> frozenset[Cell]:
        """Apply what the readers brought, save it, and start the cells whose turn it is.

        Return the cells that changed; none after `close`.
        """
        if self._closed:
            return frozenset()
        # Before anything is paused: a pause, however short, is in one snapshot at least.
        self.hosts.given_up |= self.queue.continue_paused(self.hosts.takes_requests)
        changed = self._apply_events()
        self._run_deferred(time.perf_counter_ns())
        self._keep_detected(time.perf_counter_ns())
        changed.update(self._start_cells())
        live_answers = self.queue.live_answers.values()
        self.hosts.monitor.note_waits(
            live_answers, self.session.endpoint, self._now(), self.queue.pauses.current.keys()
        )
        self.session = self._host_writer.write(self.session, self.hosts, time.perf_counter_ns())
        if self._answer_writer.write(time.perf_counter_ns()):
            self._saved_at = self._now()
        return frozenset(changed)

    def close(self) -> None:
        """Stop everything and save the last of it; takes half a second at most.

        What could not be saved is then in `write_error`, and the session stays held: closing again
        retries that, and does nothing else. `wake` is not called any more. An answer that was still
        streaming counts as missing when the session is resumed.
        """
        if not self._closed:
            self._closed = True
            self.jobs.close()
            self.hosts.close()
            self.queue.abandon()
            self._apply_events()
        elif self.write_error is None:
            return
        self._save_rest()
        if isinstance(self.write_error, StoreMovedError):
            self._save_rest()  # which is written to a new file now
        if self._held and self.write_error is None:
            # A lock ends with its process: one that cannot be released blocks no other for long.
            with contextlib.suppress(StoreError):
                self._store.unlock(self.session.id)
            self._held = False

    def _save_rest(self) -> None:
        now_ns = time.perf_counter_ns()
        self.session = self._host_writer.write(self.session, self.hosts, now_ns, force=True)
        self._answer_writer.write(now_ns, force=True)

    def _apply_events(self) -> set[Cell]:
        applied = self.queue.apply_events()
        for live in applied.ended:
            self.session = self.session.with_answer(live.answer())
            self._busy_ns[live.cell.endpoint] += live.end_ns or 0
            self.hosts.given_up.pop(live.cell.endpoint, None)
        for live in applied.withdrawn:
            self._answer_writer.withdraw(live)
        return applied.changed

    def _ensure_saved(self) -> None:
        """Save the session itself, once, when there is something in it to keep."""
        if not self.session.number:
            self.session = self._save(lambda: self._store.create(self.session))

    def _save(self, write: Callable[[], T]) -> T:
        """Return what a write of a command returns, repeated if it finds the database gone.

        The second one writes all of it to a new file first.
        """
        try:
            return write()
        except StoreMovedError as error:
            result = write()
            self._moved = error
            return result

    def take_moved(self) -> StoreMovedError | None:
        """Return, once, why the database was written to a new file for a command; else None."""
        moved, self._moved = self._moved, None
        return moved

    def _run_deferred(self, now_ns: int) -> None:
        """Run the cells whose pod has become ready; after a failure, retry in a second."""
        if not self._host_writer.may_write(now_ns):
            return
        for name, cells in self.hosts.ready_deferred(self.missing_cells).items():
            try:
                self.run(cells)
            except StoreError as error:
                self._host_writer.failed(error, now_ns)
                return
            self.hosts.drop_deferred(name)

    def _keep_detected(self, now_ns: int) -> None:
        """Save the APIs that were found; after a failure, retry in a second."""
        if not self._host_writer.may_write(now_ns):
            return
        for name, connection in self.hosts.detected():
            if self.session.endpoint(name).api != connection.endpoint.api:
                session = self.session.with_api(name, connection.endpoint.api)
                try:
                    if session.number:
                        self._store.update_endpoint(session.id, session.endpoint(name))
                except StoreError as error:
                    self._host_writer.failed(error, now_ns)
                    return
                self.session = session
            self.hosts.connections[name] = connection

    def _start_cells(self) -> list[Cell]:
        return self.queue.start(self._plan, self._begin, self._warm_up)

    def _begin(self, cell: Cell) -> tuple[LiveAnswer, StreamReader]:
        """Return a new attempt at a cell, and what reads it."""
        last = self.session.latest(cell)
        attempt = 1 if last is None else last.attempt + 1
        live = LiveAnswer(cell, attempt, self._now(), asked_ns=time.perf_counter_ns())
        if self.session.schedule.cache_bust:
            live.marker = cache_marker(self.session, cell, attempt)
        self._answer_writer.add(live)
        prompt = live.marker + self.session.task(cell.task).prompt
        return live, self._reader(cell, prompt, self.session.options)

    def _warm_up(self, cell: Cell) -> tuple[LiveAnswer, StreamReader]:
        """Return a warm-up of a cell's endpoint, which is saved nowhere, and what reads it."""
        live = LiveAnswer(cell, 1, self._now(), asked_ns=time.perf_counter_ns())
        options = replace(self.session.options, num_predict=WARMUP_TOKENS)
        return live, self._reader(cell, WARMUP_PROMPT, options)

    def _reader(self, cell: Cell, prompt: str, options: Options) -> StreamReader:
        connection = self.hosts.connections[cell.endpoint]
        model = self.session.endpoint(cell.endpoint).model
        request = Request(prompt, model, options, self._cold)
        return StreamReader(source_of(connection, self.hosts.pods), request, self._notify)

    # Judging

    def judge(self, what: Judged, cell: Cell, attempt: int = 1) -> Judgement:
        """Save a judgement with its conditions; raise `StoreError` if it could not be saved.

        Return its row. The score that completes a blind round reveals it.
        """
        # What was judged is on the disk with its judgement, also of an answer that still grows.
        self._answer_writer.write(time.perf_counter_ns(), force=True)
        row = self._append(what, cell, attempt)
        scored = isinstance(what, Score | Redo) and self.blind.hides(cell.round)
        if scored and self._all_scored(cell.round):
            self._append(Reveal(), cell)
        return row

    def reveal(self, place: Round) -> None:
        """Show the sides of a blind round from now on, and record whether that was early."""
        if self.blind.hides(place):
            early = not self._all_scored(place)
            self._append(Reveal(early), Cell(place.task, "", place.trial))

    def set_blind(self, on: bool, seed: str = "") -> None:
        """Turn blind mode on or off from here on; without a seed, with a random one.

        Of a session that is not saved yet it is saved with it.
        """
        if on == self.blind.on:
            return
        what = Blinding(on, (seed or secrets.token_hex(4)) if on else "")
        if self.session.number:
            self._append(what, Cell("", ""))
        else:
            row = Judgement(self._now(), what, id=len(self.session.judgements) + 1)
            self.session = self.session.with_judgement(row)

    @property
    def blind(self) -> Blind:
        """Which rounds hide their sides now, and the order of the columns in each."""
        folded, blind = self._blind
        session = self.session
        if (
            folded.judgements is not session.judgements
            or folded.endpoints is not session.endpoints
            or folded.tasks is not session.tasks
        ):
            blind = blind_state(session)
            self._blind = session, blind
        return blind

    def is_complete(self, place: Round) -> bool:
        """Return whether a round has answers and all of them have ended: none is to come."""
        cells = self._cells_of(place)
        coming = any(
            cell in self.queue or (self.hosts.defers(cell.endpoint) and self._is_missing(cell))
            for cell in cells
        )
        return not coming and any(self.session.latest(cell) is not None for cell in cells)

    def _is_missing(self, cell: Cell) -> bool:
        return self.session.need(cell) is not Need.NONE

    def _cells_of(self, place: Round) -> list[Cell]:
        return [Cell(place.task, name, place.trial) for name in self.blind.names]

    def _all_scored(self, place: Round) -> bool:
        """Return whether every side of a round was run, and each with a text has a score."""
        answers = [self.session.latest(cell) for cell in self._cells_of(place)]
        return self.is_complete(place) and all(
            answer is not None
            and (
                not answer.has_text
                or self.scorecard.of(answer.cell, answer.attempt).score is not None
            )
            for answer in answers
        )

    def _append(self, what: Judged, cell: Cell, attempt: int = 1) -> Judgement:
        """Save a row of the log, and return it."""
        self._ensure_saved()
        conditions = self._conditions(cell)
        row = Judgement(self._now(), what, cell, attempt, conditions=conditions)
        row = self._save(partial(self._store.judge, self.session.id, row))
        self._saved_at = row.at
        self._join(row)
        self.session = self.session.with_judgement(row)
        self.scorecard = scorecard(self.session.judgements)
        return row

    def _join(self, row: Judgement) -> None:
        """Add the rows that another program wrote before this one; they are saved already."""
        log = self.session.judgements
        known = log[-1].id if log else 0
        if row.id == known + 1:
            return
        with contextlib.suppress(StoreError):  # they are read again with the session
            rows = self._store.judgements(self.session.id, known)
            others = tuple(other for other in rows if other.id < row.id)
            self.session = replace(self.session, judgements=(*log, *others))
            self._joined += len(others)

    def take_joined(self) -> int:
        """Return, once, how many judgements of another program have come into the log."""
        joined, self._joined = self._joined, 0
        return joined

    def _conditions(self, cell: Cell) -> Conditions:
        """Return what can be known of the sides of a cell's round now."""
        if not cell.task:
            return Conditions()
        place = cell.round
        return Conditions(
            self.blind.blinding(place), self.blind.order(place), self.judging_clock.took_ms(place)
        )

    def undo(self) -> Judgement | None:
        """Undo the last judgement that was not, and return it; None if there is none."""
        return self._revise(self.scorecard.undoable, Undo)

    def redo(self) -> Judgement | None:
        """Restore the last judgement that was undone, and return it; None if there is none."""
        return self._revise(self.scorecard.redoable, Redo)

    def _revise(self, row: Judgement | None, kind: type[Undo | Redo]) -> Judgement | None:
        if row is not None:
            self.judge(kind(row.id), row.cell, row.attempt)
        return row
