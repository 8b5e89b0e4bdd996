"""Walks the way to an endpoint for real, hop by hop: each works, or it is known what is wrong.

Nothing here waits longer than `LONGEST_S` for one thing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from bbtui.clients.background import run_in_background
from bbtui.clients.doctor.findings import Findings
from bbtui.clients.doctor.server import ServerChecks
from bbtui.clients.http import open_client
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import RequestFailed
from bbtui.clients.openai.probe import server_root
from bbtui.domain.diagnosis_rules import Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination, OnStep
from bbtui.domain.observation import Observation
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem
from bbtui.errors import PodError
from bbtui.formatting.durations import format_uptime
from bbtui.formatting.sanitize import excerpt

#: The longest wait of all: for a pod's provider. The others are 5 s at most.
LONGEST_S = 15.0

_NO_PROXY = "none on the way"


@dataclass(frozen=True, slots=True)
class Subject:
    """An endpoint to be examined."""

    endpoint: Endpoint
    peer: Peer

    num_ctx: int | None = None
    """The context that the options ask for, in tokens."""

    pod: Callable[[], Pod] | None = None
    """Requests the pod behind the endpoint, and raises PodError; None if there is none."""


def examine(subject: Subject, tell: OnStep = lambda _: None) -> Examination:
    """Walk the way to one endpoint; `tell` is called in this thread with every step."""
    walk = _Walk(subject, tell)
    try:
        walk.go()
    except RequestFailed as failure:
        walk.notes.failed(failure.observed, walk.at, failure.problem.cause)
    return walk.notes.examination()


class _Walk:
    """One walk; `at` is the hop it is on."""

    def __init__(self, subject: Subject, tell: OnStep) -> None:
        # httpx, TLS and the environment's proxies: loaded with the first examination.
        from bbtui.clients.http.proxies import proxy_for

        self._subject = subject
        self._peer = peer = subject.peer
        self._proxy = None if peer.nearby else proxy_for(peer.url)
        target = peer.target(subject.endpoint.api, subject.endpoint.model)
        seen = Observation(target, proxies=self._proxy.variable if self._proxy else "")
        self.notes = Findings(subject.endpoint, seen, tell)
        self.at = Hop.NAME
        self._pod = run_in_background(subject.pod) if subject.pod is not None else None

    def go(self) -> None:
        """Raises RequestFailed where the way ends."""
        peer = server_root(self._peer)
        if self._proxy is not None:
            # One that cannot be used is told before anything is tried.
            with open_client(peer):
                pass
        try:
            self._connect()
        except RequestFailed:
            self._ask_provider()
            raise
        if self._ask_provider():
            with open_client(peer) as http:
                self._serve(
                    ServerChecks(
                        http, self._subject.endpoint, self._peer, self.notes, self._subject.num_ctx
                    )
                )

    def _serve(self, asking: ServerChecks) -> None:
        """From the proxy to the round trip: all that is asked over HTTP."""
        self.at = Hop.SERVER
        if self._proxy is None and not self._peer.pod:
            self.notes.left(Hop.PROXY, _NO_PROXY)
        begun = time.perf_counter()
        who = asking.who()
        if self._proxy is not None:
            words = f"{self._proxy.variable}, {self._proxy.host}:{self._proxy.port}"
            self.notes.passed(Hop.PROXY, words)
        elif self._peer.pod:
            self.notes.passed(Hop.PROXY, "the pod's own; it lets requests through")
        self.notes.passed(Hop.SERVER, "answers", begun=begun)
        self.at = Hop.VERSION
        if not asking.version(who):
            return
        self.at = Hop.MODEL
        if self._subject.endpoint.api == "ollama":
            asking.ollama()
        else:
            asking.openai(who)

    def _connect(self) -> None:
        """Name, TCP and TLS, each for itself."""
        from bbtui.clients.doctor.network import connect, handshake, resolve

        parts = urlsplit(self._peer.url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        by = ""
        if self._proxy is not None:
            host, port = self._proxy.host, self._proxy.port
            by = f"of the proxy in {self._proxy.variable}: "
        begun = time.perf_counter()
        addresses = resolve(host, port, self.notes.seen)
        more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
        self.notes.passed(Hop.NAME, f"{by}{addresses[0].place[0]}{more}", begun=begun)
        self.at = Hop.TCP
        begun = time.perf_counter()
        sock, address = connect(addresses, self._peer, self.notes.seen)
        with sock:
            self.notes.passed(Hop.TCP, f"{by}{address}", begun=begun)
            self.at = Hop.TLS
            if parts.scheme != "https":
                self.notes.left(Hop.TLS, "plain http")
            elif self._proxy is not None:
                self.notes.left(Hop.TLS, "checked behind the proxy, with the request")
            else:
                begun = time.perf_counter()
                words = handshake(sock, host, self._peer, self.notes.seen)
                self.notes.passed(Hop.TLS, words, begun=begun)

    def _untold(self, untold: Problem) -> bool:
        """Note why the pod's state is not known; its server may answer all the same."""
        self.notes.untold = untold
        self.notes.left(Hop.POD, f"not known: {untold.cause}", fix=untold.fix)
        return True

    def _ask_provider(self) -> bool:
        """Note what the provider says of the pod; whether it makes sense to ask its server."""
        if self._pod is None:
            self.notes.left(Hop.POD, "none behind it, as far as the configuration says")
            return True
        try:
            pod = self._pod.result(LONGEST_S)
        except PodError as error:
            self.notes.pod_gone = error.trouble == "gone"
            return self._untold(Problem.of(error))
        except TimeoutError:
            return self._untold(Problem("its provider does not answer"))
        self.notes.pod = pod
        if pod.stopped:
            if Hop.TCP in self.notes:
                self.notes.left(Hop.PROXY, "not asked: the pod is stopped")
                self.notes.failed(self.notes.seen, Hop.POD, "")
            return False
        up = "" if pod.uptime_s is None else f", up {format_uptime(pod.uptime_s)}"
        words = excerpt(f"{pod.state_words}, {pod.machine_words}{up}", 120)
        if pod.running:
            self.notes.passed(Hop.POD, words)
        else:
            self.notes.left(Hop.POD, words)
        return True
