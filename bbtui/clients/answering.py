"""An answer from the wire to its events: what both dialects share."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import msgspec

from bbtui.clients.base import Arrived, Ended, Event, Known, Line, Sent
from bbtui.clients.failures import CHECK_API, Unanswered, excerpt
from bbtui.clients.framing import MAX_LINE, LineTooLongError
from bbtui.domain.answer import AnswerState, Piece, ServerTimings
from bbtui.domain.endpoint import Options

if TYPE_CHECKING:
    from bbtui.clients.http import Http, Incoming

#: In characters; no answer anyone compares is that long, and it is kept in memory.
MAX_ANSWER = 4 * 1024 * 1024

T = TypeVar("T")


class Ending(NamedTuple):
    """How a stream ended; the fields are those of `Ended`."""

    state: AnswerState
    cause: str = ""
    hint: str = ""
    server: ServerTimings = ServerTimings()


SEE_LOG = "what came before is kept; the server's own log says more; then ask again"

TRUNCATED = Ending(
    AnswerState.TRUNCATED,
    "ended without saying so (truncated)",
    "the server closed the stream in mid-answer: its own log may say why; ask again",
)


def cut(options: Options, count: int | None, server: ServerTimings) -> Ending:
    """The ending of an answer that met a limit after `count` tokens: its own, or the context's."""
    limit = options.num_predict
    if limit is not None and limit > 0 and (count is None or count >= limit):
        cause, hint = f"cut at num_predict {limit}", "raise num_predict in [options] for more"
    elif options.num_ctx is not None:
        cause = f"cut at the end of the context (num_ctx {options.num_ctx})"
        hint = "raise num_ctx in [options] for more"
    else:
        cause, hint = "cut at the end of the context", "set num_ctx in [options] for more"
    return Ending(AnswerState.CUT, cause, hint, server)


class Reading(Protocol):
    """One stream of a dialect being read, from bytes to pieces of text."""

    #: Set as soon as the stream has said how it ends, or has broken its own rules.
    ending: Ending | None

    def feed(self, data: bytes) -> tuple[Piece, ...]:
        """The pieces these bytes complete."""
        ...

    def close(self) -> tuple[Piece, ...]:
        """The pieces in what is left at the end of the stream; sets `ending`."""
        ...

    def so_far(self) -> Ending | None:
        """The ending if the connection broke now; None while the answer is not whole."""
        ...


class GarbledError(Exception):
    """A line that is not what the dialect sends; the text is a sentence for the user."""


def parse(decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    """One line as an object of the dialect; bytes that are no UTF-8 become U+FFFD.

    Raises GarbledError.
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
    raise GarbledError(f'{problem}: "{excerpt(line)}"')


def garbled(error: GarbledError | LineTooLongError) -> Ending:
    """The ending of a stream that broke the rules of its dialect."""
    if isinstance(error, LineTooLongError):
        cause = f"the server sent a line longer than {MAX_LINE // 1024 // 1024} MiB"
    else:
        cause = str(error)
    return Ending(
        AnswerState.FAILED,
        cause,
        f"{CHECK_API}; a proxy may be in between",
    )


def listen(http: Http, incoming: Incoming, reading: Reading, line: Line) -> Iterator[Event]:
    """The events of a reply that streams, from `Sent` to `Ended`.

    Raises Unanswered when the connection is lost or cut.
    """
    if http.sent_ns is not None:
        yield Sent(http.sent_ns)
    length = 0
    try:
        for at_ns, data in incoming.reads():
            if line.cut:
                break
            pieces = reading.feed(data)
            yield Arrived(at_ns, len(data), pieces)
            length += sum(len(text) + len(thinking) for text, thinking in pieces)
            if reading.ending is None and length > MAX_ANSWER:
                reading.ending = Ending(
                    AnswerState.CUT, "cut at 4 MiB of text", "set num_predict in [options]"
                )
            if reading.ending is not None:
                yield Ended(at_ns, *reading.ending)
                return
    except Unanswered:
        ending = reading.so_far()
        if ending is None or line.cut:
            raise
        yield Ended(time.perf_counter_ns(), *ending)
        return
    if line.cut:
        raise Unanswered("stopped by you")
    at_ns = time.perf_counter_ns()
    if pieces := reading.close():
        yield Arrived(at_ns, 0, pieces)
    yield Ended(at_ns, *(reading.ending or TRUNCATED))


def explained(events: Generator[Event], line: Line) -> Iterator[Event]:
    """The same events, closed by exactly one `Ended` whatever goes wrong on the way."""
    asked = sent = False
    with contextlib.closing(events):
        try:
            for event in events:
                asked = asked or isinstance(event, Known)
                sent = sent or isinstance(event, Sent)
                yield event
        except Unanswered as failure:
            at_ns = time.perf_counter_ns()
            if asked and not sent and failure.sent_ns is not None:
                yield Sent(failure.sent_ns)
            if line.cut:
                yield Ended(at_ns, AnswerState.STOPPED, "stopped by you")
            else:
                yield Ended(at_ns, AnswerState.FAILED, failure.cause, failure.hint)
