"""The probe and the source of an endpoint on a pod: their results include the pod's state."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bbtui.clients.ports import (
    AnswerSource,
    CancelToken,
    Connection,
    Event,
    Probe,
    Request,
    StreamEnded,
)
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

    def __init__(self, connection: Connection, pods: Pods) -> None:
        self._connection = connection
        self._pods = pods
        self._host = UNKNOWN_HOST
        self._since = time.monotonic()
        self._probed_at = -BOOTING_S

    def check(self) -> Host:
        """See `Probe`."""
        endpoint = self._connection.endpoint
        seen = self._pods.last_check(endpoint.name)
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
