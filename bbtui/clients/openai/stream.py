"""Parses the stream of the OpenAI dialect: server-sent events, each of which may lack anything.

`choices` may be empty, `content` null, the thinking under either of two names, ``[DONE]`` missing,
and the text may share its event with the finish.
"""

from __future__ import annotations

import msgspec

from bbtui.clients.http.framing import ServerSentEvents
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import quote_error
from bbtui.clients.stream_parser import (
    SEE_LOG,
    Count,
    Milliseconds,
    StreamEnd,
    StreamParser,
    decode_line,
    token_limit_reached,
)
from bbtui.domain.answer import AnswerState, Piece, ServerTimings
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
    """See `StreamParser`.

    The answer is complete with `finish_reason`; the counts come after it, and ``[DONE]`` may not.
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
