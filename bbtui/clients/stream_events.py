"""Turns a response into the events of an answer: what the dialects share.

The bytes are split into lines: NDJSON and server-sent events. A JSON string may hold U+0085,
U+2028 and U+2029 as they are. `str.splitlines`, and with it httpx's `iter_lines`, would break a
line there; only the bytes LF and CR end one here. Only whole lines are decoded, so a character
split by a read is not damaged.
"""

from __future__ import annotations

import contextlib
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeVar

import msgspec

from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import CHECK_API, RequestFailed, with_model
from bbtui.clients.ports import (
    CancelToken,
    ChunksArrived,
    Event,
    ModelStateKnown,
    RequestSent,
    StreamEnded,
)
from bbtui.domain.answer import STOPPED_BY_YOU, AnswerState, Piece, ServerTimings, Warmth
from bbtui.domain.endpoint import Options
from bbtui.domain.observation import Target
from bbtui.domain.problem import NO_PROBLEM, Problem

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient, Response


#: Ollama's own client stops at 8 MB; a line with log probabilities may be long.
MAX_LINE = 16 * 1024 * 1024

_LINE_END = re.compile(rb"\r\n|\n|\r")


class LineTooLongError(Exception):
    """A server sent more than `MAX_LINE` bytes without ending a line."""


class _Tail:
    """The start of a line whose end has not arrived, kept as the pieces that have.

    They are joined once, when the line ends: a line in many small reads costs no more than in one.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > MAX_LINE:
            raise LineTooLongError
        if part:
            self._parts.append(part)

    def complete(self, parts: list[bytes]) -> list[bytes]:
        """Return the lines that the end of each part but the last completes; keep the last."""
        lines = [self.take(parts[0]), *parts[1:-1]] if len(parts) > 1 else []
        self.add(parts[-1])
        return lines

    def take(self, end: bytes = b"") -> bytes:
        """Return the whole line, which ends with `end`, and start an empty one."""
        self.add(end)
        line = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        return line


class Ndjson:
    """Splits a stream of one JSON object per line, as Ollama's native dialect sends them."""

    def __init__(self) -> None:
        self._tail = _Tail()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines these bytes complete, without line ends and blank lines.

        Raise LineTooLongError.
        """
        lines = self._tail.complete(data.split(b"\n"))
        return [line for line in map(bytes.strip, lines) if line]

    def close(self) -> list[bytes]:
        """Return what came after the last line end: a line without one, or half a line."""
        line = self._tail.take().strip()
        return [line] if line else []


class ServerSentEvents:
    """Splits server-sent events: lines end with LF, CR LF or CR; comments are dropped.

    An ``error:`` field, which older llama.cpp servers send in mid-stream, becomes the object
    ``{"error": …}`` that other servers send.
    """

    def __init__(self) -> None:
        self._tail = _Tail()
        self._after_cr = False
        self._data: list[bytes] = []
        self._data_size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the data of each event these bytes complete; raise LineTooLongError."""
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if not data:
            return []
        self._after_cr = data.endswith(b"\r")
        lines = self._tail.complete(_LINE_END.split(data))
        return [event for line in lines for event in self._line(line)]

    def close(self) -> list[bytes]:
        """Return the last event if the stream ended without the blank line that completes it."""
        return [*self._line(self._tail.take()), *self._line(b"")]

    def _line(self, line: bytes) -> list[bytes]:
        if not line:
            event = b"\n".join(self._data)
            self._data.clear()
            self._data_size = 0
            return [event] if event else []
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data_size += len(value)
            if self._data_size > MAX_LINE:
                raise LineTooLongError
            self._data.append(value)
        elif field == b"error":
            return [b'{"error":' + value + b"}"]
        return []


T = TypeVar("T")

#: A count or a time in ns from a server: one that fits where it is kept.
Count = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
#: A time in ms from a server, at most some 300 years.
Milliseconds = Annotated[float, msgspec.Meta(ge=-9e12, le=9e12)]


class StreamEnd(NamedTuple):
    """How a stream ended; the fields are those of `StreamEnded`."""

    state: AnswerState
    problem: Problem = NO_PROBLEM
    server: ServerTimings = ServerTimings()


SEE_LOG = "the text so far is kept; see the server's log, then try again"

TRUNCATED = StreamEnd(
    AnswerState.TRUNCATED,
    Problem(
        "incomplete (stream ended without a final message)",
        "the server closed the stream mid-answer: see its log, then try again",
    ),
)


