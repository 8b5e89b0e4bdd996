"""The pods behind the endpoints of a session: seen, started, stopped, and what they cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable

from bbtui.clients.connection import Connection
from bbtui.clients.pod_binding import PodBinding
from bbtui.domain.cost import PodUse
from bbtui.domain.diagnosis import Diagnosis
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import Host
from bbtui.domain.observation import Observation
from bbtui.domain.pod import PodAction
from bbtui.domain.pod_host import diagnose_pod, host_on_pod
from bbtui.engine.pod_monitor import PodMonitor, PodSighting


class Pods:
    """The pods by the names of their endpoints; several endpoints may be on one.

    `used_s` is how long each was up for this session in earlier runs, by endpoint.
    """

    def __init__(
        self,
        connections: Iterable[Connection],
        used_s: Callable[[str], float] = lambda _: 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._used_s = used_s
        self._wake: Callable[[], None] | None = None
        self._accounts: dict[Hashable, PodMonitor] = {}
        self._rented: dict[str, PodBinding] = {}
        for connection in connections:
            self.add(connection)

    def add(self, connection: Connection) -> None:
        """Look at the pod of one more endpoint, if it is on one."""
        rented = connection.pod
        if rented is None:
            return
        account = self._accounts.get(rented.account)
        if account is None:
            account = PodMonitor(rented.control, self._clock, self._changed)
            self._accounts[rented.account] = account
            if self._wake is not None:
                account.start()
        account.add(rented.id)
        self._rented[connection.endpoint.name] = rented

    def forget(self, name: str) -> None:
        """An endpoint has gone; its pod is looked at all the same."""
        self._rented.pop(name, None)

    def start(self, wake: Callable[[], None]) -> None:
        """Begin to look; `wake` is called from other threads when there is news."""
        self._wake = wake
        for account in self._accounts.values():
            account.start()

    def close(self) -> None:
        """Look no more."""
        for account in self._accounts.values():
            account.close()

    def focus(self, focused: bool) -> None:
        """Say whether somebody looks at the screen."""
        for account in self._accounts.values():
            if focused and not account.focused:
                account.look_soon()
            account.focused = focused

    def look_soon(self) -> None:
        """Look at all of them now."""
        for account in self._accounts.values():
            account.look_soon()

    @property
    def names(self) -> tuple[str, ...]:
        """The endpoints that are on a pod."""
        return tuple(self._rented)

    @property
    def looked(self) -> bool:
        """Whether each was looked at once, with or without success."""
        return all(self.sighting(name).looked for name in self._rented)

    def rented(self, name: str) -> PodBinding | None:
        """The pod of an endpoint."""
        return self._rented.get(name)

    def same(self, name: str) -> tuple[str, ...]:
        """The endpoints that are on the same pod as this one."""
        own = self._rented[name]
        return tuple(
            one
            for one, rented in self._rented.items()
            if (rented.account, rented.id) == (own.account, own.id)
        )

    def sighting(self, name: str) -> PodSighting:
        """What is known of an endpoint's pod; nothing where it has none."""
        rented = self._rented.get(name)
        return self._accounts[rented.account].sighting(rented.id) if rented else PodSighting()

    def now(self) -> float:
        """The time by which sightings are dated, in seconds."""
        return self._clock()

    def act(self, name: str, action: PodAction) -> bool:
        """Ask for an action; False if one is being asked for already. `sighting` tells the rest."""
        rented = self._rented[name]
        return self._accounts[rented.account].act(rented.id, action)

    def behind(self, endpoint: Endpoint, host: Host) -> Host:
        """The machine of an endpoint as both looks at it tell."""
        seen = self.sighting(endpoint.name)
        return host_on_pod(endpoint, host, seen.pod, gone=seen.gone, untold=seen.untold)

    def why_silent(self, endpoint: Endpoint, observed: Observation | None) -> Diagnosis | None:
        """Why a request to an endpoint failed as was observed; None if nothing known says it."""
        seen = self.sighting(endpoint.name)
        return diagnose_pod(endpoint, seen.pod, gone=seen.gone, untold=seen.untold, seen=observed)

    def billing(self) -> tuple[str, ...]:
        """An endpoint for each pod that is, will be or may be paid for after we have left."""
        found: dict[Hashable, str] = {}
        for name, rented in self._rented.items():
            seen = self.sighting(name)
            if not rented.here and (seen.billing or seen.starting or seen.unknown):
                found.setdefault((rented.account, rented.id), name)
        return tuple(found.values())

    def use(self, name: str) -> PodUse | None:
        """What the session had of an endpoint's pod so far; None where it has none or is unseen."""
        seen = self.sighting(name)
        if seen.pod is None:
            return None
        # Counted up to the last look: a figure that moves all the time would be written so.
        up_s = self._used_s(name) + seen.up_s
        first = self.same(name)[0]
        same_as = "" if first == name else first
        return PodUse(seen.pod.machine_words, seen.price, round(up_s), same_as)

    def paid_s(self, name: str) -> float:
        """How long an endpoint's pod was paid for in this session, earlier runs included, in s."""
        return self._used_s(name) + self.sighting(name).paid_s(self._clock())

    def _changed(self) -> None:
        if self._wake is not None:
            self._wake()
