"""The pods behind the endpoints of a session, and what a probe and a source take from them."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

from bbtui.clients.connection import Connection, PodBinding
from bbtui.clients.ports import AnswerSource, CancelToken, Event, Probe, Request, StreamEnded
from bbtui.domain.answer import AnswerState
from bbtui.domain.cost import PodUse
from bbtui.domain.diagnosis import Diagnosis
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import UNKNOWN_HOST, Host, HostState
from bbtui.domain.observation import Observation
from bbtui.domain.pod import PodAction
from bbtui.domain.pod_host import diagnose_pod, host_on_pod, is_off
from bbtui.engine.pod_monitor import PodMonitor, PodSighting
from bbtui.engine.snapshot import PodSnapshot
from bbtui.formatting.durations import NS_PER_S

#: A server that boots is checked no more often than this, in s.
BOOTING_S = 2.0
#: How long a server is not checked until its pod was, in s.
UNCHECKED_S = 10.0


class PodProbe:
    """See `Probe`: sends nothing while the pod is off."""

    def __init__(self, connection: Connection, pods: Pods) -> None:
        self._connection = connection
        self._pods = pods
        self._host = UNKNOWN_HOST
        self._since = time.monotonic()
        self._probed_at = -BOOTING_S

    def check(self) -> Host:
        """See `Probe`."""
        endpoint = self._connection.endpoint
        seen = self._pods.sighting(endpoint.name)
        now = time.monotonic()
        if not seen.checked and now - self._since < UNCHECKED_S:
            detail = "pod state unknown: waiting for its provider"
            self._host = Host(HostState.PREPARING, detail=detail)
        elif is_off(seen.pod):
            self._host = self._pods.host_with_pod(endpoint, UNKNOWN_HOST)
        elif self._host.state is not HostState.LOADING or now - self._probed_at >= BOOTING_S:
            self._probed_at = now
            self._host = self._pods.host_with_pod(endpoint, self._connection.probe.check())
        return self._host


class PodSource:
    """See `AnswerSource`: the cause of a failed request includes what is known of the pod."""

    def __init__(self, connection: Connection, pods: Pods) -> None:
        self._connection = connection
        self._pods = pods

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """See `AnswerSource`."""
        for event in self._connection.source.stream(request, cancel_token):
            if isinstance(event, StreamEnded) and event.state is AnswerState.FAILED:
                diagnosis = self._pods.diagnose(self._connection.endpoint, event.observed)
                yield event if diagnosis is None else event._replace(problem=diagnosis.problem)
            else:
                yield event


def probe_of(connection: Connection, pods: Pods) -> Probe:
    """Return what checks a connection's server."""
    return connection.probe if connection.pod is None else PodProbe(connection, pods)


def source_of(connection: Connection, pods: Pods) -> AnswerSource:
    """Return what sends requests to a connection's server."""
    return connection.source if connection.pod is None else PodSource(connection, pods)


