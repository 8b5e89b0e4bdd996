"""The errors of a network between the program and an endpoint: cause and fix."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
import trustme

from bbtui.clients.doctor.run import Subject, examine
from bbtui.clients.http import fetch, http_errors
from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.openai.chat import OpenAISource
from bbtui.clients.ports import CancelToken
from bbtui.domain.address import base_url
from bbtui.domain.answer import AnswerState, Warmth
from bbtui.domain.endpoint import Endpoint
from tests.clients.streaming import (
    DONE,
    HELLO,
    BackgroundStream,
    assert_failed,
    in_memory,
    ollama,
    stream_answer,
)
from tests.loopback import HEAD, SILENT, Loopback, Reply, json_reply, ndjson


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.mark.parametrize("source", [OllamaSource, OpenAISource])
def test_refused_connection_is_diagnosed(source: type[OllamaSource] | type[OpenAISource]) -> None:
    port = free_port()
    result = stream_answer(source(Peer(f"http://127.0.0.1:{port}")))
    assert_failed(
        result,
        f"nothing listens at 127.0.0.1:{port} (connection refused)",
        "start the server here (for Ollama: ollama serve), or correct the endpoint's url",
    )
    assert result.known[0].warmth is Warmth.UNKNOWN
    assert not result.sent
    assert result.answer.end_ns is None, "nothing was written"


def test_unknown_name_is_diagnosed() -> None:
    result = stream_answer(OllamaSource(Peer("http://no-such-host.invalid:11434")))
    assert_failed(
        result,
        "the name no-such-host.invalid cannot be resolved (DNS)",
        "check the host in the endpoint's url, and the network",
    )


def unreachable(*_: object, **__: object) -> socket.socket:
    raise OSError(113, "No route to host")


def test_missing_route_is_diagnosed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", unreachable)
    result = stream_answer(OllamaSource(Peer("http://10.1.2.3:11434")))
    assert_failed(result, "10.1.2.3:11434 cannot be reached: No route to host", "check the network")


def test_connect_timeout_is_diagnosed(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> socket.socket:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", slow)
    assert_failed(
        stream_answer(OllamaSource(Peer("http://10.1.2.3:11434"))),
        "connection to 10.1.2.3:11434 timed out after 3 s",
        "check that 10.1.2.3 is up and reachable (firewall, VPN)",
    )


def test_untrusted_certificate_is_diagnosed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(settings)
    with Loopback(settings) as server:
        in_memory(server)
        server.on("POST /api/chat", ndjson(HELLO, DONE), ndjson(HELLO, SILENT))
        source = OllamaSource(Peer(server.url))
        result = stream_answer(source)
        assert result.ended.state is AnswerState.FAILED
        assert result.ended.problem.cause.startswith(
            f"the certificate of 127.0.0.1:{server.port} is not trusted: "
        )
        assert result.ended.problem.fix == (
            'if it is self-signed or from your own CA, set ca = "FILE" in the endpoint\'s table'
        )
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        result = stream_answer(source)
        assert (result.answer.text, result.ended.state) == ("Hello", AnswerState.DONE)
        stream = BackgroundStream(source)
        seen = server.wait_for("POST /api/chat", 2)
        stream.cancel_token.cancel()
        assert seen.gone.wait(10), "a stop reaches through TLS"
        assert stream.result().ended.state is AnswerState.STOPPED


def test_https_to_an_http_port_is_diagnosed(loopback: Loopback) -> None:
    result = stream_answer(OllamaSource(Peer(loopback.url.replace("http:", "https:"))))
    assert result.ended.state is AnswerState.FAILED
    at = re.escape(f"127.0.0.1:{loopback.port}")
    assert re.fullmatch(rf"TLS handshake with {at} failed \(.+\)", result.ended.problem.cause)
    assert (
        result.ended.problem.fix
        == "if the server speaks plain HTTP, use http:// in the endpoint's url"
    )


def test_reply_that_is_not_http_is_diagnosed(loopback: Loopback) -> None:
    result = ollama(loopback, Reply((b"* OK IMAP4rev1 ready\r\n\r\n",), framing="raw"))
    at = f"127.0.0.1:{loopback.port}"
    assert_failed(result, f"the reply of {at} is not HTTP", "another service listens there")


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "multiple Transfer-Encoding headers",
        ),
        (b"Content-Length: 1\r\nContent-Length: 2", "conflicting Content-Length headers"),
        (b"no colon here", "illegal header line: 'no colon here'"),
    ],
)
def test_header_that_is_not_allowed_is_named(
    loopback: Loopback, headers: bytes, words: str
) -> None:
    head = b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n\r\n"
    result = ollama(loopback, Reply((head,), framing="raw"))
    at = f"127.0.0.1:{loopback.port}"
    cause = f"{at} sent an HTTP header that is not allowed: {words}"
    assert_failed(result, cause, "the proxy in between")


def test_unknown_zone_of_an_address_is_named() -> None:
    url = base_url("http://[fe80::1%25nope9]:11434")
    cause = "[fe80::1%nope9]:11434 cannot be reached: this machine has no network interface nope9"
    result = stream_answer(OllamaSource(Peer(url)))
    assert_failed(result, cause, "check the network")
    one = examine(Subject(Endpoint("a", "A", "m", "ollama", url), Peer(url)))
    assert one.diagnosis is not None
    assert one.diagnosis.problem.cause == cause


@pytest.mark.parametrize(
    ("steps", "after"), [((), ""), ((HEAD,), ", after 0 bytes"), ((b"\n",), ", after 1 bytes")]
)
def test_read_timeout_is_diagnosed(
    loopback: Loopback, steps: tuple[bytes, ...], after: str
) -> None:
    peer = Peer(loopback.url, timeout_s=1)
    result = ollama(loopback, Reply((*steps, SILENT)), peer)
    cause = f"no data from 127.0.0.1:{loopback.port} for 1 s{after}"
    assert_failed(result, cause, "if it needs longer, raise the limit with --timeout")
    assert len(loopback.requests_to("POST /api/chat")) == 1, (
        "it is not asked again: that would abort a load"
    )


class WatchingToken(CancelToken):
    """Notes whether the system probes the connections of its request."""

    probed: ClassVar[list[int]] = []

    def attach(self, sock: socket.socket) -> None:
        self.probed.append(sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        super().attach(sock)


def test_server_whose_power_fails_is_noticed_by_probes(loopback: Loopback) -> None:
    loopback.on("GET /x", json_reply({}))
    fetch(Peer(loopback.url), "/x", within_s=5, cancel_token=WatchingToken())
    assert [bool(probed) for probed in WatchingToken.probed] == [True]


@pytest.mark.parametrize("kind", [httpx.ReadTimeout, httpx.ReadError])
@pytest.mark.parametrize("number", [errno.ETIMEDOUT, errno.EHOSTUNREACH])
def test_connection_that_the_system_ends_is_lost(kind: type[httpx.HTTPError], number: int) -> None:
    """So it fails once the probes stay without a reply: no limit of this program is exceeded."""
    peer, error = Peer("http://192.168.0.9:11434"), kind("")
    error.__cause__ = OSError(number, "")
    before = http_errors.request_failure(error, peer, httpx.Timeout(None), prompted=True)
    within = http_errors.connection_lost(error, peer, 90)
    assert before.problem.cause == "connection lost after 0 bytes"
    assert within.problem.cause == "connection lost after 90 bytes"
    assert within.problem.fix == "check that 192.168.0.9 is still running, then try again"


def test_default_read_timeouts() -> None:
    assert Peer("http://127.0.0.1:11434").silence_s is None
    assert Peer("https://abc-11434.proxy.runpod.net").silence_s == 130
    assert Peer("https://gpu.example").silence_s == 600
    assert Peer("https://gpu.example", timeout_s=5).silence_s == 5


@pytest.mark.parametrize(
    ("value", "cause", "hint"),
    [
        (
            "socks5://me:hunter2@127.0.0.1:1",
            "the proxy in ALL_PROXY speaks SOCKS, which this installation does not support",
            "pip install socksio, or unset the variable",
        ),
        *(
            (
                value,
                "the proxy in ALL_PROXY is not a valid URL",
                "set it to an http:// or https:// URL, or unset it",
            )
            for value in (
                "socks4://me:hunter2@127.0.0.1:1",
                "http://me:hunter2@[127.0.0.1",
                "http://me:hunter2@127.0.0.1:port",
                "http://",
            )
        ),
    ],
)
def test_unusable_proxy_variable_is_diagnosed(
    monkeypatch: pytest.MonkeyPatch, value: str, cause: str, hint: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", value)
    result = stream_answer(OllamaSource(Peer("http://gpu.example:11434")))
    assert_failed(result, cause, hint)
    assert "hunter2" not in result.ended.problem.cause + result.ended.problem.fix


def test_local_requests_bypass_the_proxy(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert ollama(loopback, ndjson(HELLO, DONE)).ended.state is AnswerState.DONE


def test_unreachable_proxy_is_diagnosed(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", loopback.url)
    loopback.on("CONNECT gpu.example:443", Reply((), 407, {}, "length"))
    result = stream_answer(OllamaSource(Peer("https://gpu.example")))
    assert result.ended.state is AnswerState.FAILED
    assert result.ended.problem.cause.startswith(
        "the proxy in HTTPS_PROXY refused the request to gpu.example:443: 407"
    )
    assert result.ended.problem.fix == "unset it, or add gpu.example to NO_PROXY"
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    result = stream_answer(OllamaSource(Peer("https://gpu.example")))
    assert_failed(
        result,
        "the proxy in HTTPS_PROXY cannot be reached: Connection refused",
        "unset it, or add gpu.example to NO_PROXY",
    )


def test_no_proxy_suffix_excludes_a_pods_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    peer = Peer("https://abc123xyz-11434.proxy.runpod.net")
    result = stream_answer(OllamaSource(peer))
    assert result.ended.problem.fix == "unset it, or add .proxy.runpod.net to NO_PROXY"
    monkeypatch.setenv("NO_PROXY", ".proxy.runpod.net")
    monkeypatch.setattr(socket, "create_connection", unreachable)
    result = stream_answer(OllamaSource(peer))
    assert_failed(
        result, "abc…-11434.proxy.runpod.net:443 cannot be reached: No route to host", "the network"
    )


def test_invalid_header_value_is_not_shown(loopback: Loopback) -> None:
    result = ollama(loopback, ndjson(HELLO, DONE), Peer(loopback.url, {"X-Key": "hunter'2 "}))
    assert_failed(
        result,
        f"invalid request to 127.0.0.1:{loopback.port}: "
        "one of the headers has characters that cannot be sent",
        "check the endpoint's url and its headers",
    )


def test_headers_of_every_request(loopback: Loopback) -> None:
    peer = Peer(loopback.url, {"Authorization": "Bearer hunter2"})
    ollama(loopback, ndjson(HELLO, DONE), peer)
    for seen in loopback.requests:
        assert re.fullmatch(r"bbtui/\d.*", seen.headers["user-agent"])
        assert seen.headers["authorization"] == "Bearer hunter2"
        assert "origin" not in seen.headers
    assert "hunter2" not in repr(peer)
