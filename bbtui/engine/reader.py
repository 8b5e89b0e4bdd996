"""One thread per stream: it reads, stamps and hands over; it knows nothing of any screen."""

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
    """Reads one answer in a thread of its own.

    `wake` is called from that thread when something should be seen at once: a new phase, the
    first text, the end. Everything else waits for the tick that calls `drain`.
    """

    def __init__(self, source: AnswerSource, request: Request, wake: Callable[[], None]) -> None:
        self._source = source
        self._request = request
        self._wake = wake
        self._cancel_token = CancelToken()
        self._events: deque[Event] = deque()
        # A daemon: a thread stuck in a connect that nobody waits for must not keep the program.
        self._thread = threading.Thread(target=self._read, name="reader", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End the read; the server's slot is free as soon as it sees the connection go."""
        self._cancel_token.cancel()

    def join(self, seconds: float) -> None:
        """Wait for the thread, at most so long."""
        self._thread.join(seconds)

    def drain(self) -> list[Event]:
        """What has happened since the last call, in order."""
        events = []
        while self._events:
            events.append(self._events.popleft())
        return events

    def _read(self) -> None:
        ended = attempt(self._follow)
        if isinstance(ended, Crash):
            self._fail(ended)

    def _follow(self) -> None:
        """Take the stream to its end, where the source must have told how the answer ended."""
        told = ended = False
        for event in self._source.stream(self._request, self._cancel_token):
            self._events.append(event)
            ended = ended or isinstance(event, StreamEnded)
            if isinstance(event, ChunksArrived):
                if told or not event.pieces:
                    continue
                told = True
            self._wake()
        if not ended:
            raise RuntimeError(f"no end was reported by {type(self._source).__name__}")

    def _fail(self, crash: Crash) -> None:
        """End the answer in words: a pane whose reader is gone must not wait for ever."""
        self._events.append(
            StreamEnded(
                time.perf_counter_ns(),
                AnswerState.FAILED,
                Problem(crash.during("read this answer"), crash.fix),
            )
        )
        attempt(self._wake)
