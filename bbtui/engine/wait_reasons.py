"""Finds what each request without an answer waits for, from checks of its server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime

from bbtui.domain.answer import AnswerState, Cell, LiveAnswer
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.waiting import WaitingRequest, wait_reason
from bbtui.engine.host_monitor import HostMonitor


class WaitReasons:
    """Keeps `LiveAnswer.waits_for` current; servers with waiting requests are checked faster."""

    def __init__(self, monitor: HostMonitor, clock: Callable[[], float] = time.monotonic) -> None:
        self._monitor = monitor
        self._clock = clock
        self._since: dict[Cell, tuple[float, datetime]] = {}

    def update(
        self,
        live_answers: Iterable[LiveAnswer],
        endpoint_of: Callable[[str], Endpoint],
        now: datetime,
    ) -> None:
        """Set what each of these answers waits for; they are in the order of their requests."""
        requests = [one for one in live_answers if one.under_way and not one.state.final]
        waiting = [one for one in requests if one.state is AnswerState.WAITING]
        self._since = {one.cell: self._since.get(one.cell, (self._clock(), now)) for one in waiting}
        self._monitor.poll_faster({one.cell.endpoint for one in waiting})
        for live in waiting:
            since, asked_at = self._since[live.cell]
            endpoint = endpoint_of(live.cell.endpoint)
            sighting = self._monitor.sighting(live.cell.endpoint)
            earlier = (endpoint_of(one.cell.endpoint) for one in requests[: requests.index(live)])
            live.waits_for = wait_reason(
                WaitingRequest(
                    endpoint.model,
                    endpoint.api,
                    asked_at,
                    head=live.sent_ns is not None,
                    # A check that began before the request was sent says nothing about it.
                    host=sighting.host if sighting.began_at >= since else None,
                    ours_ahead=any(_same_queue(endpoint, other) for other in earlier),
                ),
                live.waits_for,
            )


def _same_queue(one: Endpoint, other: Endpoint) -> bool:
    """Return whether both are the same model of the same server, which takes requests in turn."""
    return (one.address, one.model) == (other.address, other.model)
