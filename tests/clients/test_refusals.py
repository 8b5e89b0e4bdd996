"""What a user reads when an endpoint answers, but not with an answer."""

from __future__ import annotations

import pytest

from bbtui.clients.http import replies
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import error_reply, host_without_model
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.ollama.probe import OllamaProbe
from bbtui.clients.openai.chat import OpenAISource
from bbtui.domain.endpoint import Api
from tests.clients.streaming import MODEL, assert_failed, in_memory, ollama, stream_answer
from tests.loopback import Loopback, Reply, json_reply

PAGE = b"<!DOCTYPE html><html><head><title>Not\n here</title><body><script>x()</script>no</body>"


def page(status: int, **headers: str) -> Reply:
    return Reply((PAGE,), status, {"Content-Type": "text/html; charset=UTF-8", **headers}, "length")


def test_web_page_instead_of_json_is_diagnosed(loopback: Loopback) -> None:
    at = f"127.0.0.1:{loopback.port}"
    assert_failed(
        ollama(loopback, page(200)),
        f'{at} answered with a web page instead of JSON (HTTP 200): "Not here"',
        "another service listens there, or a login page is in between: check the endpoint's url",
    )
    assert_failed(
        ollama(loopback, page(404)),
        f'{at} answered with a web page instead of JSON (HTTP 404): "Not here"',
        "check the endpoint's url",
    )
    assert_failed(
        ollama(loopback, page(502)),
        f'a proxy in front of {at} answered with a web page (HTTP 502): "Not here"',
        "the server behind it does not answer: check that it is running",
    )


@pytest.mark.parametrize(
    ("status", "cause", "hint"),
    [
        (404, "the pod's proxy does not know the pod or its port (HTTP 404)", "start the pod"),
        (
            502,
            "nothing listens on that port of the pod, or the pod is stopped (HTTP 502)",
            "start the pod if it is stopped",
        ),
        (
            524,
            "the pod's proxy gave up after 100 s without data (HTTP 524)",
            "load the model first (ollama run gemma3:27b on the pod)",
        ),
        (522, "the pod's proxy cannot reach the pod (HTTP 522)", "try again in a minute"),
    ],
)
def test_pages_of_a_pods_proxy_are_diagnosed(status: int, cause: str, hint: str) -> None:
    reply = replies.Reply(status, {"content-type": "text/html"}, PAGE)
    peer = Peer("https://abc123-11434.proxy.runpod.net")
    failure = error_reply(reply, peer, "ollama", "gemma3:27b")
    assert failure.problem.cause == cause
    assert hint in failure.problem.fix


@pytest.mark.parametrize(
    ("api", "reply", "cause", "hint"),
    [
        (
            "ollama",
            json_reply({"error": "model 'gemma3:270m' not found"}, 404),
            "{at} does not have the model gemma3:270m (HTTP 404); "
            "server message: model 'gemma3:270m' not found",
            "OLLAMA_HOST={at} ollama pull gemma3:270m",
        ),
        (
            "openai",
            json_reply({"error": {"message": "The model `gemma3:270m` does not exist."}}, 404),
            "{at} does not have the model gemma3:270m, or not this path (HTTP 404); "
            "server message: The model `gemma3:270m` does not exist.",
            "set model to one of the server's models in the configuration",
        ),
        (
            "ollama",
            json_reply({"error": "unauthorized", "signin_url": "https://ollama.com/c?key=1"}, 401),
            "{at} is not signed in to Ollama's cloud, where this model runs (HTTP 401); "
            "server message: unauthorized",
            "sign in here: ollama signin",
        ),
        (
            "ollama",
            json_reply({"error": "request canceled"}, 499),
            "the request to {at}, or the load of its model, was cancelled (HTTP 499); "
            "server message: request canceled",
            "try again; if this persists, load the model first (OLLAMA_HOST={at} ollama run "
            "gemma3:270m)",
        ),
        (
            "ollama",
            json_reply({"error": "it broke"}, 500),
            "HTTP 500 from {at}; server message: it broke",
            "see the server's log",
        ),
        (
            "openai",
            json_reply({"detail": [{"msg": "field required", "loc": ["body"]}]}, 422),
            "HTTP 422 from {at}; server message: field required",
            "check the endpoint's model and the [options] of the configuration",
        ),
        (
            "openai",
            json_reply({"error": {"message": "Invalid API Key"}}, 401),
            "HTTP 401 from {at}; server message: Invalid API Key",
            'headers = { Authorization = "env:NAME" }',
        ),
        (
            "openai",
            json_reply({"error": {"message": "Loading model"}}, 503),
            "HTTP 503 from {at}; server message: Loading model",
            "it is busy or still loading: try again in a moment",
        ),
        (
            "ollama",
            Reply((b"error code: 1010",), 403, {"Content-Type": "text/plain"}, "length"),
            "{at} answered HTTP 403: error code: 1010",
            "if it requires a key, send one",
        ),
        (
            "ollama",
            Reply((b"\x1b[31mslow\x07 down",), 429, {}, "length"),
            "{at} answered HTTP 429: \ufffd[31mslow\ufffd down",
            "wait a moment",
        ),
        (
            "openai",
            Reply((), 500, {}, "length"),
            "{at} answered HTTP 500 (empty reply)",
            "see the server's log",
        ),
        (
            "openai",
            json_reply({"message": "no such thing"}, 400),
            "HTTP 400 from {at}; server message: no such thing",
            "check the endpoint's model and the [options]",
        ),
        (
            "openai",
            json_reply({"object": "error", "message": "too many tokens", "code": 400}, 400),
            "HTTP 400 from {at}; server message: too many tokens",
            "check the endpoint's model and the [options]",
        ),
        (
            "ollama",
            json_reply({"title": "Bad", "errors": [{"msg": "no such thing"}]}, 422),
            "HTTP 422 from {at}; server message: no such thing",
            "check the endpoint's model and the [options]",
        ),
        (
            "openai",
            json_reply({"error": "body too large"}, 413),
            "the prompt is longer than {at} accepts (HTTP 413); server message: body too large",
            "shorten it, or raise the limit",
        ),
        (
            "ollama",
            Reply((b"<html><title>413 Too Large",), 413, {"Content-Type": "text/html"}),
            "the prompt is longer than {at} accepts (HTTP 413)",
            "client_max_body_size",
        ),
        (
            "ollama",
            Reply((), 301, {"Location": "https://other.example/api/chat?key=1"}, "length"),
            "{at} redirects to https://other.example/api/chat (HTTP 301)",
            "if that is the endpoint, set it as url in the configuration",
        ),
    ],
)
def test_error_replies_are_diagnosed(
    loopback: Loopback, api: Api, reply: Reply, cause: str, hint: str
) -> None:
    in_memory(loopback)
    routes = ("POST /api/chat", "POST /v1/chat/completions")
    for route in routes:
        loopback.on(route, reply)
    source = OllamaSource if api == "ollama" else OpenAISource
    result = stream_answer(source(Peer(loopback.url)))
    at = f"127.0.0.1:{loopback.port}"
    assert_failed(result, cause.replace("{at}", at), hint.replace("{at}", at))
    assert len(result.sent) == 1
    assert sum(len(loopback.requests_to(route)) for route in routes) == 1, "nothing is asked twice"


