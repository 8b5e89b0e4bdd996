"""Every recorded exchange, replayed: what a user sees of it."""

from __future__ import annotations

import json

import pytest

from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.openai.chat import OpenAISource
from bbtui.domain.answer import AnswerState, ServerTimings, Warmth
from bbtui.domain.endpoint import Options
from tests.clients.streaming import MODEL, StreamResult, in_memory, request, stream_answer
from tests.loopback import TRACES, Loopback, Trace

#: Every chat that was answered, with its counts of tokens: prompt, answer.
CHATS = {
    "chat-alias": (12, 8),
    "chat-buffering-proxy-100": (17, 100),
    "chat-buffering-proxy-40": (17, 40),
    "chat-cold": (23, 160),
    "chat-length": (18, 24),
    "chat-listed-but-reloaded": (12, 12),
    "chat-no-stream": (12, 20),
    "chat-num-ctx-change": (12, 10),
    "chat-one-token": (18, 1),
    "chat-truncated-chinese": (515, 12),
    "chat-truncated-prompt": (2051, 4),
    "chat-warm": (28, 260),
    "chat-warm-cached": (28, 60),
    "option-misspelt": (10, 8),
    "queued-first": (13, 150),
    "queued-second": (13, 150),
    "think-false": (10, 8),
}
SSE_CHATS = {"llama-server-chat": (32, 90), "v1-chat": (12, 12)}

#: Every rejected chat, with its cause; {at} is host and port.
REFUSED = {
    "error-json": ("HTTP 400 from {at}; server message: unexpected EOF", "[options]"),
    "error-method": (
        "{at} does not know the path (HTTP 405): it is not Ollama, or a very old version",
        "check the endpoint's url and its api",
    ),
    "error-model-missing": (
        "{at} does not have the model gemma3:27b (HTTP 404); "
        "server message: model 'gemma3:27b' not found",
        "OLLAMA_HOST={at} ollama pull gemma3:27b",
    ),
    "error-no-body": ("HTTP 400 from {at}; server message: missing request body", "[options]"),
    "error-option-type": (
        'HTTP 500 from {at}; server message: option "num_ctx" must be of type integer',
        "see the server's log",
    ),
    "error-prompt-too-long": (
        "HTTP 400 from {at}; server message: request (6010 tokens) exceeds the available "
        "context size (4096 tokens), try increasing it",
        "[options]",
    ),
    "error-route": (
        "{at} does not know the path (HTTP 404): it is not Ollama, or a very old version",
        "check the endpoint's url and its api",
    ),
    "error-host": (
        "{at} refused the request with an empty reply (HTTP 403)",
        "Ollama bound to loopback accepts no host name but localhost: set "
        "OLLAMA_HOST=0.0.0.0 on 127.0.0.1, or use an SSH tunnel",
    ),
    "error-think-invalid": (
        'HTTP 400 from {at}; server message: invalid think value: "loud" (must be "high", '
        '"medium", "low", "max", true, or false)',
        "[options]",
    ),
    "error-truncate-false": (
        "HTTP 400 from {at}; server message: request (1362 tokens) exceeds the available "
        "context size (1024 tokens), try increasing it",
        "[options]",
    ),
    "error-think-unsupported": (
        'HTTP 400 from {at}; server message: "gemma3:270m" does not support thinking',
        "[options]",
    ),
}
SSE_REFUSED = {
    "llama-server-error-too-long": (
        "HTTP 400 from {at}; server message: request (6024 tokens) exceeds the available "
        "context size (4096 tokens), try increasing it",
        "[options]",
    ),
    "llama-server-error-route": (
        "{at} does not have the model gemma3:270m, or not this path (HTTP 404); "
        "server message: File Not Found",
        "check the endpoint's url and its api",
    ),
}
#: What is replayed by a test of its own below.
OTHERS = {
    *("chat-runner-killed", "preload", "ps-forever", "unload"),
    *("chat-short-stop", "v1-chat-short-stop", "ps-alias", "ps-before-reload"),
    *("version", "ps-empty", "ps-loaded", "ps-keep-alive-forever", "tags", "show", "root"),
    *("llama-server-health-loading", "llama-server-health-ok", "llama-server-models"),
    *("llama-server-props", "v1-models"),
}


def test_every_trace_is_tested() -> None:
    recorded = {path.stem for path in TRACES.glob("*.json")}
    assert recorded == {*CHATS, *SSE_CHATS, *REFUSED, *SSE_REFUSED, *OTHERS}


def chat(server: Loopback, trace: Trace, **options: int) -> StreamResult:
    body = json.loads(trace.body or "{}") if (trace.body or "").endswith("}") else {}
    in_memory(server, body.get("model", MODEL))
    server.on("POST /api/chat", trace.reply)
    limit = body.get("options", {}).get("num_predict")
    wanted = request(model=body.get("model", MODEL), options=Options(num_predict=limit))
    return stream_answer(OllamaSource(Peer(server.url)), wanted)


