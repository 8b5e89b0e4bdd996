"""The OpenAI dialect: ``POST /v1/chat/completions``, server-sent events.

Spoken by vLLM, llama.cpp's server, LM Studio and many more, each in its own way: `choices` may be
empty, `content` null, the thinking under either of two names, ``[DONE]`` missing.
"""

from __future__ import annotations

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
from bbtui.clients.base import Event, Known, Line, Request
from bbtui.clients.failures import Unanswered, refusal, said
from bbtui.clients.framing import LineTooLongError, ServerSentEvents
from bbtui.clients.openai_host import api_path, awake
from bbtui.clients.peer import Peer
from bbtui.domain.answer import AnswerState, Piece, ServerTimings, Warmth
from bbtui.domain.endpoint import Options


class _Delta(msgspec.Struct):
    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None


class _Timings(msgspec.Struct):
    """llama.cpp's own account, in ms; `prompt_n` leaves out the `cache_n` cached tokens."""

    cache_n: int | None = None
    prompt_n: int | None = None
    prompt_ms: float | None = None
    predicted_n: int | None = None
    predicted_ms: float | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    timings: _Timings | None = None
    error: object = None


_DECODER = msgspec.json.Decoder(_Chunk)
_DONE = b"[DONE]"


class OpenAISource:
    """A model behind an OpenAI-compatible server; its URL may end in ``/v1`` or not."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._usage = True

    def ask(self, request: Request, line: Line) -> Iterator[Event]:
        """See `AnswerSource`."""
        return explained(self._ask(request, line), line)

    def _ask(self, request: Request, line: Line) -> Generator[Event]:
        # httpx is imported with the first request: it would delay the program's first paint.
        from bbtui.clients.http import Http

        warmth = Warmth.WARM if awake(self._peer, line) else Warmth.UNKNOWN
        if line.cut:
            raise Unanswered("stopped by you")
        yield Known(warmth, None)
        path = api_path(self._peer.url, "/chat/completions")
        for usage in (True, False) if self._usage else (False,):
            body = chat_body(request, usage=usage)
            with Http(self._peer, line) as http, http.post(path, body) as incoming:
                if incoming.streams:
                    yield from listen(http, incoming, OpenAIReading(request.options), line)
                    return
                reply = incoming.whole()
                refused = reply.status in (400, 422) and b"stream_options" in reply.body
                if not (usage and refused):
                    raise refusal(reply, self._peer, "openai", request.model)
            self._usage = False


def chat_body(request: Request, *, usage: bool) -> bytes:
    """The body of a request; `usage` asks for the server's own count of tokens at the end."""
    body: dict[str, object] = {
        "model": request.model,
        "messages": [{"role": "user", "content": request.prompt}],
        "stream": True,
    }
    if usage:
        body["stream_options"] = {"include_usage": True}
    return msgspec.json.encode({**body, **_worded(request.options)})


def unsent(options: Options) -> tuple[str, ...]:
    """The names of the options that are set and for which the dialect has no word."""
    words = _worded(options)
    return tuple(name for name in options.sent() if _WORDS.get(name) not in words)


#: Our options (Ollama's names) by the dialect's names. Servers differ in what they take besides.
_WORDS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "num_predict": "max_tokens",
    "stop": "stop",
    "think": "reasoning_effort",
}


def _worded(options: Options) -> dict[str, object]:
    words = {_WORDS[name]: value for name, value in options.sent().items() if name in _WORDS}
    if words.get("reasoning_effort") not in ("low", "medium", "high"):
        words.pop("reasoning_effort", None)
    if (options.num_predict or 0) <= 0:
        words.pop("max_tokens", None)
    return words


class OpenAIReading:
    """See `Reading`.

    The answer is whole with `finish_reason`; the counts come after it, and ``[DONE]`` may not.
    """

    def __init__(self, options: Options) -> None:
        self.ending: Ending | None = None
        self._options = options
        self._events = ServerSentEvents()
        self._finish: str | None = None
        self._server = ServerTimings()

    def feed(self, data: bytes) -> tuple[Piece, ...]:
        """See `Reading`."""
        try:
            events = self._events.feed(data)
        except LineTooLongError as error:
            self.ending = garbled(error)
            return ()
        return self._pieces(events)

    def close(self) -> tuple[Piece, ...]:
        """See `Reading`. Half an object at the end is a stream that broke off."""
        pieces = self._pieces(self._events.close(), last=True)
        self.ending = self.ending or self.so_far() or TRUNCATED
        return pieces

    def so_far(self) -> Ending | None:
        """See `Reading`."""
        if self._finish is None:
            return None
        if self._finish == "length":
            return cut(self._options, self._server.eval_count, self._server)
        return Ending(AnswerState.DONE, server=self._server)

    def _pieces(self, events: list[bytes], *, last: bool = False) -> tuple[Piece, ...]:
        pieces = []
        for event in events:
            if event.strip() == _DONE:
                self._finish = self._finish or "stop"
                self.ending = self.so_far()
                break
            try:
                chunk = parse(_DECODER, event)
            except GarbledError as error:
                halved = last and event.startswith(b"{")
                self.ending = (self.so_far() or TRUNCATED) if halved else garbled(error)
                break
            if chunk.error is not None:
                self.ending = Ending(AnswerState.FAILED, said(chunk.error), SEE_LOG)
                break
            self._account(chunk)
            for choice in (chunk.choices or ())[:1]:
                delta = choice.delta or _Delta()
                thinking = delta.reasoning or delta.reasoning_content or ""
                if delta.content or thinking:
                    pieces.append(Piece(delta.content or "", thinking))
                self._finish = choice.finish_reason or self._finish
        return tuple(pieces)

    def _account(self, chunk: _Chunk) -> None:
        """Keep what the server counts; it may come on any chunk, the last one stands."""
        if chunk.usage is None and chunk.timings is None:
            return
        usage, timings = chunk.usage or _Usage(), chunk.timings or _Timings()
        details = usage.prompt_tokens_details or _PromptDetails()
        known = self._server
        prompt = None if timings.prompt_n is None else timings.prompt_n + (timings.cache_n or 0)
        self._server = ServerTimings(
            prompt_eval_ns=_first(_ns(timings.prompt_ms), known.prompt_eval_ns),
            prompt_eval_count=_first(usage.prompt_tokens, prompt, known.prompt_eval_count),
            cached_count=_first(details.cached_tokens, timings.cache_n, known.cached_count),
            eval_ns=_first(_ns(timings.predicted_ms), known.eval_ns),
            eval_count=_first(usage.completion_tokens, timings.predicted_n, known.eval_count),
        )


def _first(*values: int | None) -> int | None:
    """The first value that is known."""
    return next((value for value in values if value is not None), None)


def _ns(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds * 1_000_000)
