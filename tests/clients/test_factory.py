from __future__ import annotations

import subprocess
import sys

import pytest

from bbtui.clients.factory import connect
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.openai.chat import OpenAISource
from bbtui.config.settings import EndpointSettings
from bbtui.domain.address import base_url
from bbtui.domain.answer import AnswerState
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import HostState
from bbtui.errors import EndpointError
from tests.clients.streaming import MODEL, in_memory, stream_answer
from tests.loopback import SILENT, Loopback, Reply, json_reply, ndjson

SECRET = "Bearer hunter2"


def settings(url: str, **more: object) -> EndpointSettings:
    return EndpointSettings("big", "Big Brain", base_url(url), MODEL, **more)  # type: ignore[arg-type]


def test_connection_shows_no_secret() -> None:
    url = "http://abc123xyz-11434.proxy.runpod.net/"
    made = connect(settings(url, hardware="L40S"), {})
    assert made.endpoint == Endpoint(
        "big",
        "Big Brain",
        MODEL,
        "ollama",
        "https://abc…-11434.proxy.runpod.net",
        "L40S",
    )
    assert isinstance(made.source, OllamaSource)
    assert made.machine == "abc123xyz.proxy.runpod.net"


def test_api_selects_the_source() -> None:
    made = connect(settings("localhost:8000/v1", api="openai"), {})
    assert isinstance(made.source, OpenAISource)
    assert made.endpoint.api == "openai"
    assert made.machine == connect(settings(""), {}).machine


def test_headers_are_sent_by_source_and_probe(loopback: Loopback) -> None:
    in_memory(loopback)
    loopback.on("GET /api/version", json_reply({"version": "0.33.0"}))
    loopback.on("POST /api/chat", ndjson({"message": {"content": "Hi"}}, {"done": True}))
    headers = {"Authorization": "env:BIG_AUTH", "X-Plain": " yes "}
    made = connect(settings(loopback.url, headers=headers), {"BIG_AUTH": f"{SECRET}\n"})
    assert stream_answer(made.source).answer.text == "Hi"
    assert made.probe.check().state is HostState.READY
    for seen in loopback.requests:
        assert seen.headers["authorization"] == SECRET
        assert seen.headers["x-plain"] == "yes"


def test_timeout_limits_silence(loopback: Loopback) -> None:
    in_memory(loopback)
    loopback.on("POST /api/chat", Reply((SILENT,)))
    result = stream_answer(connect(settings(loopback.url), {}, timeout_s=0.2).source)
    assert result.ended.state is AnswerState.FAILED
    assert "for 0.2 s" in result.ended.problem.cause


@pytest.mark.parametrize(
    ("headers", "message", "hint"),
    [
        (
            {"Authorization": "env:BIG_AUTH"},
            "endpoint big: the environment variable BIG_AUTH, the value of its header "
            "Authorization, is not set",
            "export BIG_AUTH=… and restart",
        ),
        (
            {"Authorization": "env:BLANK"},
            "endpoint big: the environment variable BLANK, the value of its header "
            "Authorization, is not set",
            "export BLANK=… and restart",
        ),
        (
            {"Authorization": "env:TWO_LINES"},
            "endpoint big: the environment variable TWO_LINES, the value of its header "
            "Authorization, contains characters that are not allowed in a header",
            "check it for a line break",
        ),
        (
            {"Authorization": "Bearer hunter2…"},
            "endpoint big: the value of its header Authorization contains characters that are not "
            "allowed in a header",
            "one line of ASCII",
        ),
        (
            {"No good": "x"},
            "endpoint big: 'No good' is not a valid header name",
            "correct the endpoint's headers in the configuration",
        ),
    ],
)
def test_unusable_headers_are_reported(headers: dict[str, str], message: str, hint: str) -> None:
    with pytest.raises(EndpointError) as caught:
        connect(settings("", headers=headers), {"TWO_LINES": "hunter2\nhunter2", "BLANK": " \n"})
    assert caught.value.message == message
    assert hint in caught.value.fix
    assert "hunter2" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_connect_imports_no_httpx() -> None:
    """The first paint does not wait for httpx, nor for TLS."""
    script = """
import sys
from bbtui.clients.factory import connect
from bbtui.config.settings import EndpointSettings
for api in ("ollama", "openai"):
    connect(EndpointSettings("a", "A", "https://gpu.example", "m", api), {}).source
print([name for name in ("httpx", "httpcore", "ssl", "textual") if name in sys.modules])
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("more", [{"api": "ollama"}, {}])
def test_ollama_is_found_beside_v1(loopback: Loopback, more: dict[str, object]) -> None:
    in_memory(loopback)
    loopback.on("GET /api/version", json_reply({"version": "0.33.0"}))
    loopback.on("POST /api/chat", ndjson({"message": {"content": "Hi"}}, {"done": True}))
    made = connect(settings(f"{loopback.url}/v1", **more), {})
    assert stream_answer(made.source).answer.text == "Hi"
    assert made.probe.check().state is HostState.READY
