"""Checks the hops below HTTP one by one: DNS, TCP, TLS.

Each has a timeout of its own. A failure has the same diagnosis as that of a request.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from bbtui.clients.background import run_in_background
from bbtui.clients.http.http_errors import connect_failure
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import diagnosed_failure
from bbtui.clients.http.tls import tls_context
from bbtui.domain.observation import NetworkFailure, Observation

RESOLVE_S = 5.0
NEAR_S, FAR_S = 2.0, 5.0


class Address(NamedTuple):
    """An address as `socket` takes it."""

    family: socket.AddressFamily
    sockaddr: tuple[str, int] | tuple[str, int, int, int]

    def __str__(self) -> str:
        host, port = self.sockaddr[0], self.sockaddr[1]
        return f"[{host}]:{port}" if self.family == socket.AF_INET6 else f"{host}:{port}"


def resolve(host: str, port: int, observed: Observation) -> list[Address]:
    """Return the addresses of a host, in the system's order, each once; raise RequestFailed."""
    try:
        found = run_in_background(
            lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        ).result(RESOLVE_S)
    except (OSError, UnicodeError):
        trouble = NetworkFailure.PROXY_UNREACHED if observed.proxies else NetworkFailure.UNRESOLVED
        words = "its name cannot be resolved"
        raise diagnosed_failure(replace(observed, network_failure=trouble, detail=words)) from None
    return list(
        dict.fromkeys(
            Address(family, (str(sockaddr[0]), *sockaddr[1:]))
            for family, _, _, _, sockaddr in found
        )
    )


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
    raise diagnosed_failure(
        connect_failure(failure, peer, replace(observed, limit_s=limit_s))
    ) from None


def handshake(sock: socket.socket, host: str, peer: Peer, observed: Observation) -> str:
    """Do a TLS handshake and check the certificate; return the version and its expiry as text.

    Raise RequestFailed.
    """
    context = tls_context(peer)
    sock.settimeout(FAR_S)
    try:
        with context.wrap_socket(sock, server_hostname=host) as secure:
            version, certificate = secure.version() or "TLS", secure.getpeercert() or {}
    except TimeoutError:
        raise diagnosed_failure(
            replace(observed, network_failure=NetworkFailure.NO_TLS, detail="no answer")
        ) from None
    except ssl.SSLError as error:
        raise diagnosed_failure(connect_failure(error, peer, observed)) from None
    except OSError:
        words = "the connection was closed"
        raise diagnosed_failure(
            replace(observed, network_failure=NetworkFailure.NO_TLS, detail=words)
        ) from None
    ends = certificate.get("notAfter")
    until = ""
    if isinstance(ends, str):
        day = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
        until = f", certificate valid until {day:%Y-%m-%d}"
    return f"{version.replace('TLSv', 'TLS ')}{until}"
