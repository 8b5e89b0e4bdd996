"""Ollama's native dialect: ``POST /api/chat``.

Ollama sends no status line before the first token, so the wait for it holds queue, load and
prefill alike. That is why the client checks before the request whether the model is in memory, and
loads it in a step of its own.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Generator, Iterator

import msgspec

from bbtui.clients.http import fetch, open_client
from bbtui.clients.http.json_parts import Count, PartDecoder
from bbtui.clients.http.json_replies import decode_reply
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import RequestFailed, error_reply, quote_error, says_error
from bbtui.clients.ollama.probe import PS_WITHIN_S, find_loaded, read_listing
from bbtui.clients.ports import (
    CancelToken,
    Event,
    ModelStateKnown,
    PhaseStarted,
    Request,
    StreamEnded,
)
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
from bbtui.clients.stream_lines import Ndjson
from bbtui.domain.answer import STOPPED_BY_YOU, AnswerState, Piece, ServerTimings, Warmth
from bbtui.domain.endpoint import Options
from bbtui.domain.flags import FULL_FROM
from bbtui.domain.problem import Problem

SHOW_WITHIN_S = 5.0


class _Message(msgspec.Struct):
    """Each text is a string; behind a gateway it may be a list of parts."""

    content: object = None
    thinking: object = None


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


class _Show(msgspec.Struct):
    """The part of ``/api/show`` with the model file's own options."""

    parameters: str = ""
    """A line for each: its name, spaces, its value."""


_DECODER = PartDecoder(_Chunk)
_SHOW = PartDecoder(_Show)
_NUM_PREDICT = re.compile(r"^num_predict\s+(\d{1,18})\s*$", re.MULTILINE)


class OllamaStreamParser(StreamParser[_Chunk]):
    """See `StreamParser`. One JSON object per line; the last has ``done`` and the timings.

    After the first line every error comes inside HTTP 200, as a line of its own. A stream that ends
    without ``done`` is no success: that is how it ends when a runner dies or repeats itself.
    """

    def __init__(self, options: Options, peer: Peer) -> None:
        super().__init__(Ndjson(), _DECODER, peer)
        self._options = options

    def _parse(self, chunk: _Chunk) -> Piece | None:
        # In a line of its own even an error without words is one.
        alone = chunk.error is not None and chunk.message is None and chunk.done is None
        if alone or says_error(chunk.error):
            cause = quote_error(chunk.error, self._peer)
            self.ending = StreamEnd(AnswerState.FAILED, Problem(cause, SEE_LOG))
            return None
        if chunk.done:
            self.reason = self._peer.quoted(chunk.done_reason or "stop", 40)
            self.ending = _end(chunk, self._options, self._peer)
        message = chunk.message
        if message is None or not (message.content or message.thinking):
            return None
        if isinstance(message.content, str) and message.thinking is None:  # nearly every one
            return Piece(message.content)
        content, thinking = read_texts(message.content), read_texts(message.thinking)
        return Piece(content.text, content.thinking or thinking.text + thinking.thinking)


def _end(chunk: _Chunk, options: Options, peer: Peer) -> StreamEnd:
    server = ServerTimings(
        total_ns=chunk.total_duration,
        load_ns=chunk.load_duration,
        prompt_eval_ns=chunk.prompt_eval_duration,
        prompt_eval_count=chunk.prompt_eval_count,
        cached_count=chunk.prompt_eval_cached_count,
        eval_ns=chunk.eval_duration,
        eval_count=chunk.eval_count,
    )
    problem = limit_problem(server, context=options.num_ctx)
    cut = token_limit_reached(options, server, problem)
    return end_by_word(chunk.done_reason or "stop", server, cut, peer)


def limit_problem(
    server: ServerTimings, *, model_limit: int | None = None, context: int | None = None
) -> Problem:
    """Return which limit an answer reached that is not the ``num_predict`` of its request.

    `model_limit` is the ``num_predict`` of the model's file, `context` the length in tokens as
    running. Ollama sends ``length`` for either, and where an answer is 10 times as long as the
    context; the counts distinguish them.
    """
    count = server.eval_count or 0
    used = (server.prompt_eval_count or 0) + count
    if model_limit and 0 < model_limit <= count:
        limit, fix = f"num_predict {model_limit} in the model's file", "set num_predict"
    elif context and count >= 10 * context:
        limit, fix = f"Ollama's 10 × the context of {context:,} tokens", "raise num_ctx"
    elif context and used >= FULL_FROM * context:
        limit, fix = f"the context of {context:,} tokens", "raise num_ctx"
    else:
        after = f", after {count:,} tokens" if count else ""
        limit, fix = f"the server's own{after}", "set num_predict"
    return Problem(f"token limit reached ({limit})", f"{fix} in [options] for more")


