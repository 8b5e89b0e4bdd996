"""Parses Ollama's stream: one JSON object per line, the last one with ``done`` and the timings.

After the first line every error comes inside HTTP 200, as a line of its own. The end of the stream
without ``done`` is not success: that is how it ends when a runner dies or repeats itself.
"""

from __future__ import annotations

import msgspec

from bbtui.clients.http.framing import Ndjson
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import quote_error
from bbtui.clients.stream_parser import (
    SEE_LOG,
    Count,
    StreamEnd,
    StreamParser,
    decode_line,
    token_limit_reached,
)
from bbtui.domain.answer import AnswerState, Piece, ServerTimings
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
    """See `StreamParser`. The answer is complete only with the object that has ``done``."""

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
        limit = f"num_ctx {options.num_ctx}"
        fix = "raise num_ctx in [options] for more"
    return token_limit_reached(options, server, Problem(f"token limit reached ({limit})", fix))
