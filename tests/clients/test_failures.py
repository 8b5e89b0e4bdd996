"""What a user reads when an endpoint cannot be asked, or answers something else."""

from __future__ import annotations

import re
import socket
import ssl
from pathlib import Path

import pytest
import trustme

from bbtui.clients import failures
from bbtui.clients.failures import excerpt, refusal
from bbtui.clients.ollama import OllamaSource
from bbtui.clients.openai import OpenAISource
from bbtui.clients.peer import Peer
from bbtui.domain.answer import AnswerState, Warmth
from bbtui.domain.endpoint import Api
from tests.clients.asking import Asking, Told, ask, in_memory
from tests.loopback import HEAD, SILENT, Loopback, Reply, json_reply, ndjson

HELLO = {"message": {"content": "Hello"}, "done": False}
DONE = {"message": {"content": ""}, "done": True, "done_reason": "stop"}
PAGE = b"<!DOCTYPE html><html><head><title>Not\n here</title><body><script>x()</script>no</body>"
FORM = 'check the endpoint\'s url and its api ("ollama" or "openai"); a proxy may be in between'


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def assert_failed(told: Told, cause: str, hint: str) -> None:
    assert told.ended.state is AnswerState.FAILED
    assert told.ended.cause == cause
    assert hint in told.ended.hint


def ollama(server: Loopback, reply: Reply, peer: Peer | None = None) -> Told:
    in_memory(server)
    server.on("POST /api/chat", reply)
    return ask(OllamaSource(peer or Peer(server.url)))


def page(status: int, **headers: str) -> Reply:
    return Reply((PAGE,), status, {"Content-Type": "text/html; charset=UTF-8", **headers}, "length")


@pytest.mark.parametrize("source", [OllamaSource, OpenAISource])
def test_refused(source: type[OllamaSource] | type[OpenAISource]) -> None:
    port = free_port()
    told = ask(source(Peer(f"http://127.0.0.1:{port}")))
    assert_failed(
        told,
        f"nothing listens at 127.0.0.1:{port} (connection refused)",
        "start the server here (for Ollama: ollama serve), or correct the endpoint's url",
    )
    assert told.known[0].warmth is Warmth.UNKNOWN
    assert not told.sent
    assert told.answer.end_ns is None, "nothing was written"


def test_a_name_nobody_knows() -> None:
    told = ask(OllamaSource(Peer("http://no-such-host.invalid:11434")))
    assert_failed(
        told,
        "the name no-such-host.invalid cannot be resolved (DNS)",
        "check the host in the endpoint's url, and the network",
    )


