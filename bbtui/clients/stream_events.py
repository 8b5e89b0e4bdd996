"""Turns a response into the events of an answer: what the dialects share.

A stream is read part by part: what cannot be read is left out alone, and noted with the answer.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import msgspec

from bbtui.clients.http.json_parts import PartDecoder
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
from bbtui.clients.stream_lines import MAX_LINE, LineTooLongError, Ndjson, ServerSentEvents
from bbtui.clients.thinking_tags import ThinkingTags
from bbtui.domain.answer import STOPPED_BY_YOU, AnswerState, Piece, ServerTimings, Warmth
from bbtui.domain.endpoint import Options
from bbtui.domain.observation import Target
from bbtui.domain.problem import NO_PROBLEM, Problem

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient, Response


T = TypeVar("T")


class StreamEnd(NamedTuple):
    """How a stream ended; the fields are those of `StreamEnded`."""

    state: AnswerState
    """The final state of the answer."""
    problem: Problem = NO_PROBLEM
    """Why it is not whole, and the fix."""
    server: ServerTimings = ServerTimings()
    """The timings that the server reported."""
    note: str = ""
    """A note on the answer; "" for none."""


SEE_LOG = "the text so far is kept; see the server's log, then try again"

TRUNCATED = StreamEnd(
    AnswerState.TRUNCATED,
    Problem(
        "incomplete (stream ended without a final message)",
        "the server closed the stream mid-answer: see its log, then try again",
    ),
)


class MalformedStreamError(Exception):
    """A line that its dialect does not allow; the text is the reason."""

    def __init__(self, problem: str, line: bytes) -> None:
        super().__init__(problem)
        self.line = line


def decode_line(decoder: PartDecoder[T], line: bytes) -> tuple[T, tuple[str, ...]]:
    """Return the readable parts of a line, and the paths of the others.

    Raise MalformedStreamError.
    """
    try:
        return decoder.decode_parts(line)
    except msgspec.ValidationError:
        problem = "the stream contains a line of an unexpected form"
    except (msgspec.DecodeError, RecursionError):
        problem = "the stream contains a line that is not JSON"
    raise MalformedStreamError(problem, line)


class StreamParser(ABC, Generic[T]):
    """Parse one stream from bytes to pieces of text; `T` is an object of the dialect."""

    ending: StreamEnd | None = None
    """Set as soon as the stream has ended by its dialect's rules, or is not of its dialect."""

    reason = ""
    """The server's word for why the answer ended, quoted; "" until it has."""

    def __init__(
        self, framing: Ndjson | ServerSentEvents, decoder: PartDecoder[T], peer: Peer
    ) -> None:
        self._framing = framing
        self._decoder = decoder
        self._peer = peer
        self._text, self._thinking = _Characters(), _Characters()
        self._tags = ThinkingTags()
        self._has_text = self._has_thinking = False
        self._readable = False
        self._unreadable: MalformedStreamError | None = None
        self._left_out: dict[str, None] = {}

    def feed(self, data: bytes) -> tuple[Piece, ...]:
        """Return the pieces that these bytes complete."""
        try:
            frames = self._framing.feed(data)
        except LineTooLongError as error:
            self.ending = malformed_stream(error, self._peer)
            return ()
        return self._pieces(frames)

    def close(self, *, lost: bool = False) -> tuple[Piece, ...]:
        """Return the pieces left at the end of the stream, and set `ending`.

        Half an object at the end means that the stream broke off. If the connection was `lost`, an
        answer that is incomplete gets no `ending`.
        """
        try:
            frames = self._framing.close()
        except LineTooLongError as error:
            self.ending = malformed_stream(error, self._peer)
            return ()
        pieces = self._pieces(frames, last=True)
        if self.ending is None:
            ending = self._end_if_closed_now()
            if ending is None and not lost:
                ending = TRUNCATED
                if self._unreadable is not None and not self._readable:
                    ending = malformed_stream(self._unreadable, self._peer)
            self.ending = None if ending is None else self._judged(ending)
        return pieces

    @abstractmethod
    def _parse(self, chunk: T) -> Piece | None:
        """Return the text in an object, and set `ending` where it ends the stream."""

    def _end_if_closed_now(self) -> StreamEnd | None:
        """Return the end if the connection is closed now; None while the answer is incomplete."""
        return None

    def _is_no_object(self, frame: bytes) -> bool:
        """Return whether a frame is none of the answer's objects and means no harm.

        Some gateways send a comment or null as data, to keep the connection alive.
        """
        return frame == b"null" or frame.startswith(b":")

    def _pieces(self, frames: list[bytes], *, last: bool = False) -> tuple[Piece, ...]:
        pieces: list[Piece | None] = []
        for frame in frames:
            if not self._is_no_object(frame):
                pieces.append(self._piece(frame, last=last))
            if self.ending is not None:
                break
        if last or self.ending is not None:
            held = self._tags.feed(Piece(self._text.close(), self._thinking.close()))
            pieces += [self._seen(held), self._seen(self._tags.close())]
        if self.ending is not None:
            self.ending = self._judged(self.ending)
        return tuple(piece for piece in pieces if piece is not None)

    def _piece(self, frame: bytes, *, last: bool) -> Piece | None:
        """Return the text of a frame; leave out what cannot be read."""
        try:
            chunk, left_out = decode_line(self._decoder, frame)
        except MalformedStreamError as error:
            broke_off = last and frame.startswith(b"{")
            if not broke_off:
                self._leave_out(error)
            return None
        self._readable = True
        if left_out:
            self._left_out.update(dict.fromkeys(left_out))
        piece = self._parse(chunk)
        if piece is None:
            return None
        text, thinking = self._text.feed(piece.text), self._thinking.feed(piece.thinking)
        if text is not piece.text or thinking is not piece.thinking:
            piece = Piece(text, thinking)
        return self._seen(self._tags.feed(piece))

    def _leave_out(self, error: MalformedStreamError) -> None:
        """Leave a frame out; a stream of lines that begins with another is not of the dialect."""
        self._unreadable = self._unreadable or error
        if self._readable:
            self._left_out[f'"{self._peer.quoted(error.line, 40)}"'] = None
        elif isinstance(self._framing, Ndjson):
            self.ending = malformed_stream(error, self._peer)

    def _seen(self, piece: Piece | None) -> Piece | None:
        known = self._has_text and self._has_thinking
        if piece is not None and (piece.ends_thinking or not known):
            if piece.ends_thinking:
                self._has_thinking = self._has_thinking or self._has_text
                self._has_text = False
            self._has_text = self._has_text or bool(piece.text.strip())
            self._has_thinking = self._has_thinking or bool(piece.thinking.strip())
        return piece

    def _judged(self, ending: StreamEnd) -> StreamEnd:
        """Return the end with the notes on the text; an end without any text has failed."""
        if ending.state is AnswerState.FAILED:
            return ending
        if not (self._has_text or self._has_thinking) and (ending.state.answered or self.reason):
            word = f': the server ended the answer with "{self.reason}"' if self.reason else ""
            problem = Problem(f"no text received{word}", _NO_TEXT)
            return ending._replace(state=AnswerState.FAILED, problem=problem)
        if ending.state is AnswerState.DONE and not self._has_text:
            ending = ending._replace(state=AnswerState.TRUNCATED, problem=_ONLY_THINKING)
        return ending._replace(note="; ".join(self._notes()))

    def _notes(self) -> Iterator[str]:
        if self._tags.found and self._has_thinking:
            yield "thinking inside the text was separated by its tags"
        if self._left_out:
            names = list(self._left_out)
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield f"left out as unreadable: {', '.join(names[:_NAMED])}{more}"


