"""Answers: the text of a model, every read that carried it, and how it ended.

::

    waiting ─┬─ thinking ─┬─ done        with the server's final message
             └─ streaming ┼─ cut         at a token limit (num_predict, the context)
                          ├─ truncated   the stream ended without a final message
                          ├─ failed      an error, or the connection was lost
                          └─ stopped     by the user

`thinking` and `streaming` may alternate; an answer may also end from `waiting`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple, overload

from bbtui.domain.problem import NO_PROBLEM, Problem


class AnswerState(StrEnum):
    """The state of an answer; the last five are final."""

    WAITING = "waiting"
    THINKING = "thinking"
    STREAMING = "streaming"
    DONE = "done"
    CUT = "cut"
    TRUNCATED = "truncated"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def final(self) -> bool:
        """Return whether nothing more will arrive."""
        return self not in _GROWING

    @property
    def answered(self) -> bool:
        """Return whether the answer counts as answered: done, or cut at a token limit."""
        return self in _ANSWERED

    @property
    def label(self) -> str:
        """Return the state as it is shown; its value is what is stored."""
        return _LABELS.get(self, self.value)


# Looked up once: these are read for every answer of a session, and a member by its name is slow.
_GROWING = (AnswerState.WAITING, AnswerState.THINKING, AnswerState.STREAMING)
_ANSWERED = (AnswerState.DONE, AnswerState.CUT)
_LABELS = {AnswerState.CUT: "token limit reached", AnswerState.TRUNCATED: "incomplete"}


#: How many pieces of a growing text are joined to one.
_JOINED_PIECES = 256

#: Why an answer, or any other work, ended that the user stopped.
STOPPED_BY_YOU = Problem("stopped by you")


class Need(IntEnum):
    """How much a cell needs an answer; a run takes the cells from one of these values on.

    `FAILED` includes a stream without a final message; `NOT_RUN` includes an answer that was
    interrupted by the end of this program.
    """

    NONE = 0
    STOPPED = 1
    FAILED = 2
    NOT_RUN = 3


def need_of(state: AnswerState, *, abandoned: bool = False) -> Need:
    """Return what a cell needs whose latest answer is in `state`."""
    if state.answered:
        return Need.NONE
    if state is AnswerState.STOPPED:
        return Need.STOPPED
    return Need.NOT_RUN if abandoned else Need.FAILED


class Warmth(StrEnum):
    """Whether the model was in memory before the request, if known."""

    WARM = "warm"
    COLD = "cold"
    UNKNOWN = "unknown"


class Cell(NamedTuple):
    """Task × endpoint × trial (from 1): one cell of the comparison's table."""

    task: str
    """The id of the task."""
    endpoint: str
    """The name of the endpoint."""
    trial: int = 1
    """The number of the trial, from 1."""

    @property
    def round(self) -> Round:
        """Return the round it belongs to."""
        return Round(self.task, self.trial)


class Round(NamedTuple):
    """One task put to all endpoints once."""

    task: str
    """The id of the task."""

    trial: int
    """The number of the trial, from 1."""


class Piece(NamedTuple):
    """The answer text and the thinking of one stream object (a chunk); either may be ""."""

    text: str
    """Text of the answer."""
    thinking: str = ""
    """Text of the thinking."""

    ends_thinking: bool = False
    """Whether all the text before it was thinking, as a tag at its end shows."""


class Read(NamedTuple):
    """One read of the socket."""

    offset_ns: int
    """Time since the request was written; the same for reads that arrived together."""

    size: int
    """In bytes."""

    text: int
    """Characters of answer text that it completed."""

    thinking: int
    """Characters of thinking that it completed."""

    chunks: int
    """Stream objects with any text."""


#: The largest count or time in ns: a sum of some of them still fits SQLite's integers.
MOST = 2**62