class Pods:
    """The pods by the names of their endpoints; several endpoints may be on one."""

    def __init__(
        self,
        connections: Iterable[Connection],
        earlier_use_s: Mapping[str, float] = {},
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare a monitor for each account; nothing is sent before `start`.

        `earlier_use_s` is how long the pod of each endpoint was up in earlier runs of the session,
        `clock` returns the time by which sightings are dated; both in seconds.
        """
        self._clock = clock
        self._earlier_use_s = earlier_use_s
        self._wake: Callable[[], None] | None = None
        self._monitors: dict[Hashable, PodMonitor] = {}
        self._bindings: dict[str, PodBinding] = {}
        for connection in connections:
            self.add(connection)

    def add(self, connection: Connection) -> None:
        """Watch the pod of one more endpoint, if it is on one."""
        binding = connection.pod
        if binding is None:
            return
        monitor = self._monitors.get(binding.account)
        if monitor is None:
            monitor = PodMonitor(binding.control, self._clock, self._changed)
            self._monitors[binding.account] = monitor
            if self._wake is not None:
                monitor.start()
        monitor.add(binding.id)
        self._bindings[connection.endpoint.name] = binding

    def remove(self, name: str) -> None:
        """Remove an endpoint; its pod is still watched."""
        self._bindings.pop(name, None)

    def start(self, wake: Callable[[], None]) -> None:
        """Begin to check; `wake` is called from other threads when something has changed."""
        self._wake = wake
        for monitor in self._monitors.values():
            monitor.start()

    def close(self) -> None:
        """Check nothing more."""
        for monitor in self._monitors.values():
            monitor.close()

    def set_focused(self, focused: bool) -> None:
        """Check less often while the terminal window is in the background, and at once after."""
        for monitor in self._monitors.values():
            if focused and not monitor.focused:
                monitor.check_soon()
            monitor.focused = focused

    def check_soon(self) -> None:
        """Check every pod now."""
        for monitor in self._monitors.values():
            monitor.check_soon()

    def endpoints_with(self, name: str) -> tuple[str, ...]:
        """Return all endpoints that are on the same pod as this one."""
        own = self._bindings[name]
        return tuple(
            other
            for other, binding in self._bindings.items()
            if (binding.account, binding.id) == (own.account, own.id)
        )

    def sighting(self, name: str) -> PodSighting:
        """Return what is known of an endpoint's pod; an empty sighting where it is on none."""
        binding = self._bindings.get(name)
        if binding is None:
            return PodSighting()
        return self._monitors[binding.account].sighting(binding.id)

    def snapshot(
        self, name: str, busy_ns: Mapping[str, int], *, awaited: bool
    ) -> PodSnapshot | None:
        """Return the state of an endpoint's pod; None where it is on none.

        `busy_ns` is the time spent on answers by endpoint, `awaited` whether cells are deferred.
        """
        if name not in self._bindings:
            return None
        endpoints = self.endpoints_with(name)
        return PodSnapshot(
            sighting=self.sighting(name),
            now_s=self._clock(),
            endpoints=endpoints,
            paid_s=self.paid_s(name),
            busy_s=sum(busy_ns.get(one, 0) for one in endpoints) / NS_PER_S,
            awaited=awaited,
            runs_bbtui=self._bindings[name].here,
        )

    def act(self, name: str, action: PodAction) -> bool:
        """Send an action in the background; return False if one is being sent already.

        How it went is in `sighting`.
        """
        binding = self._bindings[name]
        return self._monitors[binding.account].act(binding.id, action)

    def host_with_pod(self, endpoint: Endpoint, host: Host) -> Host:
        """Return the state of an endpoint's machine, from a check of its server and of its pod."""
        seen = self.sighting(endpoint.name)
        return host_on_pod(
            endpoint, host, seen.pod, gone=seen.gone, pod_unknown=seen.unknown_reason
        )

    def diagnose(self, endpoint: Endpoint, observed: Observation | None) -> Diagnosis | None:
        """Return why a request to an endpoint failed, if what is known of its pod explains it."""
        seen = self.sighting(endpoint.name)
        return diagnose_pod(
            endpoint, seen.pod, gone=seen.gone, pod_unknown=seen.unknown_reason, seen=observed
        )

    def use(self, name: str) -> PodUse | None:
        """Return what the session used of an endpoint's pod; None if that was never seen."""
        seen = self.sighting(name)
        if seen.pod is None:
            return None
        # Counted up to the last check: a figure that moves all the time would be saved each time.
        up_s = self._earlier_use_s.get(name, 0.0) + seen.paid_until_check_s
        first = self.endpoints_with(name)[0]
        same_as = "" if first == name else first
        return PodUse(seen.pod.hardware_text, seen.price, round(up_s), same_as)

    def paid_s(self, name: str) -> float:
        """Return how long an endpoint's pod was billed in this session, in seconds."""
        return self._earlier_use_s.get(name, 0.0) + self.sighting(name).paid_s(self._clock())

    def _changed(self) -> None:
        if self._wake is not None:
            self._wake()
