"""Turns errors of httpx into observations for a diagnosis."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace

import httpx

from bbtui.clients.http.peer import Peer
from bbtui.clients.http.proxies import proxy_for, variables_set
from bbtui.clients.http.replies import RequestFailed, diagnosed_failure
from bbtui.domain.observation import NetworkFailure, Observation
from bbtui.formatting.sanitize import excerpt


def request_failure(
    error: Exception, peer: Peer, timeout: httpx.Timeout, *, prompted: bool
) -> RequestFailed:
    """Return the failure of a request to which no response headers came."""
    target = peer.target()
    proxy = None if peer.nearby else proxy_for(peer.url)
    seen = Observation(target, proxies=proxy.variable if proxy else "", prompted=prompted)
    match error:
        case httpx.ConnectTimeout():
            words = f"no connection within {timeout.connect:g} s" if proxy else ""
            trouble = NetworkFailure.PROXY_UNREACHED if proxy else NetworkFailure.CONNECT_TIMEOUT
            seen = replace(seen, network_failure=trouble, detail=words, limit_s=timeout.connect)
        case httpx.TimeoutException():
            seen = replace(seen, network_failure=NetworkFailure.READ_TIMEOUT, limit_s=timeout.read)
        case httpx.ProxyError():
            seen = replace(
                seen, network_failure=NetworkFailure.PROXY_REFUSED, detail=peer.quoted(str(error))
            )
        case httpx.ConnectError():
            seen = connect_failure(error, peer, seen)
        case httpx.RemoteProtocolError() if "disconnected" not in str(error):
            seen = replace(seen, network_failure=NetworkFailure.NOT_HTTP)
        case httpx.LocalProtocolError():
            # The text of the error has the header's value.
            words = "one of the headers has characters that cannot be sent"
            seen = replace(seen, network_failure=NetworkFailure.UNWRITABLE, detail=words)
        case httpx.InvalidURL() | UnicodeError():
            seen = replace(
                seen, network_failure=NetworkFailure.UNWRITABLE, detail=excerpt(str(error))
            )
        case _:
            seen = replace(seen, network_failure=NetworkFailure.CLOSED)
    return diagnosed_failure(seen)


def connection_lost(error: httpx.HTTPError, peer: Peer, size: int) -> RequestFailed:
    """Return the failure of a response whose body broke off after `size` bytes."""
    match error:
        case httpx.ReadTimeout():
            trouble = NetworkFailure.READ_TIMEOUT
        case httpx.DecodingError():
            trouble = NetworkFailure.DECODING
        case _:
            trouble = NetworkFailure.LOST
    return diagnosed_failure(
        Observation(
            peer.target(),
            network_failure=trouble,
            limit_s=peer.silence_s if trouble is NetworkFailure.READ_TIMEOUT else None,
            received=size,
            prompted=True,
        )
    )


def invalid_proxy(peer: Peer, error: Exception | None = None) -> RequestFailed:
    """Return the failure of a proxy variable that httpx cannot use; its value may have a password.

    httpx raises ImportError for ``socks5://`` without its extra, another error for what is no URL
    or has another scheme.
    """
    trouble = NetworkFailure.SOCKS if isinstance(error, ImportError) else NetworkFailure.BAD_PROXY
    return diagnosed_failure(
        Observation(peer.target(), network_failure=trouble, proxies=variables_set())
    )


def connect_failure(error: Exception, peer: Peer, seen: Observation) -> Observation:
    """Return `seen` with why there was no connection, by the operating system's error.

    With a proxy in between (`seen.proxies`), the proxy was not reached, unless TLS failed: the
    handshake is with the endpoint itself.
    """
    cause = _root_os_error(error)
    words = cause.strerror if cause is not None and cause.strerror else str(error)
    match cause:
        case ssl.SSLCertVerificationError():
            trouble, words = NetworkFailure.UNTRUSTED, cause.verify_message
        case ssl.SSLError():
            trouble, words = NetworkFailure.NO_TLS, cause.reason or "TLS failed"
        case _ if seen.proxies:
            trouble = NetworkFailure.PROXY_UNREACHED
        case socket.gaierror():
            trouble = NetworkFailure.UNRESOLVED
        case ConnectionRefusedError():
            trouble = NetworkFailure.REFUSED
        case TimeoutError():
            trouble = NetworkFailure.CONNECT_TIMEOUT
        case _:
            trouble = NetworkFailure.UNREACHABLE
    return replace(seen, network_failure=trouble, detail=peer.quoted(words))


def _root_os_error(error: BaseException | None) -> OSError | None:
    """Return the operating system's error at the bottom of a chain of wrapped ones."""
    found = None
    while error is not None:
        if isinstance(error, OSError):
            found = error
        error = error.__cause__ or error.__context__
    return found
