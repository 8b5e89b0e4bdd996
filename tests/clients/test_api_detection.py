"""Which API a server speaks, where the configuration leaves it out."""

from __future__ import annotations

import pytest

from bbtui.clients import api_detection
from bbtui.clients.api_detection import detect_api
from bbtui.clients.doctor.run import Subject, examine
from bbtui.clients.factory import connect
from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.ports import CancelToken
from bbtui.config.settings import EndpointSettings
from bbtui.domain.answer import AnswerState
from bbtui.domain.diagnosis_rules.rule import Hop
from bbtui.domain.host import HostState
from tests.clients.streaming import MODEL, chunk, done, in_memory, stream_answer
from tests.loopback import SILENT, Loopback, Reply, events, json_reply, ndjson

NOT_FOUND = json_reply({"detail": "Not Found"}, 404)
NOT_ALLOWED = json_reply({"detail": "Method Not Allowed"}, 405)
VLLM_NOT_FOUND = json_reply({"error": {"message": "Not Found", "type": "Not Found"}}, 404)
OLD_VLLM_NOT_FOUND = json_reply({"object": "error", "message": "Not Found", "code": 404}, 404)
LLAMA_CPP_NOT_FOUND = json_reply({"error": {"message": "File Not Found", "code": 404}}, 404)
PAGE = Reply((b"<html>Not found</html>",), 404, {"Content-Type": "text/html"}, "length")
VERSION = json_reply({"version": "0.33.0"})
LISTED = json_reply({"data": [{"id": MODEL}]})
REFUSED = json_reply({"error": {"message": "no key"}}, 401)
LOADING = json_reply({"error": {"code": 503, "type": "unavailable_error"}}, 503)
TEXT_404 = Reply((b"404 page not found",), 404, {"Content-Type": "text/plain"}, "length")


@pytest.mark.parametrize(
    ("version", "models", "api"),
    [
        (VERSION, LISTED, "ollama"),
        (NOT_FOUND, NOT_FOUND, "openai"),
        (NOT_ALLOWED, NOT_FOUND, "openai"),
        (VLLM_NOT_FOUND, REFUSED, "openai"),
        (LLAMA_CPP_NOT_FOUND, TEXT_404, "openai"),
        (NOT_FOUND, REFUSED, "openai"),
        (LOADING, LOADING, "openai"),
        (TEXT_404, LISTED, "openai"),
        (PAGE, LISTED, "openai"),
        (json_reply({"error": "no such path"}, 404), REFUSED, "openai"),
        (REFUSED, LISTED, "openai"),
        (REFUSED, REFUSED, None),
        (PAGE, PAGE, None),
        (TEXT_404, TEXT_404, None),
        (json_reply({"detail": "Not Found"}), PAGE, None),
    ],
)
def test_api_is_detected_by_what_the_server_replies(
    loopback: Loopback, version: Reply, models: Reply, api: str | None
) -> None:
    loopback.on("GET /api/version", version)
    loopback.on("GET /v1/models", models)
    for url in (loopback.url, f"{loopback.url}/v1"):
        assert detect_api(Peer(url), CancelToken()) == api


def test_slow_list_of_models_does_not_hide_the_api(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_detection, "LIST_WITHIN_S", 0.1)
    loopback.on("GET /v1/models", Reply((SILENT,)))
    assert detect_api(Peer(loopback.url), CancelToken()) == "openai"


def settings(url: str, **more: object) -> EndpointSettings:
    return EndpointSettings("big", "Big", url, MODEL, **{"api": None, **more})


def vllm(server: Loopback) -> None:
    """A vLLM: a FastAPI server."""
    for path in (
        "GET /api/version",
        "GET /api/ps",
        "GET /api/tags",
        "POST /api/chat",
        "GET /props",
    ):
        server.on(path, NOT_FOUND)
    server.on("GET /health", Reply((), 200, {}, "length"))
    server.on("GET /version", json_reply({"version": "0.11.0"}))
    server.on("GET /v1/models", json_reply({"data": [{"id": MODEL, "owned_by": "vllm"}]}))
    text = {"choices": [{"delta": {"content": "Hello."}, "finish_reason": "stop"}]}
    server.on("POST /v1/chat/completions", events(text, b"data: [DONE]\n\n"))


