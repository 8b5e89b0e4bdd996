"""Ollama's native dialect: ``POST /api/chat``.

Ollama sends no status line before the first token, so the wait for it holds queue, load and
prefill alike. That is why the client checks before the request whether the model is in memory, and
loads it in a step of its own.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator

import msgspec

from bbtui.clients.http import fetch, open_client
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import RequestFailed, error_reply, quote_error
from bbtui.clients.ollama.probe import PS_WITHIN_S, find_model, read_listing
from bbtui.clients.ports import CancelToken, Event, ModelStateKnown, PhaseStarted, Request
from bbtui.clients.stream_events import (
    SEE_LOG,
    Count,
    Ndjson,
    StreamEnd,
    StreamParser,
    decode_line,
    stream_events,
    token_limit_reached,
    with_diagnosis,
)
from bbtui.domain.answer import STOPPED_BY_YOU, AnswerState, Piece, ServerTimings, Warmth
from bbtui.domain.endpoint import Options
from bbtui.domain.problem import Problem


class _Message(msgspec.Struct):
    content: str | None = None
    thinking: str | None = None


class _Chunk(msgspec.Struct):
    """One line. A number is left out when it is 0, and when it is not known."""

    message: _Message | None = None
    done: bool | None = None
    done_reason: str | None = None
    error: object = None
    total_duration: Count | None = None
    load_duration: Count | None = None
    prompt_eval_count: Count | None = None
    prompt_eval_cached_count: Count | None = None
    prompt_eval_duration: Count | None = None
    eval_count: Count | None = None
    eval_duration: Count | None = None


_DECODER = msgspec.json.Decoder(_Chunk)


class OllamaStreamParser(StreamParser):
    """See `StreamParser`. One JSON object per line; the last has ``done`` and the timings.

    After the first line every error comes inside HTTP 200, as a line of its own. A stream that ends
    without ``done`` is no success: that is how it ends when a runner dies or repeats itself.
    """

    def __init__(self, options: Options, peer: Peer) -> None:
        super().__init__(Ndjson(), peer)
        self._options = options

    def _parse(self, frame: bytes) -> Piece | None:
        chunk = decode_line(_DECODER, frame)
        if chunk.error is not None:
            cause = quote_error(chunk.error, self._peer)
            self.ending = StreamEnd(AnswerState.FAILED, Problem(cause, SEE_LOG))
            return None
        if chunk.done:
            self.ending = _end(chunk, self._options)
        message = chunk.message
        if message is None or not (message.content or message.thinking):
            return None
        return Piece(message.content or "", message.thinking or "")


def _end(chunk: _Chunk, options: Options) -> StreamEnd:
    server = ServerTimings(
        total_ns=chunk.total_duration,
        load_ns=chunk.load_duration,
        prompt_eval_ns=chunk.prompt_eval_duration,
        prompt_eval_count=chunk.prompt_eval_count,
        cached_count=chunk.prompt_eval_cached_count,
        eval_ns=chunk.eval_duration,
        eval_count=chunk.eval_count,
    )
    if chunk.done_reason != "length":
        return StreamEnd(AnswerState.DONE, server=server)
    limit, fix = "end of the context", "set num_ctx in [options] for more"
    if options.num_ctx is not None:
        limit, fix = f"num_ctx {options.num_ctx}", "raise num_ctx in [options] for more"
    return token_limit_reached(options, server, Problem(f"token limit reached ({limit})", fix))


class OllamaSource:
    """Stream answers from an Ollama in its own dialect."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """See `AnswerSource`."""
        target = self._peer.target("ollama", request.model)
        return with_diagnosis(self._stream(request, cancel_token), cancel_token, target)

    def _stream(self, request: Request, cancel_token: CancelToken) -> Generator[Event]:
        warmth = self._warmth(request, cancel_token)
        preload_ns = None
        if warmth is Warmth.COLD and not request.cold:
            yield PhaseStarted(f"loading {request.model}")
            preload_ns = preload(self._peer, request, cancel_token)
            warmth = Warmth.WARM
        if cancel_token.cancelled:
            raise RequestFailed(STOPPED_BY_YOU)
        yield ModelStateKnown(warmth, preload_ns)
        body = chat_body(request, [{"role": "user", "content": request.prompt}])
        parser = OllamaStreamParser(request.options, self._peer)
        with (
            open_client(self._peer, cancel_token) as http,
            http.post("/api/chat", body) as response,
        ):
            if not response.streams:
                raise error_reply(response.whole(), self._peer, "ollama", request.model)
            yield from stream_events(http, response, parser, cancel_token)

    def _warmth(self, request: Request, cancel_token: CancelToken) -> Warmth:
        """Return whether the model is in memory with these options; UNKNOWN on a failed request.

        A model that runs with another context is loaded again, so it counts as cold; but one
        whose trained context is shorter than the requested one keeps its own and is not.
        """
        try:
            ps = fetch(self._peer, "/api/ps", within_s=PS_WITHIN_S, cancel_token=cancel_token)
            loaded = find_model(read_listing(ps), request.model)
        except RequestFailed:
            return Warmth.UNKNOWN
        if loaded is None:
            return Warmth.COLD
        wanted, running = request.options.num_ctx, loaded.context_length
        if wanted is None or running is None or running == wanted:
            return Warmth.WARM
        return Warmth.UNKNOWN if request.cold and running < wanted else Warmth.COLD


def preload(peer: Peer, request: Request, cancel_token: CancelToken) -> int:
    """Load the model and nothing else; return the time it took in ns, or raise RequestFailed.

    The options are those of the request that follows: others would load it once more.
    """
    started_ns = time.perf_counter_ns()
    body = chat_body(request, [])
    with open_client(peer, cancel_token) as http, http.post("/api/chat", body) as response:
        reply = response.whole()
    value = reply.value()
    if not response.streams or not isinstance(value, dict) or value.get("error"):
        raise error_reply(reply, peer, "ollama", request.model)
    return time.perf_counter_ns() - started_ns


def chat_body(request: Request, messages: list[dict[str, str]]) -> bytes:
    """Return the body of a chat request, with the options that are set and `think` beside them.

    `num_predict` 0 means "no limit" to one of Ollama's paths and "nothing" to another: not sent.
    """
    options = request.options.sent()
    think = options.pop("think", None)
    if options.get("num_predict") == 0:
        del options["num_predict"]
    body: dict[str, object] = {"model": request.model, "messages": messages, "stream": True}
    if options:
        body["options"] = options
    if think is not None:
        body["think"] = think
    return msgspec.json.encode(body)