class Reads(Sequence[Read]):
    """Reads in order, of which an answer may have very many: 24 bytes each.

    They are only appended to, and equal to any sequence of the same reads.
    """

    __slots__ = ("_columns",)

    def __init__(self, reads: Iterable[Read] = ()) -> None:
        """Keep these reads; copy them if they are `Reads` themselves."""
        self._columns: tuple[array[int], ...]
        if isinstance(reads, Reads):
            self._columns = tuple(column[:] for column in reads._columns)
        else:
            self._columns = (array("q"), *(array("I") for _ in Read._fields[1:]))
            for read in reads:
                self.append(read)

    def append(self, read: Read) -> None:
        """Add the next read."""
        if not all(0 <= value < 1 << 32 for value in read[1:]):
            self._columns = tuple(array("q", column) for column in self._columns)
        for column, value in zip(self._columns, read, strict=True):
            column.append(value)

    def __len__(self) -> int:
        return len(self._columns[0])

    @overload
    def __getitem__(self, index: int) -> Read: ...
    @overload
    def __getitem__(self, index: slice) -> Reads: ...
    def __getitem__(self, index: int | slice) -> Read | Reads:
        if isinstance(index, int):
            return Read(*(column[index] for column in self._columns))
        part = Reads()
        part._columns = tuple(column[index] for column in self._columns)
        return part

    def __iter__(self) -> Iterator[Read]:
        return map(Read, *self._columns)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Reads):
            return self._columns == other._columns  # by value, whatever their types are
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Reads({list(self)})"


class GrowingText:
    """Text that comes in very many small pieces, and is read from any position on."""

    __slots__ = ("_joined", "_pieces", "_size", "_starts")

    def __init__(self) -> None:
        self._joined: list[str] = []
        self._starts: list[int] = []  # of each joined part
        self._pieces: list[str] = []  # what came after them
        self._size = 0

    def append(self, text: str) -> None:
        """Add the next piece."""
        self._pieces.append(text)
        self._size += len(text)
        # A piece of its own is many times as large as its text.
        if len(self._pieces) >= _JOINED_PIECES:
            joined = "".join(self._pieces)
            self._starts.append(self._size - len(joined))
            self._joined.append(joined)
            self._pieces.clear()

    def since(self, position: int) -> str:
        """Return the text from a position on, in characters."""
        if position >= self._size:
            return ""
        first = max(0, bisect_right(self._starts, position) - 1)
        start = self._starts[first] if self._starts else 0
        return "".join([*self._joined[first:], *self._pieces])[position - start :]

    def __len__(self) -> int:
        return self._size

    def __str__(self) -> str:
        return self.since(0)


@dataclass(frozen=True, slots=True)
class ServerTimings:
    """The timings that the server reports, under Ollama's names; None is not reported.

    Times in ns, counts in tokens. No clock gives a figure below 0 or above `MOST`: it is unknown.
    """

    total_ns: int | None = None
    """The whole request."""
    load_ns: int | None = None
    """Loading the model."""
    prompt_eval_ns: int | None = None
    """Processing the prompt."""
    prompt_eval_count: int | None = None
    """The tokens of the prompt."""

    cached_count: int | None = None
    """The part of the prompt that was not computed again."""

    eval_ns: int | None = None
    """From the first sampled token to the last (Ollama ≥ 0.30, llama.cpp)."""

    eval_count: int | None = None
    """The tokens generated, thinking and the end token included."""

    def __post_init__(self) -> None:
        """Forget what no clock gives, whether a server, a database or a sum has it."""
        for field in fields(self):
            figure = getattr(self, field.name)
            if figure is not None and not 0 <= figure <= MOST:
                object.__setattr__(self, field.name, None)


