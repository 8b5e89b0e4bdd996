"""An AnswerSource that plays a script in the engine's real reader threads.

It plays one step after the other, and waits for an Event where a test examines an unfinished
answer; nothing sleeps. Time stamps are scripted: each step has its time since the one before, so
every figure computed from them is the same each time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bbtui.clients.ports import (
    CancelToken,
    ChunksArrived,
    Event,
    ModelStateKnown,
    PhaseStarted,
    Request,
    RequestSent,
    StreamEnded,
)
from bbtui.domain.answer import STOPPED_BY_YOU, AnswerState, Piece, ServerTimings, Warmth
from bbtui.domain.problem import Problem

MS = 1_000_000
#: The time from one step with text to the next, unless set.
EACH_MS = 25.0
#: A server that reports no timings.
UNTIMED = ServerTimings()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a script."""

    after_ns: int = 0
    """The time since the step before, on the script's own clock."""
    event: Callable[[int], Event] | None = None
    """Makes the event to yield from its time stamp."""
    release: threading.Event | None = None
    """Waited for, unless the stream is stopped."""
    deaf: bool = False
    """Whether a stop does not end the wait, as in a connect."""
    error: Exception | None = None
    """Raised by the source."""


def phase(name: str) -> Step:
    """Return a phase before the request is written."""
    return Step(event=lambda _: PhaseStarted(name))


def known(warmth: Warmth = Warmth.WARM, preload_ms: float | None = None) -> Step:
    """Whether the model was in memory; `preload_ms` is how long a load step took."""
    preload_ns = None if preload_ms is None else int(preload_ms * MS)
    return Step(event=lambda _: ModelStateKnown(warmth, preload_ns))


def sent(after_ms: float = 0) -> Step:
    """Return the request is written: offsets count from here."""
    return Step(int(after_ms * MS), RequestSent)


def read(*pieces: Piece, after_ms: float = EACH_MS, size: int | None = None) -> Step:
    """One read that completed these pieces, maybe none."""
    length = sum(len((piece.text + piece.thinking).encode()) for piece in pieces)
    count = length if size is None else size
    return Step(int(after_ms * MS), lambda at_ns: ChunksArrived(at_ns, count, pieces))


def text(content: str, after_ms: float = EACH_MS) -> Step:
    """One read with one chunk of the answer."""
    return read(Piece(content), after_ms=after_ms)


def thinking(content: str, after_ms: float = EACH_MS) -> Step:
    """One read with one chunk of thinking."""
    return read(Piece("", content), after_ms=after_ms)


def tokens(content: str, each_ms: float = EACH_MS) -> list[Step]:
    """Return a read with one chunk for each word, blanks and line ends kept."""
    parts: list[str] = []
    for character in content:
        if not parts or (parts[-1][-1].isspace() and not character.isspace()):
            parts.append(character)
        else:
            parts[-1] += character
    return [text(part, each_ms) for part in parts]


def wait(release: threading.Event) -> Step:
    """Nothing arrives until the test sets the event or the stream is stopped."""
    return Step(release=release)


def stuck(release: threading.Event) -> Step:
    """Nothing arrives, and a stop has no effect, until the test sets the event."""
    return Step(release=release, deaf=True)


def done(after_ms: float = EACH_MS, server: ServerTimings = UNTIMED, cause: str = "") -> Step:
    """Return the server ended the answer regularly; `cause` is what is noted of it."""
    return _end(after_ms, AnswerState.DONE, cause, server=server)


def cut(after_ms: float = EACH_MS, server: ServerTimings = UNTIMED) -> Step:
    """Return the answer reached its token limit."""
    return _end(after_ms, AnswerState.CUT, "token limit reached (num_predict 400)", server=server)


def truncated(after_ms: float = EACH_MS) -> Step:
    """Return the stream ended without its final message."""
    return _end(
        after_ms, AnswerState.TRUNCATED, "incomplete (stream ended without a final message)"
    )


def fail(cause: str, hint: str = "", after_ms: float = EACH_MS) -> Step:
    """Return the endpoint failed."""
    return _end(after_ms, AnswerState.FAILED, cause, hint)


def lost(after_ms: float = EACH_MS) -> Step:
    """Return the connection was lost in mid-stream."""
    return _end(after_ms, AnswerState.FAILED, "the connection was lost", "run the cell again")


def crash(error: Exception) -> Step:
    """Return the source itself is broken, which its Protocol forbids."""
    return Step(error=error)


def _end(
    after_ms: float,
    state: AnswerState,
    cause: str = "",
    hint: str = "",
    server: ServerTimings = UNTIMED,
) -> Step:
    return Step(
        int(after_ms * MS), lambda at_ns: StreamEnded(at_ns, state, Problem(cause, hint), server)
    )


class Script:
    """An AnswerSource that plays steps; `requests` are those it got, in order.

    The steps given at first answer every prompt; `on` gives a prompt steps of its own. A prompt
    sent more often than that repeats the last ones.
    """

    def __init__(self, *steps: Step) -> None:
        self._default = steps
        self._plays: dict[str, list[tuple[Step, ...]]] = {}
        self._lock = threading.Lock()
        self.requests: list[Request] = []

    def on(self, prompt: str, *steps: Step, model: str = "") -> Script:
        """Play these for that prompt (of that model only, if named); again: its next attempt."""
        self._plays.setdefault(f"{model}\n{prompt}", []).append(steps)
        return self

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """Play the steps; a stop takes effect before every step and while one waits."""
        with self._lock:
            self.requests.append(request)
            steps = self._next(request)
        at_ns = time.perf_counter_ns()
        for step in steps:
            if step.release is not None and step.deaf:
                step.release.wait()
            elif step.release is not None:
                while not step.release.is_set() and not cancel_token.wait_cancelled(0.002):
                    pass
            if step.error is not None:
                raise step.error
            at_ns += step.after_ns
            if cancel_token.cancelled:
                yield StreamEnded(at_ns, AnswerState.STOPPED, STOPPED_BY_YOU)
                return
            if step.event is not None:
                yield step.event(at_ns)

    def _next(self, request: Request) -> tuple[Step, ...]:
        for key in (f"{request.model}\n{request.prompt}", f"\n{request.prompt}"):
            if plays := self._plays.get(key):
                return plays.pop(0) if len(plays) > 1 else plays[0]
        return self._default


def answering(content: str = "All is well.", server: ServerTimings = UNTIMED) -> Script:
    """Return a source that answers every prompt with this text, a read for each word."""
    return Script(known(), sent(), *tokens(content), done(server=server))
