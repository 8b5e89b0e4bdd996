"""Ollama's native dialect: ``POST /api/chat``, one JSON object per line.

Ollama sends no status line before the first token, so the wait for it holds queue, load and
prefill alike. That is why whether the model is in memory is asked before the request, and a load
is a step of its own.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator

import msgspec

from bbtui.clients.answering import (
    SEE_LOG,
    TRUNCATED,
    Ending,
    GarbledError,
    cut,
    explained,
    garbled,
    listen,
    parse,
)
from bbtui.clients.base import Event, Known, Line, Phase, Request
from bbtui.clients.failures import Unanswered, refusal, said
from bbtui.clients.framing import LineTooLongError, Ndjson
from bbtui.clients.ollama_host import PS_WITHIN_S, loaded_model
from bbtui.clients.peer import Peer
from bbtui.domain.answer import AnswerState, Piece, ServerTimings, Warmth
from bbtui.domain.endpoint import Options


class _Message(msgspec.Struct):
    content: str | None = None
    thinking: str | None = None


class _Chunk(msgspec.Struct):
    """One line. Every figure is left out when it is 0, and when it is not known."""

    message: _Message | None = None
    done: bool | None = None
    done_reason: str | None = None
    error: object = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_count: int | None = None
    prompt_eval_cached_count: int | None = None
    prompt_eval_duration: int | None = None
    eval_count: int | None = None
    eval_duration: int | None = None


_DECODER = msgspec.json.Decoder(_Chunk)


class OllamaSource:
    """A model of an Ollama, asked in its own dialect."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def ask(self, request: Request, line: Line) -> Iterator[Event]:
        """See `AnswerSource`."""
        return explained(self._ask(request, line), line)

    def _ask(self, request: Request, line: Line) -> Generator[Event]:
        # httpx is imported with the first request: it would delay the program's first paint.
        from bbtui.clients.http import Http

        warmth = self._warmth(request, line)
        preload_ns = None
        if warmth is not Warmth.WARM and warmth is not Warmth.UNKNOWN and not request.cold:
            yield Phase(f"loading {request.model}")
            preload_ns = self._preload(request, line)
            warmth = Warmth.WARM
        if line.cut:
            raise Unanswered("stopped by you")
        yield Known(warmth, preload_ns)
        body = chat_body(request, [{"role": "user", "content": request.prompt}])
        with Http(self._peer, line) as http, http.post("/api/chat", body) as incoming:
            if not incoming.streams:
                raise refusal(incoming.whole(), self._peer, "ollama", request.model)
            yield from listen(http, incoming, OllamaReading(request.options), line)

    def _warmth(self, request: Request, line: Line) -> Warmth:
        """Whether the model is in memory with these options; unknown if Ollama does not say.

        A model that runs with another context is loaded again, so it counts as cold; but one
        whose trained context is shorter than what is asked for keeps its own and is not.
        """
        from bbtui.clients.http import Http

        try:
            with Http(self._peer, line) as http:
                found = loaded_model(http.fetch("/api/ps", within_s=PS_WITHIN_S), request.model)
        except Unanswered:
            return Warmth.UNKNOWN
        if found is None:
            return Warmth.COLD
        wanted, running = request.options.num_ctx, found.context_length
        if wanted is None or running is None or running == wanted:
            return Warmth.WARM
        return Warmth.UNKNOWN if request.cold and running < wanted else Warmth.COLD

    def _preload(self, request: Request, line: Line) -> int:
        """Load the model and nothing else; the time it took in ns.

        The options are those of the request that follows: others would load it once more.
        """
        from bbtui.clients.http import Http

        begun_ns = time.perf_counter_ns()
        with (
            Http(self._peer, line) as http,
            http.post("/api/chat", chat_body(request, [])) as incoming,
        ):
            reply = incoming.whole()
        value = reply.value()
        if not incoming.streams or not isinstance(value, dict) or value.get("error"):
            raise refusal(reply, self._peer, "ollama", request.model)
        return time.perf_counter_ns() - begun_ns


def chat_body(request: Request, messages: list[dict[str, str]]) -> bytes:
    """The body of a chat request; only options that are set are sent, and `think` beside them.

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


class OllamaReading:
    """See `Reading`."""

    def __init__(self, options: Options) -> None:
        self.ending: Ending | None = None
        self._options = options
        self._lines = Ndjson()

    def feed(self, data: bytes) -> tuple[Piece, ...]:
        """See `Reading`."""
        try:
            lines = self._lines.feed(data)
        except LineTooLongError as error:
            self.ending = garbled(error)
            return ()
        return self._pieces(lines)

    def close(self) -> tuple[Piece, ...]:
        """See `Reading`. Half an object at the end is a stream that broke off."""
        pieces = self._pieces(self._lines.close(), last=True)
        self.ending = self.ending or TRUNCATED
        return pieces

    def so_far(self) -> Ending | None:
        """See `Reading`. Only the last object says that the answer is whole."""
        return None

    def _pieces(self, lines: list[bytes], *, last: bool = False) -> tuple[Piece, ...]:
        pieces = []
        for line in lines:
            try:
                chunk = parse(_DECODER, line)
            except GarbledError as error:
                self.ending = TRUNCATED if last and line.startswith(b"{") else garbled(error)
                break
            if chunk.error is not None:
                self.ending = Ending(AnswerState.FAILED, said(chunk.error), SEE_LOG)
                break
            message = chunk.message
            if message is not None and (message.content or message.thinking):
                pieces.append(Piece(message.content or "", message.thinking or ""))
            if chunk.done:
                self.ending = _end(chunk, self._options)
                break
        return tuple(pieces)


def _end(chunk: _Chunk, options: Options) -> Ending:
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
        return Ending(AnswerState.DONE, server=server)
    return cut(options, chunk.eval_count, server)