def test_no_route(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> socket.socket:
        raise OSError(113, "No route to host")

    monkeypatch.setattr(socket, "create_connection", unreachable)
    told = ask(OllamaSource(Peer("http://10.1.2.3:11434")))
    assert_failed(told, "10.1.2.3:11434 cannot be reached: No route to host", "check the network")


def test_a_connection_nobody_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> socket.socket:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", slow)
    assert_failed(
        ask(OllamaSource(Peer("http://10.1.2.3:11434"))),
        "10.1.2.3:11434 did not take the connection within 3 s",
        "see that 10.1.2.3 is up and that no firewall or missing VPN is in between",
    )


def test_a_certificate_of_nobody_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(settings)
    with Loopback(settings) as server:
        in_memory(server)
        server.on("POST /api/chat", ndjson(HELLO, DONE), ndjson(HELLO, SILENT))
        source = OllamaSource(Peer(server.url))
        told = ask(source)
        assert told.ended.state is AnswerState.FAILED
        assert told.ended.cause.startswith(
            f"the certificate of 127.0.0.1:{server.port} is not trusted: "
        )
        assert told.ended.hint == ("if it is your own, name its authority's file in SSL_CERT_FILE")
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        told = ask(source)
        assert (told.answer.text, told.ended.state) == ("Hello", AnswerState.DONE)
        asking = Asking(source)
        seen = server.wait_for("POST /api/chat", 2)
        asking.line.stop()
        assert seen.gone.wait(10), "a stop reaches through TLS"
        assert asking.told().ended.state is AnswerState.STOPPED


def test_https_where_http_is_spoken(loopback: Loopback) -> None:
    told = ask(OllamaSource(Peer(loopback.url.replace("http:", "https:"))))
    assert told.ended.state is AnswerState.FAILED
    at = re.escape(f"127.0.0.1:{loopback.port}")
    assert re.fullmatch(rf"no secure connection to {at} \(.+\)", told.ended.cause)
    assert told.ended.hint == "if the server speaks plain HTTP, write http:// in the endpoint's url"


def test_what_is_not_http(loopback: Loopback) -> None:
    told = ollama(loopback, Reply((b"* OK IMAP4rev1 ready\r\n\r\n",), framing="raw"))
    at = f"127.0.0.1:{loopback.port}"
    assert_failed(told, f"what {at} answered is not HTTP", "something else listens there")


@pytest.mark.parametrize(
    ("steps", "after"), [((), ""), ((HEAD,), ", after 0 bytes"), ((b"\n",), ", after 1 bytes")]
)
def test_silence_beyond_the_limit(loopback: Loopback, steps: tuple[bytes, ...], after: str) -> None:
    peer = Peer(loopback.url, timeout_s=0.2)
    told = ollama(loopback, Reply((*steps, SILENT)), peer)
    cause = f"no byte came from 127.0.0.1:{loopback.port} for 0.2 s{after}"
    assert_failed(told, cause, "if it may take longer, raise the limit with --timeout")
    assert len(loopback.asked("POST /api/chat")) == 1, (
        "it is not asked again: that would abort a load"
    )


def test_how_long_silence_may_last() -> None:
    assert Peer("http://127.0.0.1:11434").silence_s is None
    assert Peer("https://abc-11434.proxy.runpod.net").silence_s == 130
    assert Peer("https://gpu.example").silence_s == 600
    assert Peer("https://gpu.example", timeout_s=5).silence_s == 5


def test_a_web_page_instead_of_json(loopback: Loopback) -> None:
    at = f"127.0.0.1:{loopback.port}"
    assert_failed(
        ollama(loopback, page(200)),
        f'{at} answered with a web page instead of JSON (HTTP 200): "Not here"',
        "something else listens there, or a login page is in between: check the endpoint's url",
    )
    assert_failed(
        ollama(loopback, page(404)),
        f'{at} answered with a web page instead of JSON (HTTP 404): "Not here"',
        "check the endpoint's url",
    )
    assert_failed(
        ollama(loopback, page(502)),
        f'a proxy before {at} answered with a web page (HTTP 502): "Not here"',
        "the server behind it does not answer: see that it runs",
    )


@pytest.mark.parametrize(
    ("status", "cause", "hint"),
    [
        (404, "the pod's proxy knows no such pod or port (HTTP 404)", "start the pod"),
        (
            502,
            "the pod runs, but nothing listens on that port yet (HTTP 502)",
            "set OLLAMA_HOST=0.0.0.0",
        ),
        (
            524,
            "the pod was silent for 100 s and its proxy gave up (HTTP 524)",
            "load the model on the pod first",
        ),
        (522, "the pod's proxy has trouble reaching the pod (HTTP 522)", "ask again in a minute"),
    ],
)
def test_pages_of_a_pods_proxy(status: int, cause: str, hint: str) -> None:
    reply = failures.Reply(status, {"content-type": "text/html"}, PAGE)
    peer = Peer("https://abc123-11434.proxy.runpod.net")
    failure = refusal(reply, peer, "ollama", "gemma3:27b")
    assert failure.cause == cause
    assert hint in failure.hint


@pytest.mark.parametrize(
    ("api", "reply", "cause", "hint"),
    [
        (
            "ollama",
            json_reply({"error": "model 'gemma3:270m' not found"}, 404),
            "{at} does not have the model gemma3:270m (HTTP 404); "
            "the server said: model 'gemma3:270m' not found",
            "OLLAMA_HOST={at} ollama pull gemma3:270m",
        ),
        (
            "openai",
            json_reply({"error": {"message": "The model `gemma3:270m` does not exist."}}, 404),
            "{at} does not have the model gemma3:270m (HTTP 404); "
            "the server said: The model `gemma3:270m` does not exist.",
            "name one of the server's models in the configuration",
        ),
        (
            "ollama",
            json_reply({"error": "it broke"}, 500),
            "HTTP 500 from {at}; the server said: it broke",
            "the server's own log says more",
        ),
        (
            "openai",
            json_reply({"detail": [{"msg": "field required", "loc": ["body"]}]}, 422),
            "HTTP 422 from {at}; the server said: field required",
            "check the endpoint's model and the [options] of the configuration",
        ),
        (
            "openai",
            json_reply({"error": {"message": "Invalid API Key"}}, 401),
            "HTTP 401 from {at}; the server said: Invalid API Key",
            'headers = { Authorization = "env:NAME" }',
        ),
        (
            "openai",
            json_reply({"error": {"message": "Loading model"}}, 503),
            "HTTP 503 from {at}; the server said: Loading model",
            "it is busy or still loading: ask again in a moment",
        ),
        (
            "ollama",
            Reply((b"error code: 1010",), 403, {"Content-Type": "text/plain"}, "length"),
            "{at} answered HTTP 403: error code: 1010",
            "if it wants a key, send one",
        ),
        (
            "ollama",
            Reply((b"\x1b[31mslow\x07 down",), 429, {}, "length"),
            "{at} answered HTTP 429: \ufffd[31mslow\ufffd down",
            "wait a little",
        ),
        (
            "openai",
            Reply((), 500, {}, "length"),
            "{at} answered HTTP 500 and nothing else",
            "the server's own log says more",
        ),
        (
            "ollama",
            Reply((), 301, {"Location": "https://other.example/api/chat?key=1"}, "length"),
            "{at} sends the request on to https://other.example/api/chat (HTTP 301)",
            "if that is the endpoint, make it the url in the configuration",
        ),
    ],
)
def test_refusals(loopback: Loopback, api: Api, reply: Reply, cause: str, hint: str) -> None:
    in_memory(loopback)
    loopback.on("POST /api/chat", reply)
    loopback.on("POST /v1/chat/completions", reply)
    source = OllamaSource if api == "ollama" else OpenAISource
    told = ask(source(Peer(loopback.url)))
    at = f"127.0.0.1:{loopback.port}"
    assert_failed(told, cause.replace("{at}", at), hint.replace("{at}", at))
    assert len(told.sent) == 1


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b"data: what\x1b[2J is this\n", 'that is not JSON: "data: what\ufffd[2J is this"'),
        (b'{"message":{"content":"x"\n', 'that is not JSON: "{"message":{"content":"x""'),
        (b"x" * 500 + b"\n", f'that is not JSON: "{"x" * 79}…"'),
        (b"[1, 2]\n", 'of an unexpected form: "[1, 2]"'),
        (b'"words"\n', 'of an unexpected form: ""words""'),
        (b"42\n", 'of an unexpected form: "42"'),
        (b'{"message":5}\n', 'of an unexpected form: "{"message":5}"'),
    ],
)
def test_garbage_in_mid_stream(loopback: Loopback, line: bytes, cause: str) -> None:
    told = ollama(loopback, ndjson(HELLO, line, HELLO, DONE))
    assert told.answer.text == "Hello", "what came before is kept, what follows is not"
    assert_failed(told, f"the stream holds a line {cause}", FORM)


