"""The machines behind the endpoints of a session: their connections, checks and pods."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import NamedTuple

from bbtui.clients.ports import Connection, Probe
from bbtui.crashes import Crash, attempt
from bbtui.domain.answer import AnswerState, Cell, LiveAnswer
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import UNKNOWN_HOST, Host, HostState
from bbtui.domain.pod import PodAction
from bbtui.domain.problem import Problem
from bbtui.domain.waiting import WaitingRequest, takes_requests, wait_reason
from bbtui.engine.pauses import Pause
from bbtui.engine.pod_adapters import probe_of
from bbtui.engine.pods import Pods, PodSnapshot

#: How long after a check the next one follows, in s.
STEADY_S = 5.0
#: The same while a server loads, or a request waits for its first byte: only a check can find why.
WAITED_S = 2.0
#: The same while this program itself prepares a model: nothing is sent.
PREPARING_S = 0.5
#: The same while the terminal window is in the background.
UNFOCUSED_S = 30.0
#: After this number of periods without a new check, the last one is stale.
STALE_PERIODS = 3


class HostCheck(NamedTuple):
    """One check of a server; times are those of `time.monotonic`, in seconds."""

    host: Host = UNKNOWN_HOST
    """What it has shown."""

    checked_at: float = 0.0
    """When it ended."""

    began_at: float = 0.0
    """When it began."""

    next_check_s: float = STEADY_S
    """How long after this check the next one follows."""

    def stale(self, now: float) -> bool:
        """Return whether the check is too old to be relied on."""
        period_s = max(self.next_check_s, STEADY_S)
        return self.host is not UNKNOWN_HOST and now - self.checked_at > STALE_PERIODS * period_s


class HostMonitor:
    """The last check of each server, by the name of its endpoint."""

    def __init__(
        self, probes: Mapping[str, Probe], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._probes = dict(probes)
        self._clock = clock
        self._wake: Callable[[], None] | None = None
        self._checks = dict.fromkeys(probes, HostCheck())
        self._changed = threading.Condition()
        self._awaited: Set[str] = frozenset()
        self._running: Set[str] = frozenset()
        self._due: set[str] = set()
        self._waiting: dict[Cell, tuple[float, datetime]] = {}
        self._closed = False
        self._focused = True

    def start(self, wake: Callable[[], None]) -> None:
        """Begin to check every server; `wake` is called from the threads when one has changed."""
        self._wake = wake
        for name, probe in list(self._probes.items()):
            self._start_thread(name, probe, wake)

    def add(self, name: str, probe: Probe) -> None:
        """Check one more server."""
        with self._changed:
            self._probes[name] = probe
            self._checks[name] = HostCheck()
        if self._wake is not None:
            self._start_thread(name, probe, self._wake)

    def remove(self, name: str) -> None:
        """Check a server no more; a check under way is dropped."""
        with self._changed:
            del self._probes[name], self._checks[name]

    def close(self) -> None:
        """Check nothing more; a check under way ends by its own time limit."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def poll_faster(self, names: Set[str]) -> None:
        """Check these servers now and then every two seconds, because requests to them wait.

        One that is not among them any more is checked once at once: its model is in memory now.
        """
        if names == self._awaited:
            return
        with self._changed:
            self._due |= (names ^ self._awaited) & self._probes.keys()
            self._awaited = frozenset(names)
            self._changed.notify_all()

    def note_running(self, names: Set[str]) -> None:
        """Check the servers at once whose last answer has ended: the end moves their expiry."""
        ended = self._running - names
        self._running = frozenset(names)
        if ended:
            with self._changed:
                self._due |= ended & self._probes.keys()
                self._changed.notify_all()

    def note_waits(
        self,
        live_answers: Iterable[LiveAnswer],
        endpoint_of: Callable[[str], Endpoint],
        now: datetime,
        paused: Set[str] = frozenset(),
    ) -> None:
        """Set what each answer `waits_for`; check the servers of those that wait more often.

        The answers are in the order of their requests. The `paused` endpoints wait, too.
        """
        requests = [one for one in live_answers if one.under_way and not one.state.final]
        waiting = [one for one in requests if one.state is AnswerState.WAITING]
        first = (self._clock(), now)
        self._waiting = {one.cell: self._waiting.get(one.cell, first) for one in waiting}
        self.poll_faster({one.cell.endpoint for one in waiting} | paused)
        self.note_running({one.cell.endpoint for one in requests})
        for live in waiting:
            since, sent_at = self._waiting[live.cell]
            endpoint = endpoint_of(live.cell.endpoint)
            last_check = self.last_check(live.cell.endpoint)
            earlier = (endpoint_of(one.cell.endpoint) for one in requests[: requests.index(live)])
            # One model of one server takes requests in turn.
            in_turn = (endpoint.address, endpoint.model)
            request = WaitingRequest(
                endpoint.model,
                endpoint.api,
                sent_at,
                head=live.sent_ns is not None,
                # A check that began before the request was sent does not show its effect.
                host=last_check.host if last_check.began_at >= since else None,
                own_request_ahead=any((one.address, one.model) == in_turn for one in earlier),
            )
            live.waits_for = wait_reason(request, live.waits_for)

    def set_focused(self, focused: bool) -> None:
        """Check less often while the terminal window is in the background, and at once after."""
        with self._changed:
            if focused and not self._focused:
                self._due |= self._probes.keys()
            self._focused = focused
            self._changed.notify_all()

    def last_check(self, name: str) -> HostCheck:
        """Return the last check of an endpoint's server; an empty one where there is none."""
        return self._checks.get(name, HostCheck())

    def _start_thread(self, name: str, probe: Probe, wake: Callable[[], None]) -> None:
        threading.Thread(
            target=self._poll, args=(name, probe, wake), name=f"probe {name}", daemon=True
        ).start()

    def _poll(self, name: str, probe: Probe, wake: Callable[[], None]) -> None:
        while not self._closed:
            self._due.discard(name)
            began_at = self._clock()
            host = attempt(probe.check)
            if isinstance(host, Crash):
                host = Host(HostState.FAILED, Problem(host.during("checking the server"), host.fix))
            with self._changed:
                if self._probes.get(name) is not probe:
                    return
                changed = host != self._checks[name].host
                period_s = self._period_s(name, host.state)
                self._checks[name] = HostCheck(host, self._clock(), began_at, period_s)
            if changed and not self._closed:
                attempt(wake)
            with self._changed:
                self._changed.wait_for(lambda: self._closed or name in self._due, period_s)

    def _period_s(self, name: str, state: HostState) -> float:
        if state is HostState.PREPARING:
            return PREPARING_S
        if state is HostState.LOADING or name in self._awaited:
            return WAITED_S
        return STEADY_S if self._focused else UNFOCUSED_S


