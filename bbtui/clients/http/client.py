"""Sends requests with httpx. Import `bbtui.clients.http` instead: that loads httpx when needed.

No request is sent twice: one given up while a model loads aborts the load.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from bbtui import __version__
from bbtui.clients.http import http_errors
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.proxies import proxy_for
from bbtui.clients.http.replies import Reply, RequestFailed, diagnosed_failure
from bbtui.clients.ports import CancelToken
from bbtui.config.files import require_file
from bbtui.domain.observation import NetworkFailure, Observation

MAX_ERROR_BODY = 64 * 1024
MAX_BODY = 4 * 1024 * 1024
#: An error has no reason to take long once its headers are there, in s.
ERROR_BODY_S = 5.0
#: How much later than a time limit a connection is shut down, in s: a server that sends nothing is
#: found by the limit of the read, whose message names it.
_GRACE_S = 0.25
#: How long the thread of the limits sleeps while none is set, in s: a longer limit that is set
#: meanwhile need not wake it.
_IDLE_S = 1.0
#: The compressions that httpx undoes without further packages.
_DECOMPRESSED = {"gzip", "deflate"}
#: What may precede the first data: a byte order mark, and white space.
_BLANK = b"\xef\xbb\xbf \t\r\n"
_HEADERS = {"User-Agent": f"bbtui/{__version__}", "Accept-Encoding": "identity"}


#: A connection without data is probed: a server without power closes none, and its answer would be
#: waited for without end. Linux's names (tcp(7)), in s or probes, of about two minutes in all; a
#: system without one of them keeps its own value.
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 6}

#: A read that takes less did not wait, in ns.
_AT_ONCE_NS = 100_000
#: Reads that did not wait, and are no further apart, have what arrived together, in ns.
_TOGETHER_NS = 1_000_000


class TimeLimits:
    """The time limits of a client's requests: what is under way ends when one is exceeded.

    httpx limits each read alone, so a byte now and then would last for ever. One thread serves all
    limits of a client: starting one for each request would be part of the round trips that are
    measured.
    """

    def __init__(self, end: Callable[[], None]) -> None:
        """Prepare; `end` is called in the thread when a limit is exceeded."""
        self._end = end
        self._changed = threading.Condition()
        self._set: list[tuple[float, threading.Event]] = []
        self._wakes_at = 0.0
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[threading.Event]:
        """Limit a block, which may be inside of another; the event is set when it is exceeded."""
        limit = time.monotonic() + seconds, threading.Event()
        with self._changed:
            self._set.append(limit)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="limits", daemon=True)
                self._thread.start()
            elif limit[0] < self._wakes_at:
                self._changed.notify()
        try:
            yield limit[1]
        finally:
            with self._changed:
                self._set.remove(limit)

    @property
    def exceeded(self) -> bool:
        """Whether a limit of what is under way is exceeded."""
        return any(over.is_set() for _, over in self._set)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                exceeded = [over for at, over in self._set if at <= now and not over.is_set()]
                for over in exceeded:
                    over.set()
                if exceeded:
                    self._end()
                pending = [at for at, over in self._set if not over.is_set()]
                self._wakes_at = min(pending, default=now + _IDLE_S)
                self._changed.wait(self._wakes_at - now)


class _Arrivals:
    """When the bytes of a connection arrived."""

    def __init__(self) -> None:
        self.at_ns = 0
        """By `perf_counter_ns`, after the last read of the socket; 0 before the first."""
        self._read_ns = 0

    def watch(self, stream: Any) -> None:
        """Note the time of each read of a network stream of httpcore."""
        read = stream.read

        def read_and_note(max_bytes: int, timeout: float | None = None) -> bytes:
            asked_ns = time.perf_counter_ns()
            data: bytes = read(max_bytes, timeout)
            self._note(asked_ns, time.perf_counter_ns())
            return data

        stream.read = read_and_note

    def _note(self, asked_ns: int, read_ns: int) -> None:
        # What was there already came with the read before: TLS hands out one record at a time.
        waited = read_ns - asked_ns >= _AT_ONCE_NS
        if waited or read_ns - self._read_ns >= _TOGETHER_NS:
            self.at_ns = read_ns
        self._read_ns = read_ns


class Response:
    """A response whose headers have arrived; its body has not been read."""

    def __init__(
        self, response: httpx.Response, peer: Peer, limits: TimeLimits, arrivals: _Arrivals
    ) -> None:
        self._response = response
        self._peer = peer
        self._limits = limits
        self._arrivals = arrivals
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._data = self._read()
        self._ahead: list[tuple[int, bytes]] = []

    @functools.cached_property
    def streams(self) -> bool:
        """Whether the body is the requested stream: no error, and no web page.

        Some servers call their stream ``text/html``: then its first data decides.
        """
        if self.status != 200 or "html" not in self.headers.get("content-type", ""):
            return self.status == 200
        for at_ns, data in self._data:
            self._ahead.append((at_ns, data))
            if begin := data.lstrip(_BLANK):
                return not begin.startswith(b"<")
        return False

    def reads(self) -> Iterator[tuple[int, bytes]]:
        """Yield the data of each read, with `perf_counter_ns` right after it.

        Raise RequestFailed when the connection is lost, and for a compression other than those that
        httpx decompresses by itself.
        """
        while self._ahead:
            yield self._ahead.pop(0)
        yield from self._data

    def _read(self) -> Iterator[tuple[int, bytes]]:
        # The request accepts no encoding; a proxy may encode anyway.
        header = self.headers.get("content-encoding", "")
        encodings = {part.strip().lower() for part in header.split(",")} - {"", "identity"}
        if encodings - _DECOMPRESSED:
            raise http_errors.compressed(self._peer, 0, header)
        blocks = self._response.iter_bytes() if encodings else self._response.iter_raw()
        size = 0
        try:
            for data in blocks:
                size += len(data)
                yield self._arrivals.at_ns or time.perf_counter_ns(), data
        except httpx.DecodingError as error:
            raise http_errors.compressed(self._peer, size, header) from error
        except httpx.HTTPError as error:
            raise http_errors.connection_lost(error, self._peer, size) from error

    def ends_within(self, seconds: float) -> contextlib.AbstractContextManager[threading.Event]:
        """Limit a block that reads; the event is set when the limit ended the reads."""
        return self._limits.within(seconds)

    def whole(self, limit: int = MAX_ERROR_BODY) -> Reply:
        """Return the reply with its body, cut at `limit` bytes; an error also after `ERROR_BODY_S`.

        A lost connection leaves what had arrived: it explains more than the loss. Raise
        RequestFailed if the reply is no error and cannot be decompressed.
        """
        body = bytearray()
        within = contextlib.nullcontext() if self.streams else self._limits.within(ERROR_BODY_S)
        try:
            with within:
                for _, data in self.reads():
                    body += data
                    if len(body) >= limit:
                        break
        except RequestFailed as failure:
            if self.status == 200 and http_errors.is_compressed(failure):
                raise
        return Reply(self.status, dict(self.headers), bytes(body[:limit]))


class HttpClient:
    """Sends requests to one peer, one after the other.

    Every socket it opens is attached to the cancel token, so that another thread can shut it down.
    """

    def __init__(self, peer: Peer, cancel_token: CancelToken) -> None:
        self._peer = peer
        self._cancel_token = cancel_token
        self._write_started_ns = 0
        self._arrivals = _Arrivals()
        self._limits = TimeLimits(cancel_token.shut_down)

        self.sent_ns: int | None = None
        """When the body of the last request was written, in ns; None if it was not."""

        trust_env = not peer.nearby
        proxy = proxy_for(peer.url) if trust_env else None
        if proxy is not None and not proxy.host:
            raise http_errors.invalid_proxy(peer)
        # Making a TLS context takes 20 ms: none where nothing is encrypted.
        urls = [peer.url, *(getproxies().values() if trust_env else ())]
        encrypted = any(url.startswith("https:") for url in urls)
        try:
            self._client = httpx.Client(
                headers={**_HEADERS, **_host_header(peer.url), **peer.headers},
                trust_env=trust_env,
                verify=tls_context(peer) if encrypted else False,
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise http_errors.invalid_proxy(peer, error) from error

    def close(self) -> None:
        """Close its connections."""
        self._limits.close()
        self._client.close()

    def fetch(
        self,
        path: str,
        body: bytes | None = None,
        *,
        within_s: float,
        method: str = "",
        limit: int = MAX_BODY,
    ) -> Reply:
        """Send GET, or POST if there is a body; return the reply within about `within_s` seconds.

        `method` is another one; of the body at most `limit` bytes are read. The time limit holds
        for all of it, also where every read brings a byte. Raise RequestFailed.
        """
        connect_s = min(within_s, 2.0 if self._peer.nearby else 5.0)
        timeout = httpx.Timeout(within_s, connect=connect_s)
        began = time.monotonic()
        with self._limits.within(within_s + _GRACE_S) as over:
            try:
                with self._open(path, body, timeout, method=method, prompted=False) as response:
                    reply = response.whole(limit)
            except RequestFailed:
                if not over.is_set():
                    raise
        if over.is_set() or time.monotonic() - began > within_s:
            raise http_errors.incomplete_reply(self._peer, within_s)
        return reply

    @contextlib.contextmanager
    def post(self, path: str, body: bytes) -> Iterator[Response]:
        """Send POST; yield the response as soon as its headers have arrived, without a time limit.

        Raise RequestFailed, with the time at which the request was written.
        """
        self.sent_ns = None
        connect_s = 3.0 if self._peer.nearby else 10.0
        timeout = httpx.Timeout(30.0, connect=connect_s, read=self._peer.silence_s)
        try:
            with self._open(path, body, timeout, prompted=True) as response:
                yield response
        except RequestFailed as failure:
            failure.sent_ns = self.sent_ns
            raise

    @contextlib.contextmanager
    def _open(
        self,
        path: str,
        body: bytes | None,
        timeout: httpx.Timeout,
        *,
        method: str = "",
        prompted: bool,
    ) -> Iterator[Response]:
        try:
            request = self._client.build_request(
                method or ("GET" if body is None else "POST"),
                self._peer.url + path,
                content=body,
                headers={} if body is None else {"Content-Type": "application/json"},
                timeout=timeout,
                extensions={"trace": self._trace},
            )
            response = self._client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise http_errors.request_failure(
                error, self._peer, timeout, prompted=prompted
            ) from error
        with contextlib.closing(response):
            yield Response(response, self._peer, self._limits, self._arrivals)

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take the socket, its reads, and the time the request was written from httpcore's trace.

        The events of a tunnel through a proxy have other prefixes than those of a connection, and
        come before the request's own: the last one counts.
        """
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._arrivals.watch(info["return_value"])
            sock = info["return_value"].get_extra_info("socket")
            if sock is not None:
                _probe_silence(sock)
                self._cancel_token.attach(sock)
                if self._limits.exceeded:  # a host may have many addresses, each with a limit
                    self._cancel_token.shut_down()
        elif event.endswith("send_request_body.started"):
            self._write_started_ns = time.perf_counter_ns()
        elif event.endswith("send_request_body.complete"):
            # On a busy machine a local server is at work before the write returns here.
            self.sent_ns = self._write_started_ns


