"""Says of every request without an answer what it waits for, from looks at its machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime

from bbtui.domain.answer import AnswerState, Cell, LiveAnswer
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.waiting import WaitingRequest, wait_reason
from bbtui.engine.host_monitor import HostMonitor


class WaitReasons:
    """Follows the requests that are out; the watcher looks at their machines more often."""

    def __init__(self, watcher: HostMonitor, clock: Callable[[], float] = time.monotonic) -> None:
        self._watcher = watcher
        self._clock = clock
        self._since: dict[Cell, tuple[float, datetime]] = {}

    def follow(
        self, growing: Iterable[LiveAnswer], endpoint: Callable[[str], Endpoint], now: datetime
    ) -> None:
        """Bring the words of every waiting answer up to what was seen.

        `growing` are the answers that run, in the order they were asked for; `endpoint` gives the
        endpoint of a name.
        """
        out = [one for one in growing if one.under_way and not one.state.final]
        waiting = [one for one in out if one.state is AnswerState.WAITING]
        self._since = {one.cell: self._since.get(one.cell, (self._clock(), now)) for one in waiting}
        self._watcher.poll_faster({one.cell.endpoint for one in waiting})
        for one in waiting:
            since, asked_at = self._since[one.cell]
            asked = endpoint(one.cell.endpoint)
            seen = self._watcher.sighting(one.cell.endpoint)
            earlier = (endpoint(other.cell.endpoint) for other in out[: out.index(one)])
            one.waits_for = wait_reason(
                WaitingRequest(
                    asked.model,
                    asked.api,
                    asked_at,
                    head=one.sent_ns is not None,
                    # What was seen before the request left says nothing about it.
                    host=seen.host if seen.begun >= since else None,
                    ours_ahead=any(_same_queue(asked, other) for other in earlier),
                ),
                one.waits_for,
            )


def _same_queue(one: Endpoint, other: Endpoint) -> bool:
    """Whether both are the same model of the same server, which takes requests in turn."""
    return (one.address, one.model) == (other.address, other.model)
