"""The pods behind the endpoints of a session: which endpoint is on which, and what each cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import NamedTuple

from bbtui.clients.ports import (
    Connection,
    PodBinding,
)
from bbtui.domain.cost import PodUse
from bbtui.domain.diagnosis import Diagnosis
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import Host
from bbtui.domain.observation import Observation
from bbtui.domain.pod import PodAction
from bbtui.domain.pod_host import diagnose_pod, host_on_pod
from bbtui.engine.pod_check import PodCheck
from bbtui.engine.pod_monitor import PodMonitor
from bbtui.formatting.durations import NS_PER_S


class PodSnapshot(NamedTuple):
    """The pod of an endpoint."""

    last_check: PodCheck
    """What its provider last reported, and the action under way."""

    now_s: float
    """The time of this snapshot, by the clock that dates `last_check`."""

    endpoints: tuple[str, ...]
    """The names of all endpoints on this pod, in the order of the session."""

    paid_s: float
    """How long it was billed in this session, earlier runs of the program included."""

    busy_s: float
    """How long its endpoints spent on answers that have ended."""

    awaited: bool
    """Whether answers of this endpoint start by themselves once it is ready."""

    runs_bbtui: bool
    """Whether this program runs on the pod, and would end with it."""

    @property
    def may_bill(self) -> bool:
        """Whether it is, will be or may be billed after this program has ended."""
        seen = self.last_check
        return not self.runs_bbtui and (seen.billing or seen.starting or seen.unknown)


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
        `clock` returns the time by which checks are dated; both in seconds.
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
        pod = (own.account, own.id)
        return tuple(one for one, at in self._bindings.items() if (at.account, at.id) == pod)

    def last_check(self, name: str) -> PodCheck:
        """Return what is known of an endpoint's pod; an empty check where it is on none."""
        binding = self._bindings.get(name)
        if binding is None:
            return PodCheck()
        return self._monitors[binding.account].last_check(binding.id)

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
            last_check=self.last_check(name),
            now_s=self._clock(),
            endpoints=endpoints,
            paid_s=self.paid_s(name),
            busy_s=sum(busy_ns.get(one, 0) for one in endpoints) / NS_PER_S,
            awaited=awaited,
            runs_bbtui=self._bindings[name].here,
        )

    def act(self, name: str, action: PodAction) -> bool:
        """Send an action in the background; return False if one is being sent already.

        How it went is in `last_check`.
        """
        binding = self._bindings[name]
        return self._monitors[binding.account].act(binding.id, action)

    def host_with_pod(self, endpoint: Endpoint, host: Host) -> Host:
        """Return the state of an endpoint's machine, from a check of its server and of its pod."""
        seen = self.last_check(endpoint.name)
        unknown = seen.unknown_reason
        return host_on_pod(endpoint, host, seen.pod, gone=seen.gone, pod_unknown=unknown)

    def diagnose(self, endpoint: Endpoint, observed: Observation | None) -> Diagnosis | None:
        """Return why a request to an endpoint failed, if what is known of its pod explains it."""
        seen = self.last_check(endpoint.name)
        return diagnose_pod(
            endpoint, seen.pod, gone=seen.gone, pod_unknown=seen.unknown_reason, seen=observed
        )

    def use(self, name: str) -> PodUse | None:
        """Return what the session used of an endpoint's pod; None if that was never seen."""
        seen = self.last_check(name)
        if seen.pod is None:
            return None
        # Counted up to the last check: a figure that moves all the time would be saved each time.
        up_s = self._earlier_use_s.get(name, 0.0) + seen.paid_until_check_s
        first = self.endpoints_with(name)[0]
        same_as = "" if first == name else first
        return PodUse(seen.pod.hardware_text, seen.price, round(up_s), same_as)

    def paid_s(self, name: str) -> float:
        """Return how long an endpoint's pod was billed in this session, in seconds."""
        return self._earlier_use_s.get(name, 0.0) + self.last_check(name).paid_s(self._clock())

    def _changed(self) -> None:
        if self._wake is not None:
            self._wake()
