"""How one stream of a dialect is read, and how it can end: what the dialects share."""

from __future__ import annotations

from typing import Annotated, NamedTuple, Protocol, TypeVar

import msgspec

from bbtui.clients.http.framing import MAX_LINE, LineTooLongError
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import CHECK_API
from bbtui.domain.answer import AnswerState, Piece, ServerTimings
from bbtui.domain.problem import NO_PROBLEM, Problem

T = TypeVar("T")

#: A count or a time in ns from a server: one that fits where it is kept.
Count = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
#: A time in ms from a server, at most some 300 years.
Milliseconds = Annotated[float, msgspec.Meta(ge=-9e12, le=9e12)]


class StreamEnd(NamedTuple):
    """How a stream ended; the fields are those of `Ended`."""

    state: AnswerState
    problem: Problem = NO_PROBLEM
    server: ServerTimings = ServerTimings()


SEE_LOG = "what came before is kept; the server's own log says more; then ask again"

TRUNCATED = StreamEnd(
    AnswerState.TRUNCATED,
    Problem(
        "ended without saying so (truncated)",
        "the server closed the stream in mid-answer: its own log may say why; ask again",
    ),
)


class StreamParser(Protocol):
    """One stream of a dialect being read, from bytes to pieces of text."""

    #: Set as soon as the stream has said how it ends, or has broken its own rules.
    ending: StreamEnd | None

    def feed(self, data: bytes) -> tuple[Piece, ...]:
        """The pieces these bytes complete."""
        ...

    def close(self) -> tuple[Piece, ...]:
        """The pieces in what is left at the end of the stream; sets `ending`."""
        ...

    def end_if_closed_now(self) -> StreamEnd | None:
        """The ending if the connection broke now; None while the answer is not whole."""
        ...


class MalformedStreamError(Exception):
    """A line that is not what the dialect sends; the text says in which way."""

    def __init__(self, problem: str, line: bytes) -> None:
        super().__init__(problem)
        self.line = line


def parse(decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    """One line as an object of the dialect; bytes that are no UTF-8 become U+FFFD.

    Raises MalformedStreamError.
    """
    try:
        return decoder.decode(line)
    except msgspec.ValidationError:
        problem = "the stream holds a line of an unexpected form"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = line.decode("utf-8", errors="replace")
        try:
            return decoder.decode(text)
        except msgspec.ValidationError:
            problem = "the stream holds a line of an unexpected form"
        except (msgspec.DecodeError, RecursionError):
            problem = "the stream holds a line that is not JSON"
    raise MalformedStreamError(problem, line)


def malformed_stream(error: MalformedStreamError | LineTooLongError, peer: Peer) -> StreamEnd:
    """The ending of a stream that broke the rules of its dialect."""
    if isinstance(error, LineTooLongError):
        cause = f"the server sent a line longer than {MAX_LINE // 1024 // 1024} MiB"
    else:
        cause = f'{error}: "{peer.quoted(error.line)}"'
    problem = Problem(cause, f"{CHECK_API}; a proxy may be in between")
    return StreamEnd(AnswerState.FAILED, problem)