def _model_limit(peer: Peer, model: str, cancel_token: CancelToken) -> int | None:
    """Return the ``num_predict`` of a model's file; None if it sets none, or is not known."""
    body = msgspec.json.encode({"model": model})
    try:
        reply = fetch(peer, "/api/show", body, within_s=SHOW_WITHIN_S, cancel_token=cancel_token)
    except RequestFailed:
        return None
    show = decode_reply(reply, _SHOW)
    found = _NUM_PREDICT.search(show.parameters) if show is not None else None
    return None if found is None else int(found[1])


class OllamaSource:
    """Stream answers from an Ollama in its own dialect."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        #: The models that keep a shorter context than requested: name, requested and own context.
        self._lowered: set[tuple[str, int, int]] = set()

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """See `AnswerSource`."""
        target = self._peer.target("ollama", request.model)
        return with_diagnosis(self._stream(request, cancel_token), cancel_token, target)

    def _stream(self, request: Request, cancel_token: CancelToken) -> Generator[Event]:
        warmth, context = self._state(request, cancel_token)
        preload_ns = None
        if warmth is Warmth.COLD and not request.cold:
            yield PhaseStarted(f"loading {request.model}")
            preload_ns = preload(self._peer, request, cancel_token)
            warmth = Warmth.WARM
            kept = self._keeps_shorter_context(request, cancel_token)
            if kept is not None and kept == context:
                preload_ns = None  # it was in memory all the time
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
            for event in stream_events(http, response, parser, cancel_token):
                yield self._with_limit(event, request, cancel_token)

    def _with_limit(self, event: Event, request: Request, cancel_token: CancelToken) -> Event:
        """Return the event; at a limit that the request does not set, with the one it was."""
        if not isinstance(event, StreamEnded) or event.state is not AnswerState.CUT:
            return event
        count, limit = event.server.eval_count, request.options.num_predict
        if count is None or (limit is not None and 0 < limit <= count):
            return event
        model_limit, context = None, request.options.num_ctx
        if limit is None:
            model_limit = _model_limit(self._peer, request.model, cancel_token)
        with contextlib.suppress(RequestFailed):
            context = self._running_context(request, cancel_token) or context
        problem = limit_problem(event.server, model_limit=model_limit, context=context)
        return event._replace(problem=problem)

    def _state(self, request: Request, cancel_token: CancelToken) -> tuple[Warmth, int | None]:
        """Return whether the model is in memory with these options, and its context in tokens.

        UNKNOWN if the request fails. A model that runs with another context is loaded again, so it
        counts as cold; but one whose trained context is shorter than the requested one keeps its
        own and is not.
        """
        try:
            context = self._running_context(request, cancel_token)
        except RequestFailed:
            return Warmth.UNKNOWN, None
        wanted = request.options.num_ctx
        if context is None:
            return Warmth.COLD, None
        if wanted is None or context in (0, wanted):
            return Warmth.WARM, context
        if (request.model, wanted, context) in self._lowered:
            return Warmth.WARM, context
        unknown = request.cold and context < wanted
        return Warmth.UNKNOWN if unknown else Warmth.COLD, context

    def _running_context(self, request: Request, cancel_token: CancelToken) -> int | None:
        """Return the context of the model in memory, 0 if it is not reported; None: not loaded.

        Raise RequestFailed.
        """
        with open_client(self._peer, cancel_token) as http:
            ps = read_listing(http.fetch("/api/ps", within_s=PS_WITHIN_S))
            loaded = find_loaded(http, ps, request.model)
        return None if loaded is None else loaded.context_length or 0

    def _keeps_shorter_context(self, request: Request, cancel_token: CancelToken) -> int | None:
        """Return the context of a model that was just loaded, if it is shorter than requested."""
        wanted = request.options.num_ctx
        if wanted is None:
            return None
        try:
            context = self._running_context(request, cancel_token)
        except RequestFailed:
            return None
        if not context or context >= wanted:
            return None
        self._lowered.add((request.model, wanted, context))
        return context


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

    With ``truncate`` false a prompt that is longer than the context is rejected with both lengths;
    without it, and by an Ollama that does not know it, the prompt is cut without notice.
    `num_predict` 0 means "no limit" to one of Ollama's paths and "nothing" to another: not sent.
    """
    options = request.options.sent()
    think = options.pop("think", None)
    if options.get("num_predict") == 0:
        del options["num_predict"]
    body: dict[str, object] = {
        "model": request.model,
        "messages": messages,
        "stream": True,
        "truncate": False,
    }
    if options:
        body["options"] = options
    if think is not None:
        body["think"] = think
    return msgspec.json.encode(body)
