"""Examines an endpoint hop by hop: each works, or has a diagnosis, as a failed request has.

No single step takes longer than `LONGEST_S`.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from bbtui.clients.doctor.findings import Findings
from bbtui.clients.doctor.server import ServerChecks
from bbtui.clients.http import open_client
from bbtui.clients.http.client import tls_context
from bbtui.clients.http.http_errors import connect_failure, unresolved
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.proxies import proxy_for
from bbtui.clients.http.replies import RequestFailed, diagnosed_failure
from bbtui.clients.openai.paths import server_root
from bbtui.domain.diagnosis_rules.rule import Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination, OnStep
from bbtui.domain.observation import NetworkFailure, Observation
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem
from bbtui.errors import PodError
from bbtui.formatting.durations import format_uptime
from bbtui.formatting.sanitize import excerpt

T = TypeVar("T")


#: The timeout of a request to the pod's provider. The others are 5 s at most.
LONGEST_S = 15.0
RESOLVE_S = 5.0
#: The timeouts of a connection, in s.
NEAR_S, FAR_S = 2.0, 5.0


@dataclass(frozen=True, slots=True)
class Subject:
    """An endpoint to examine."""

    endpoint: Endpoint
    """The endpoint."""
    peer: Peer
    """Its server."""

    num_ctx: int | None = None
    """The context that the options ask for, in tokens."""

    pod: Callable[[], Pod] | None = None
    """Requests the pod behind the endpoint, and raises PodError; None if there is none."""

    detects: bool = False
    """Whether the API of the endpoint is an assumption, and is to be detected."""


def examine(subject: Subject, on_step: OnStep = lambda _: None) -> Examination:
    """Check every hop to one endpoint; `on_step` is called in this thread with each."""
    checks = _Checks(subject, on_step)
    try:
        checks.run()
    except RequestFailed as failure:
        checks.findings.failed(failure.observed, checks.hop, failure.problem.cause)
    return checks.findings.examination()


class _Checks:
    """The checks of one examination; `hop` is the current one."""

    def __init__(self, subject: Subject, on_step: OnStep) -> None:
        self._subject = subject
        self._peer = peer = subject.peer
        self._proxy = None if peer.nearby else proxy_for(peer.url)
        target = peer.target(subject.endpoint.api, subject.endpoint.model)
        observed = Observation(target, proxies=self._proxy.variable if self._proxy else "")
        self.findings = Findings(subject.endpoint, observed, on_step)
        self.hop = Hop.NAME
        self._pod = run_in_background(subject.pod) if subject.pod is not None else None

    def run(self) -> None:
        """Check all hops; raise RequestFailed at the first that fails."""
        peer = server_root(self._peer)
        if self._proxy is not None:
            # A proxy that cannot be used is reported before anything is tried.
            with open_client(peer):
                pass
        try:
            self._connect()
        except RequestFailed:
            self._check_pod()
            raise
        if self._check_pod():
            endpoint, num_ctx = self._subject.endpoint, self._subject.num_ctx
            with open_client(peer) as http:
                self._check_server(
                    ServerChecks(
                        http,
                        endpoint,
                        self._peer,
                        self.findings,
                        num_ctx,
                        self._subject.detects,
                    )
                )

    def _check_server(self, checks: ServerChecks) -> None:
        """Check the hops over HTTP, from the proxy to the round trip."""
        self.hop = Hop.SERVER
        if self._proxy is None and not self._peer.pod:
            self.findings.skipped(Hop.PROXY, "none")
        started = time.perf_counter()
        identity = checks.identify()
        if self._subject.detects:
            checks = replace(checks, endpoint=self.findings.detected(identity.api))
        if self._proxy is not None:
            proxy = f"{self._proxy.variable}, {self._proxy.host}:{self._proxy.port}"
            self.findings.passed(Hop.PROXY, proxy)
        elif self._peer.pod:
            self.findings.passed(Hop.PROXY, "the pod's proxy; it forwards requests")
        self.findings.passed(Hop.SERVER, "answers", started=started)
        self.hop = Hop.VERSION
        if not checks.check_version(identity):
            return
        self.hop = Hop.MODEL
        if checks.endpoint.api == "ollama":
            checks.check_ollama()
        else:
            checks.check_openai(identity)

    def _connect(self) -> None:
        """Check DNS, TCP and TLS one by one."""
        parts = urlsplit(self._peer.url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        of_proxy = ""
        if self._proxy is not None:
            host, port = self._proxy.host, self._proxy.port
            of_proxy = f"proxy in {self._proxy.variable}: "
        started = time.perf_counter()
        addresses = resolve(host, port, self.findings.observed)
        more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
        first = addresses[0].sockaddr[0]
        self.findings.passed(Hop.NAME, f"{of_proxy}{first}{more}", started=started)
        self.hop = Hop.TCP
        started = time.perf_counter()
        sock, address = connect(addresses, self._peer, self.findings.observed)
        with sock:
            self.findings.passed(Hop.TCP, f"{of_proxy}{address}", started=started)
            self.hop = Hop.TLS
            if parts.scheme != "https":
                self.findings.skipped(Hop.TLS, "plain http")
            elif self._proxy is not None:
                self.findings.skipped(Hop.TLS, "checked through the proxy, with the request")
            else:
                started = time.perf_counter()
                detail = handshake(sock, host, self._peer, self.findings.observed)
                self.findings.passed(Hop.TLS, detail, started=started)

    def _check_pod(self) -> bool:
        """Add the state of the pod; return whether its server can be checked."""
        if self._pod is None:
            self.findings.skipped(Hop.POD, "no pod configured")
            return True
        try:
            pod = self._pod.result(LONGEST_S)
        except PodError as error:
            self.findings.pod_gone = error.kind == "gone"
            return self._pod_unknown(Problem.of(error))
        except TimeoutError:
            return self._pod_unknown(Problem("its provider does not respond"))
        self.findings.pod = pod
        if pod.stopped:
            if Hop.TCP in self.findings:
                self.findings.skipped(Hop.PROXY, "not checked: the pod is stopped")
                self.findings.failed(self.findings.observed, Hop.POD, "")
            return False
        up = "" if pod.uptime_s is None else f", up {format_uptime(pod.uptime_s)}"
        detail = excerpt(f"{pod.state_text}, {pod.hardware_text}{up}", 120)
        add = self.findings.passed if pod.running else self.findings.skipped
        add(Hop.POD, detail)
        return True

    def _pod_unknown(self, problem: Problem) -> bool:
        """Add why the state of the pod is unknown; its server can be checked anyway."""
        self.findings.pod_problem = problem
        self.findings.skipped(Hop.POD, f"unknown: {problem.cause}", fix=problem.fix)
        return True


class Address(NamedTuple):
    """An address as `socket` takes it."""

    family: socket.AddressFamily
    """IPv4 or IPv6."""
    sockaddr: tuple[str, int] | tuple[str, int, int, int]
    """Host and port, for IPv6 with flow and scope."""

    def __str__(self) -> str:
        host, port = self.sockaddr[0], self.sockaddr[1]
        return f"[{host}]:{port}" if self.family == socket.AF_INET6 else f"{host}:{port}"


def resolve(host: str, port: int, observed: Observation) -> list[Address]:
    """Return the addresses of a host, in the system's order, each once; raise RequestFailed."""
    lookup = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        resolved = run_in_background(lookup).result(RESOLVE_S)
    except (OSError, UnicodeError):
        if observed.proxies:
            detail = "its name cannot be resolved"
            failure = NetworkFailure.PROXY_UNREACHED
            observed = replace(observed, network_failure=failure, detail=detail)
        else:
            observed = unresolved(host, observed)
        raise diagnosed_failure(observed) from None
    addresses = (Address(entry[0], (str(entry[4][0]), *entry[4][1:])) for entry in resolved)
    return list(dict.fromkeys(addresses))


