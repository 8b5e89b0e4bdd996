"""Ask a source as the engine does, and keep what a user would see."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaSource, OllamaStreamParser
from bbtui.clients.openai.chat import OpenAIStreamParser
from bbtui.clients.ports import (
    AnswerSource,
    CancelToken,
    ChunksArrived,
    Event,
    ModelStateKnown,
    PhaseStarted,
    Request,
    RequestSent,
    StreamEnded,
)
from bbtui.domain.answer import Answer, AnswerState, Cell, LiveAnswer
from bbtui.domain.endpoint import Options
from tests.loopback import LIMIT_S, Loopback, Reply, Trace, json_reply

MODEL = "gemma3:270m"


class StreamResult:
    """The events of one answer, and the answer they make."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self.phases = [event.phase for event in events if isinstance(event, PhaseStarted)]
        self.known = [event for event in events if isinstance(event, ModelStateKnown)]
        self.sent = [event for event in events if isinstance(event, RequestSent)]
        self.arrived = [event for event in events if isinstance(event, ChunksArrived)]
        assert [event for event in events if isinstance(event, StreamEnded)] == events[-1:]
        assert len(self.sent) <= 1
        self.ended = events[-1]
        assert isinstance(self.ended, StreamEnded)

    @property
    def answer(self) -> Answer:
        """The answer as the engine would build it."""
        growing = LiveAnswer(Cell("task", "endpoint"), 1, datetime.now(UTC))
        sent_ns = self.sent[0].at_ns if self.sent else None
        for event in self.arrived:
            assert sent_ns is not None
            growing.append(event.at_ns - sent_ns, event.size, event.pieces)
        end = self.ended
        end_ns = None if sent_ns is None else end.at_ns - sent_ns
        growing.end(end.state, end_ns, end.problem.noting(end.note), end.server)
        return growing.answer()


def request(
    prompt: str = "Say hello.",
    *,
    model: str = MODEL,
    options: Options | None = None,
    cold: bool = False,
) -> Request:
    """Return a request with the usual values."""
    return Request(prompt, model, options or Options(), cold)


def stream_answer(
    source: AnswerSource, asked: Request | None = None, cancel_token: CancelToken | None = None
) -> StreamResult:
    """Return the whole answer."""
    return StreamResult(list(source.stream(asked or request(), cancel_token or CancelToken())))


class BackgroundStream:
    """An answer read in a thread of its own, as the engine reads it."""

    def __init__(self, source: AnswerSource, asked: Request | None = None) -> None:
        self.cancel_token = CancelToken()
        self._events: list[Event] = []
        self._changed = threading.Condition()
        self._stream = source.stream(asked or request(), self.cancel_token)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for event in self._stream:
            with self._changed:
                self._events.append(event)
                self._changed.notify_all()

    def wait_for(self, seen: Callable[[Event], bool]) -> None:
        """Wait for an event."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(map(seen, self._events)), LIMIT_S)

    def result(self) -> StreamResult:
        """Return the whole answer, when it has ended."""
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive(), "the answer did not end"
        return StreamResult(self._events)


def recorded_answer(trace: Trace) -> Answer:
    """The answer of a recorded exchange, with its reads at the times at which they returned."""
    peer, options = Peer("http://localhost"), Options()
    ollama = trace.path == "/api/chat"
    parser = OllamaStreamParser(options, peer) if ollama else OpenAIStreamParser(options, peer)
    growing = LiveAnswer(Cell("task", "endpoint"), 1, datetime.now(UTC))
    for at_ns, data in zip(trace.at_ns, trace.reads, strict=True):
        growing.append(at_ns, len(data), parser.feed(data))
    parser.close()
    assert parser.ending is not None
    growing.end(parser.ending.state, trace.end_ns, parser.ending.problem, parser.ending.server)
    return growing.answer()


def in_memory(server: Loopback, model: str = MODEL, context_length: int = 4096) -> None:
    """Let the server say that the model is in memory."""
    entry = {
        "name": model,
        "model": model,
        "size": 1000,
        "size_vram": 1000,
        "context_length": context_length,
        "expires_at": "2026-11-24T01:47:23.524571747Z",
    }
    server.on("GET /api/ps", json_reply({"models": [entry]}))


def chunk(content: str, thinking: str = "") -> dict[str, object]:
    """One object of Ollama's stream."""
    message = {"role": "assistant", "content": content}
    return {"message": {**message, "thinking": thinking} if thinking else message, "done": False}


def done(reason: str | None = "stop", **more: object) -> dict[str, object]:
    """Return the last object of Ollama's stream."""
    because = {} if reason is None else {"done_reason": reason}
    return {"message": {"role": "assistant", "content": ""}, "done": True, **because, **more}


#: The shortest stream: one word, and the end.
HELLO, DONE = chunk("Hello"), done()


def ollama(server: Loopback, reply: Reply, peer: Peer | None = None) -> StreamResult:
    """Return what comes of a prompt to an Ollama that replies so; `peer` is another way to it."""
    in_memory(server)
    server.on("POST /api/chat", reply)
    return stream_answer(OllamaSource(peer or Peer(server.url)))


def delta(content: str | None, finish: str | None = None, **more: object) -> dict[str, object]:
    """Return the data of one event of the OpenAI dialect."""
    return {
        "choices": [{"index": 0, "delta": {"content": content, **more}, "finish_reason": finish}]
    }


def assert_failed(result: StreamResult, cause: str, hint: str) -> None:
    """The answer failed, with these words."""
    assert result.ended.state is AnswerState.FAILED
    assert result.ended.problem.cause == cause
    assert hint in result.ended.problem.fix