_OFF = (HostState.STOPPED, HostState.FAILED, HostState.UNREACHABLE)


class HostSnapshot(NamedTuple):
    """The machine behind an endpoint."""

    host: Host
    """Its state, with what is known of its pod taken into account."""

    last_check: HostCheck
    """The last check of the server itself, and when it was made."""

    stale: bool
    """Whether that check is too old to be relied on."""

    machine: str
    """Which machine it is: endpoints with the same value share one."""

    pod: PodSnapshot | None
    """Its pod; None where it is on none."""


class Hosts:
    """The machine of every endpoint that is configured, by the name of the endpoint."""

    def __init__(
        self,
        connections: Sequence[Connection],
        earlier_use_s: Mapping[str, float] = {},
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the monitors; nothing is sent before `start`.

        `earlier_use_s` and `clock` are those of `Pods`.
        """
        self.connections = {connection.endpoint.name: connection for connection in connections}
        """The connections by the names of their endpoints; one of an old session may have none."""
        self.pods = Pods(connections, earlier_use_s, clock)
        probes = {name: probe_of(link, self.pods) for name, link in self.connections.items()}
        self._clock = clock
        self.monitor = HostMonitor(probes, clock)
        self.given_up: dict[str, Problem] = {}
        """Why cells of an endpoint were not run: its server took no requests for too long."""
        self._deferred: dict[str, tuple[Cell, ...] | None] = {}

    def start(self, wake: Callable[[], None]) -> None:
        """Begin to check; `wake` is called from other threads when something has changed."""
        self.pods.start(wake)
        self.monitor.start(wake)

    def set_focused(self, focused: bool) -> None:
        """Check less often while the terminal window is in the background."""
        self.pods.set_focused(focused)
        self.monitor.set_focused(focused)

    def close(self) -> None:
        """Check nothing more; deferred cells do not start any more."""
        self._deferred.clear()
        self.pods.close()
        self.monitor.close()

    @property
    def machines(self) -> dict[str, str]:
        """Which machine each endpoint is on: those on one would disturb each other's timings."""
        return {name: connection.machine for name, connection in self.connections.items()}

    def place(self, connection: Connection, instead_of: str = "") -> None:
        """Take the connection of a new endpoint, or of one that replaces another."""
        name = connection.endpoint.name
        if instead_of:
            del self.connections[instead_of]
            self.monitor.remove(instead_of)
            self.pods.remove(instead_of)
            if instead_of in self._deferred:
                del self._deferred[instead_of]
                self._deferred[name] = None
        self.connections[name] = connection
        self.pods.add(connection)
        self.monitor.add(name, probe_of(connection, self.pods))

    def detected(self) -> Iterator[tuple[str, Connection]]:
        """Iterate over the endpoints whose API was found, each with its connection in that."""
        for name, connection in list(self.connections.items()):
            found = None if connection.detected is None else connection.detected()
            if found is not None:
                yield name, connection.settled(found)

    def host(self, name: str) -> Host:
        """Return the last known state of an endpoint's machine, its pod taken into account."""
        connection = self.connections.get(name)
        if connection is None:
            return UNKNOWN_HOST
        return self.pods.host_with_pod(connection.endpoint, self.monitor.last_check(name).host)

    def takes_requests(self, name: str, pause: Pause) -> bool:
        """Return whether a check that began after the pause shows a server that takes requests."""
        checked = self.monitor.last_check(name).began_at >= pause.began_at
        return checked and takes_requests(self.host(name), pause.why.kind)

    def snapshot(self, busy_ns: Mapping[str, int]) -> dict[str, HostSnapshot]:
        """Return the state of each machine; `busy_ns` is the time spent on answers by endpoint."""
        now = self._clock()
        hosts = {}
        for name, connection in self.connections.items():
            last_check = self.monitor.last_check(name)
            hosts[name] = HostSnapshot(
                self.host(name),
                last_check,
                last_check.stale(now),
                connection.machine,
                self.pods.snapshot(name, busy_ns, awaited=name in self._deferred),
            )
        return hosts

    def control_pod(
        self, name: str, action: PodAction, cells: Sequence[Cell] | None = None
    ) -> bool:
        """Start or stop an endpoint's pod; return False if an action is being sent already.

        After a start, `cells` of the endpoints on it (None: all that are missing) run when it is
        ready.
        """
        if not self.pods.act(name, action):
            return False
        for endpoint in self.pods.endpoints_with(name):
            if action is PodAction.START:
                self.defer(endpoint, cells)
            else:
                self.drop_deferred(endpoint)
        return True

    def defer(self, name: str, cells: Sequence[Cell] | None = None) -> None:
        """Let cells of an endpoint (None: all that are missing) run as soon as it is ready."""
        self._deferred[name] = None if cells is None else tuple(cells)

    def defers(self, name: str) -> bool:
        """Return whether cells of an endpoint wait until its pod is ready."""
        return name in self._deferred

    def drop_deferred(self, name: str) -> None:
        """Let no deferred cell of an endpoint run."""
        self._deferred.pop(name, None)

    def drop_all_deferred(self) -> None:
        """Let no deferred cell run."""
        self._deferred.clear()

    def ready_deferred(self, missing: Callable[[], Iterable[Cell]]) -> dict[str, list[Cell]]:
        """Return the deferred cells that can run now, by endpoint.

        Those of an endpoint whose pod did not start are dropped.
        """
        ready = {}
        for name, cells in list(self._deferred.items()):
            if self.host(name).state is HostState.READY:
                wanted = missing() if cells is None else cells
                ready[name] = [cell for cell in wanted if cell.endpoint == name]
            elif self.host(name).state in _OFF and self.pods.last_check(name).off:
                self.drop_deferred(name)
        return ready