def connect(
    addresses: list[Address], peer: Peer, observed: Observation
) -> tuple[socket.socket, Address]:
    """Connect to the first address that accepts, within one timeout; raise RequestFailed."""
    limit_s = NEAR_S if peer.nearby else FAR_S
    until = time.monotonic() + limit_s
    failure: OSError = TimeoutError()
    for address in addresses:
        remaining_s = until - time.monotonic()
        if remaining_s <= 0:
            break
        sock = socket.socket(address.family, socket.SOCK_STREAM)
        try:
            sock.settimeout(remaining_s)
            sock.connect(address.sockaddr)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock, address
    observed = replace(observed, limit_s=limit_s)
    raise diagnosed_failure(connect_failure(failure, peer, observed)) from None


def handshake(sock: socket.socket, host: str, peer: Peer, observed: Observation) -> str:
    """Do a TLS handshake and check the certificate; return the version and its expiry as text.

    Raise RequestFailed.
    """
    context = tls_context(peer)
    sock.settimeout(FAR_S)
    try:
        with context.wrap_socket(sock, server_hostname=host) as secure:
            version, certificate = secure.version() or "TLS", secure.getpeercert() or {}
    except OSError as error:
        if isinstance(error, ssl.SSLError):
            observed = connect_failure(error, peer, observed)
        else:
            detail = "no answer" if isinstance(error, TimeoutError) else "the connection was closed"
            observed = replace(observed, network_failure=NetworkFailure.NO_TLS, detail=detail)
        raise diagnosed_failure(observed) from None
    version, ends = version.replace("TLSv", "TLS "), certificate.get("notAfter")
    if not isinstance(ends, str):
        return version
    day = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
    return f"{version}, certificate valid until {day:%Y-%m-%d}"


def run_in_background(call: Callable[[], T]) -> Future[T]:
    """Start `call` on a daemon thread, which does not delay the end of the program."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 - raised again by `Future.result`
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
