"""An endpoint on a pod: not looked at while the pod is off, and its failures told with that."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from bbtui.clients.connection import Connection
from bbtui.clients.ports import AnswerSource, CancelToken, Event, Probe, Request, StreamEnded
from bbtui.domain.answer import AnswerState
from bbtui.domain.host import UNKNOWN_HOST, Host, HostState
from bbtui.domain.pod_host import is_off
from bbtui.engine.pods import Pods

#: A server that boots is asked no more often than this, in s.
BOOTING_S = 2.0
#: So long an endpoint is left alone until its pod was looked at, in s.
UNSEEN_S = 10.0


class PodProbe:
    """See `Probe`: asks nothing while nothing can answer."""

    def __init__(
        self, connection: Connection, pods: Pods, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._endpoint = connection.endpoint
        self._probe: Probe = connection.probe
        self._pods = pods
        self._clock = clock
        self._host = UNKNOWN_HOST
        self._since = clock()
        self._asked_at = -BOOTING_S

    def check(self) -> Host:
        """See `Probe`."""
        seen = self._pods.sighting(self._endpoint.name)
        if not seen.looked and self._clock() - self._since < UNSEEN_S:
            self._host = Host(HostState.PREPARING, detail="asking its provider about the pod")
        elif is_off(seen.pod):
            self._host = self._pods.behind(self._endpoint, UNKNOWN_HOST)
        elif self._host.state is not HostState.LOADING or self._due:
            self._asked_at = self._clock()
            self._host = self._pods.behind(self._endpoint, self._probe.check())
        return self._host

    @property
    def _due(self) -> bool:
        return self._clock() - self._asked_at >= BOOTING_S


class PodSource:
    """See `AnswerSource`: a request that failed is told with what is known of the pod."""

    def __init__(self, connection: Connection, pods: Pods) -> None:
        self._endpoint = connection.endpoint
        self._source: AnswerSource = connection.source
        self._pods = pods

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """See `AnswerSource`."""
        for event in self._source.stream(request, cancel_token):
            if isinstance(event, StreamEnded) and event.state is AnswerState.FAILED:
                yield self._explained(event)
            else:
                yield event

    def _explained(self, ended: StreamEnded) -> StreamEnded:
        found = self._pods.why_silent(self._endpoint, ended.observed)
        if found is None:
            return ended
        return ended._replace(problem=found.problem)


def probe_of(connection: Connection, pods: Pods) -> Probe:
    """What looks at a connection's machine."""
    return connection.probe if connection.pod is None else PodProbe(connection, pods)


def source_of(connection: Connection, pods: Pods) -> AnswerSource:
    """What asks a connection's endpoint."""
    return connection.source if connection.pod is None else PodSource(connection, pods)
