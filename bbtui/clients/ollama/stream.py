"""Ollama's stream: one JSON object per line, the last one with ``done`` and the figures.

After the first line every error comes inside HTTP 200, as a line of its own. The end of the stream
without ``done`` is not success: a runner that dies or repeats itself ends so.
"""

from __future__ import annotations

import msgspec

from bbtui.clients.http.framing import LineTooLongError, Ndjson
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import quote_error
from bbtui.clients.stream_parser import (
    SEE_LOG,
    TRUNCATED,
    Count,
    MalformedStreamError,
    StreamEnd,
    malformed_stream,
    parse,
)
from bbtui.domain.answer import AnswerState, Piece, ServerTimings
from bbtui.domain.endpoint import Options
from bbtui.domain.problem import Problem


class _Message(msgspec.Struct):
    content: str | None = None
    thinking: str | None = None


class _Chunk(msgspec.Struct):
    """One line. Every figure is left out when it is 0, and when it is not known."""

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


class OllamaStreamParser:
    """See `Reading`."""

    def __init__(self, options: Options, peer: Peer) -> None:
        self.ending: StreamEnd | None = None
        self._options = options
        self._peer = peer
        self._lines = Ndjson()

    def feed(self, data: bytes) -> tuple[Piece, ...]:
        """See `Reading`."""
        try:
            lines = self._lines.feed(data)
        except LineTooLongError as error:
            self.ending = malformed_stream(error, self._peer)
            return ()
        return self._pieces(lines)

    def close(self) -> tuple[Piece, ...]:
        """See `Reading`. Half an object at the end is a stream that broke off."""
        pieces = self._pieces(self._lines.close(), last=True)
        self.ending = self.ending or TRUNCATED
        return pieces

    def end_if_closed_now(self) -> StreamEnd | None:
        """See `Reading`. Only the last object says that the answer is whole."""
        return None

    def _pieces(self, lines: list[bytes], *, last: bool = False) -> tuple[Piece, ...]:
        pieces = []
        for line in lines:
            try:
                chunk = parse(_DECODER, line)
            except MalformedStreamError as error:
                self.ending = (
                    TRUNCATED
                    if last and line.startswith(b"{")
                    else malformed_stream(error, self._peer)
                )
                break
            if chunk.error is not None:
                self.ending = StreamEnd(
                    AnswerState.FAILED, Problem(quote_error(chunk.error, self._peer), SEE_LOG)
                )
                break
            message = chunk.message
            if message is not None and (message.content or message.thinking):
                pieces.append(Piece(message.content or "", message.thinking or ""))
            if chunk.done:
                self.ending = _end(chunk, self._options)
                break
        return tuple(pieces)


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
    return _cut(options, chunk.eval_count, server)


def _cut(options: Options, count: int | None, server: ServerTimings) -> StreamEnd:
    """The ending of an answer that met a limit after `count` tokens: its own, or the context's."""
    limit = options.num_predict
    if limit is not None and limit > 0 and (count is None or count >= limit):
        problem = Problem(f"cut at num_predict {limit}", "raise num_predict in [options] for more")
    elif options.num_ctx is not None:
        problem = Problem(
            f"cut at the end of the context (num_ctx {options.num_ctx})",
            "raise num_ctx in [options] for more",
        )
    else:
        problem = Problem("cut at the end of the context", "set num_ctx in [options] for more")
    return StreamEnd(AnswerState.CUT, problem, server)
