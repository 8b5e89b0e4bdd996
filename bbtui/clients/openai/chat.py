"""The OpenAI dialect: ``POST /v1/chat/completions``.

Spoken by vLLM, llama.cpp's server, LM Studio and many more, each in its own way.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TypeVar

import msgspec

from bbtui.clients.http import open_client
from bbtui.clients.http.json_parts import Count, Milliseconds, PartDecoder
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import RequestFailed, error_reply, quote_error, says_error
from bbtui.clients.openai.paths import NO_SUCH_PATH, call_paths, server_root
from bbtui.clients.openai.probe import is_awake, served_context
from bbtui.clients.ports import CancelToken, Event, ModelStateKnown, Request, StreamEnded
from bbtui.clients.stream_events import (
    SEE_LOG,
    StreamEnd,
    StreamParser,
    end_by_word,
    read_texts,
    stream_events,
    token_limit_reached,
    with_diagnosis,
)
from bbtui.clients.stream_lines import ServerSentEvents
from bbtui.domain.answer import STOPPED_BY_YOU, AnswerState, Piece, ServerTimings, Warmth
from bbtui.domain.endpoint import Options
from bbtui.domain.flags import FULL_FROM
from bbtui.domain.problem import Problem


class _Delta(msgspec.Struct):
    """A part of the message, or all of it. Each text is a string, or a list of parts."""

    content: object = None
    refusal: object = None
    reasoning: object = None
    reasoning_content: object = None


class _Choice(msgspec.Struct):
    index: int | None = None
    delta: _Delta | None = None

    message: _Delta | None = None
    """In place of `delta` where the server does not stream."""

    text: str | None = None
    """In place of both, in the older completions."""

    finish_reason: str | None = None
    error: object = None


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


class _Metrics(msgspec.Struct):
    """vLLM's own measurements of a request, in ms (``--enable-per-request-metrics``)."""

    queue_time_ms: Milliseconds | None = None
    """Until the request was scheduled."""

    time_to_first_token_ms: Milliseconds | None = None
    """From there to the first token: the prefill."""

    generation_time_ms: Milliseconds | None = None
    """From the first token to the last."""

    mean_itl_ms: Milliseconds | None = None
    """The mean gap between tokens, with more than one of them."""

    def generation_ms(self, tokens: int | None) -> float | None:
        """Return the time from the first of this number of tokens to the last."""
        if self.generation_time_ms is None and self.mean_itl_ms is not None and tokens:
            return self.mean_itl_ms * (tokens - 1)
        return self.generation_time_ms


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    timings: _Timings | None = None
    metrics: _Metrics | None = None
    error: object = None

    message: object = None
    """Of an error without ``error``; an answer has none here."""

    detail: object = None
    """As `message`."""


Number = TypeVar("Number", int, float)

_DECODER = PartDecoder(_Chunk)
_DONE = b"[DONE]"
_SERVER_LIMIT = Problem(
    "token limit reached (the server's own: its context or maximum length)",
    "set num_predict in [options]; if it is set, start the server with more context",
)


class OpenAIStreamParser(StreamParser[_Chunk]):
    """See `StreamParser`. Server-sent events, each of which may lack anything.

    `choices` may be empty, `content` null, the thinking under either of two names, and the text may
    share its event with the finish. The answer is complete with `finish_reason`; the counts come
    after it, and ``[DONE]`` may not. A server that does not stream sends all of it as one object.
    """

    def __init__(self, options: Options, peer: Peer) -> None:
        super().__init__(ServerSentEvents(), _DECODER, peer)
        self._options = options
        self._server = ServerTimings()

    def _end_if_closed_now(self) -> StreamEnd | None:
        if not self.reason:
            return None
        cut = token_limit_reached(self._options, self._server, _SERVER_LIMIT)
        return end_by_word(self.reason, self._server, cut, self._peer)

    def _is_no_object(self, frame: bytes) -> bool:
        if frame.strip() != _DONE:
            return super()._is_no_object(frame)
        self.reason = self.reason or "stop"
        self.ending = self._end_if_closed_now()
        return True

    def _parse(self, chunk: _Chunk) -> Piece | None:
        # Choices beyond the first were not requested; they are other answers.
        choice = next((choice for choice in chunk.choices or [] if not choice.index), None)
        if error := _error(chunk, choice):
            cause = quote_error(error, self._peer)
            self.ending = StreamEnd(AnswerState.FAILED, Problem(cause, SEE_LOG))
            return None
        self._keep_timings(chunk)
        if choice is None:
            return None
        if choice.finish_reason not in _NO_REASON:
            self.reason = self._peer.quoted(choice.finish_reason or "", 40)
        return _piece(choice.delta or choice.message or _Delta(choice.text))

    def _keep_timings(self, chunk: _Chunk) -> None:
        """Keep the server's counts; they may come with any chunk, the last ones count."""
        if chunk.usage is None and chunk.timings is None and chunk.metrics is None:
            return
        usage, timings = chunk.usage or _Usage(), chunk.timings or _Timings()
        metrics, known = chunk.metrics or _Metrics(), self._server
        count = _first(usage.completion_tokens, timings.predicted_n, known.eval_count)
        prefill = _first(timings.prompt_ms, metrics.time_to_first_token_ms)
        generation = _first(timings.predicted_ms, metrics.generation_ms(count))
        total = None
        if metrics.queue_time_ms is not None:
            total = metrics.queue_time_ms + (prefill or 0) + (generation or 0)
        details = usage.prompt_tokens_details or _PromptDetails()
        prompt = None if timings.prompt_n is None else timings.prompt_n + (timings.cache_n or 0)
        self._server = ServerTimings(
            total_ns=_first(_ns(total), known.total_ns),
            prompt_eval_ns=_first(_ns(prefill), known.prompt_eval_ns),
            prompt_eval_count=_first(usage.prompt_tokens, prompt, known.prompt_eval_count),
            cached_count=_first(details.cached_tokens, timings.cache_n, known.cached_count),
            eval_ns=_first(_ns(generation), known.eval_ns),
            eval_count=count,
        )


