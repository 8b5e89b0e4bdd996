"""A stop ends the read and frees the server, wherever the answer is."""

from __future__ import annotations

import pytest

from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.openai.chat import OpenAISource
from bbtui.clients.ports import CancelToken, ChunksArrived, Event
from bbtui.domain.answer import AnswerState
from tests.clients.streaming import BackgroundStream, chunk, in_memory, request, stream_answer
from tests.loopback import (
    HEAD,
    SILENT,
    Loopback,
    Reply,
    Step,
    events,
    json_reply,
    ndjson,
)


def test_stop_before_any_header(loopback: Loopback) -> None:
    in_memory(loopback)
    loopback.on("POST /api/chat", Reply((SILENT,)))
    running = BackgroundStream(OllamaSource(Peer(loopback.url)))
    seen = loopback.wait_for("POST /api/chat")
    running.cancel_token.cancel()
    assert seen.gone.wait(10), "the server sees that the client has gone"
    result = running.result()
    assert result.ended.state is AnswerState.STOPPED
    assert (result.ended.problem.cause, result.ended.problem.fix) == ("stopped by you", "")
    assert len(result.sent) == 1


@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_stop_in_mid_stream(loopback: Loopback, framing: str) -> None:
    in_memory(loopback)
    first = b'{"message":{"content":"Hel"},"done":false}\n'
    loopback.on("POST /api/chat", Reply((first, SILENT), framing=framing))
    running = BackgroundStream(OllamaSource(Peer(loopback.url)))
    running.wait_for(lambda event: isinstance(event, ChunksArrived))
    running.cancel_token.cancel()
    assert loopback.wait_for("POST /api/chat").gone.wait(10)
    result = running.result()
    assert result.answer.text == "Hel"
    assert result.ended.state is AnswerState.STOPPED
    assert result.ended.problem.cause == "stopped by you"


def test_stop_while_the_model_loads(loopback: Loopback) -> None:
    loopback.on("GET /api/ps", json_reply({"models": []}))
    loopback.on("POST /api/chat", Reply((SILENT,)))
    running = BackgroundStream(OllamaSource(Peer(loopback.url)))
    load = loopback.wait_for("POST /api/chat")
    assert load.json["messages"] == []
    running.cancel_token.cancel()
    assert load.gone.wait(10)
    result = running.result()
    assert result.ended.state is AnswerState.STOPPED
    assert not result.sent, "the prompt itself was never sent"
    assert len(loopback.requests_to("POST /api/chat")) == 1


def test_stop_before_the_request(loopback: Loopback) -> None:
    in_memory(loopback)
    line = CancelToken()
    line.cancel()
    result = stream_answer(OllamaSource(Peer(loopback.url)), cancel_token=line)
    assert result.ended.state is AnswerState.STOPPED
    assert not loopback.requests_to("POST /api/chat")


def test_closed_stream_frees_the_server(loopback: Loopback) -> None:
    in_memory(loopback)
    loopback.on("POST /api/chat", ndjson(chunk("Hel"), SILENT))
    stream = OllamaSource(Peer(loopback.url)).stream(request(), CancelToken())
    event: Event = next(stream)
    while not isinstance(event, ChunksArrived):
        event = next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert loopback.wait_for("POST /api/chat").gone.wait(10)


@pytest.mark.parametrize("step", [HEAD, b": queued\n\n"])
def test_stop_of_an_openai_stream(loopback: Loopback, step: Step) -> None:
    loopback.on("POST /v1/chat/completions", events(step, SILENT))
    running = BackgroundStream(OpenAISource(Peer(loopback.url)))
    seen = loopback.wait_for("POST /v1/chat/completions")
    running.cancel_token.cancel()
    assert seen.gone.wait(10)
    assert running.result().ended.state is AnswerState.STOPPED
