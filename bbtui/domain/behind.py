"""What a pod and the server in it are doing together: the one's state × the other's answer."""

from __future__ import annotations

from dataclasses import replace

from bbtui.domain.diagnosis import Diagnosis, diagnose
from bbtui.domain.endpoint import Endpoint, Host, HostState
from bbtui.domain.observed import Observed, Target
from bbtui.domain.pod import Pod, PodStatus
from bbtui.domain.symptoms.pods import boots

_OFF = frozenset(PodStatus) - {PodStatus.RUNNING}


def silenced(pod: Pod | None) -> bool:
    """Whether nothing can answer there, so that nothing needs to be asked."""
    return pod is not None and pod.status in _OFF


def why_silent(endpoint: Endpoint, pod: Pod | None, *, gone: bool) -> Diagnosis | None:
    """What a pod that is off, or `gone`, says of an endpoint that did not answer."""
    if not (gone or silenced(pod)):
        return None
    target = Target(endpoint.address, endpoint.address, endpoint.configured)
    return diagnose(Observed(target, pod=pod, pod_gone=gone))


def behind(endpoint: Endpoint, host: Host, pod: Pod | None, *, gone: bool = False) -> Host:
    """The machine of an endpoint on a pod, from a look at each.

    A pod that is off explains everything. One that runs, or that its provider does not have,
    explains only a server that does not answer; one that is not known (None) explains nothing.
    """
    if pod is not None and silenced(pod):
        found = why_silent(endpoint, pod, gone=False)
        assert found is not None, "every state that is off has its row"
        return Host(_state(pod), found.cause, found.fix, host.build)
    if host.observed is None or (pod is None and not gone):
        return host
    seen = replace(host.observed, pod=pod, pod_gone=gone)
    found = diagnose(seen)
    if found is None:
        return host
    state = HostState.LOADING if boots(seen) else HostState.UNREACHABLE
    return replace(host, state=state, words=found.cause, hint=found.fix)


def _state(pod: Pod) -> HostState:
    if pod.changing:
        return HostState.PREPARING
    return HostState.STOPPED if pod.stopped else HostState.FAILED
