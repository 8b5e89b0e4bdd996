"""Reads one answer in a thread: stamps what arrives and hands it over to the tick."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from bbtui.clients.ports import (
    AnswerSource,
    CancelToken,
    ChunksArrived,
    Event,
    Request,
    StreamEnded,
)
from bbtui.crashes import Crash, attempt
from bbtui.domain.answer import AnswerState
from bbtui.domain.problem import Problem


class StreamReader:
    """One request and the events of its stream, read in a thread of its own."""

    def __init__(self, source: AnswerSource, request: Request, wake: Callable[[], None]) -> None:
        """Prepare the request.

        `wake` is called from the thread when something should be shown at once: a new phase, the
        first text, the end. Everything else waits for the tick that calls `take_events`.
        """
        self._source = source
        self._request = request
        self._wake = wake
        self._cancel_token = CancelToken()
        self._events: deque[Event] = deque()
        # A daemon: a thread that is stuck in a connect must not keep the program from ending.
        self._thread = threading.Thread(target=self._read, name="reader", daemon=True)

    def start(self) -> None:
        """Send the request and begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Close the connection; the server stops generating when it sees that."""
        self._cancel_token.cancel()

    def join(self, seconds: float) -> None:
        """Wait until the thread has ended, at most so long."""
        self._thread.join(seconds)

    def take_events(self) -> list[Event]:
        """Return what has happened since the last call, in order."""
        events = []
        while self._events:
            events.append(self._events.popleft())
        return events

    def _read(self) -> None:
        outcome = attempt(self._follow)
        if isinstance(outcome, Crash):
            # Without an end the pane would wait for ever.
            problem = Problem(outcome.during("reading this answer"), outcome.fix)
            self._events.append(StreamEnded(time.perf_counter_ns(), AnswerState.FAILED, problem))
            attempt(self._wake)

    def _follow(self) -> None:
        """Read the stream to its end; RuntimeError if the source did not report one."""
        has_text = ended = False
        for event in self._source.stream(self._request, self._cancel_token):
            self._events.append(event)
            ended = ended or isinstance(event, StreamEnded)
            if isinstance(event, ChunksArrived):
                if has_text or not event.pieces:
                    continue
                has_text = True
            self._wake()
        if not ended:
            raise RuntimeError(f"no end was reported by {type(self._source).__name__}")
