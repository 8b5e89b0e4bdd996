"""A pod's public proxy in front of an Ollama, on the loopback: TLS, pages, broken connections.

`resolving` patches the resolver so that the name of a pod's proxy is this machine; everything else
is real: sockets, TLS with its own CA, HTTP::

    with PodProxy(tmp_path) as proxy:
        proxy.resolving(monkeypatch)
        proxy.serves("gemma3:27b")
        Peer(proxy.url, files=TlsFiles(ca=proxy.ca))
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.loopback import CLOSE, RESET, Loopback, Reply, Step, Wait, json_reply
from tests.resolve_locally import resolve_locally

POD_ID = "abc123xyz"
HOST = f"{POD_ID}-11434.proxy.runpod.net"
#: The masked address of this pod.
SHOWN = "abc…-11434.proxy.runpod.net"

CHAT = "POST /api/chat"
ROUTES = (
    *("GET /api/version", "GET /api/tags", "GET /api/ps", CHAT),
    *("GET /health", "GET /v1/models", "POST /v1/chat/completions"),
)
_PAGE = "<!DOCTYPE html><html><head><title>{title}</title></head><body>cloudflare</body></html>"
TITLES = {404: "404 Not Found", 502: "502: Bad gateway", 524: "524: A timeout occurred"}


def page(status: int, *before: Step) -> Reply:
    """Return a page of the proxy, after other steps."""
    body = _PAGE.format(title=TITLES.get(status, "Error")).encode()
    headers = {"Content-Type": "text/html; charset=UTF-8", "Server": "cloudflare"}
    return Reply((*before, body), status, headers, "length")


class PodProxy(Loopback):
    """The proxy; it knows no pod until a test adds one."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST).configure_cert(settings)
        super().__init__(settings)
        self.ca = str(folder / "authority.pem")
        authority.cert_pem.write_to_path(self.ca)
        self.url = f"https://{HOST}:{self.port}"
        self.where = f"{SHOWN}:{self.port}"
        #: Ends the silence of `falls_silent`: sooner than the 100 s of the real one.
        self.timed_out = threading.Event()
        self.pages(404)

    def resolving(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Resolve the name of the proxy to this machine."""
        monkeypatch.setattr(socket, "getaddrinfo", resolve_locally(HOST))

    def pages(self, status: int) -> None:
        """Answer everything with this page: 404 no such pod or port, 502 nothing listens."""
        for route in ROUTES:
            self.on(route, page(status))

    def boots(self, model: str, after: int = 1) -> None:
        """Reply 502 `after` times, then as the Ollama behind it does."""
        self.serves(model)
        waiting = [page(502)] * after
        self.on("GET /api/version", *waiting, json_reply({"version": "0.33.3"}))

    def serves(self, model: str, *, loaded: bool = True, on_gpu: float = 1.0) -> None:
        """Reply as an Ollama that has this model."""
        entry = {
            "name": model,
            "model": model,
            "size": 1000,
            "size_vram": round(1000 * on_gpu),
            "context_length": 8192,
            "details": {"parameter_size": "27.4B", "quantization_level": "Q4_K_M"},
        }
        for route in ROUTES:
            self.on(route, Reply((b"404 page not found",), 404, {"Content-Type": "text/plain"}))
        self.on("GET /api/version", json_reply({"version": "0.33.3"}))
        self.on("GET /api/tags", json_reply({"models": [entry]}))
        self.on("GET /api/ps", json_reply({"models": [entry] if loaded else []}))

    def falls_silent(self) -> None:
        """Hold every prompt back until `timed_out` is set, then answer 524 as the proxy does."""
        self.on(CHAT, page(524, Wait(self.timed_out)))

    def coalesces(self, *lines: bytes) -> None:
        """Answer prompts with all lines in one write, as a proxy that buffers does."""
        self.on(CHAT, Reply((b"".join(lines),), headers={"Content-Type": "application/x-ndjson"}))

    def cuts(self, *lines: bytes, reset: bool = False) -> None:
        """Break the connection after these lines of an answer."""
        kind = {"Content-Type": "application/x-ndjson"}
        self.on(CHAT, Reply((*lines, RESET if reset else CLOSE), headers=kind))


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PodProxy]:
    """Yield a proxy for one test, which reaches it by its name."""
    with PodProxy(tmp_path) as server:
        server.resolving(monkeypatch)
        yield server
