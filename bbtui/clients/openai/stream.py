"""The OpenAI dialect's stream: server-sent events, each of which may lack anything.

`choices` may be empty, `content` null, the thinking under either of two names, ``[DONE]`` missing,
and the text may share its event with the finish.
"""

from __future__ import annotations

import msgspec

from bbtui.clients.http.framing import LineTooLongError, ServerSentEvents
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import quote_error
from bbtui.clients.stream_parser import (
    SEE_LOG,
    TRUNCATED,
    Count,
    MalformedStreamError,
    Milliseconds,
    StreamEnd,
    malformed_stream,
    parse,
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
    """llama.cpp's own account, in ms; `prompt_n` leaves out the `cache_n` cached tokens."""

    cache_n: Count | None = None
    prompt_n: Count | None = None
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


class OpenAIStreamParser:
    """See `Reading`.

    The answer is whole with `finish_reason`; the counts come after it, and ``[DONE]`` may not.
    """

    def __init__(self, options: Options, peer: Peer) -> None:
        self.ending: StreamEnd | None = None
        self._options = options
        self._peer = peer
        self._events = ServerSentEvents()
        self._finish: str | None = None
        self._server = ServerTimings()

    def feed(self, data: bytes) -> tuple[Piece, ...]:
        """See `Reading`."""
        try:
            events = self._events.feed(data)
        except LineTooLongError as error:
            self.ending = malformed_stream(error, self._peer)
            return ()
        return self._pieces(events)

    def close(self) -> tuple[Piece, ...]:
        """See `Reading`. Half an object at the end is a stream that broke off."""
        pieces = self._pieces(self._events.close(), last=True)
        self.ending = self.ending or self.end_if_closed_now() or TRUNCATED
        return pieces

    def end_if_closed_now(self) -> StreamEnd | None:
        """See `Reading`."""
        if self._finish is None:
            return None
        if self._finish == "length":
            return _cut(self._options, self._server)
        return StreamEnd(AnswerState.DONE, server=self._server)

    def _pieces(self, events: list[bytes], *, last: bool = False) -> tuple[Piece, ...]:
        pieces = []
        for event in events:
            if event.strip() == _DONE:
                self._finish = self._finish or "stop"
                self.ending = self.end_if_closed_now()
                break
            try:
                chunk = parse(_DECODER, event)
            except MalformedStreamError as error:
                halved = last and event.startswith(b"{")
                self.ending = (
                    (self.end_if_closed_now() or TRUNCATED)
                    if halved
                    else malformed_stream(error, self._peer)
                )
                break
            if chunk.error is not None:
                self.ending = StreamEnd(
                    AnswerState.FAILED, Problem(quote_error(chunk.error, self._peer), SEE_LOG)
                )
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


def _cut(options: Options, server: ServerTimings) -> StreamEnd:
    """The ending of an answer that met a limit: the one sent, or one of the server's own."""
    limit, count = options.num_predict, server.eval_count
    if limit is not None and limit > 0 and (count is None or count >= limit):
        problem = Problem(f"cut at num_predict {limit}", "raise num_predict in [options] for more")
    else:
        problem = Problem(
            "cut at the server's own limit (its context, or the length it allows)",
            "set num_predict in [options]; if it is set, start the server with more context",
        )
    return StreamEnd(AnswerState.CUT, problem, server)
