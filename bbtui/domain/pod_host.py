"""What a pod and the server in it are doing together: the one's state × the other's answer."""

from __future__ import annotations

from dataclasses import replace

from bbtui.domain.diagnosis import Diagnosis, diagnose
from bbtui.domain.diagnosis_rules.pods import boots
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import Host, HostState
from bbtui.domain.observation import Observation, Target
from bbtui.domain.pod import Pod, PodStatus
from bbtui.domain.problem import Problem

_OFF = frozenset(PodStatus) - {PodStatus.RUNNING}


def is_off(pod: Pod | None) -> bool:
    """Whether nothing can answer there, so that nothing needs to be asked."""
    return pod is not None and pod.status in _OFF


def with_pod(
    endpoint: Endpoint,
    seen: Observation | None,
    pod: Pod | None,
    *,
    gone: bool = False,
    pod_unknown: Problem | None = None,
) -> Observation:
    """What was seen of an endpoint (None: it was not asked), and what is known of its pod."""
    seen = seen or Observation(Target(endpoint.address, endpoint.address))
    # `bbtui pods` knows the name in the configuration, not that of a column.
    target = replace(seen.target, name=endpoint.configured)
    return replace(seen, target=target, pod=pod, pod_gone=gone, pod_unknown=pod_unknown)


def diagnose_pod(
    endpoint: Endpoint,
    pod: Pod | None,
    *,
    gone: bool = False,
    pod_unknown: Problem | None = None,
    seen: Observation | None = None,
) -> Diagnosis | None:
    """Why an endpoint on a pod does not answer; None if nothing known says it.

    `seen` is how a request failed. Without one, only a pod that is off, or `gone`, says it.
    """
    return diagnose(with_pod(endpoint, seen, pod, gone=gone, pod_unknown=pod_unknown))


def host_on_pod(
    endpoint: Endpoint,
    host: Host,
    pod: Pod | None,
    *,
    gone: bool = False,
    pod_unknown: Problem | None = None,
) -> Host:
    """The machine of an endpoint on a pod, from a look at each.

    A pod that is off explains everything. One that runs, that its provider does not have, or does
    not tell of, explains only a server that does not answer; one that nobody looked at (None)
    explains nothing.
    """
    if pod is not None and is_off(pod):
        found = diagnose_pod(endpoint, pod)
        assert found is not None, "every state that is off has its row"
        return Host(_state(pod), found.problem, build=host.build)
    if host.observed is None or (pod is None and not gone and pod_unknown is None):
        return host
    seen = with_pod(endpoint, host.observed, pod, gone=gone, pod_unknown=pod_unknown)
    found = diagnose(seen)
    if found is None:
        return host
    state = HostState.LOADING if boots(seen) else HostState.UNREACHABLE
    return replace(host, state=state, problem=found.problem)


def _state(pod: Pod) -> HostState:
    if pod.changing:
        return HostState.PREPARING
    return HostState.STOPPED if pod.stopped else HostState.FAILED
