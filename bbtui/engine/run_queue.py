"""Runs cells: in which order they start, and the threads that read their answers."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from bbtui.clients.ports import (
    AnswerSource,
    CancelToken,
    ChunksArrived,
    Event,
    ModelStateKnown,
    PhaseStarted,
    Request,
    RequestSent,
    StreamEnded,
)
from bbtui.crashes import Crash, attempt
from bbtui.domain.answer import STOPPED_BY_YOU, AnswerState, Cell, LiveAnswer
from bbtui.domain.problem import Problem
from bbtui.domain.session import Mode, Schedule
from bbtui.domain.waiting import Unavailable, unavailability
from bbtui.engine.pauses import Pause, Pauses, WaitLimits
from bbtui.formatting.durations import NS_PER_S


class StreamReader(threading.Thread):
    """One request and the events of its stream, read in a thread of its own."""

    def __init__(self, source: AnswerSource, request: Request, wake: Callable[[], None]) -> None:
        """Prepare the request.

        `wake` is called from the thread when something should be shown at once: a new phase, the
        first text, the end. Everything else waits for the tick that calls `take_events`.
        """
        # A daemon: a thread that is stuck in a connect must not keep the program from ending.
        super().__init__(name="reader", daemon=True)
        self._source = source
        self._request = request
        self._wake = wake
        self._cancel_token = CancelToken()
        self._events: deque[Event] = deque()

    def stop(self) -> None:
        """Close the connection; the server stops generating when it sees that."""
        self._cancel_token.cancel()

    def take_events(self) -> list[Event]:
        """Return what has happened since the last call, in order."""
        return [self._events.popleft() for _ in range(len(self._events))]

    def run(self) -> None:
        """Send the request and read its stream; called by `start`, in the thread."""
        outcome = attempt(self._follow)
        if isinstance(outcome, Crash):
            # Without an end the pane would wait for ever.
            problem = Problem(outcome.during("reading this answer"), outcome.fix)
            self._events.append(StreamEnded(time.perf_counter_ns(), AnswerState.FAILED, problem))
            attempt(self._wake)

    def _follow(self) -> None:
        """Read the stream to its end; RuntimeError if the source did not report one."""
        has_text = ended = False
        for event in self._source.stream(self._request, self._cancel_token):
            self._events.append(event)
            ended = ended or isinstance(event, StreamEnded)
            if isinstance(event, ChunksArrived):
                if has_text or not event.pieces:
                    continue
                has_text = True
            self._wake()
        if not ended:
            raise RuntimeError(f"no end was reported by {type(self._source).__name__}")


#: auto: one request at a time on each machine; parallel: all endpoints; serial: one at a time.
Order = Literal["auto", "parallel", "serial"]


class Plan(NamedTuple):
    """How cells are ordered."""

    lanes: Mapping[str, int]
    """The lane of each endpoint, by name; a lane has one request in flight."""

    in_step: bool
    """Whether the next round starts only when the last one is over: where several lanes load one
    machine, all sides of a round are then measured under the same load."""

    @property
    def mode(self) -> Mode:
        """How the endpoints run, as stored in the session."""
        return "at once" if len(set(self.lanes.values())) > 1 else "alone"


def plan(machines: Mapping[str, str], order: Order) -> Plan:
    """Return the lanes of the endpoints; `machines` has the machine of each, by name."""
    if order == "serial":
        return Plan(dict.fromkeys(machines, 0), in_step=False)
    if order == "parallel":
        shared = len(set(machines.values())) < len(machines)
        return Plan({name: lane for lane, name in enumerate(machines)}, in_step=shared)
    known: dict[str, int] = {}
    lanes = {name: known.setdefault(machine, len(known)) for name, machine in machines.items()}
    return Plan(lanes, in_step=False)


def startable(waiting: Sequence[Cell], active: Collection[Cell], plan: Plan) -> list[Cell]:
    """Return the waiting cells that may start beside the active ones, in order."""
    busy = {plan.lanes[cell.endpoint] for cell in active}
    rounds = {(cell.task, cell.trial) for cell in active or waiting[:1]}
    cells = []
    for cell in waiting:
        lane = plan.lanes[cell.endpoint]
        if lane in busy or (plan.in_step and (cell.task, cell.trial) not in rounds):
            continue
        busy.add(lane)
        cells.append(cell)
    return cells


#: How much later than its limit an answer without headers fails, in ns: the reader has the same
#: limit for the next byte, and its message is more precise.
_GRACE_NS = NS_PER_S // 4
#: How long a stopped reader may take to end its answer before that is ended without it, in ns.
STOP_TIMEOUT_NS = NS_PER_S // 2


class Applied(NamedTuple):
    """What the events of the readers changed."""

    changed: set[Cell]
    """The cells that changed."""

    ended: list[LiveAnswer]
    """The answers that have ended."""

    withdrawn: list[LiveAnswer]
    """The attempts whose server did not take the request: their cells wait again."""


class WarmUp(NamedTuple):
    """A request before the first measured one of an endpoint; its answer is dropped."""

    live: LiveAnswer
    """What has come of it."""
    number: int
    """Which of the endpoint's it is, from 1."""
    total: int
    """How many there are."""