#: How an answer ended whose program ended before it did.
ABANDONED = Problem(
    "bbtui ended while this was streaming",
    "what had come is kept; run it again for a whole answer",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is saved, shown and exported."""

    cell: Cell
    """The cell it answers."""

    attempt: int
    """Counts the runs of the same cell, from 1."""

    started_at: datetime
    """When its request began, in UTC."""
    state: AnswerState = AnswerState.WAITING
    """Its state."""

    text: str = ""
    """Raw, as the model wrote it."""

    thinking: str = ""
    """Raw, as the model wrote it."""

    reads: Sequence[Read] = ()
    """Kept as `Reads`."""

    end_ns: int | None = None
    """Time since the request was written; None while it runs, or if nothing was written."""

    problem: Problem = NO_PROBLEM
    """Why it ended; for `done`, what is to be noted of it."""

    warmth: Warmth = Warmth.UNKNOWN
    """Whether the model was in memory before the request."""

    preload_ns: int | None = None
    """How long the visible load step before the request took, if there was one."""

    server: ServerTimings = ServerTimings()
    """The timings that the server reported."""

    abandoned: bool = False
    """Whether it failed only because this program ended."""

    marker: str = ""
    """What was put before the prompt so that no server has it in its cache; "" for nothing."""

    def __post_init__(self) -> None:
        """Keep the reads in little memory."""
        if not isinstance(self.reads, Reads):
            object.__setattr__(self, "reads", Reads(self.reads))

    @property
    def has_text(self) -> bool:
        """Return whether there is anything to judge."""
        return bool(self.text or self.thinking)


class LiveAnswer:
    """An answer while it streams: the one mutable value of the domain.

    `text`, `thinking` and `reads` are only appended to, so a reader can keep a position in each; it
    starts again when `revision` changes: then what was text has turned out to be thinking. Stamps
    are of the monotonic clock (`time.perf_counter_ns`): `sent_ns` is when the request was written,
    which may be known only with the first token; `since_ns` is when the current wait began, at
    first that for the request to start. `phase` describes the wait before the request is
    `under_way`, `waits_for` the wait from then until the first data.
    """

    def __init__(
        self, cell: Cell, attempt: int, started_at: datetime, *, asked_ns: int = 0
    ) -> None:
        self.cell = cell
        self.attempt = attempt
        self.started_at = started_at
        self.asked_ns = asked_ns
        self.since_ns = asked_ns
        self.sent_ns: int | None = None
        self.state = AnswerState.WAITING
        self.phase = ""
        self.under_way = False
        self.waits_for = ""
        self.text = GrowingText()
        self.thinking = GrowingText()
        self.reads = Reads()
        self.revision = 0
        self.end_ns: int | None = None
        self.problem = NO_PROBLEM
        self.warmth = Warmth.UNKNOWN
        self.preload_ns: int | None = None
        self.server = ServerTimings()
        self.abandoned = False
        self.marker = ""

    def append(self, offset_ns: int, size: int, pieces: Iterable[Piece]) -> None:
        """Append what one read completed; do nothing after the end."""
        if self.state.final:
            return
        text_length = thinking_length = chunks = 0
        for text, thinking, ends_thinking in pieces:
            if ends_thinking:
                self._turn_into_thinking()
                text_length, thinking_length = 0, text_length + thinking_length
            if thinking:
                self.thinking.append(thinking)
                thinking_length += len(thinking)
                self.state = AnswerState.THINKING
            if text:
                self.text.append(text)
                text_length += len(text)
                self.state = AnswerState.STREAMING
            chunks += bool(text or thinking)
        self.reads.append(Read(offset_ns, size, text_length, thinking_length, chunks))

    def _turn_into_thinking(self) -> None:
        """Make all of the text thinking."""
        self.thinking.append(str(self.text))
        self.text = GrowingText()
        self.reads = Reads(
            read._replace(text=0, thinking=read.text + read.thinking) for read in self.reads
        )
        self.state = AnswerState.THINKING
        self.revision += 1

    def end(
        self,
        state: AnswerState,
        end_ns: int | None,
        problem: Problem = NO_PROBLEM,
        server: ServerTimings | None = None,
    ) -> None:
        """End in `state`; do nothing if it has ended already."""
        if self.state.final:
            return
        if not state.final:
            raise ValueError(f"{state} is not an end")
        self.state = state
        self.end_ns = end_ns
        self.problem = problem
        if server is not None:
            self.server = server

    def abandon(self, end_ns: int | None) -> None:
        """End as an answer whose program ended first, unless it has ended already."""
        if not self.state.final:
            self.end(AnswerState.FAILED, end_ns, ABANDONED)
            self.abandoned = True

    @property
    def has_text(self) -> bool:
        """Return whether there is anything to judge yet."""
        return bool(self.text or self.thinking)

    def answer(self) -> Answer:
        """Return its current value."""
        return Answer(
            cell=self.cell,
            attempt=self.attempt,
            started_at=self.started_at,
            state=self.state,
            text=str(self.text),
            thinking=str(self.thinking),
            reads=self.reads if self.state.final else Reads(self.reads),
            end_ns=self.end_ns,
            problem=self.problem,
            warmth=self.warmth,
            preload_ns=self.preload_ns,
            server=self.server,
            abandoned=self.abandoned,
            marker=self.marker,
        )