@pytest.mark.parametrize("part", ["<script ", "<style>x", "<title ", "<", "<script></", "</title"])
def test_unclosed_page_of_4_megabytes_is_read_quickly(loopback: Loopback, part: str) -> None:
    """It is explained by its beginning, whatever follows: the screen must not wait for it."""
    body = b"<!DOCTYPE html><p>Go\n away</p>" + part.encode() * (4 * 1024 * 1024 // len(part))
    reply = Reply((body,), 404, {"Content-Type": "text/html"}, "length")
    loopback.on("GET /api/version", reply)
    assert OllamaProbe(Peer(loopback.url), MODEL).check().description == (
        f'127.0.0.1:{loopback.port} answered with a web page instead of JSON (HTTP 404): "Go away"'
    )


def test_error_message_is_unwrapped() -> None:
    error: object = "no room"
    for _ in range(5000):
        error = [{"detail": error}]
    assert replies.error_message(error, Peer("http://127.0.0.1:1")) == "no room"
    assert replies.error_message({"other": error}, Peer("http://127.0.0.1:1")) == "…"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<title lang=en>Sign in</title ><p>x", "Sign in"),
        ("<TITLE>Sign in", "Sign in"),
        ("<style>p {}</style><script>1 < 2</SCRIPT\n><p>Hello <b>you</b>", "Hello you"),
        ("<p>Hello<script>1 < 2", "Hello"),
        ("nothing here", "nothing here"),
        ("", ""),
        pytest.param(f"<!-- {'x' * 9000} --><title>No</title>", "", id="too far down"),
    ],
)
def test_title_of_a_page_is_quoted(loopback: Loopback, html: str, words: str) -> None:
    result = ollama(loopback, Reply((html.encode(),), 404, {"Content-Type": "text/html"}, "length"))
    quoted = f': "{words}"' if words else ""
    assert result.ended.problem.cause == (
        f"127.0.0.1:{loopback.port} answered with a web page instead of JSON (HTTP 404){quoted}"
    )


def test_error_of_brackets_is_quoted(loopback: Loopback) -> None:
    reply = Reply((b"[" * 60_000,), 500, {}, "length")
    result = ollama(loopback, reply)
    assert result.ended.problem.cause == (
        f"127.0.0.1:{loopback.port} answered HTTP 500: " + "[" * 199 + "…"
    )


@pytest.mark.parametrize(
    ("url", "api", "fix"),
    [
        ("http://127.0.0.1:11434", "ollama", "ollama pull gemma3:27b"),
        ("http://127.0.0.1:8080", "ollama", "OLLAMA_HOST=127.0.0.1:8080 ollama pull gemma3:27b"),
        ("http://gpu-box:11434", "ollama", "ollama pull gemma3:27b on gpu-box"),
        ("https://abc-11434.proxy.runpod.net", "ollama", "ollama pull gemma3:27b on the pod"),
        (
            "http://gpu-box:8000",
            "openai",
            "set model to one of the server's models in the configuration",
        ),
    ],
)
def test_fix_for_a_missing_model_names_its_machine(url: str, api: Api, fix: str) -> None:
    assert host_without_model(Peer(url), api, "gemma3:27b", (), "Ollama").problem.fix == fix
