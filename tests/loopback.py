"""A loopback server that sends what a test sets, byte by byte, including malformed endings.

A test sets the reply of each path; the server keeps every request and reports when its client has
disconnected. It uses raw sockets, so that no library corrects a malformed reply::

    with Loopback() as server:
        server.on("GET /api/version", json_reply({"version": "0.33.0"}))
        server.on("POST /api/chat", Reply((b'{"done":', RESET)))
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.replies import (
    CLOSE,
    HEAD,
    RESET,
    SILENT,
    TRACES,
    Drip,
    Mark,
    Reply,
    Step,
    Trace,
    Wait,
    events,
    json_reply,
    ndjson,
)

__all__ = [
    "CLOSE",
    "HEAD",
    "LIMIT_S",
    "RESET",
    "SILENT",
    "TRACES",
    "Drip",
    "Loopback",
    "Mark",
    "Reply",
    "Request",
    "Step",
    "Trace",
    "Wait",
    "events",
    "json_reply",
    "loopback",
    "ndjson",
]


LIMIT_S = 30.0


@dataclass
class Request:
    """A received request."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    gone: threading.Event
    """Set once its client has disconnected."""

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class Loopback:
    """The server; a context manager. `url` is its base URL."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._routes: dict[str, list[Reply]] = {}
        self._changed = threading.Condition()
        self._requests: list[Request] = []
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._held: list[threading.Event] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def on(self, route: str, *replies: Reply) -> None:
        """Answer ``METHOD /path`` with these replies in turn; repeat the last one."""
        self._routes[route] = list(replies)

    def replay(self, name: str, **headers: str) -> Trace:
        """Answer the recorded request with the recorded reply, but with these headers."""
        trace = Trace.load(name)
        reply = replace(trace.reply, headers={**trace.reply.headers, **headers})
        self.on(f"{trace.method} {trace.path}", reply)
        return trace

    @property
    def requests(self) -> list[Request]:
        """Every request so far, in order."""
        with self._changed:
            return list(self._requests)

    def requests_to(self, route: str) -> list[Request]:
        """Return the requests of one route."""
        return [seen for seen in self.requests if f"{seen.method} {seen.path}" == route]

    def wait_for(self, route: str, count: int = 1) -> Request:
        """Wait for the `count`-th request of a route and return it."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.requests_to(route)) >= count, LIMIT_S)
            assert came, f"no request {route} came"
            return self.requests_to(route)[count - 1]

    def __enter__(self) -> Loopback:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        for event in self._held:
            event.set()
        with self._changed:
            sockets = [self._listener, *self._open]
        for sock in sockets:
            _shut(sock)
        for thread in self._threads:
            thread.join(LIMIT_S)
            assert not thread.is_alive(), "a connection of the test's server did not end"
        self._listener.close()

    def _start(self, target: Any, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                self._open.add(sock)
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        """Read requests until the client is gone; replies are written by threads of their own."""
        connection = sock
        requests: list[Request] = []
        writers: list[threading.Thread] = []
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                connection = self._tls.wrap_socket(sock, server_side=True)
                with self._changed:
                    self._open.add(connection)
            for request in _requests(connection):
                requests.append(request)
                with self._changed:
                    self._requests.append(request)
                    self._changed.notify_all()
                if self._tls is not None:
                    # Two threads may not use one TLS connection.
                    self._write(connection, request)
                    continue
                writer = threading.Thread(target=self._write, args=(connection, request))
                writers.append(writer)
                writer.start()
        except OSError:
            pass
        finally:
            for request in requests:
                request.gone.set()
            for writer in writers:
                writer.join(LIMIT_S)
            with self._changed:
                self._open -= {sock, connection}
            connection.close()

    def reply(self, request: Request) -> Reply:
        """Return the reply to a request: here, that of its route."""
        replies = self._routes.get(f"{request.method} {request.path}", [_UNKNOWN_ROUTE])
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def _write(self, sock: socket.socket, request: Request) -> None:
        reply = self.reply(request)
        head = _head(reply)
        try:
            for step in reply.steps:
                if step is SILENT and self._tls is not None:
                    with contextlib.suppress(OSError):
                        sock.recv(1)
                    request.gone.set()
                elif step is SILENT:
                    request.gone.wait(LIMIT_S)
                elif step is RESET:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    # The other thread blocks in recv on this socket and would hold it open.
                    sock.shutdown(socket.SHUT_RD)
                    return
                elif step is CLOSE:
                    sock.sendall(head)
                    _shut(sock)
                    return
                elif step is HEAD:
                    sock.sendall(head)
                    head = b""
                elif isinstance(step, Wait):
                    self._held.append(step.event)
                    step.event.wait(LIMIT_S)
                elif isinstance(step, Drip):
                    while not request.gone.wait(_DRIP_S):
                        sock.sendall(head + _framed(reply, step.data))
                        head = b""
                    return
                elif isinstance(step, bytes) and step:
                    sock.sendall(head + _framed(reply, step))
                    head = b""
            sock.sendall(head + (b"0\r\n\r\n" if _chunked(reply) else b""))
            if reply.framing in ("close", "raw"):
                _shut(sock)
        except OSError:
            pass


_UNKNOWN_ROUTE = Reply((b"404 page not found",), 404, {"Content-Type": "text/plain"}, "length")


#: The interval of a drip, in s: shorter than any limit.
_DRIP_S = 0.02


def _chunked(reply: Reply) -> bool:
    return reply.framing == "chunked"


def _framed(reply: Reply, data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data) if _chunked(reply) else data


def _head(reply: Reply) -> bytes:
    if reply.framing == "raw":
        return b""
    headers = dict(reply.headers)
    if reply.framing == "chunked":
        headers["Transfer-Encoding"] = "chunked"
    elif reply.framing == "length":
        size = sum(len(step) for step in reply.steps if isinstance(step, bytes))
        headers["Content-Length"] = str(size)
    lines = [f"HTTP/1.1 {reply.status} Recorded", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def _requests(sock: socket.socket) -> Iterator[Request]:
    """Yield the requests of a connection until the client disconnects."""
    buffer = b""
    while True:
        while b"\r\n\r\n" not in buffer:
            data = sock.recv(65536)
            if not data:
                return
            buffer += data
            if not buffer[:1].isalpha():
                # No method begins like a TLS handshake: a server replies at once.
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                return
        head, _, buffer = buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        size = int(headers.get("content-length", "0"))
        while len(buffer) < size:
            data = sock.recv(65536)
            if not data:
                return
            buffer += data
        yield Request(method, path, headers, buffer[:size], threading.Event())
        buffer = buffer[size:]


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        sock.close()


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    """Yield a server for one test."""
    with Loopback() as server:
        yield server