def _probe_silence(sock: socket.socket) -> None:
    """Let the system end a connection whose other end is gone."""
    with contextlib.suppress(OSError):  # one that is closed already
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _host_header(url: str) -> dict[str, str]:
    """Return the Host header without an IPv6 zone, which is local to this machine (RFC 6874)."""
    parts = urlsplit(url)
    bare, percent, _ = (parts.hostname or "").partition("%")
    if not percent:
        return {}
    return {"Host": f"[{bare}]" if parts.port is None else f"[{bare}]:{parts.port}"}


def tls_context(peer: Peer) -> ssl.SSLContext:
    """Return the TLS context for a peer, made once for each set of files.

    Raise RequestFailed if one of its files cannot be used.
    """
    files = peer.files
    environment = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    failure, named, why = NetworkFailure.CA_FILE, "SSL_CERT_FILE", "no certificate in PEM format"
    try:
        if environment[0]:
            require_file(Path(environment[0]))
        named = files.ca or named
        if files.ca:
            require_file(Path(files.ca))
        context = _context(*environment, files.ca, "", "")
        if files.cert:
            failure = NetworkFailure.CERTIFICATE_FILE
            named = " with ".join(filter(None, (files.cert, files.cert_key)))
            why += ", or the key does not match it"
            for file in filter(None, (files.cert, files.cert_key)):
                require_file(Path(file))
            context = _context(*environment, files.ca, files.cert, files.cert_key)
    except OSError as error:  # ssl.SSLError is one
        if not isinstance(error, ssl.SSLError):
            why = error.strerror or "it cannot be read"
        observed = Observation(peer.target(), failure, detail=f"{named}: {why}")
        raise diagnosed_failure(observed) from error
    return context


@functools.lru_cache(maxsize=8)
def _context(
    cert_file: str | None, cert_dir: str | None, ca: str, cert: str, key: str
) -> ssl.SSLContext:
    del cert_file, cert_dir  # httpx reads the two variables itself
    context = httpx.create_ssl_context()
    if ca:
        context.load_verify_locations(cafile=ca)
    if cert:
        # Without a password OpenSSL would prompt for one on the terminal, under the screen.
        context.load_cert_chain(cert, key or None, password="")
    return context