def test_a_line_of_nothing_but_brackets(loopback: Loopback) -> None:
    told = ollama(loopback, ndjson(b'{"x":' + b"[" * 100_000 + b"\n"))
    assert told.ended.state is AnswerState.FAILED
    assert told.ended.cause.startswith("the stream holds a line ")
    assert len(told.ended.cause) < 150


def test_an_error_of_nothing_but_brackets(loopback: Loopback) -> None:
    reply = Reply((b"[" * 60_000,), 500, {}, "length")
    told = ollama(loopback, reply)
    assert told.ended.cause == (f"127.0.0.1:{loopback.port} answered HTTP 500: " + "[" * 199 + "…")


def test_garbage_in_an_event(loopback: Loopback) -> None:
    loopback.on("POST /v1/chat/completions", ndjson(b"data: {no}\n\n"))
    told = ask(OpenAISource(Peer(loopback.url)))
    assert_failed(told, 'the stream holds a line that is not JSON: "{no}"', FORM)


def test_text_where_a_stream_was_due(loopback: Loopback) -> None:
    told = ollama(loopback, Reply((b"Ollama is running",), framing="length"))
    assert_failed(told, 'the stream holds a line that is not JSON: "Ollama is running"', FORM)


@pytest.mark.parametrize("source", [OllamaSource, OpenAISource])
def test_a_line_of_20_megabytes(
    loopback: Loopback, source: type[OllamaSource] | type[OpenAISource]
) -> None:
    in_memory(loopback)
    for route in ("POST /api/chat", "POST /v1/chat/completions"):
        loopback.on(route, ndjson(*[b"x" * 1_000_000] * 20, SILENT))
    told = ask(source(Peer(loopback.url)))
    assert_failed(told, "the server sent a line longer than 16 MiB", FORM)