class StreamParser(ABC):
    """Parse one stream from bytes to pieces of text."""

    ending: StreamEnd | None = None
    """Set as soon as the stream has ended by its dialect's rules, or has broken them."""

    def __init__(self, framing: Ndjson | ServerSentEvents, peer: Peer) -> None:
        self._framing = framing
        self._peer = peer

    def feed(self, data: bytes) -> tuple[Piece, ...]:
        """Return the pieces that these bytes complete."""
        try:
            frames = self._framing.feed(data)
        except LineTooLongError as error:
            self.ending = malformed_stream(error, self._peer)
            return ()
        return self._pieces(frames)

    def close(self) -> tuple[Piece, ...]:
        """Return the pieces left at the end of the stream, and set `ending`.

        Half an object at the end means that the stream broke off.
        """
        pieces = self._pieces(self._framing.close(), last=True)
        self.ending = self.ending or self.end_if_closed_now() or TRUNCATED
        return pieces

    def end_if_closed_now(self) -> StreamEnd | None:
        """Return the end if the connection broke now; None while the answer is incomplete."""
        return None

    @abstractmethod
    def _parse(self, frame: bytes) -> Piece | None:
        """Return the text in a frame, and set `ending` where it ends the stream.

        Raise MalformedStreamError.
        """

    def _pieces(self, frames: list[bytes], *, last: bool = False) -> tuple[Piece, ...]:
        pieces = []
        for frame in frames:
            try:
                piece = self._parse(frame)
            except MalformedStreamError as error:
                broke_off = last and frame.startswith(b"{")
                if not broke_off:
                    self.ending = malformed_stream(error, self._peer)
                break
            if piece is not None:
                pieces.append(piece)
            if self.ending is not None:
                break
        return tuple(pieces)


class MalformedStreamError(Exception):
    """A line that its dialect does not allow; the text is the reason."""

    def __init__(self, problem: str, line: bytes) -> None:
        super().__init__(problem)
        self.line = line


def decode_line(decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    """Return one line as an object of the dialect; bytes that are no UTF-8 become U+FFFD.

    Raise MalformedStreamError.
    """
    try:
        try:
            return decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return decoder.decode(line.decode("utf-8", errors="replace"))
    except msgspec.ValidationError:
        problem = "the stream contains a line of an unexpected form"
    except (msgspec.DecodeError, RecursionError):
        problem = "the stream contains a line that is not JSON"
    raise MalformedStreamError(problem, line)


def malformed_stream(error: MalformedStreamError | LineTooLongError, peer: Peer) -> StreamEnd:
    """Return the end of a stream that broke the rules of its dialect."""
    cause = f"the server sent a line longer than {MAX_LINE // 1024 // 1024} MiB"
    if isinstance(error, MalformedStreamError):
        cause = f'{error}: "{peer.quoted(error.line)}"'
    return StreamEnd(AnswerState.FAILED, Problem(cause, f"{CHECK_API}; a proxy may be in between"))


def token_limit_reached(options: Options, server: ServerTimings, otherwise: Problem) -> StreamEnd:
    """Return the end of an answer that reached a token limit: `num_predict`, or another.

    `otherwise` is the problem if the limit was not `num_predict`.
    """
    limit, count, problem = options.num_predict, server.eval_count, otherwise
    if limit is not None and limit > 0 and (count is None or count >= limit):
        problem = Problem(
            f"token limit reached (num_predict {limit})", "raise num_predict in [options] for more"
        )
    return StreamEnd(AnswerState.CUT, problem, server)


#: In characters: an answer is kept in memory, and none worth comparing is that long.
MAX_ANSWER = 4 * 1024 * 1024


def stream_events(
    http: HttpClient, response: Response, parser: StreamParser, cancel_token: CancelToken
) -> Iterator[Event]:
    """Yield the events of a streaming response, from `RequestSent` to `StreamEnded`.

    Raise RequestFailed when the connection is lost or the request cancelled.
    """
    if http.sent_ns is not None:
        yield RequestSent(http.sent_ns)
    length = 0
    try:
        for at_ns, data in response.reads():
            if cancel_token.cancelled:
                break
            pieces = parser.feed(data)
            yield ChunksArrived(at_ns, len(data), pieces)
            length += sum(len(text) + len(thinking) for text, thinking in pieces)
            if parser.ending is None and length > MAX_ANSWER:
                parser.ending = StreamEnd(
                    AnswerState.CUT,
                    Problem("size limit reached (4 MiB of text)", "set num_predict in [options]"),
                )
            if parser.ending is not None:
                yield StreamEnded(at_ns, *parser.ending)
                return
    except RequestFailed:
        ending = parser.end_if_closed_now()
        if ending is None or cancel_token.cancelled:
            raise
        yield StreamEnded(time.perf_counter_ns(), *ending)
        return
    if cancel_token.cancelled:
        raise RequestFailed(STOPPED_BY_YOU)
    at_ns = time.perf_counter_ns()
    if pieces := parser.close():
        yield ChunksArrived(at_ns, 0, pieces)
    yield StreamEnded(at_ns, *(parser.ending or TRUNCATED))


def with_diagnosis(
    events: Generator[Event], cancel_token: CancelToken, target: Target
) -> Iterator[Event]:
    """Yield the same events, ended by exactly one `StreamEnded` whatever fails.

    `target` has the endpoint and the requested model.
    """
    model_known = sent = warm = False
    with contextlib.closing(events):
        try:
            for event in events:
                if isinstance(event, ModelStateKnown):
                    model_known, warm = True, event.warmth is Warmth.WARM
                sent = sent or isinstance(event, RequestSent)
                yield event
        except RequestFailed as failure:
            at_ns = time.perf_counter_ns()
            if model_known and not sent and failure.sent_ns is not None:
                yield RequestSent(failure.sent_ns)
            if cancel_token.cancelled:
                yield StreamEnded(at_ns, AnswerState.STOPPED, STOPPED_BY_YOU)
            else:
                failure = with_model(failure, target, warm=warm)
                yield StreamEnded(
                    at_ns, AnswerState.FAILED, failure.problem, observed=failure.observed
                )
