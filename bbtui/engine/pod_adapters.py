"""Probe and source of an endpoint on a pod: both take into account what the pod is doing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from bbtui.clients.connection import Connection
from bbtui.clients.ports import AnswerSource, CancelToken, Event, Probe, Request, StreamEnded
from bbtui.domain.answer import AnswerState
from bbtui.domain.host import UNKNOWN_HOST, Host, HostState
from bbtui.domain.pod_host import is_off
from bbtui.engine.pods import Pods

#: A server that boots is checked no more often than this, in s.
BOOTING_S = 2.0
#: How long a server is not checked until its pod was, in s.
UNCHECKED_S = 10.0


class PodProbe:
    """See `Probe`: sends nothing while the pod is off."""

    def __init__(
        self, connection: Connection, pods: Pods, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._endpoint = connection.endpoint
        self._probe: Probe = connection.probe
        self._pods = pods
        self._clock = clock
        self._host = UNKNOWN_HOST
        self._since = clock()
        self._probed_at = -BOOTING_S

    def check(self) -> Host:
        """See `Probe`."""
        seen = self._pods.sighting(self._endpoint.name)
        now = self._clock()
        if not seen.checked and now - self._since < UNCHECKED_S:
            self._host = Host(
                HostState.PREPARING, detail="pod state unknown: waiting for its provider"
            )
        elif is_off(seen.pod):
            self._host = self._pods.host_with_pod(self._endpoint, UNKNOWN_HOST)
        elif self._host.state is not HostState.LOADING or now - self._probed_at >= BOOTING_S:
            self._probed_at = now
            self._host = self._pods.host_with_pod(self._endpoint, self._probe.check())
        return self._host


class PodSource:
    """See `AnswerSource`: the cause of a failed request includes what is known of the pod."""

    def __init__(self, connection: Connection, pods: Pods) -> None:
        self._endpoint = connection.endpoint
        self._source: AnswerSource = connection.source
        self._pods = pods

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """See `AnswerSource`."""
        for event in self._source.stream(request, cancel_token):
            if isinstance(event, StreamEnded) and event.state is AnswerState.FAILED:
                yield self._with_pod(event)
            else:
                yield event

    def _with_pod(self, ended: StreamEnded) -> StreamEnded:
        diagnosis = self._pods.diagnose(self._endpoint, ended.observed)
        return ended if diagnosis is None else ended._replace(problem=diagnosis.problem)


def probe_of(connection: Connection, pods: Pods) -> Probe:
    """Return what checks a connection's server."""
    return connection.probe if connection.pod is None else PodProbe(connection, pods)


def source_of(connection: Connection, pods: Pods) -> AnswerSource:
    """Return what sends requests to a connection's server."""
    return connection.source if connection.pod is None else PodSource(connection, pods)