@pytest.mark.parametrize("name", CHATS)
def test_ollama_chat(loopback: Loopback, name: str) -> None:
    trace = Trace.load(name)
    result = chat(loopback, trace)
    objects = [json.loads(line) for line in b"".join(trace.reads).splitlines()]
    last = objects[-1]
    answer = result.answer

    assert answer.text == "".join(entry["message"]["content"] for entry in objects)
    assert answer.thinking == ""
    assert answer.state is AnswerState.CUT
    assert answer.problem.cause == f"token limit reached (num_predict {CHATS[name][1]})"
    assert answer.problem.fix == "raise num_predict in [options] for more"
    assert answer.server == ServerTimings(
        total_ns=last["total_duration"],
        load_ns=last["load_duration"],
        prompt_eval_ns=last["prompt_eval_duration"],
        prompt_eval_count=CHATS[name][0],
        eval_ns=last["eval_duration"],
        eval_count=CHATS[name][1],
    )
    assert sum(read.size for read in answer.reads) == sum(map(len, trace.reads))
    assert sum(read.text for read in answer.reads) == len(answer.text)
    assert sum(read.chunks for read in answer.reads) == sum(
        bool(entry["message"]["content"]) for entry in objects
    )
    offsets = [read.offset_ns for read in answer.reads]
    assert offsets == sorted(offsets)
    assert answer.end_ns is not None
    assert 0 < offsets[0] <= offsets[-1] <= answer.end_ns


@pytest.mark.parametrize("name", SSE_CHATS)
def test_openai_chat(loopback: Loopback, name: str) -> None:
    trace = loopback.replay(name)
    result = stream_answer(
        OpenAISource(Peer(loopback.url)), request(options=Options(num_predict=90))
    )
    prompt, count = SSE_CHATS[name]
    text = ""
    for line in b"".join(trace.reads).decode().split("\n"):
        if line.startswith("data: {"):
            for choice in json.loads(line[6:])["choices"]:
                text += choice["delta"].get("content") or ""
    answer = result.answer
    assert answer.text == text
    assert answer.state is AnswerState.CUT
    if name == "llama-server-chat":
        assert answer.problem.cause == "token limit reached (num_predict 90)"
        assert answer.server == ServerTimings(
            prompt_eval_ns=46_430_000,
            prompt_eval_count=prompt,
            cached_count=0,
            eval_ns=648_273_000,
            eval_count=count,
        )
    else:
        assert answer.problem.cause.startswith("token limit reached (the server's own")
        assert answer.server == ServerTimings(prompt_eval_count=prompt, eval_count=count)
    assert sum(read.size for read in answer.reads) == sum(map(len, trace.reads))


def test_runner_killed_in_mid_stream(loopback: Loopback) -> None:
    """The server's last words are those of another failure: they are quoted, nothing more."""
    trace = Trace.load("chat-runner-killed")
    answer = chat(loopback, trace).answer
    lines = b"".join(trace.reads).splitlines()[:-1]
    assert answer.text == "".join(json.loads(line)["message"]["content"] for line in lines)
    assert answer.state is AnswerState.FAILED
    assert answer.problem.cause == (
        "server message: an error was encountered while running the model: error: "
        "task id = 34, error: request (6010 tokens) exceeds the available context size "
        "(4096 tokens), try increasing it"
    )
    assert "num_ctx" not in answer.problem.fix


@pytest.mark.parametrize("name", REFUSED)
def test_ollama_refuses(loopback: Loopback, name: str) -> None:
    result = chat(loopback, Trace.load(name))
    assert_refused(result, loopback, *REFUSED[name])


@pytest.mark.parametrize("name", SSE_REFUSED)
def test_llama_server_refuses(loopback: Loopback, name: str) -> None:
    loopback.on("POST /v1/chat/completions", Trace.load(name).reply)
    result = stream_answer(OpenAISource(Peer(loopback.url)))
    assert_refused(result, loopback, *SSE_REFUSED[name])


def assert_refused(result: StreamResult, server: Loopback, cause: str, hint: str) -> None:
    at = f"127.0.0.1:{server.port}"
    assert result.ended.state is AnswerState.FAILED
    assert result.ended.problem.cause == cause.format(at=at)
    assert hint.format(at=at) in result.ended.problem.fix
    assert not result.arrived


@pytest.mark.parametrize("name", ["preload", "ps-forever"])
def test_cold_model_is_loaded_first(loopback: Loopback, name: str) -> None:
    loopback.replay("ps-empty")
    loopback.on("POST /api/chat", Trace.load(name).reply, Trace.load("chat-length").reply)
    options = Options(num_ctx=4096, num_predict=24)
    result = stream_answer(OllamaSource(Peer(loopback.url)), request(options=options))
    assert result.phases == [f"loading {MODEL}"]
    [known] = result.known
    assert known.warmth is Warmth.WARM
    assert known.preload_ns is not None
    assert known.preload_ns > 0
    load, asked = loopback.requests_to("POST /api/chat")
    assert load.json["messages"] == []
    assert load.json["options"] == asked.json["options"] == {"num_ctx": 4096, "num_predict": 24}
    assert result.ended.state is AnswerState.CUT


def test_unload_is_no_answer(loopback: Loopback) -> None:
    answer = chat(loopback, Trace.load("unload")).answer
    assert (answer.state, answer.text) == (AnswerState.FAILED, "")
    assert answer.problem.cause == 'no text received: the server ended the answer with "unload"'
