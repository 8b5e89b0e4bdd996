"""Cold or warm, known before the request; a load is a step of its own."""

from __future__ import annotations

import json

import pytest

from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.ports import PhaseStarted
from bbtui.domain.answer import AnswerState, Warmth
from bbtui.domain.endpoint import Options
from tests.clients.streaming import MODEL, chunk, done, in_memory, request, stream_answer
from tests.loopback import (
    CLOSE,
    Loopback,
    Reply,
    Trace,
    json_reply,
    ndjson,
)


def test_cold_model_is_loaded_in_a_step_of_its_own(loopback: Loopback) -> None:
    loopback.on("GET /api/ps", json_reply({"models": []}))
    loopback.on("POST /api/chat", json_reply(done("load")), ndjson(chunk("x"), done()))
    options = Options(temperature=0.3, num_ctx=8192, num_predict=0, stop=("END",), think="low")
    result = stream_answer(OllamaSource(Peer(loopback.url)), request("Why?", options=options))
    assert result.events[0] == PhaseStarted(f"loading {MODEL}")
    assert result.known[0].warmth is Warmth.WARM
    load, chat = loopback.requests_to("POST /api/chat")
    sent = {
        "model": MODEL,
        "stream": True,
        "truncate": False,
        "options": {"temperature": 0.3, "num_ctx": 8192, "stop": ["END"]},
        "think": "low",
    }
    assert load.json == {**sent, "messages": []}
    assert chat.json == {**sent, "messages": [{"role": "user", "content": "Why?"}]}


def test_cold_request_skips_the_load_step(loopback: Loopback) -> None:
    loopback.on("GET /api/ps", json_reply({"models": []}))
    loopback.on("POST /api/chat", ndjson(chunk("x"), done()))
    result = stream_answer(OllamaSource(Peer(loopback.url)), request(cold=True))
    assert result.phases == []
    assert result.known == [(Warmth.COLD, None)]
    [chat] = loopback.requests_to("POST /api/chat")
    assert chat.json["think"] is False
    assert "options" not in chat.json


def test_another_context_loads_again(loopback: Loopback) -> None:
    in_memory(loopback, context_length=4096)
    loopback.on("POST /api/chat", json_reply(done("load")), ndjson(chunk("x"), done()))
    result = stream_answer(OllamaSource(Peer(loopback.url)), request(options=Options(num_ctx=8192)))
    assert result.phases == [f"loading {MODEL}"]
    assert result.known[0].warmth is Warmth.WARM


@pytest.mark.parametrize(
    "ps", [Reply((b"<html>",), 502, {}, "length"), json_reply({}), Reply((CLOSE,), framing="raw")]
)
def test_unreadable_warmth_is_unknown(loopback: Loopback, ps: Reply) -> None:
    loopback.on("GET /api/ps", ps)
    loopback.on("POST /api/chat", ndjson(chunk("x"), done()))
    result = stream_answer(OllamaSource(Peer(loopback.url)))
    assert result.known == [(Warmth.UNKNOWN, None)]
    assert result.ended.state is AnswerState.DONE


def test_failed_load_ends_the_stream(loopback: Loopback) -> None:
    loopback.on("GET /api/ps", json_reply({"models": []}))
    loopback.on("POST /api/chat", json_reply({"error": "out of memory"}, 500))
    result = stream_answer(OllamaSource(Peer(loopback.url)))
    at = f"127.0.0.1:{loopback.port}"
    assert result.ended.problem.cause == f"HTTP 500 from {at}; server message: out of memory"
    assert not result.sent
    assert len(loopback.requests_to("POST /api/chat")) == 1


@pytest.mark.parametrize(
    ("running", "warmth"), [(2048, Warmth.UNKNOWN), (4096, Warmth.WARM), (8192, Warmth.COLD)]
)
def test_cold_request_with_another_context(
    loopback: Loopback, running: int, warmth: Warmth
) -> None:
    """A shorter one may be all the model was trained for: then it is not loaded again."""
    in_memory(loopback, context_length=running)
    loopback.on("POST /api/chat", ndjson(chunk("x"), done()))
    asked = request(options=Options(num_ctx=4096), cold=True)
    result = stream_answer(OllamaSource(Peer(loopback.url)), asked)
    assert result.known == [(warmth, None)]


def test_model_that_keeps_a_shorter_context_is_not_loaded_for_every_answer(
    loopback: Loopback,
) -> None:
    """Asked for 1,000,000 tokens it runs with the 32,768 that it was trained for."""
    in_memory(loopback, context_length=32_768)
    loopback.on("POST /api/chat", json_reply(done("load")), ndjson(chunk("x"), done()))
    source, asked = OllamaSource(Peer(loopback.url)), request(options=Options(num_ctx=1_000_000))
    first = stream_answer(source, asked)
    assert first.known == [(Warmth.WARM, None)]
    second = stream_answer(source, asked)
    assert second.known == [(Warmth.WARM, None)]
    assert second.phases == []


def test_another_name_of_the_same_weights_is_in_memory(loopback: Loopback) -> None:
    """`ollama cp`: the list of loaded models has the other name."""
    loopback.replay("ps-alias")
    listed = json.loads(b"".join(Trace.load("ps-alias").reads))["models"][0]
    copies = [{"name": name, "digest": listed["digest"]} for name in (MODEL, listed["name"])]
    loopback.on("GET /api/tags", json_reply({"models": copies}))
    loopback.on("POST /api/chat", ndjson(chunk("x"), done()))
    result = stream_answer(OllamaSource(Peer(loopback.url)), request(model=MODEL))
    assert result.known == [(Warmth.WARM, None)]
    assert len(loopback.requests_to("POST /api/chat")) == 1


@pytest.mark.parametrize(
    "tags", [json_reply({}, 500), json_reply({"models": [{"name": MODEL, "digest": "another"}]})]
)
def test_model_with_other_weights_than_the_loaded_one_is_loaded(
    loopback: Loopback, tags: Reply
) -> None:
    loopback.replay("ps-alias")
    loopback.on("GET /api/tags", tags)
    loopback.on("POST /api/chat", json_reply(done("load")), ndjson(chunk("x"), done()))
    result = stream_answer(OllamaSource(Peer(loopback.url)))
    assert result.phases == [f"loading {MODEL}"]


def test_prompt_is_not_to_be_truncated(loopback: Loopback) -> None:
    """The server then rejects it with both lengths, and nothing is judged."""
    in_memory(loopback)
    loopback.on("POST /api/chat", Trace.load("error-truncate-false").reply)
    result = stream_answer(OllamaSource(Peer(loopback.url)))
    [asked] = loopback.requests_to("POST /api/chat")
    assert asked.json["truncate"] is False
    assert result.ended.state is AnswerState.FAILED
    assert "request (1362 tokens) exceeds the available context size (1024 tokens)" in (
        result.ended.problem.cause
    )
    assert result.ended.problem.fix.startswith("shorten the prompt, or raise the context: num_ctx")
