"""Answers: the text of a model, every read that carried it, and the one way it ended.

::

    waiting ─┬─ thinking ─┬─ done        the server said so
             └─ streaming ┼─ cut         stopped at num_predict or the context's end
                          ├─ truncated   the stream ended without saying so
                          ├─ failed      an error, or the connection was lost
                          └─ stopped     by the user

`thinking` and `streaming` may follow one another; an answer may also end from `waiting`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

from bbtui.domain.problem import NO_PROBLEM, Problem


class AnswerState(StrEnum):
    """Where an answer is; the last five are final."""

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
        """Whether nothing more will come."""
        return self not in (AnswerState.WAITING, AnswerState.THINKING, AnswerState.STREAMING)

    @property
    def answered(self) -> bool:
        """Whether the answer is whole as far as the model goes; a cut one counts as answered."""
        return self in (AnswerState.DONE, AnswerState.CUT)

    @property
    def label(self) -> str:
        """Return the state as it is shown; its value is what is stored."""
        return _LABELS.get(self, self.value)


_LABELS = {
    AnswerState.CUT: "token limit reached",
    AnswerState.TRUNCATED: "incomplete",
}


#: Why an answer, or any other work, ended that the user stopped.
STOPPED_BY_YOU = Problem("stopped by you")


class Need(IntEnum):
    """How much a cell wants an answer. Whoever asks again says from where on.

    `FAILED` is also what has no end that anybody told; `NOT_RUN` also what was asked but cut off
    by the end of this program, which is nobody's fault and nobody's wish.
    """

    NONE = 0
    STOPPED = 1
    FAILED = 2
    NOT_RUN = 3


def need_of(state: AnswerState | None, *, abandoned: bool = False) -> Need:
    """What a cell wants whose latest answer is in `state`; None: it was never asked."""
    if state is None:
        return Need.NOT_RUN
    if state.answered:
        return Need.NONE
    if state is AnswerState.STOPPED:
        return Need.STOPPED
    return Need.NOT_RUN if abandoned else Need.FAILED


class Warmth(StrEnum):
    """Whether the model was in memory before the request, known and not guessed."""

    WARM = "warm"
    COLD = "cold"
    UNKNOWN = "unknown"


class Cell(NamedTuple):
    """Task × endpoint × trial (from 1): one place of the comparison's table."""

    task: str
    endpoint: str
    trial: int = 1


class Piece(NamedTuple):
    """One stream object (a chunk): text of the answer, text of the thinking; either may be ""."""

    text: str
    thinking: str = ""


class Read(NamedTuple):
    """One read of the socket that returned.

    `offset_ns` counts from the moment the request was written; `size` is in bytes; `text` and
    `thinking` are the characters of each kind that it completed; `chunks` the stream objects
    that carried any.
    """

    offset_ns: int
    size: int
    text: int
    thinking: int
    chunks: int


@dataclass(frozen=True, slots=True)
class ServerTimings:
    """The server's own account, in Ollama's words; every figure may be unknown (None).

    Times in ns, counts in tokens. `eval_ns` runs from the first sampled token to the last
    (Ollama ≥ 0.30, llama.cpp). `cached_count` is the part of the prompt that was not computed.
    """

    total_ns: int | None = None
    load_ns: int | None = None
    prompt_eval_ns: int | None = None
    prompt_eval_count: int | None = None
    cached_count: int | None = None
    eval_ns: int | None = None
    eval_count: int | None = None


#: How an answer ended whose program ended before it did.
ABANDONED = Problem(
    "bbtui ended while this was streaming",
    "what had come is kept; run it again for a whole answer",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is saved, shown and exported; one value for all three.

    `text` and `thinking` are raw. `end_ns` counts from the request written (None while it runs
    or when nothing was written). `cause` and `hint` say why and what helps, for every end but
    `done`. `preload_ns` is how long the visible load step before the request took, if there was
    one. `attempt` counts the runs of the same cell from 1. `abandoned` is whether it failed only
    because this program ended.
    """

    cell: Cell
    attempt: int
    started_at: datetime
    state: AnswerState = AnswerState.WAITING
    text: str = ""
    thinking: str = ""
    reads: tuple[Read, ...] = ()
    end_ns: int | None = None
    problem: Problem = NO_PROBLEM
    warmth: Warmth = Warmth.UNKNOWN
    preload_ns: int | None = None
    server: ServerTimings = ServerTimings()
    abandoned: bool = False

    @property
    def has_text(self) -> bool:
        """Whether there is anything to judge."""
        return bool(self.text or self.thinking)


class LiveAnswer:
    """An answer while it arrives: the one mutable value of the domain.

    `text_parts` and `thinking_parts` only ever grow at the end, as `reads` does, so a reader can
    keep its own position in each and take what is new. Stamps are of the monotonic clock
    (`time.perf_counter_ns`): `sent_ns` is when the request was written, which may be known only
    when the first token comes; `since_ns` is when what it waits for now began, the asking at
    first. `phase` says in words what that is before the request itself is `under_way`, `waits_for`
    from then on until something comes.
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
        self.text_parts: list[str] = []
        self.thinking_parts: list[str] = []
        self.reads: list[Read] = []
        self.end_ns: int | None = None
        self.problem = NO_PROBLEM
        self.warmth = Warmth.UNKNOWN
        self.preload_ns: int | None = None
        self.server = ServerTimings()
        self.abandoned = False

    def append(self, offset_ns: int, size: int, pieces: Iterable[Piece]) -> None:
        """Take what one read completed. After the end this does nothing: nothing follows it."""
        if self.state.final:
            return
        text_length = thinking_length = chunks = 0
        for text, thinking in pieces:
            if thinking:
                self.thinking_parts.append(thinking)
                thinking_length += len(thinking)
                self.state = AnswerState.THINKING
            if text:
                self.text_parts.append(text)
                text_length += len(text)
                self.state = AnswerState.STREAMING
            chunks += bool(text or thinking)
        self.reads.append(Read(offset_ns, size, text_length, thinking_length, chunks))

    def end(
        self,
        state: AnswerState,
        end_ns: int | None,
        problem: Problem = NO_PROBLEM,
        server: ServerTimings | None = None,
    ) -> None:
        """End in `state`, once: the first end stands."""
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
        """End as one whose program ends before it, unless it has ended already."""
        if not self.state.final:
            self.end(AnswerState.FAILED, end_ns, ABANDONED)
            self.abandoned = True

    @property
    def has_text(self) -> bool:
        """Whether there is anything to judge yet."""
        return bool(self.text_parts or self.thinking_parts)

    def answer(self) -> Answer:
        """The value as it stands."""
        return Answer(
            cell=self.cell,
            attempt=self.attempt,
            started_at=self.started_at,
            state=self.state,
            text="".join(self.text_parts),
            thinking="".join(self.thinking_parts),
            reads=tuple(self.reads),
            end_ns=self.end_ns,
            problem=self.problem,
            warmth=self.warmth,
            preload_ns=self.preload_ns,
            server=self.server,
            abandoned=self.abandoned,
        )
