"""Turns errors of httpx into observations for a diagnosis."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from dataclasses import replace
from urllib.parse import urlsplit

import httpx

from bbtui.clients.http.peer import Peer
from bbtui.clients.http.proxies import proxy_for, variables_set
from bbtui.clients.http.replies import RequestFailed, diagnosed_failure
from bbtui.domain.observation import NetworkFailure, Observation
from bbtui.formatting.sanitize import excerpt

#: h11's messages about a reply whose first line is none of HTTP.
_NO_STATUS_LINE = re.compile("illegal status line|no response line")
#: How the system ends a connection whose other end does not answer its probes.
_GONE = (errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH)
#: h11 quotes what it refuses as Python writes it.
_BYTES = re.compile(r"bytearray\(b(['\"].*['\"])\)|b(['\"].*['\"])")


def _sent_text(message: str) -> str:
    """Return a message of h11 with what the server sent as text."""
    return _BYTES.sub(lambda match: match[1] or match[2], message)


def request_failure(
    error: Exception, peer: Peer, timeout: httpx.Timeout, *, prompted: bool
) -> RequestFailed:
    """Return the failure of a request to which no response headers came."""
    proxy = None if peer.nearby else proxy_for(peer.url)
    observed = Observation(
        peer.target(), proxies=proxy.variable if proxy else "", prompted=prompted
    )
    failure, detail, limit_s = NetworkFailure.CLOSED, "", None
    match error:
        case httpx.ConnectTimeout():
            failure, limit_s = NetworkFailure.CONNECT_TIMEOUT, timeout.connect
            if proxy:
                failure = NetworkFailure.PROXY_UNREACHED
                detail = f"no connection within {limit_s:g} s"
        case httpx.ConnectError():
            return diagnosed_failure(connect_failure(error, peer, observed))
        case httpx.TransportError() if _is_gone(error):
            failure = NetworkFailure.LOST
        case httpx.TimeoutException():
            failure, limit_s = NetworkFailure.READ_TIMEOUT, timeout.read
        case httpx.ProxyError():
            failure, detail = NetworkFailure.PROXY_REFUSED, peer.quoted(str(error))
        case httpx.RemoteProtocolError() if "disconnected" not in str(error):
            failure, detail = NetworkFailure.MALFORMED, peer.quoted(_sent_text(str(error)))
            if _NO_STATUS_LINE.match(str(error)):
                failure, detail = NetworkFailure.NOT_HTTP, ""
        case httpx.LocalProtocolError():
            # The text of the error has the header's value.
            failure = NetworkFailure.UNWRITABLE
            detail = "one of the headers has characters that cannot be sent"
        case httpx.InvalidURL() | UnicodeError():
            failure, detail = NetworkFailure.UNWRITABLE, peer.quoted(str(error))
    observed = replace(observed, network_failure=failure, detail=detail, limit_s=limit_s)
    return diagnosed_failure(observed)


def connection_lost(error: httpx.HTTPError, peer: Peer, size: int) -> RequestFailed:
    """Return the failure of a response whose body broke off after `size` bytes."""
    failure, limit_s = NetworkFailure.LOST, None
    if isinstance(error, httpx.ReadTimeout) and not _is_gone(error):
        failure, limit_s = NetworkFailure.READ_TIMEOUT, peer.silence_s
    observed = Observation(peer.target(), failure, limit_s=limit_s, received=size, prompted=True)
    return diagnosed_failure(observed)


def compressed(peer: Peer, size: int, encoding: str) -> RequestFailed:
    """Return the failure of a reply that cannot be decompressed; `encoding` is its header."""
    detail = peer.quoted(encoding, 40)
    observed = Observation(
        peer.target(), NetworkFailure.DECODING, detail=detail, received=size, prompted=True
    )
    return diagnosed_failure(observed)


def is_compressed(failure: RequestFailed) -> bool:
    """Return whether a failure is that of a reply that cannot be decompressed."""
    seen = failure.observed
    return seen is not None and seen.network_failure is NetworkFailure.DECODING


def incomplete_reply(peer: Peer, within_s: float) -> RequestFailed:
    """Return the failure of a short request whose reply had not ended within its limit."""
    observed = Observation(peer.target(), NetworkFailure.INCOMPLETE, limit_s=within_s)
    return diagnosed_failure(observed)


def invalid_proxy(peer: Peer, error: Exception | None = None) -> RequestFailed:
    """Return the failure of a proxy variable that httpx cannot use; its value may have a password.

    httpx raises ImportError for ``socks5://`` without its extra, another error for what is no URL
    or has another scheme.
    """
    failure = NetworkFailure.SOCKS if isinstance(error, ImportError) else NetworkFailure.BAD_PROXY
    observed = Observation(peer.target(), network_failure=failure, proxies=variables_set())
    return diagnosed_failure(observed)


def connect_failure(error: Exception, peer: Peer, observed: Observation) -> Observation:
    """Return `observed` with why there was no connection, by the operating system's error.

    With a proxy in between (`observed.proxies`), the proxy was not reached, unless TLS failed: the
    handshake is with the endpoint itself.
    """
    cause = _root_os_error(error)
    detail = (cause and cause.strerror) or str(error)
    match cause:
        case ssl.SSLCertVerificationError():
            failure, detail = NetworkFailure.UNTRUSTED, cause.verify_message
        case ssl.SSLError():
            failure, detail = NetworkFailure.NO_TLS, cause.reason or "TLS failed"
        case _ if observed.proxies:
            failure = NetworkFailure.PROXY_UNREACHED
        case socket.gaierror():
            observed = replace(observed, detail=peer.quoted(detail))
            return unresolved(urlsplit(peer.url).hostname or "", observed)
        case ConnectionRefusedError():
            failure = NetworkFailure.REFUSED
        case TimeoutError():
            failure = NetworkFailure.CONNECT_TIMEOUT
        case _:
            failure = NetworkFailure.UNREACHABLE
    return replace(observed, network_failure=failure, detail=peer.quoted(detail))


def unresolved(host: str, observed: Observation) -> Observation:
    """Return `observed` with why a host has no address: its name, or its IPv6 zone."""
    _, percent, zone = host.partition("%")
    if not percent:
        return replace(observed, network_failure=NetworkFailure.UNRESOLVED)
    detail = f"this machine has no network interface {excerpt(zone, 40)}"
    return replace(observed, network_failure=NetworkFailure.UNREACHABLE, detail=detail)


def _is_gone(error: httpx.HTTPError) -> bool:
    """Return whether the system ended the connection, and no limit of this program."""
    cause = _root_os_error(error)
    return cause is not None and cause.errno in _GONE


def _root_os_error(error: BaseException | None) -> OSError | None:
    """Return the operating system's error at the bottom of a chain of wrapped ones."""
    root = None
    while error is not None:
        root = error if isinstance(error, OSError) else root
        error = error.__cause__ or error.__context__
    return root
