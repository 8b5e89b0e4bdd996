"""A pod that gives no answer: the problem in the pane, in the answer and in the doctor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.clients.doctor.run import Subject, examine
from bbtui.clients.http.peer import Peer, TlsFiles
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.ollama.probe import OllamaProbe
from bbtui.clients.ports import CancelToken, Connection, PodBinding, Request, StreamEnded
from bbtui.domain.endpoint import Endpoint, Options
from bbtui.domain.pod import Pod, PodStatus
from bbtui.engine.pod_adapters import probe_of, source_of
from bbtui.engine.pods import Pods
from bbtui.errors import PodError
from tests.fakes.pods import BOOTING, RUNNING, STOPPED, StillControl
from tests.fakes.proxy import PodProxy, proxy
from tests.waiting import wait_until

__all__ = ["proxy"]

MODEL = "gemma3:27b"
ENDPOINT = Endpoint("big", "Big", MODEL, "ollama", "https://abc…-11434.proxy.runpod.net")
ASKED = Request("Say hello.", MODEL, Options())


class Provider(StillControl):
    """A provider that returns this pod, or raises this error."""

    def __init__(self, told: Pod | PodError) -> None:
        super().__init__(told if isinstance(told, Pod) else STOPPED)
        self._told = told

    def pod(self, pod_id: str) -> Pod:
        if isinstance(self._told, PodError):
            raise self._told
        return self._told


def on_pod(peer: Peer, provider: Provider, endpoint: Endpoint = ENDPOINT) -> Connection:
    return Connection(
        endpoint,
        OllamaSource(peer),
        OllamaProbe(peer, MODEL),
        "pod",
        pod=PodBinding("abc123", "account", lambda: provider),
    )


class Seen:
    """Cause and fix for one endpoint on a pod, from each source."""

    def __init__(self, proxy: PodProxy, told: Pod | PodError, endpoint: Endpoint) -> None:
        peer = Peer(proxy.url, name="big", files=TlsFiles(ca=proxy.ca))
        provider = Provider(told)
        connection = on_pod(peer, provider, endpoint)
        pods = Pods([connection])
        pods.start(lambda: None)
        wait_until(lambda: pods.last_check(endpoint.name).checked)
        *_, ended = source_of(connection, pods).stream(ASKED, CancelToken())
        assert isinstance(ended, StreamEnded)
        host = probe_of(connection, pods).check()
        pods.close()
        subject = Subject(endpoint, peer, pod=lambda: provider.pod("abc123"))
        found = examine(subject).diagnosis
        assert found is not None
        self.answer = (ended.problem.cause, ended.problem.fix)
        self.pane = (host.description, host.problem.fix)
        self.doctor = (found.problem.cause, found.problem.fix)


@pytest.mark.parametrize(
    ("status", "told", "cause"),
    [
        (404, STOPPED, "the pod is stopped"),
        (404, replace(STOPPED, status=PodStatus.ERROR), "the pod has failed"),
        (404, replace(RUNNING, status=PodStatus.STARTING), "the pod is starting"),
        (404, PodError("no such pod", "look", "gone"), "the pod is gone"),
        (404, PodError("no key", "make one", "key"), "pod state unknown (HTTP 404 from"),
        (502, PodError("no API", "wait", "broken"), "pod state unknown (HTTP 502 from"),
        (
            502,
            replace(RUNNING, uptime_s=11),
            "the pod is running, up 11 s; its server is still starting",
        ),
        (522, BOOTING, "the pod is running, up 40 s; its server is still starting"),
        (
            404,
            replace(RUNNING, uptime_s=600),
            "the pod is running, but its proxy does not know the port",
        ),
        (502, replace(RUNNING, uptime_s=600), "the pod is running, up 10 min, but nothing listens"),
        (
            404,
            replace(RUNNING, uptime_s=None),
            "the pod is running, but its proxy does not know the port",
        ),
        (
            502,
            replace(RUNNING, uptime_s=None),
            "the pod is running, but nothing listens on that port",
        ),
        (521, RUNNING, "the pod's proxy cannot reach the pod"),
        (429, RUNNING, "the pod's proxy is limiting requests"),
        (
            502,
            replace(RUNNING, status="HIBERNATING"),
            "the pod is in an unknown state: HIBERNATING",
        ),
    ],
)
def test_problem_of_a_pod_is_the_same_in_answer_pane_and_doctor(
    proxy: PodProxy, status: int, told: Pod | PodError, cause: str
) -> None:
    proxy.pages(status)
    seen = Seen(proxy, told, ENDPOINT)
    assert seen.answer == seen.doctor == seen.pane
    assert seen.answer[0].startswith(cause)


def test_server_of_a_stopped_pod_is_not_checked(proxy: PodProxy) -> None:
    connection = on_pod(Peer(proxy.url, files=TlsFiles(ca=proxy.ca)), Provider(STOPPED))
    pods = Pods([connection])
    pods.start(lambda: None)
    wait_until(lambda: pods.last_check(ENDPOINT.name).checked)
    assert probe_of(connection, pods).check().description == "the pod is stopped"
    pods.close()
    assert not proxy.requests


def test_fix_names_the_configured_endpoint_of_a_column(proxy: PodProxy) -> None:
    column = replace(ENDPOINT, name="big-other", base="big")
    seen = Seen(proxy, STOPPED, column)
    assert seen.answer == seen.pane == ("the pod is stopped", "start it: bbtui pods start big")


def test_proxy_timeout_of_a_prompt_differs_from_that_of_a_check(proxy: PodProxy) -> None:
    """A prompt may take long; a short request without a reply has another cause."""
    proxy.pages(524)
    seen = Seen(proxy, RUNNING, ENDPOINT)
    assert seen.answer[0] == "the pod's proxy gave up after 100 s without data (HTTP 524)"
    assert seen.doctor == seen.pane
    assert seen.doctor[0] == "the pod is running, but its server does not answer in time"
    assert seen.doctor[1].endswith("load the model first (ollama run gemma3:27b on the pod)")
