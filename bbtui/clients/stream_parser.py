"""Parses the stream of an answer from bytes to pieces of text: what the dialects share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, NamedTuple, Protocol, TypeVar

import msgspec

from bbtui.clients.http.framing import MAX_LINE, LineTooLongError
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import CHECK_API
from bbtui.domain.answer import AnswerState, Piece, ServerTimings
from bbtui.domain.endpoint import Options
from bbtui.domain.problem import NO_PROBLEM, Problem

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


class Framing(Protocol):
    """Splits the bytes of a stream into frames: lines or events."""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the frames that these bytes complete; raise LineTooLongError."""
        ...

    def close(self) -> list[bytes]:
        """Return what is left at the end of the stream."""
        ...


class StreamParser(ABC):
    """Parse one stream from bytes to pieces of text."""

    ending: StreamEnd | None = None
    """Set as soon as the stream has ended by its dialect's rules, or has broken them."""

    def __init__(self, framing: Framing, peer: Peer) -> None:
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
                self.ending = (
                    (self.end_if_closed_now() or TRUNCATED)
                    if broke_off
                    else malformed_stream(error, self._peer)
                )
                break
            if piece is not None:
                pieces.append(piece)
            if self.ending is not None:
                break
        return tuple(pieces)


class MalformedStreamError(Exception):
    """A line that its dialect does not allow; the text says why."""

    def __init__(self, problem: str, line: bytes) -> None:
        super().__init__(problem)
        self.line = line


def decode_line(decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    """Return one line as an object of the dialect; bytes that are no UTF-8 become U+FFFD.

    Raise MalformedStreamError.
    """
    try:
        return decoder.decode(line)
    except msgspec.ValidationError:
        problem = "the stream contains a line of an unexpected form"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = line.decode("utf-8", errors="replace")
        try:
            return decoder.decode(text)
        except msgspec.ValidationError:
            problem = "the stream contains a line of an unexpected form"
        except (msgspec.DecodeError, RecursionError):
            problem = "the stream contains a line that is not JSON"
    raise MalformedStreamError(problem, line)


def malformed_stream(error: MalformedStreamError | LineTooLongError, peer: Peer) -> StreamEnd:
    """Return the end of a stream that broke the rules of its dialect."""
    if isinstance(error, LineTooLongError):
        cause = f"the server sent a line longer than {MAX_LINE // 1024 // 1024} MiB"
    else:
        cause = f'{error}: "{peer.quoted(error.line)}"'
    problem = Problem(cause, f"{CHECK_API}; a proxy may be in between")
    return StreamEnd(AnswerState.FAILED, problem)


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
