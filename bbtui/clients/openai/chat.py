"""The OpenAI dialect: ``POST /v1/chat/completions``.

Spoken by vLLM, llama.cpp's server, LM Studio and many more, each in its own way.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import msgspec

from bbtui.clients.http import open_client
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import RequestFailed, error_reply, quote_error
from bbtui.clients.openai.probe import api_path, is_awake
from bbtui.clients.ports import CancelToken, Event, ModelStateKnown, Request
from bbtui.clients.stream_events import (
    SEE_LOG,
    Count,
    Milliseconds,
    ServerSentEvents,
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


class _Delta(msgspec.Struct):
    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _PromptDetails(msgspec.Struct):
    cached_tokens: Count | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    prompt_tokens_details: _PromptDetails | None = None


class _Timings(msgspec.Struct):
    """llama.cpp's own measurements, in ms."""

    cache_n: Count | None = None

    prompt_n: Count | None = None
    """Without the `cache_n` cached tokens."""

    prompt_ms: Milliseconds | None = None
    predicted_n: Count | None = None
    predicted_ms: Milliseconds | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    timings: _Timings | None = None
    error: object = None


_DECODER = msgspec.json.Decoder(_Chunk)
_DONE = b"[DONE]"
_SERVER_LIMIT = Problem(
    "token limit reached (the server's own: its context or maximum length)",
    "set num_predict in [options]; if it is set, start the server with more context",
)


class OpenAIStreamParser(StreamParser):
    """See `StreamParser`. Server-sent events, each of which may lack anything.

    `choices` may be empty, `content` null, the thinking under either of two names, and the text may
    share its event with the finish. The answer is complete with `finish_reason`; the counts come
    after it, and ``[DONE]`` may not.
    """

    def __init__(self, options: Options, peer: Peer) -> None:
        super().__init__(ServerSentEvents(), peer)
        self._options = options
        self._finish: str | None = None
        self._server = ServerTimings()

    def end_if_closed_now(self) -> StreamEnd | None:
        """See `StreamParser`."""
        if self._finish is None:
            return None
        if self._finish == "length":
            return token_limit_reached(self._options, self._server, _SERVER_LIMIT)
        return StreamEnd(AnswerState.DONE, server=self._server)

    def _parse(self, frame: bytes) -> Piece | None:
        if frame.strip() == _DONE:
            self._finish = self._finish or "stop"
            self.ending = self.end_if_closed_now()
            return None
        chunk = decode_line(_DECODER, frame)
        if chunk.error is not None:
            cause = quote_error(chunk.error, self._peer)
            self.ending = StreamEnd(AnswerState.FAILED, Problem(cause, SEE_LOG))
            return None
        self._keep_timings(chunk)
        if not chunk.choices:
            return None
        choice = chunk.choices[0]
        self._finish = choice.finish_reason or self._finish
        delta = choice.delta or _Delta()
        thinking = delta.reasoning or delta.reasoning_content or ""
        return Piece(delta.content or "", thinking) if delta.content or thinking else None

    def _keep_timings(self, chunk: _Chunk) -> None:
        """Keep the server's counts; they may come with any chunk, the last ones count."""
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
    """Return the first value that is known."""
    return next((value for value in values if value is not None), None)


def _ns(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds * 1_000_000)


class OpenAISource:
    """Streams answers from an OpenAI-compatible server; its URL may end in ``/v1`` or not."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._usage_supported = True

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """See `AnswerSource`."""
        target = self._peer.target("openai", request.model)
        return with_diagnosis(self._stream(request, cancel_token), cancel_token, target)

    def _stream(self, request: Request, cancel_token: CancelToken) -> Generator[Event]:
        warmth = Warmth.WARM if is_awake(self._peer, cancel_token) else Warmth.UNKNOWN
        if cancel_token.cancelled:
            raise RequestFailed(STOPPED_BY_YOU)
        yield ModelStateKnown(warmth, None)
        path = api_path(self._peer.url, "/chat/completions")
        for usage in (True, False) if self._usage_supported else (False,):
            body = chat_body(request, usage=usage)
            parser = OpenAIStreamParser(request.options, self._peer)
            with open_client(self._peer, cancel_token) as http, http.post(path, body) as response:
                if response.streams:
                    yield from stream_events(http, response, parser, cancel_token)
                    return
                reply = response.whole()
                refused = reply.status in (400, 422) and b"stream_options" in reply.body
                if not (usage and refused):
                    raise error_reply(reply, self._peer, "openai", request.model)
            self._usage_supported = False


def chat_body(request: Request, *, usage: bool) -> bytes:
    """Return the body of a request; `usage` requests the server's token count at the end."""
    body: dict[str, object] = {
        "model": request.model,
        "messages": [{"role": "user", "content": request.prompt}],
        "stream": True,
    }
    if usage:
        body["stream_options"] = {"include_usage": True}
    return msgspec.json.encode({**body, **_renamed(request.options)})


#: The dialect's names of our options (Ollama's names). Servers differ in what else they accept.
_NAMES = {
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "num_predict": "max_tokens",
    "stop": "stop",
    "think": "reasoning_effort",
}


def _renamed(options: Options) -> dict[str, object]:
    renamed = {_NAMES[name]: value for name, value in options.sent().items() if name in _NAMES}
    if renamed.get("reasoning_effort") not in ("low", "medium", "high"):
        renamed.pop("reasoning_effort", None)
    if (options.num_predict or 0) <= 0:
        renamed.pop("max_tokens", None)
    return renamed
