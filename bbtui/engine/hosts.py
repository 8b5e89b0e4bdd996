"""The machines behind the endpoints of a session: connections, checks, pods."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from bbtui.clients.connection import Connection
from bbtui.clients.pod_binding import PodBinding
from bbtui.clients.ports import AnswerSource
from bbtui.domain.answer import Cell, LiveAnswer
from bbtui.domain.host import UNKNOWN_HOST, Host
from bbtui.domain.pod import PodAction
from bbtui.engine.deferred import DeferredCells
from bbtui.engine.host_monitor import HostMonitor
from bbtui.engine.pod_adapters import probe_of, source_of
from bbtui.engine.pods import Pods
from bbtui.engine.snapshot import HostSnapshot, PodSnapshot
from bbtui.engine.wait_reasons import WaitReasons


class Hosts:
    """The machine of every endpoint that is configured, by the name of the endpoint."""

    def __init__(
        self,
        connections: Sequence[Connection],
        earlier_use_s: Callable[[str], float] = lambda _: 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the monitors; nothing is sent before `start`.

        `earlier_use_s` and `clock` are those of `Pods`.
        """
        self._connections = {connection.endpoint.name: connection for connection in connections}
        self.pods = Pods(connections, earlier_use_s, clock)
        self.deferred = DeferredCells(self.pods)
        probes = {name: probe_of(link, self.pods) for name, link in self._connections.items()}
        self.monitor = HostMonitor(probes)
        self._wait_reasons = WaitReasons(self.monitor)

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
        self.deferred.clear()
        self.pods.close()
        self.monitor.close()

    def __contains__(self, name: str) -> bool:
        """Return whether an endpoint is configured; one of an old session may not be."""
        return name in self._connections

    @property
    def names(self) -> tuple[str, ...]:
        """The endpoints that are configured."""
        return tuple(self._connections)

    @property
    def machines(self) -> dict[str, str]:
        """Which machine each endpoint is on: those on one would disturb each other's timings."""
        return {name: connection.machine for name, connection in self._connections.items()}

    def connection(self, name: str) -> Connection | None:
        """Return the connection of an endpoint; None if it is not configured."""
        return self._connections.get(name)

    def source(self, name: str) -> AnswerSource:
        """Return what sends requests to an endpoint."""
        return source_of(self._connections[name], self.pods)

    def place(self, connection: Connection, instead_of: str = "") -> None:
        """Take the connection of a new endpoint, or of one that replaces another."""
        name = connection.endpoint.name
        if instead_of:
            del self._connections[instead_of]
            self.monitor.remove(instead_of)
            self.pods.remove(instead_of)
            self.deferred.rename(instead_of, name)
        self._connections[name] = connection
        self.pods.add(connection)
        self.monitor.add(name, probe_of(connection, self.pods))

    def host(self, name: str) -> Host:
        """Return the last known state of an endpoint's machine, its pod taken into account."""
        connection = self._connections.get(name)
        if connection is None:
            return UNKNOWN_HOST
        return self.pods.host_with_pod(connection.endpoint, self.monitor.sighting(name).host)

    def snapshot(self, busy_s: Mapping[str, float]) -> dict[str, HostSnapshot]:
        """Return the state of each machine; `busy_s` is the time spent on answers by endpoint."""
        now = time.monotonic()
        hosts = {}
        for name, connection in self._connections.items():
            sighting = self.monitor.sighting(name)
            pod = None if connection.pod is None else self._pod(name, connection.pod, busy_s)
            hosts[name] = HostSnapshot(
                self.host(name), sighting, sighting.stale(now), connection.machine, pod
            )
        return hosts

    def _pod(self, name: str, binding: PodBinding, busy_s: Mapping[str, float]) -> PodSnapshot:
        endpoints = self.pods.endpoints_with(name)
        return PodSnapshot(
            sighting=self.pods.sighting(name),
            now_s=self.pods.now(),
            endpoints=endpoints,
            paid_s=self.pods.paid_s(name),
            busy_s=sum(busy_s.get(one, 0.0) for one in endpoints),
            awaited=name in self.deferred,
            runs_bbtui=binding.here,
        )

    def update_wait_reasons(self, live_answers: Iterable[LiveAnswer], now: datetime) -> None:
        """Set what each answer under way waits for; they are in the order of their requests."""
        self._wait_reasons.update(live_answers, lambda name: self._connections[name].endpoint, now)

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
                self.deferred.add(endpoint, cells)
            else:
                self.deferred.drop(endpoint)
        return True
