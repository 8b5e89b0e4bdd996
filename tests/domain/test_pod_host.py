"""The machine of an endpoint on a pod: the pod's state × what the server in it answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.domain.host import UNKNOWN_HOST, Build, Host, HostState
from bbtui.domain.observation import ErrorReply, NetworkFailure, Observation, Target
from bbtui.domain.pod import Pod, PodAction, PodStatus
from bbtui.domain.pod_host import host_on_pod
from bbtui.domain.problem import Problem
from tests.fakes import BIG, make_endpoint
from tests.fakes.pods import NOT_LISTENING, RUNNING, STOPPED

ENDPOINT = make_endpoint(BIG)
READY = Host(HostState.READY, detail="ready", build=Build("Ollama 0.33.3"), loaded=True)
STARTING = replace(RUNNING, status=PodStatus.STARTING, uptime_s=None)


def silent(**seen: object) -> Host:
    """Return a server that did not answer."""
    observed = Observation(Target("abc…", "abc…"), **seen)  # type: ignore[arg-type]
    return Host(HostState.UNREACHABLE, Problem("its own words", "its own fix"), observed=observed)


def page(status: int) -> Host:
    return silent(error_reply=ErrorReply(status, "text/html", page=True))


@pytest.mark.parametrize(
    ("pod", "host", "state", "words"),
    [
        (STOPPED, UNKNOWN_HOST, HostState.STOPPED, "the pod is stopped"),
        (STOPPED, READY, HostState.STOPPED, "the pod is stopped"),
        (STARTING, page(404), HostState.PREPARING, "the pod is starting"),
        (replace(RUNNING, uptime_s=40), NOT_LISTENING, HostState.LOADING, "still starting"),
        (replace(RUNNING, uptime_s=40), page(404), HostState.LOADING, "still starting"),
        (RUNNING, page(502), HostState.UNREACHABLE, "nothing listens on that port"),
        (RUNNING, page(404), HostState.UNREACHABLE, "its proxy does not know the port"),
        (RUNNING, page(524), HostState.UNREACHABLE, "does not answer in time"),
        (
            RUNNING,
            silent(network_failure=NetworkFailure.READ_TIMEOUT),
            HostState.UNREACHABLE,
            "not answer in time",
        ),
        (RUNNING, READY, HostState.READY, "ready"),
        (replace(STOPPED, status=PodStatus.ERROR), READY, HostState.FAILED, "the pod has failed"),
        (replace(STOPPED, status=PodStatus.TERMINATED), READY, HostState.FAILED, "pod is gone"),
        (replace(RUNNING, status="HIBERNATING"), page(502), HostState.UNREACHABLE, "HIBERNATING"),
        (replace(RUNNING, status="HIBERNATING"), READY, HostState.READY, "ready"),
        (None, page(502), HostState.UNREACHABLE, "its own words"),
        (None, READY, HostState.READY, "ready"),
    ],
)
def test_host_state_for_each_pod_state(
    pod: Pod | None, host: Host, state: HostState, words: str
) -> None:
    seen = host_on_pod(ENDPOINT, host, pod)
    assert seen.state is state
    assert words in seen.description
    assert host_on_pod(ENDPOINT, seen, pod) == seen, "looking twice changes nothing"


def test_pod_unknown_to_its_provider_is_gone() -> None:
    assert host_on_pod(ENDPOINT, READY, None, gone=True) == READY, "what answers is not gone"
    assert "the pod is gone" in host_on_pod(ENDPOINT, page(404), None, gone=True).description


def test_pod_in_an_unknown_state_explains_a_silent_server() -> None:
    no_key = Problem("no key", "make one")
    assert host_on_pod(ENDPOINT, READY, None, pod_unknown=no_key) == READY
    proxied = Target("abc…", "abc…", through_pod_proxy=True)
    page_404 = silent(error_reply=ErrorReply(404, "text/html", page=True))
    assert page_404.observed is not None
    asked = replace(page_404, observed=replace(page_404.observed, target=proxied))
    seen = host_on_pod(ENDPOINT, asked, None, pod_unknown=no_key)
    assert seen.description == "pod state unknown (HTTP 404 from its proxy): no key"
    assert seen.problem.fix.startswith("make one; ")


def test_stopped_pod_names_the_command() -> None:
    column = replace(ENDPOINT, name="big-brain-other", base=BIG)
    assert host_on_pod(column, READY, STOPPED).problem.fix == "start it: bbtui pods start big-brain"
    kept = replace(STOPPED, actions=(), in_cluster=True)
    assert "cluster" in host_on_pod(ENDPOINT, READY, kept).problem.fix
    assert host_on_pod(ENDPOINT, READY, STOPPED).build == READY.build
    assert PodAction.START in STOPPED.actions