def test_bytes_that_are_no_utf_8(loopback: Loopback) -> None:
    line = b'{"message":{"content":"caf\xff\xfe\xc3"},"done":false}\n'
    told = ollama(loopback, ndjson(line, DONE))
    assert told.answer.text == "caf\ufffd\ufffd\ufffd"
    assert told.ended.state is AnswerState.DONE


def test_a_character_cut_in_two_by_a_read_comes_out_whole(loopback: Loopback) -> None:
    line = '{"message":{"content":"学🙂"},"done":false}\n'.encode()
    told = ollama(loopback, ndjson(*(line[i : i + 1] for i in range(len(line))), DONE))
    assert told.answer.text == "学🙂"
    assert len(told.arrived) == len(line) + 1
    assert [event.size for event in told.arrived[:-1]] == [1] * len(line)


def test_text_is_kept_as_the_model_wrote_it(loopback: Loopback) -> None:
    text = "[bold]x[/] \x1b]0;title\x07 \u0085\u2028 <b>"
    told = ollama(loopback, ndjson({"message": {"content": text}}, DONE))
    assert told.answer.text == text


def test_a_stream_a_proxy_has_packed(loopback: Loopback) -> None:
    import gzip

    packed = gzip.compress(b'{"message":{"content":"Hello"}}\n{"done":true}\n')
    told = ollama(loopback, Reply((packed,), headers={"Content-Encoding": "gzip"}))
    assert (told.answer.text, told.ended.state) == ("Hello", AnswerState.DONE)
    [seen] = loopback.asked("POST /api/chat")
    assert seen.headers["accept-encoding"] == "identity"
    told = ollama(loopback, Reply((b"no gzip",), headers={"Content-Encoding": "gzip"}))
    assert told.ended.cause.startswith("what 127.0.0.1")
    assert "a proxy in between compresses the stream" in told.ended.hint


@pytest.mark.parametrize(
    ("value", "cause", "hint"),
    [
        (
            "socks5://me:hunter2@127.0.0.1:1",
            "the proxy named in ALL_PROXY speaks SOCKS, which this installation does not",
            "pip install socksio, or unset the variable",
        ),
        (
            "socks4://me:hunter2@127.0.0.1:1",
            "the proxy named in ALL_PROXY cannot be used",
            "name an http:// or https:// proxy there, or unset the variable",
        ),
    ],
)
def test_a_proxy_variable_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, value: str, cause: str, hint: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", value)
    told = ask(OllamaSource(Peer("http://gpu.example:11434")))
    assert_failed(told, cause, hint)
    assert "hunter2" not in told.ended.cause + told.ended.hint


def test_a_proxy_is_not_in_the_way_of_this_machine(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert ollama(loopback, ndjson(HELLO, DONE)).ended.state is AnswerState.DONE


def test_a_proxy_on_the_way_elsewhere(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", loopback.url)
    loopback.on("CONNECT gpu.example:443", Reply((), 407, {}, "length"))
    told = ask(OllamaSource(Peer("https://gpu.example")))
    assert told.ended.state is AnswerState.FAILED
    assert told.ended.cause.startswith(
        "the proxy named in HTTPS_PROXY did not let the request to gpu.example:443 through: 407"
    )
    assert told.ended.hint == "unset it, or add gpu.example to NO_PROXY"
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    told = ask(OllamaSource(Peer("https://gpu.example")))
    assert told.ended.hint.endswith("; a proxy is set in HTTPS_PROXY")


def test_what_every_request_carries(loopback: Loopback) -> None:
    peer = Peer(loopback.url, {"Authorization": "Bearer hunter2"})
    ollama(loopback, ndjson(HELLO, DONE), peer)
    for seen in loopback.requests:
        assert re.fullmatch(r"bbtui/\d.*", seen.headers["user-agent"])
        assert seen.headers["authorization"] == "Bearer hunter2"
        assert "origin" not in seen.headers
    assert "hunter2" not in repr(peer)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("two\n\twords ", "two words"),
        ("\x1b[31m\x9b\u202e\u2028x", "\ufffd[31m\ufffd\ufffd x"),
        ("y" * 90, "y" * 79 + "…"),
        (b"\xff", "\ufffd"),
    ],
)
def test_an_excerpt_is_one_harmless_line(text: str | bytes, clean: str) -> None:
    assert excerpt(text) == clean
