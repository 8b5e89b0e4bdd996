"""Checks the server behind each endpoint in a thread of its own; finds what requests wait for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime

from bbtui.clients.ports import Probe
from bbtui.crashes import Crash, attempt
from bbtui.domain.answer import AnswerState, Cell, LiveAnswer
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import UNKNOWN_HOST, Host, HostState
from bbtui.domain.problem import Problem
from bbtui.domain.waiting import WaitingRequest, wait_reason

#: How long after a check the next one follows, in s.
STEADY_S = 5.0
#: The same while a server loads, or a request waits for its first byte: only a check can find why.
WAITED_S = 2.0
#: The same while this program itself prepares a model: nothing is sent.
PREPARING_S = 0.5
#: The same while the terminal window is in the background.
UNFOCUSED_S = 30.0
#: After so many periods without a new check, the last one is stale.
STALE_PERIODS = 3


@dataclass(frozen=True, slots=True)
class HostSighting:
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

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = dict(probes)
        self._wake: Callable[[], None] | None = None
        self._sightings = dict.fromkeys(probes, HostSighting())
        self._changed = threading.Condition()
        self._awaited: Set[str] = frozenset()
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
            self._sightings[name] = HostSighting()
        if self._wake is not None:
            self._start_thread(name, probe, self._wake)

    def remove(self, name: str) -> None:
        """Check a server no more; a check under way is dropped."""
        with self._changed:
            del self._probes[name], self._sightings[name]

    def close(self) -> None:
        """Check nothing more; a check under way ends by its own time limit."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def poll_faster(self, names: Set[str]) -> None:
        """Check these servers now and then every two seconds, because requests to them wait."""
        if names == self._awaited:
            return
        with self._changed:
            self._due |= names - self._awaited
            self._awaited = frozenset(names)
            self._changed.notify_all()

    def note_waits(
        self,
        live_answers: Iterable[LiveAnswer],
        endpoint_of: Callable[[str], Endpoint],
        now: datetime,
    ) -> None:
        """Set what each answer `waits_for`; check the servers of those that wait more often.

        The answers are in the order of their requests.
        """
        requests = [one for one in live_answers if one.under_way and not one.state.final]
        waiting = [one for one in requests if one.state is AnswerState.WAITING]
        first = (time.monotonic(), now)
        self._waiting = {one.cell: self._waiting.get(one.cell, first) for one in waiting}
        self.poll_faster({one.cell.endpoint for one in waiting})
        for live in waiting:
            since, asked_at = self._waiting[live.cell]
            endpoint = endpoint_of(live.cell.endpoint)
            sighting = self.sighting(live.cell.endpoint)
            earlier = (endpoint_of(one.cell.endpoint) for one in requests[: requests.index(live)])
            request = WaitingRequest(
                endpoint.model,
                endpoint.api,
                asked_at,
                head=live.sent_ns is not None,
                # A check that began before the request was sent says nothing about it.
                host=sighting.host if sighting.began_at >= since else None,
                # The same model of the same server takes requests in turn.
                ours_ahead=any(
                    (one.address, one.model) == (endpoint.address, endpoint.model)
                    for one in earlier
                ),
            )
            live.waits_for = wait_reason(request, live.waits_for)

    def set_focused(self, focused: bool) -> None:
        """Check less often while the terminal window is in the background, and at once after."""
        with self._changed:
            if focused and not self._focused:
                self._due |= self._probes.keys()
            self._focused = focused
            self._changed.notify_all()

    def sighting(self, name: str) -> HostSighting:
        """Return the last check of an endpoint's server; an empty one where there is none."""
        return self._sightings.get(name, HostSighting())

    def _start_thread(self, name: str, probe: Probe, wake: Callable[[], None]) -> None:
        threading.Thread(
            target=self._poll, args=(name, probe, wake), name=f"probe {name}", daemon=True
        ).start()

    def _poll(self, name: str, probe: Probe, wake: Callable[[], None]) -> None:
        while not self._closed:
            self._due.discard(name)
            began_at = time.monotonic()
            host = attempt(probe.check)
            if isinstance(host, Crash):
                host = Host(HostState.FAILED, Problem(host.during("checking the server"), host.fix))
            with self._changed:
                if self._probes.get(name) is not probe:
                    return
                changed = host != self._sightings[name].host
                period_s = self._period_s(name, host.state)
                self._sightings[name] = HostSighting(host, time.monotonic(), began_at, period_s)
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
