"""The interfaces of the clients that the engine uses, and the events of a stream.

A `Connection` has all the clients of one endpoint.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from typing import NamedTuple, Protocol

from bbtui.domain.answer import AnswerState, Piece, ServerTimings, Warmth
from bbtui.domain.endpoint import Endpoint, Options
from bbtui.domain.host import Host
from bbtui.domain.model import ModelListing, PullProgress
from bbtui.domain.observation import Observation
from bbtui.domain.pod import Pod, PodAction
from bbtui.domain.pod_polling import Quota
from bbtui.domain.problem import NO_PROBLEM, Problem


class Request(NamedTuple):
    """One prompt for one model."""

    prompt: str
    """The text to send, unchanged."""
    model: str
    """The model's name on the server."""
    options: Options
    """The sampling options."""

    cold: bool = False
    """Leave out the load step before the request: the load counts as part of the answer."""


class PhaseStarted(NamedTuple):
    """A step before the request is written ("loading gemma3:27b")."""

    phase: str
    """The step, as it is shown."""


class ModelStateKnown(NamedTuple):
    """The model's state before the request."""

    warmth: Warmth
    """Whether it was in memory."""

    preload_ns: int | None
    """How long the load step took; None if there was none."""


class RequestSent(NamedTuple):
    """The request is written."""

    at_ns: int
    """By `time.perf_counter_ns`, as in every event."""


class ChunksArrived(NamedTuple):
    """One read returned."""

    at_ns: int
    """When the read returned, by `time.perf_counter_ns`."""

    size: int
    """The bytes that were read."""

    pieces: tuple[Piece, ...]
    """The pieces of text that these bytes completed; may be empty."""


class StreamEnded(NamedTuple):
    """The last event of every stream."""

    at_ns: int
    """When it ended, by `time.perf_counter_ns`."""
    state: AnswerState
    """The final state of the answer."""
    problem: Problem = NO_PROBLEM
    """Why it is not whole, and the fix."""
    server: ServerTimings = ServerTimings()
    """The timings that the server reported."""

    note: str = ""
    """A note on the answer: what was left out of it, for example."""

    observed: Observation | None = None
    """What the diagnosis of a failure is based on; None where the server sent the error."""


Event = PhaseStarted | ModelStateKnown | RequestSent | ChunksArrived | StreamEnded


class CancelToken:
    """Ends a request from another thread by shutting its socket down.

    Closing a response from another thread does not wake a blocked read; shutting its socket down
    does. The socket is known as soon as it is connected, before any header has arrived.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait for `cancel`, at most `seconds`; return whether it was called."""
        return self._cancelled.wait(seconds)

    def attach(self, sock: socket.socket) -> None:
        """Set the socket that `cancel` shuts down."""
        with self._lock:
            self._socket = sock
            cancelled = self.cancelled
        if cancelled:
            _shut_down(sock)

    def cancel(self) -> None:
        """End the request; the reader's thread sees the end of the stream and yields `stopped`."""
        with self._lock:
            self._cancelled.set()
        self.shut_down()

    def shut_down(self) -> None:
        """Shut the socket down without cancelling: what waits for its data ends."""
        with self._lock:
            sock = self._socket
        if sock is not None:
            _shut_down(sock)


def _shut_down(sock: socket.socket) -> None:
    # On a TLS socket this acts on the connection below it, which is what wakes the read. An error
    # means that it is already closed: the read has ended by itself.
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


class AnswerSource(Protocol):
    """Streams the answer to a prompt."""

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """Send the request and yield what happens, the last event being `StreamEnded`.

        Blocks: runs in a thread of its own. Never raises for what a server or a network does: that
        is a `StreamEnded` in the state `failed`, with its problem.
        """


class Probe(Protocol):
    """Checks the server of an endpoint."""

    def check(self) -> Host:
        """Return the state now; a failure is a `Host`, too. Blocks for at most a few seconds."""


class PodControl(Protocol):
    """Lists, starts and stops the pods of one account at a provider.

    Every method sends one request or a few, blocks for at most about 20 s each, may be called from
    any thread, and raises PodError. After HTTP 429 nothing is sent until the requested wait is
    over: calls raise PodError with the time that is left.
    """

    @property
    def quotas(self) -> tuple[Quota, ...]:
        """What is left of the rate limit by the last reply; empty if it was not reported."""

    def pods(self) -> tuple[Pod, ...]:
        """Return every pod the key can see, including members of clusters."""

    def pod(self, pod_id: str) -> Pod:
        """Return the current state of one pod."""

    def perform(self, pod_id: str, action: PodAction) -> Pod:
        """Request an action; return the pod afterwards: in the state requested, or changing to it.

        The request is never repeated. If it does not succeed, the pod is checked; raise PodError
        only if it is not changing as requested.
        """


class ModelCatalog(Protocol):
    """The models of an endpoint's server.

    Every method of this and of `ModelManager` blocks, may be called from several threads at once,
    and raises EndpointError with cause and fix.
    """

    def list_models(self) -> ModelListing:
        """Return every model of the server, by name, in at most about 12 s."""

    def probe(self, model: str) -> Probe:
        """Return a probe of the same server for another of its models."""


class ModelManager(Protocol):
    """Changes which models a server has on its disk and in its memory."""

    def context_length(self, model: str) -> int | None:
        """Return the context a model was trained for, in tokens; None if not reported."""

    def load(self, model: str, options: Options, cancel_token: CancelToken) -> None:
        """Load a model into memory with these options; return when it is loaded.

        Cancelling aborts the load on the server too.
        """

    def unload(self, model: str) -> None:
        """Unload a model from memory; one that is generating unloads when it is done."""

    def measure(self, model: str, cancel_token: CancelToken) -> PullProgress | None:
        """Return how much a pull would download; None if nothing is missing.

        A server reports sizes only while it pulls. So this starts a pull and stops it at the first
        part that is missing; what came by then stays on the server. The total counts the parts
        named so far, of which the first is the weights.
        """

    def pull(self, model: str, cancel_token: CancelToken) -> Iterator[PullProgress]:
        """Download a model to the server; end when it is complete or cancelled.

        What was downloaded before an end of any kind stays on the server: a repeat continues it.
        """


class PodBinding(NamedTuple):
    """The pod an endpoint runs on, and how to reach its provider."""

    id: str
    """The pod's id at its provider."""

    account: Hashable
    """Identifies the account: the pods of one account are polled together."""

    control: Callable[[], PodControl]
    """Returns the client of the provider, or raises PodKeyError where there is no key."""

    here: bool = False
    """Whether this program runs on the pod, and would end with it."""


class Connection(NamedTuple):
    """An endpoint with the clients that send requests to it and check its host."""

    endpoint: Endpoint
    """The endpoint."""
    source: AnswerSource
    """Sends prompts to it."""
    probe: Probe
    """Checks its host."""

    machine: str
    """Identifies the machine: requests to one machine in parallel skew each other's timings."""

    catalog: ModelCatalog | None = None
    """The models of its server; None where there is no choice."""

    manager: ModelManager | None = None
    """Loads, unloads and pulls models; None where the server cannot."""

    pod: PodBinding | None = None
    """The pod that the server runs on; None if it is on none."""

    detected: Callable[[], Connection | None] | None = None
    """Returns the connection in the API that the server was found to speak, None before that; None
    where the API is configured, or known."""

    def settled(self, found: Connection) -> Connection:
        """Return this connection in the API of the one that was found."""
        return found._replace(
            endpoint=replace(self.endpoint, api=found.endpoint.api),
            pod=self.pod,
        )