#: What servers send as the reason of an answer that goes on.
_NO_REASON = (None, "", "null", "none", "None")


def _error(chunk: _Chunk, choice: _Choice | None) -> object:
    """Return the error in a chunk; None if there is none."""
    if chunk.error is None and choice is not None and choice.error is None:
        return None
    errors = [chunk.error, choice.error if choice else None]
    if chunk.choices is None and chunk.usage is None and chunk.timings is None:
        errors += [chunk.message, chunk.detail]
        if chunk.error is not None and not any(map(says_error, errors)):
            return "an error without a message"
    return next((error for error in errors if says_error(error)), None)


def _piece(delta: _Delta) -> Piece | None:
    """Return the text and the thinking of a part of the message."""
    content = Piece(delta.content) if isinstance(delta.content, str) else read_texts(delta.content)
    text, thinking = content.text, content.thinking
    if not text and delta.refusal is not None:
        text = read_texts(delta.refusal).text
    for reasoning in (delta.reasoning, delta.reasoning_content):
        if reasoning is not None and not thinking:
            texts = read_texts(reasoning)
            thinking = texts.text + texts.thinking
    return Piece(text, thinking) if text or thinking else None


def _first(*values: Number | None) -> Number | None:
    """Return the first value that is known."""
    return next((value for value in values if value is not None), None)


def _ns(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds * 1_000_000)


class OpenAISource:
    """Streams answers from an OpenAI-compatible server; see `paths` for its URL."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._root = server_root(peer)
        self._paths = call_paths(peer.url, "/chat/completions")
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
        paths, failures = self._paths, []
        while paths:
            path, usage = paths[0], self._usage_supported
            body = chat_body(request, usage=usage)
            parser = OpenAIStreamParser(request.options, self._peer)
            with open_client(self._root, cancel_token) as http, http.post(path, body) as response:
                if response.streams:
                    self._paths = (path,)
                    for event in stream_events(http, response, parser, cancel_token):
                        yield self._with_limit(event, request, cancel_token)
                    return
                reply = response.whole()
            if usage and reply.status in (400, 422) and b"stream_options" in reply.body:
                self._usage_supported = False
                continue
            failure = error_reply(reply, self._peer, "openai", request.model)
            failure.sent_ns = http.sent_ns
            failures.append(failure)
            paths = paths[1:] if reply.status in NO_SUCH_PATH else ()
        raise failures[0]

    def _with_limit(self, event: Event, request: Request, cancel_token: CancelToken) -> Event:
        """Return the event; at a limit of the server, with whether it is its context."""
        if not isinstance(event, StreamEnded) or event.problem is not _SERVER_LIMIT:
            return event
        count, prompt = event.server.eval_count, event.server.prompt_eval_count
        context = served_context(self._peer, request.model, cancel_token)
        if count is None or prompt is None or context is None:
            return event
        if prompt + count >= FULL_FROM * context:
            limit, fix = f"the context of {context:,} tokens", "start the server with more context"
        else:
            limit, fix = f"the server's own, after {count:,} tokens", "set num_predict in [options]"
        return event._replace(problem=Problem(f"token limit reached ({limit})", f"{fix} for more"))


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
