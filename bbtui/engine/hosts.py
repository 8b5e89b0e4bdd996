"""The machines behind the endpoints of a session: the way to each, what is seen of it, its pod."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from bbtui.clients.connection import Connection
from bbtui.clients.pod_binding import PodBinding
from bbtui.clients.ports import AnswerSource
from bbtui.domain.answer import Cell, LiveAnswer
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import UNKNOWN_HOST, Host
from bbtui.domain.pod import PodAction
from bbtui.engine.deferred import DeferredCells
from bbtui.engine.host_monitor import HostMonitor
from bbtui.engine.pod_adapters import probe_of, source_of
from bbtui.engine.pods import Pods
from bbtui.engine.snapshot import HostSnapshot, PodSnapshot
from bbtui.engine.wait_reasons import WaitReasons


class Hosts:
    """Every endpoint that can be asked, by its name, with the looks at its machine and its pod.

    `used_s` is how long each pod was up for this session in earlier runs, by endpoint. `clock`
    dates what is seen of pods, in monotonic seconds.
    """

    def __init__(
        self,
        connections: Sequence[Connection],
        used_s: Callable[[str], float] = lambda _: 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connections = {connection.endpoint.name: connection for connection in connections}
        self._wake: Callable[[], None] = lambda: None
        self.pods = Pods(connections, used_s, clock)
        self.deferred = DeferredCells(self.pods)
        probes = {name: probe_of(link, self.pods) for name, link in self._connections.items()}
        self.monitor = HostMonitor(probes, self._awake)
        self._waits = WaitReasons(self.monitor)

    def start(self, wake: Callable[[], None]) -> None:
        """Begin to look. `wake` is called from other threads when there is news."""
        self._wake = wake
        self.pods.start(self._awake)
        self.monitor.start()

    def focus(self, focused: bool) -> None:
        """Say whether somebody looks at the screen: machines are looked at less often if not."""
        self.pods.focus(focused)
        self.monitor.focus(focused)

    def close(self) -> None:
        """Stop looking; nothing is waited for any more."""
        self._wake = lambda: None
        self.deferred.clear()
        self.pods.close()
        self.monitor.close()

    def _awake(self) -> None:
        self._wake()

    # -- the way to each --------------------------------------------------------------------

    def __contains__(self, name: str) -> bool:
        """Whether the endpoint of that name can be asked; one of an old session may be gone."""
        return name in self._connections

    @property
    def names(self) -> tuple[str, ...]:
        """The endpoints that can be asked."""
        return tuple(self._connections)

    @property
    def host_keys(self) -> dict[str, str]:
        """Which machine answers for each endpoint: those with the same one disturb each other."""
        return {name: link.machine for name, link in self._connections.items()}

    def connection(self, name: str) -> Connection | None:
        """The means to ask an endpoint; None for one of an old session that is gone."""
        return self._connections.get(name)

    def source(self, name: str) -> AnswerSource:
        """What asks an endpoint, and tells a failure with what is known of its pod."""
        return source_of(self._connections[name], self.pods)

    def place(self, connection: Connection, instead_of: str = "") -> None:
        """Take the connection of a new endpoint, or of one in the place of another."""
        name = connection.endpoint.name
        if instead_of:
            del self._connections[instead_of]
            self.monitor.forget(instead_of)
            self.pods.forget(instead_of)
            self.deferred.rename(instead_of, name)
        self._connections[name] = connection
        self.pods.add(connection)
        self.monitor.watch(name, probe_of(connection, self.pods))

    # -- what is seen, and done -------------------------------------------------------------

    def host(self, name: str) -> Host:
        """The machine behind an endpoint as it was last seen, its pod with it."""
        link = self._connections.get(name)
        if link is None:
            return UNKNOWN_HOST
        return self.pods.behind(link.endpoint, self.monitor.sighting(name).host)

    def snapshot(self, busy_s: Mapping[str, float]) -> dict[str, HostSnapshot]:
        """Return the state of each machine; `busy_s` is the time spent on answers by endpoint."""
        now = time.monotonic()
        found = {}
        for name, link in self._connections.items():
            sighting = self.monitor.sighting(name)
            pod = None if link.pod is None else self._pod(name, link.pod, busy_s)
            found[name] = HostSnapshot(
                self.host(name), sighting, sighting.stale(now), link.machine, pod
            )
        return found

    def _pod(self, name: str, pod: PodBinding, busy_s: Mapping[str, float]) -> PodSnapshot:
        endpoints = self.pods.same(name)
        return PodSnapshot(
            sighting=self.pods.sighting(name),
            now_s=self.pods.now(),
            endpoints=endpoints,
            paid_s=self.pods.paid_s(name),
            busy_s=sum(busy_s.get(one, 0.0) for one in endpoints),
            awaited=name in self.deferred,
            runs_bbtui=pod.here,
        )

    def follow(self, growing: Iterable[LiveAnswer], now: datetime) -> None:
        """Say of the answers that are being read what they wait for, in the order asked for."""
        self._waits.follow(growing, self._endpoint, now)

    def control_pod(
        self, name: str, action: PodAction, cells: Sequence[Cell] | None = None
    ) -> bool:
        """Start or stop an endpoint's pod; False if something is being asked of it already.

        After a start `cells` of the endpoints on it (None: all open ones) are asked when it can
        answer.
        """
        if not self.pods.act(name, action):
            return False
        for one in self.pods.same(name):
            if action is PodAction.START:
                self.deferred.add(one, cells)
            else:
                self.deferred.drop(one)
        return True

    def _endpoint(self, name: str) -> Endpoint:
        return self._connections[name].endpoint
