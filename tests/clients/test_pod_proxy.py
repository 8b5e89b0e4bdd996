"""What a user reads of an answer that comes, or does not come, through a pod's proxy."""

from __future__ import annotations

import json
import socket

import pytest

from bbtui.clients.doctor.run import Subject, examine
from bbtui.clients.http.peer import Peer, TlsFiles
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.ollama.probe import OllamaProbe
from bbtui.clients.ports import ChunksArrived
from bbtui.domain.answer import AnswerState
from bbtui.domain.endpoint import Endpoint
from tests.clients.streaming import (
    BackgroundStream,
    assert_failed,
    chunk,
    done,
    request,
    stream_answer,
)
from tests.fakes.proxy import CHAT, HOST, POD_ID, PodProxy
from tests.loopback import Reply, json_reply
from tests.resolve_locally import resolve_locally

MODEL = "gemma3:27b"
ASKED = request(model=MODEL)


def line(value: dict[str, object]) -> bytes:
    return json.dumps(value).encode() + b"\n"


@pytest.fixture(autouse=True)
def _serving(proxy: PodProxy) -> None:
    proxy.serves(MODEL)


def source(proxy: PodProxy) -> OllamaSource:
    return OllamaSource(Peer(proxy.url, files=TlsFiles(ca=proxy.ca)))


def test_answer_in_one_read(proxy: PodProxy) -> None:
    proxy.coalesces(line(chunk("Hello")), line(chunk(" there")), line(done()))
    result = stream_answer(source(proxy), ASKED)
    assert (result.answer.text, result.ended.state) == ("Hello there", AnswerState.DONE)
    assert any(len(event.pieces) > 1 for event in result.events if isinstance(event, ChunksArrived))


def test_error_in_the_read_of_a_chunk(proxy: PodProxy) -> None:
    proxy.coalesces(line(chunk("Hello")), line({"error": "out of memory"}))
    result = stream_answer(source(proxy), ASKED)
    assert result.answer.text == "Hello"
    assert_failed(result, "server message: out of memory", "see the server's log")


@pytest.mark.parametrize(
    ("status", "cause", "fix"),
    [
        (
            404,
            "the pod's proxy does not know the pod or its port (HTTP 404)",
            "start the pod; if it runs,",
        ),
        (
            502,
            "nothing listens on that port of the pod, or the pod is stopped (HTTP 502)",
            "start the pod if it is stopped; if it runs, wait for its server",
        ),
        (
            429,
            "the pod's proxy is limiting requests (HTTP 429)",
            "wait a moment, then try again",
        ),
    ],
)
def test_pages(proxy: PodProxy, status: int, cause: str, fix: str) -> None:
    proxy.pages(status)
    assert_failed(stream_answer(source(proxy), ASKED), cause, fix)
    assert len(proxy.requests_to(CHAT)) == 1, "nothing is asked twice"


@pytest.mark.parametrize(
    ("loaded", "fix"),
    [
        (
            False,
            "load the model first (ollama run gemma3:27b on the pod), then try again; or bypass",
        ),
        (True, "it is busy with other requests or a long prompt: try again later, or"),
    ],
)
def test_proxy_timeout_is_diagnosed(proxy: PodProxy, loaded: bool, fix: str) -> None:
    proxy.serves(MODEL, loaded=loaded)
    proxy.falls_silent()
    stream = BackgroundStream(source(proxy), ASKED)
    proxy.wait_for(CHAT)
    proxy.timed_out.set()
    assert_failed(
        stream.result(), "the pod's proxy gave up after 100 s without data (HTTP 524)", fix
    )
    assert len(proxy.requests_to(CHAT)) == 1, "it is not asked again: that would abort a load"


def test_own_timeout_is_diagnosed(proxy: PodProxy) -> None:
    proxy.falls_silent()
    peer = Peer(proxy.url, timeout_s=1, files=TlsFiles(ca=proxy.ca))
    assert_failed(
        stream_answer(OllamaSource(peer), ASKED),
        f"no data from {proxy.where} for 1 s",
        "it is busy with other requests or a long prompt: try again later, or",
    )
    proxy.timed_out.set()


def test_probe_timeout_of_the_proxy_is_diagnosed(proxy: PodProxy) -> None:
    proxy.pages(524)
    host = OllamaProbe(Peer(proxy.url, files=TlsFiles(ca=proxy.ca)), MODEL).check()
    assert "ollama run gemma3:27b on the pod" in host.problem.fix


@pytest.mark.parametrize("reset", [False, True])
def test_connection_lost_in_mid_stream(proxy: PodProxy, reset: bool) -> None:
    first = line(chunk("Hello"))
    proxy.cuts(first, reset=reset)
    result = stream_answer(source(proxy), ASKED)
    assert result.answer.text == "Hello"
    assert_failed(
        result,
        f"connection lost after {len(first)} bytes",
        "check that abc…-11434.proxy.runpod.net is still running, then try again",
    )


@pytest.mark.parametrize(
    "reply",
    [
        json_reply({"error": f"who is https://{HOST}, or {POD_ID}?"}, 400),
        Reply((), 302, {"Location": f"https://{HOST}/login"}, "length"),
    ],
)
def test_repeated_pod_id_is_masked(proxy: PodProxy, reply: Reply) -> None:
    proxy.on(CHAT, reply)
    ended = stream_answer(source(proxy), ASKED).ended
    assert "…-11434.proxy.runpod.net" in ended.problem.cause
    assert POD_ID not in ended.problem.cause + ended.problem.fix


def test_certificate_error_does_not_show_the_pod_id(
    proxy: PodProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = HOST.replace(POD_ID, "q8w7e6r5t4")
    monkeypatch.setattr(socket, "getaddrinfo", resolve_locally(other))
    peer = Peer(f"https://{other}:{proxy.port}", files=TlsFiles(ca=proxy.ca))
    found = examine(Subject(Endpoint("big", "Big", MODEL, "ollama", ""), peer)).diagnosis
    assert found is not None
    for cause in (
        found.problem.cause,
        stream_answer(OllamaSource(peer), ASKED).ended.problem.cause,
    ):
        assert "is not trusted: Hostname mismatch" in cause
        assert "q8w7e6r5t4" not in cause
