"""The machines behind the endpoints of a session: connections, checks, pods."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from bbtui.clients.connection import Connection
from bbtui.domain.answer import Cell
from bbtui.domain.host import UNKNOWN_HOST, Host, HostState
from bbtui.domain.pod import PodAction
from bbtui.engine.host_monitor import HostMonitor
from bbtui.engine.pods import Pods, probe_of
from bbtui.engine.snapshot import HostSnapshot

_OFF = (HostState.STOPPED, HostState.FAILED, HostState.UNREACHABLE)


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
        self.monitor = HostMonitor(probes)
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

    def host(self, name: str) -> Host:
        """Return the last known state of an endpoint's machine, its pod taken into account."""
        connection = self.connections.get(name)
        if connection is None:
            return UNKNOWN_HOST
        return self.pods.host_with_pod(connection.endpoint, self.monitor.sighting(name).host)

    def snapshot(self, busy_ns: Mapping[str, int]) -> dict[str, HostSnapshot]:
        """Return the state of each machine; `busy_ns` is the time spent on answers by endpoint."""
        now = time.monotonic()
        hosts = {}
        for name, connection in self.connections.items():
            sighting = self.monitor.sighting(name)
            hosts[name] = HostSnapshot(
                self.host(name),
                sighting,
                sighting.stale(now),
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

    def drop_deferred(self, name: str) -> None:
        """Let no deferred cell of an endpoint run."""
        self._deferred.pop(name, None)

    def ready_deferred(self, missing: Callable[[], Iterable[Cell]]) -> dict[str, list[Cell]]:
        """Return the deferred cells that can run now, by endpoint.

        Those of an endpoint whose pod did not start are dropped.
        """
        ready = {}
        for name, cells in list(self._deferred.items()):
            if self.host(name).state is HostState.READY:
                wanted = missing() if cells is None else cells
                ready[name] = [cell for cell in wanted if cell.endpoint == name]
            elif self.host(name).state in _OFF and self.pods.sighting(name).off:
                self.drop_deferred(name)
        return ready