#: How many parts of a stream that were left out are named.
_NAMED = 3
_NO_TEXT = (
    "see the server's log: the prompt may be longer than its context, or the model has no chat "
    "template"
)
_ONLY_THINKING = Problem(
    "incomplete (thinking, and no text of an answer)",
    "raise num_predict in [options], or set think to false there",
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_HIGH = ("\ud800", "\udbff")


class _Characters:
    """Joins the two halves of a character that came in two parts; half of one becomes U+FFFD.

    JSON may escape a character beyond U+FFFF as a pair of surrogates, and a server may send them
    apart.
    """

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        """Return the whole characters."""
        if not self._half and (text.isascii() or not _SURROGATE.search(text)):
            return text
        text = self._half + text
        self._half = text[-1] if _HIGH[0] <= text[-1] <= _HIGH[1] else ""
        return _whole_characters(text.removesuffix(self._half))

    def close(self) -> str:
        """Return what is left of a character whose other half never came."""
        half, self._half = self._half, ""
        return _whole_characters(half)


def _whole_characters(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


#: The words with which servers end a whole answer, without blanks and signs: OpenAI, vLLM, TGI,
#: Anthropic, Cohere, Gemini, LM Studio.
_WHOLE = re.compile(
    "stop(ped|sequence|stringfound|token)?|eos(token|found)?|endo?f?turn|completed?|finished|done|"
    "tool(calls?|use)|functioncall"
)
#: Parts of the words for a limit of tokens, by any name.
_LIMIT = re.compile("length|max|tokenlimit|contextwindow|contextlimit")
_FILTER = re.compile("filter|safety|refus|recitation|prohibited|blocklist|toxic|moderation")


def end_by_word(reason: str, server: ServerTimings, limit: StreamEnd, peer: Peer) -> StreamEnd:
    """Return the end of an answer by the server's word for it.

    `limit` is the end at a limit of tokens. A word that is neither that nor a stop is quoted: the
    answer is not whole.
    """
    word = re.sub("[^a-z]", "", reason.lower())
    if _WHOLE.fullmatch(word):
        return StreamEnd(AnswerState.DONE, server=server)
    if _LIMIT.search(word):
        return limit
    fix = "rephrase the prompt, or use another model" if _FILTER.search(word) else SEE_LOG
    cause = f'incomplete (the server ended the answer with "{peer.quoted(reason, 40)}")'
    return StreamEnd(AnswerState.TRUNCATED, Problem(cause, fix), server)


def read_texts(content: object, depth: int = 4) -> Piece:
    """Return the text and the thinking of a content: a string, or parts that have a type.

    A part may hold parts; more than `depth` levels of them are ignored.
    """
    if isinstance(content, str) or not depth:
        return Piece(content if isinstance(content, str) else "")
    text = thinking = ""
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            text += part
        elif isinstance(part, dict):
            inside = next((part[key] for key in _TEXT_KEYS if part.get(key)), "")
            inner = read_texts(inside, depth - 1)
            if part.get("type") in _THINKING_TYPES:
                thinking += inner.text + inner.thinking
            else:
                text, thinking = text + inner.text, thinking + inner.thinking
    return Piece(text, thinking)


_TEXT_KEYS = ("text", "thinking", "reasoning", "refusal", "content")
_THINKING_TYPES = ("thinking", "reasoning", "reasoning.text")


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


#: How long reads of blank lines count as one, in ns: some servers send them to keep alive.
BLANKS_NS = 100_000_000
#: How long a stream may stay open once the server has said that the answer ended, in s.
GRACE_PERIOD_S = 10.0
_HELD_OPEN = "the server kept the stream open after the end of the answer"
#: In characters: an answer is kept in memory, and none worth comparing is that long.
MAX_ANSWER = 4 * 1024 * 1024


def stream_events(
    http: HttpClient, response: Response, parser: StreamParser[Any], cancel_token: CancelToken
) -> Iterator[Event]:
    """Yield the events of a streaming response, from `RequestSent` to `StreamEnded`.

    Raise RequestFailed when the connection is lost or the request cancelled.
    """
    if http.sent_ns is not None:
        yield RequestSent(http.sent_ns)
    left = MAX_ANSWER
    size = told_ns = 0
    grace = _GracePeriod(response)
    try:
        for at_ns, data in grace.reads():
            if cancel_token.cancelled:
                break
            pieces, left = _within(parser.feed(data), left)
            if parser.reason:
                grace.start(at_ns, again=bool(pieces))
            size += len(data)
            if at_ns - told_ns < BLANKS_NS and not (pieces or parser.ending or data.strip()):
                continue
            yield ChunksArrived(at_ns, size, pieces)
            size, told_ns = 0, at_ns
            if left < 0:
                parser.ending = _SIZE_LIMIT
            if parser.ending is not None:
                yield StreamEnded(at_ns, *parser.ending)
                return
    except RequestFailed:
        # An object may have come whole just before the connection was lost.
        pieces, _ = _within(parser.close(lost=True), left)
        at_ns = grace.ended_ns
        if pieces:
            yield ChunksArrived(at_ns, 0, pieces)
        if parser.ending is None or cancel_token.cancelled:
            raise
        yield StreamEnded(at_ns, *grace.add_note(parser.ending))
        return
    if cancel_token.cancelled:
        raise RequestFailed(STOPPED_BY_YOU)
    pieces, left = _within(parser.close(), left)
    at_ns = grace.ended_ns
    if pieces:
        yield ChunksArrived(at_ns, 0, pieces)
    ending = _SIZE_LIMIT if left < 0 else parser.ending or TRUNCATED
    yield StreamEnded(at_ns, *grace.add_note(ending))


class _GracePeriod:
    """How long a response may stay open after the end of its answer; then its reads are ended.

    The token counts come after that end. Some gateways then send no ``[DONE]``, and wait for the
    client to close the connection.
    """

    def __init__(self, response: Response) -> None:
        self._response = response
        self._limit = contextlib.ExitStack()
        self._over: threading.Event | None = None
        self._started_ns = 0

    def reads(self) -> Iterator[tuple[int, bytes]]:
        """Yield the reads; see `Response.reads`."""
        with self._limit:
            yield from self._response.reads()

    def start(self, at_ns: int, *, again: bool) -> None:
        """Start the period after a read; if it has started before, only if `again`."""
        if again or self._over is None:
            self._limit.close()
            self._over = self._limit.enter_context(self._response.ends_within(GRACE_PERIOD_S))
            self._started_ns = at_ns

    @property
    def ended_ns(self) -> int:
        """When the stream ended: now, or with its answer if the period is over."""
        return self._started_ns if self._is_over else time.perf_counter_ns()

    def add_note(self, ending: StreamEnd) -> StreamEnd:
        """Return the end, with a note if the period is over."""
        if not self._is_over:
            return ending
        return ending._replace(note="; ".join(filter(None, (ending.note, _HELD_OPEN))))

    @property
    def _is_over(self) -> bool:
        return self._over is not None and self._over.is_set()


_SIZE_LIMIT = StreamEnd(
    AnswerState.CUT,
    Problem("size limit reached (4 MiB of text)", "set num_predict in [options]"),
)


def _within(pieces: tuple[Piece, ...], left: int) -> tuple[tuple[Piece, ...], int]:
    """Return pieces up to `left` characters, and how many more fit; -1 if a part did not."""
    for at, piece in enumerate(pieces):
        size = len(piece.text) + len(piece.thinking)
        if size > left:
            thinking = piece.thinking[:left]
            text = piece.text[: left - len(thinking)]
            return (*pieces[:at], piece._replace(text=text, thinking=thinking)), -1
        left -= size
    return pieces, left


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