def test_fastapi_server_is_asked_in_the_openai_api(loopback: Loopback) -> None:
    vllm(loopback)
    connection = connect(settings(loopback.url), {})
    result = stream_answer(connection.source)
    assert (result.answer.text, result.ended.state) == ("Hello.", AnswerState.DONE)
    assert not loopback.requests_to("POST /api/chat")
    assert connection.detected is not None
    found = connection.settled(connection.detected())
    assert found.endpoint.api == "openai"
    assert found.manager is None, "its models cannot be loaded or pulled"
    assert connection.probe.check().build.server == "vLLM 0.11.0"
    assert len(loopback.requests_to("GET /api/version")) == 1, "asked once"


def test_ollama_is_asked_in_its_own_api(loopback: Loopback) -> None:
    loopback.on("GET /api/version", VERSION)
    in_memory(loopback)
    loopback.on("POST /api/chat", ndjson(chunk("Hello."), done()))
    connection = connect(settings(loopback.url), {})
    assert stream_answer(connection.source).answer.text == "Hello."
    assert connection.settled(connection.detected()).manager is not None


def test_server_that_comes_later_is_detected_then(loopback: Loopback) -> None:
    loopback.on("GET /api/version", REFUSED)
    loopback.on("GET /v1/models", REFUSED)
    connection = connect(settings(loopback.url), {})
    assert connection.probe.check().state is HostState.UNREACHABLE
    assert connection.detected() is None
    vllm(loopback)
    assert connection.probe.check().state is HostState.READY
    assert connection.detected().endpoint.api == "openai"


def test_server_that_lists_no_models_is_detected_by_its_chat(loopback: Loopback) -> None:
    invalid = json_reply({"error": {"message": "messages is required"}}, 400)
    loopback.on("POST /v1beta/openai/chat/completions", invalid)
    assert detect_api(Peer(f"{loopback.url}/v1beta/openai"), CancelToken()) == "openai"


@pytest.mark.parametrize(
    ("path", "api"),
    [
        ("", "ollama"),
        ("/ollama", "ollama"),
        ("/v1", "openai"),
        ("/v1beta/openai", "openai"),
        ("/api/paas/v4", "openai"),
    ],
)
def test_api_is_assumed_by_the_url_until_it_is_found(path: str, api: str) -> None:
    assert connect(settings(f"http://127.0.0.1:9{path}"), {}).endpoint.api == api


@pytest.mark.parametrize(
    "reply",
    [NOT_FOUND, NOT_ALLOWED, VLLM_NOT_FOUND, OLD_VLLM_NOT_FOUND, LLAMA_CPP_NOT_FOUND],
    ids=["404", "405", "vllm", "old-vllm", "llama.cpp"],
)
def test_other_server_behind_the_ollama_api_is_named(loopback: Loopback, reply: Reply) -> None:
    loopback.on("POST /api/chat", reply)
    result = stream_answer(OllamaSource(Peer(loopback.url)))
    cause, fix = result.ended.problem.cause, result.ended.problem.fix
    assert "does not speak Ollama's API" in cause
    assert "it replies as vLLM, LiteLLM and llama.cpp do" in cause
    assert fix.startswith('set api = "openai"')
    assert "ollama pull" not in cause + fix


@pytest.mark.parametrize("detects", [True, False])
def test_doctor_detects_the_api(loopback: Loopback, detects: bool) -> None:
    vllm(loopback)
    subject = Subject(settings(loopback.url).value(), Peer(loopback.url), detects=detects)
    one = examine(subject)
    version = next(step for step in one.steps if step.hop is Hop.VERSION)
    assert one.can_answer is detects
    if detects:
        assert one.endpoint.api == "openai"
        assert version.detail == "vLLM 0.11.0; api: openai (detected)"
    else:
        assert one.diagnosis.problem.fix.startswith('set api = "openai"')


def test_model_that_ollama_lacks_is_still_pulled(loopback: Loopback) -> None:
    loopback.on("POST /api/chat", json_reply({"error": "model 'x' not found"}, 404))
    result = stream_answer(OllamaSource(Peer(loopback.url)))
    assert "ollama pull" in result.ended.problem.fix