#: Makes what reads the answer of a cell.
Begin = Callable[[Cell], tuple[LiveAnswer, StreamReader]]


class RunQueue:
    """Every cell that was queued and has not ended."""

    def __init__(
        self,
        timeout_s: float | None,
        waits: WaitLimits = WaitLimits(),  # noqa: B008 - a frozen value
        clock: Callable[[], float] = time.monotonic,
        schedule: Schedule = Schedule(),  # noqa: B008 - a frozen value
    ) -> None:
        """Make an empty queue; an answer that takes longer than `timeout_s` fails.

        `waits` and `clock` are those of `Pauses`, `schedule` is that of the session.
        """
        self._schedule = schedule
        self._clock = clock
        self.pauses = Pauses(waits, clock)
        """The endpoints whose cells wait because their server does not take requests."""
        self._timeout_ns = None if timeout_s is None else int(timeout_s * NS_PER_S)
        self.waiting: Mapping[Cell, None] = {}
        """The cells that wait for their turn, in order; a dict, because every row of the screen
        tests membership. It is replaced and never changed, so that a snapshot can hold it."""
        self.live_answers: dict[Cell, LiveAnswer] = {}
        """The answers being read."""
        self.warming: Mapping[Cell, WarmUp] = {}
        """The warm-ups being read, by the waiting cell that comes after them; replaced, too."""
        self.cooling: Mapping[Cell, float] = {}
        """The waiting cells whose turn it is once the machine has cooled down, and when that is, by
        the clock; replaced, too."""
        self._readers: dict[Cell, StreamReader] = {}
        self._warmup_readers: dict[Cell, StreamReader] = {}
        self._warmed: Counter[str] = Counter()
        self._ended_at: dict[str, float] = {}
        self._stopped_ns: dict[Cell, int] = {}

    def __bool__(self) -> bool:
        """Return whether any cell runs or waits."""
        return bool(self._readers or self.waiting or self.warming)

    def __contains__(self, cell: Cell) -> bool:
        """Return whether this cell runs or waits."""
        return cell in self.waiting or cell in self._readers

    def __iter__(self) -> Iterator[Cell]:
        """Iterate over the cells that wait, then over those that run."""
        return itertools.chain(self.waiting, self._readers)

    def add(self, cells: Iterable[Cell]) -> None:
        """Queue cells, except those that run or wait already."""
        added = dict.fromkeys(cell for cell in cells if cell not in self._readers)
        self.waiting = {**self.waiting, **added}

    def stop(self, cell: Cell) -> None:
        """Stop one cell; its answer ends when its reader does, or after `STOP_TIMEOUT_NS`.

        Where its endpoint is paused, all of the endpoint's cells wait for the same, and stop.
        """
        if cell in self.waiting and cell.endpoint in self.pauses.current:
            self._give_up({cell.endpoint})
        self._remove([cell])
        if reader := self._readers.get(cell) or self._warmup_readers.get(cell):
            reader.stop()
            self._stopped_ns.setdefault(cell, time.perf_counter_ns())

    def stop_all(self) -> None:
        """Stop every cell; those that wait do not start."""
        self.waiting = {}
        self.pauses.end(self.pauses.current)
        for cell in (*self._readers, *self._warmup_readers):
            self.stop(cell)

    def start(self, plan: Plan, begin: Begin, warm_up: Begin) -> list[Cell]:
        """Start the cells whose turn it is, and return them; `begin` makes what reads one.

        `warm_up` makes what reads a warm-up before one, while its endpoint still needs some.
        """
        waiting = tuple(self.waiting)
        if (paused := self.pauses.current) or self.warming:
            waiting = tuple(
                cell for cell in waiting if cell.endpoint not in paused and cell not in self.warming
            )
        cells = startable(waiting, (*self._readers, *self.warming), plan)
        if self._schedule.cooldown_s:
            cells = self._cooled(cells, plan)
        if self._schedule.warmup:
            cells = self._warm(cells, plan, warm_up)
        self._remove(cells)
        for cell in cells:
            self.live_answers[cell], self._readers[cell] = begin(cell)
            self._readers[cell].start()
        return cells

    def _cooled(self, cells: list[Cell], plan: Plan) -> list[Cell]:
        """Return those of the cells whose lane had its pause; note until when the others wait."""
        cooling = {}
        for cell in cells:
            # In step all begin together, when the last one has cooled down.
            lane = plan.lanes[cell.endpoint]
            ended = [
                at
                for name, at in self._ended_at.items()
                if plan.in_step or plan.lanes.get(name) == lane
            ]
            until = max(ended, default=float("-inf")) + self._schedule.cooldown_s
            if self._clock() < until:
                cooling[cell] = until
        self.cooling = cooling
        return [cell for cell in cells if cell not in cooling]

    def _warm(self, cells: list[Cell], plan: Plan, warm_up: Begin) -> list[Cell]:
        """Begin the warm-ups that come before these cells; return the cells that need none."""
        count = self._schedule.warmup
        cold = [cell for cell in cells if self._warmed[cell.endpoint] < count]
        begun = {}
        for cell in cold:
            live, reader = warm_up(cell)
            begun[cell] = WarmUp(live, self._warmed[cell.endpoint] + 1, count)
            self._warmup_readers[cell] = reader
            reader.start()
        if begun:
            self.warming = {**self.warming, **begun}
        if plan.in_step and self.warming:
            return []  # measured under the load of a warm-up, a side would be at a disadvantage
        return [cell for cell in cells if cell not in begun]

    def continue_paused(self, answers: Callable[[str, Pause], bool]) -> dict[str, Problem]:
        """End the pauses that are over; return why endpoints were given up. See `Pauses.poll`."""
        given_up = self.pauses.poll(answers)
        self._give_up(given_up.keys())
        return {name: pause.why.problem for name, pause in given_up.items()}

    def apply_events(self) -> Applied:
        """Apply what the readers brought."""
        applied = Applied(set(), [], [])
        for cell, reader in list(self._warmup_readers.items()):
            live = self.warming[cell].live
            if self._read(live, reader, applied.changed) or live.state.final:
                self._end_warm_up(cell, live)
        for cell, reader in list(self._readers.items()):
            live = self.live_answers[cell]
            refused = self._read(live, reader, applied.changed)
            if refused or live.state.final:
                applied.changed.add(cell)
                del self._readers[cell], self.live_answers[cell]
                self._stopped_ns.pop(cell, None)
            if refused:
                applied.withdrawn.append(live)
                self.waiting = {cell: None, **self.waiting}
            elif live.state.final:
                applied.ended.append(live)
                self._ended_at[cell.endpoint] = self._clock()
                self.pauses.settle(cell)
        return applied

    def _read(self, live: LiveAnswer, reader: StreamReader, changed: set[Cell]) -> bool:
        """Apply what a reader brought to its answer; return whether its request was refused."""
        for event in reader.take_events():
            changed.add(live.cell)
            if self._pause(live, event):
                return True
            apply_event(live, event, time.perf_counter_ns())
        self._enforce_limits(live, reader)
        return False

    def _end_warm_up(self, cell: Cell, live: LiveAnswer) -> None:
        """Count a warm-up that has ended, also one that failed: the measured request shows why.

        One that was stopped, or that the server did not take, is sent again.
        """
        self.warming = {other: one for other, one in self.warming.items() if other != cell}
        del self._warmup_readers[cell]
        self._stopped_ns.pop(cell, None)
        if live.state.final:
            self._ended_at[cell.endpoint] = self._clock()
            self._warmed[cell.endpoint] += live.state is not AnswerState.STOPPED

    def _pause(self, live: LiveAnswer, event: Event) -> bool:
        """Pause the endpoint if its server did not take the request."""
        why = self._refusal(live, event)
        return why is not None and self.pauses.begin(live.cell, why)

    def _refusal(self, live: LiveAnswer, event: Event) -> Unavailable | None:
        if not isinstance(event, StreamEnded) or event.state is not AnswerState.FAILED:
            return None
        if event.observed is None or live.reads or live.cell in self._stopped_ns:
            return None
        if live.state.final:
            return None
        after_s = (event.at_ns - live.since_ns) / NS_PER_S
        return unavailability(event.observed, event.problem, after_s)

    def _give_up(self, names: Collection[str]) -> None:
        """Let no waiting cell of these endpoints run."""
        if names:
            self.waiting = {cell: None for cell in self.waiting if cell.endpoint not in names}
            self.pauses.end(names)

    def abandon(self) -> None:
        """End every answer because the program ends; `apply_events` then returns them.

        Takes half a second at most, however many are stuck.
        """
        abandoned = [cell for cell in self._readers if cell not in self._stopped_ns]
        self.stop_all()
        self.warming, self._warmup_readers = {}, {}
        until_ns = time.perf_counter_ns() + STOP_TIMEOUT_NS
        for reader in self._readers.values():
            reader.join(max(0, until_ns - time.perf_counter_ns()) / NS_PER_S)
        for cell in abandoned:
            self._abandon(self.live_answers[cell], self._readers[cell])
        # What has not ended by now is ended by the next `apply_events`.
        overdue_ns = time.perf_counter_ns() - STOP_TIMEOUT_NS - 1
        self._stopped_ns = dict.fromkeys(self._stopped_ns, overdue_ns)

    def _abandon(self, live: LiveAnswer, reader: StreamReader) -> None:
        """End an answer, after the last events of its stream, as one whose program has died.

        The user did not stop it, so it counts as missing when the session is resumed.
        """
        now_ns = time.perf_counter_ns()
        for event in reader.take_events():
            if not (isinstance(event, StreamEnded) and event.state is AnswerState.STOPPED):
                apply_event(live, event, now_ns)
        live.abandon(None if live.sent_ns is None else now_ns - live.sent_ns)

    def _remove(self, cells: Collection[Cell]) -> None:
        if any(cell in self.waiting for cell in cells):
            self.waiting = {cell: None for cell in self.waiting if cell not in cells}

    def _enforce_limits(self, live: LiveAnswer, reader: StreamReader) -> None:
        """End an answer that was stopped and is stuck, as in a connect, or has timed out."""
        now = time.perf_counter_ns()
        stopped = self._stopped_ns.get(live.cell)
        sent = live.sent_ns
        if stopped is not None and now - stopped > STOP_TIMEOUT_NS:
            live.end(AnswerState.STOPPED, None if sent is None else now - sent, STOPPED_BY_YOU)
        elif self._timeout_ns is not None and not live.state.final:
            # The headers may drip in for ever, too, and so may what comes before the request.
            began, limit = (live.since_ns, _GRACE_NS) if sent is None else (sent, 0)
            if now - began > self._timeout_ns + limit:
                reader.stop()
                cause = f"no complete answer within {self._timeout_ns / NS_PER_S:g} s"
                problem = Problem(cause, "raise the limit with --timeout")
                live.end(AnswerState.FAILED, None if sent is None else now - sent, problem)


def apply_event(live: LiveAnswer, event: Event, now_ns: int) -> None:
    """Apply one event of its stream to a live answer.

    Time stamps become offsets from the moment the request was written, or from the start of the
    attempt where none was seen. `ModelStateKnown` is followed by the request itself, whose wait is
    counted from `now_ns`.
    """
    match event:
        case PhaseStarted(phase):
            live.phase = phase
        case ModelStateKnown(warmth, preload_ns):
            live.warmth = warmth
            live.preload_ns = preload_ns
            live.phase = ""
            live.since_ns = now_ns
            live.under_way = True
        case RequestSent(at_ns):
            live.sent_ns = at_ns
            live.phase = ""
        case ChunksArrived(at_ns, size, pieces):
            sent = live.asked_ns if live.sent_ns is None else live.sent_ns
            live.append(at_ns - sent, size, pieces)
        case StreamEnded(at_ns, state, problem, server, note):
            end_ns = None if live.sent_ns is None else at_ns - live.sent_ns
            live.end(state, end_ns, problem.noting(note), server)
