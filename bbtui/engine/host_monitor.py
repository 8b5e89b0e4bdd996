"""Looks at the machine behind each endpoint, in a thread per endpoint, apart from the answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from bbtui.clients.ports import Probe
from bbtui.crashes import Crash, attempt
from bbtui.domain.host import UNKNOWN_HOST, Host, HostState
from bbtui.domain.problem import Problem

STEADY_S = 5.0
#: While a server loads, or a request waits for its first byte: only a look can tell what for.
WAITED_S = 2.0
#: While this program itself prepares a model: nothing is sent.
PREPARING_S = 0.5
#: While nobody looks at the screen.
UNFOCUSED_S = 30.0
#: After so many periods without a new look, what is known counts as old.
STALE_PERIODS = 3


@dataclass(frozen=True, slots=True)
class HostSighting:
    """What was seen of a machine, and when (`time.monotonic`, seconds): from `begun` to `at`.

    The next look is in `wait_s`.
    """

    host: Host = UNKNOWN_HOST
    at: float = 0.0
    begun: float = 0.0
    wait_s: float = STEADY_S

    def stale(self, now: float) -> bool:
        """Whether this was seen too long ago to be taken for how things are."""
        period_s = max(self.wait_s, STEADY_S)
        return self.host is not UNKNOWN_HOST and now - self.at > STALE_PERIODS * period_s


class HostMonitor:
    """Keeps the last sighting of each machine. `wake` is called when one has changed."""

    def __init__(self, probes: Mapping[str, Probe], wake: Callable[[], None]) -> None:
        self._probes = dict(probes)
        self._wake = wake
        self._sightings = dict.fromkeys(probes, HostSighting())
        self._turn = threading.Condition()
        self._waited: Set[str] = frozenset()
        self._due: set[str] = set()
        self._started = False
        self._closed = False
        self._focused = True

    def start(self) -> None:
        """Begin to look, at every machine at once."""
        self._started = True
        for name, probe in list(self._probes.items()):
            self._look_at(name, probe)

    def watch(self, name: str, probe: Probe) -> None:
        """Look at one more machine."""
        with self._turn:
            self._probes[name] = probe
            self._sightings[name] = HostSighting()
        if self._started:
            self._look_at(name, probe)

    def forget(self, name: str) -> None:
        """Look at a machine no more; a look under way is dropped."""
        with self._turn:
            del self._probes[name], self._sightings[name]

    def close(self) -> None:
        """Stop looking; a look under way ends by its own time limit."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()

    def poll_faster(self, names: Set[str]) -> None:
        """Look at these machines at once, then every two seconds: requests to them wait."""
        if names == self._waited:
            return
        with self._turn:
            self._due |= names - self._waited
            self._waited = frozenset(names)
            self._turn.notify_all()

    def focus(self, focused: bool) -> None:
        """Say whether somebody looks at the screen: who comes back is shown how things are now."""
        with self._turn:
            if focused and not self._focused:
                self._due |= self._probes.keys()
            self._focused = focused
            self._turn.notify_all()

    def sighting(self, name: str) -> HostSighting:
        """The last look at one endpoint's machine; an endpoint without a connection has none."""
        return self._sightings.get(name, HostSighting())

    @property
    def ready(self) -> bool:
        """Whether every machine was seen ready."""
        return all(seen.host.state is HostState.READY for seen in self._sightings.values())

    def _look_at(self, name: str, probe: Probe) -> None:
        threading.Thread(
            target=self._watch, args=(name, probe), name=f"probe {name}", daemon=True
        ).start()

    def _watch(self, name: str, probe: Probe) -> None:
        while not self._closed:
            self._due.discard(name)
            begun = time.monotonic()
            looked = attempt(probe.check)
            host = unseen(looked) if isinstance(looked, Crash) else looked
            with self._turn:
                if self._probes.get(name) is not probe:
                    return
                changed = host != self._sightings[name].host
                pause = self._pause(name, host.state)
                self._sightings[name] = HostSighting(host, time.monotonic(), begun, pause)
            if changed and not self._closed:
                attempt(self._wake)
            with self._turn:
                self._turn.wait_for(lambda: self._closed or name in self._due, pause)

    def _pause(self, name: str, state: HostState) -> float:
        """The seconds to the next look."""
        if state is HostState.PREPARING:
            return PREPARING_S
        if state is HostState.LOADING or name in self._waited:
            return WAITED_S
        return STEADY_S if self._focused else UNFOCUSED_S


def unseen(crash: Crash) -> Host:
    """A machine that bbtui failed to look at."""
    return Host(HostState.FAILED, Problem(crash.during("looked"), crash.fix))
