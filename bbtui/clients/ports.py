"""What the engine asks of the world: the Protocols, and the events that come back."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bbtui.domain.answer import AnswerState, Piece, ServerTimings, Warmth
from bbtui.domain.endpoint import Host, Options
from bbtui.domain.observation import Observation
from bbtui.domain.pod import Pod, PodAction
from bbtui.domain.polling import Quota
from bbtui.domain.problem import NO_PROBLEM, Problem


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt for one model. `cold` leaves out the visible load step before the request."""

    prompt: str
    model: str
    options: Options
    cold: bool = False


class PhaseStarted(NamedTuple):
    """What is going on before the request is written, in words ("loading gemma3:27b")."""

    words: str


class ModelStateKnown(NamedTuple):
    """Whether the model was in memory, and how long the load step took if there was one."""

    warmth: Warmth
    preload_ns: int | None


class RequestSent(NamedTuple):
    """The request is written; `at_ns` is `time.perf_counter_ns`, as in every event."""

    at_ns: int


class ChunksArrived(NamedTuple):
    """One read returned `size` bytes, which completed these pieces (maybe none)."""

    at_ns: int
    size: int
    pieces: tuple[Piece, ...]


class StreamEnded(NamedTuple):
    """The last event of a stream, always sent, exactly once.

    `observed` is what the words of one that failed rest on; None where they are the server's own.
    """

    at_ns: int
    state: AnswerState
    problem: Problem = NO_PROBLEM
    server: ServerTimings = ServerTimings()
    observed: Observation | None = None


Event = PhaseStarted | ModelStateKnown | RequestSent | ChunksArrived | StreamEnded


class CancelToken:
    """The line a stream is read from, so that another thread can cut it.

    Closing a response from another thread does not wake a blocked read; shutting its socket down
    does. The socket is known as soon as it is connected, before any header has come.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._cut = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether the user has stopped this stream."""
        return self._cut.is_set()

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait until cut, at most so long; whether it is."""
        return self._cut.wait(seconds)

    def attach(self, sock: socket.socket) -> None:
        """Say which socket carries the stream now."""
        with self._lock:
            self._socket = sock
            cut = self.cancelled
        if cut:
            _shut(sock)

    def cancel(self) -> None:
        """End the read; the reader's thread sees the end of the stream and reports `stopped`."""
        with self._lock:
            self._cut.set()
            sock = self._socket
        if sock is not None:
            _shut(sock)


def _shut(sock: socket.socket) -> None:
    # On a TLS socket this too acts on the connection below it, which is what wakes the read. An
    # error means it is already gone: the read has ended by itself.
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


class AnswerSource(Protocol):
    """Something that answers a prompt as a stream."""

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """Send the request and yield what happens, the last event being `StreamEnded`.

        Runs in a thread of its own and blocks there. Never raises for what a server or a network
        does: that is an `StreamEnded` in the state `failed`, with cause and hint.
        """
        ...


class Probe(Protocol):
    """Something that can look at the machine behind an endpoint."""

    def check(self) -> Host:
        """One look. Blocks at most a few seconds; a failure is a `Host`, never an exception."""
        ...


class PodControl(Protocol):
    """A provider of rented machines, as one key sees it.

    Every method sends one request or a few, blocks for at most about 20 s each, may be called from
    any thread, and raises PodError. After a request to wait (429), nothing is sent until the time
    is over: that too is a PodError, with what is left of it.
    """

    @property
    def quotas(self) -> tuple[Quota, ...]:
        """What the last reply said is left of the rate limit; empty where it said nothing."""
        ...

    def pods(self) -> tuple[Pod, ...]:
        """Every pod the key can see, members of clusters too."""
        ...

    def pod(self, pod_id: str) -> Pod:
        """One pod as it is now."""
        ...

    def perform(self, pod_id: str, action: PodAction) -> Pod:
        """Ask for an action and return the pod as it is afterwards: done, or on its way.

        Sent once and never again. Whatever else happens than a plain yes, the pod is looked at, and
        only if it is not on its way either is there a PodError.
        """
        ...
