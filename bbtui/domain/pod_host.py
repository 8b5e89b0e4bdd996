"""The state of an endpoint on a pod: the state of the pod and the answer of the server in it."""

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
    """Return whether nothing can answer there, so that no request is needed."""
    return pod is not None and pod.status in _OFF


def with_pod(
    endpoint: Endpoint,
    seen: Observation | None,
    pod: Pod | None,
    *,
    gone: bool = False,
    pod_unknown: Problem | None = None,
) -> Observation:
    """Return what was observed of an endpoint (None: nothing yet), and of its pod."""
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
    """Return why an endpoint on a pod does not answer; None if nothing known explains it.

    `seen` is how a request failed. Without one, only a pod that is off, or `gone`, explains it.
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
    """Return the host of an endpoint on a pod, from a check of each.

    A pod that is off explains everything. One that is running, unknown to its provider, or in an
    unknown state explains only a server that does not answer; one that was not checked (None)
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
