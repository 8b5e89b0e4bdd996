"""What a network does to a request, told as a cause and a fix (loaded with http.py)."""

from __future__ import annotations

import os
import socket
import ssl

import httpx

from bbtui.clients.failures import Unanswered, excerpt
from bbtui.clients.peer import Peer

_PROXY_VARIABLES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")


def unanswered(error: Exception, peer: Peer, timeout: httpx.Timeout) -> Unanswered:
    """A request that failed before the head of a reply came."""
    where = peer.where
    match error:
        case httpx.ConnectTimeout():
            return Unanswered(
                f"{where} did not take the connection within {timeout.connect:g} s",
                f"see that {peer.host} is up and that no firewall or missing VPN is in between",
            )
        case httpx.TimeoutException():
            return _silent(peer, timeout.read)
        case httpx.ProxyError():
            names = _proxies() or "the environment"
            return Unanswered(
                f"the proxy named in {names} did not let the request to {where} through: "
                f"{excerpt(str(error))}",
                f"unset it, or add {peer.host} to NO_PROXY",
            )
        case httpx.ConnectError():
            return _unconnected(error, peer)
        case httpx.RemoteProtocolError() if "disconnected" not in str(error):
            return Unanswered(
                f"what {where} answered is not HTTP",
                f"something else listens there, or it wants https: check {peer.setting}",
            )
        case httpx.LocalProtocolError() | httpx.InvalidURL() | UnicodeError():
            return Unanswered(
                f"a request to {where} cannot be written: {excerpt(str(error))}",
                f"check {peer.setting} and headers",
            )
    return Unanswered(
        f"{where} closed the connection before it answered",
        "see that the server still runs; its own log says more",
    )


def lost(error: httpx.HTTPError, peer: Peer, size: int) -> Unanswered:
    """A reply whose body broke off after `size` bytes."""
    if isinstance(error, httpx.ReadTimeout):
        silence = _silent(peer, peer.silence_s)
        return Unanswered(f"{silence.cause}, after {size:,} bytes", silence.hint)
    if isinstance(error, httpx.DecodingError):
        return Unanswered(
            f"what {peer.where} sent cannot be unpacked, after {size:,} bytes",
            "a proxy in between compresses the stream and should not",
        )
    return Unanswered(
        f"connection lost after {size:,} bytes",
        f"see that {peer.host} still runs, then ask again",
    )


def bad_proxy(error: Exception) -> Unanswered:
    """A proxy variable httpx cannot do anything with; its text is left out, it may hold a password.

    httpx raises ImportError for ``socks5://`` without its extra, ValueError for other schemes.
    """
    names = _proxies() or "the environment"
    if isinstance(error, ImportError):
        return Unanswered(
            f"the proxy named in {names} speaks SOCKS, which this installation does not",
            "pip install socksio, or unset the variable",
        )
    return Unanswered(
        f"the proxy named in {names} cannot be used",
        "name an http:// or https:// proxy there, or unset the variable",
    )


def _unconnected(error: Exception, peer: Peer) -> Unanswered:
    """No connection at all: the error of the system below says why."""
    where, cause = peer.where, _of_the_system(error)
    through = f"; a proxy is set in {_proxies()}" if _proxies() and not peer.nearby else ""
    if isinstance(cause, socket.gaierror):
        return Unanswered(
            f"the name {peer.host} cannot be resolved (DNS)",
            f"check the host in {peer.setting}, and the network{through}",
        )
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Unanswered(
            f"the certificate of {where} is not trusted: {excerpt(cause.verify_message)}",
            "if it is your own, name its authority's file in SSL_CERT_FILE",
        )
    if isinstance(cause, ssl.SSLError):
        return Unanswered(
            f"no secure connection to {where} ({excerpt(cause.reason or 'TLS failed')})",
            f"if the server speaks plain HTTP, write http:// in {peer.setting}",
        )
    if isinstance(cause, ConnectionRefusedError):
        if peer.provider:
            return Unanswered(
                f"nothing listens at {where} (connection refused)", f"check {peer.setting}{through}"
            )
        there = "here" if peer.this_machine else f"on {peer.host}"
        return Unanswered(
            f"nothing listens at {where} (connection refused)",
            f"start the server {there} (for Ollama: ollama serve), "
            f"or correct {peer.setting}{through}",
        )
    words = cause.strerror if cause is not None and cause.strerror else str(error)
    return Unanswered(
        f"{where} cannot be reached: {excerpt(words)}",
        f"check the network and {peer.setting}{through}",
    )


def _of_the_system(error: BaseException | None) -> OSError | None:
    """The operating system's error at the bottom of a chain of wrapped ones."""
    found = None
    while error is not None:
        if isinstance(error, OSError):
            found = error
        error = error.__cause__ or error.__context__
    return found


def _silent(peer: Peer, seconds: float | None) -> Unanswered:
    limit = f" for {seconds:g} s" if seconds is not None else ""
    if peer.pod:
        hint = "load the model on the pod first (ollama run MODEL there), then ask again"
    elif peer.provider:
        hint = "it may be slow for a moment: ask again"
    else:
        hint = "if it may take longer, raise the limit with --timeout"
    return Unanswered(f"no byte came from {peer.where}{limit}", hint)


def _proxies() -> str:
    """The names of the proxy variables that are set."""
    return ", ".join(
        name for name in _PROXY_VARIABLES if os.environ.get(name) or os.environ.get(name.lower())
    )
