"""The examination of an endpoint, over real connections."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from bbtui.clients.doctor import run
from bbtui.clients.doctor.run import Subject, examine
from bbtui.clients.http.peer import Peer, TlsFiles
from bbtui.domain.diagnosis import Hop
from bbtui.domain.endpoint import Api, Endpoint
from bbtui.domain.examination import Examination, Step
from bbtui.domain.pod import Pod, PodAction
from bbtui.errors import PodError
from tests.fakes.proxy import PodProxy
from tests.loopback import CLOSE, SILENT, Loopback, Reply, json_reply

MODEL = "gemma3:27b"
VERSION = json_reply({"version": "0.33.0"})


def examined(
    url: str,
    *,
    api: Api = "ollama",
    num_ctx: int | None = 8192,
    pod: Callable[[], Pod] | None = None,
    files: TlsFiles = TlsFiles(),  # noqa: B008 - a frozen value
) -> Examination:
    endpoint = Endpoint("big", "Big", MODEL, api, url)
    return examine(Subject(endpoint, Peer(url, name="big", files=files), num_ctx, pod))


def steps(one: Examination) -> dict[Hop, tuple[str, str]]:
    """Each hop's state and detail."""
    assert [step.hop for step in one.steps] == list(Hop)
    return {step.hop: (str(step.state), step.detail) for step in one.steps}


def assert_wrong(one: Examination, hop: Hop, cause: str, fix: str) -> None:
    """The hop fails with these words, and nothing behind it was reached."""
    assert one.diagnosis is not None
    assert (one.diagnosis.hop, one.diagnosis.problem.cause) == (hop, cause)
    assert fix in one.diagnosis.problem.fix
    assert not one.can_answer
    found = steps(one)
    assert found[hop] == ("failed", cause)
    assert [h for h in Hop if found[h][0] == "failed"] == [hop]
    behind = list(Hop)[list(Hop).index(hop) + 1 :]
    assert {found[h] for h in behind if h is not Hop.POD} <= {("open", "not reached")}


def ollama(server: Loopback, **more: Any) -> None:
    """An Ollama with the model in memory."""
    entry = {"name": MODEL, "size": 100, "size_vram": 100, "context_length": 8192, **more}
    server.on("GET /api/version", VERSION)
    server.on("GET /api/tags", json_reply({"models": [entry]}))
    server.on("GET /api/ps", json_reply({"models": [entry]}))


def pod(status: str, **more: Any) -> Pod:
    starts = (PodAction.START,) if status == "EXITED" else (PodAction.STOP,)
    facts = {"gpu": "NVIDIA L40S", "gpu_count": 1, "actions": starts}
    return Pod("abc123xyz", "ollama-box", status, **{**facts, **more})


def through(proxy: PodProxy, look: Callable[[], Pod] | None) -> Examination:
    return examined(proxy.url, pod=look, files=TlsFiles(ca=proxy.ca))


def test_another_name_of_the_loaded_weights_is_in_memory(loopback: Loopback) -> None:
    ollama(loopback, digest="d6a5")
    copy = {"name": "copy:27b", "digest": "d6a5", "size": 100, "size_vram": 100}
    loopback.on("GET /api/ps", json_reply({"models": [{**copy, "context_length": 4096}]}))
    found = steps(examined(loopback.url, num_ctx=4096))
    assert found[Hop.LOADED] == ("passed", "in memory")
    assert found[Hop.CONTEXT] == ("passed", "4,096 tokens")


def test_every_hop_passes(loopback: Loopback) -> None:
    ollama(loopback, details={"parameter_size": "27.4B", "quantization_level": "Q4_K_M"})
    one = examined(loopback.url)
    assert one.diagnosis is None
    assert one.can_answer
    assert steps(one) == {
        Hop.NAME: ("passed", "127.0.0.1"),
        Hop.TCP: ("passed", f"127.0.0.1:{loopback.port}"),
        Hop.TLS: ("open", "plain http"),
        Hop.PROXY: ("open", "none"),
        Hop.POD: ("open", "no pod configured"),
        Hop.SERVER: ("passed", "answers"),
        Hop.VERSION: ("passed", "Ollama 0.33.0"),
        Hop.MODEL: ("passed", "gemma3:27b 27.4B Q4_K_M"),
        Hop.LOADED: ("passed", "in memory"),
        Hop.GPU: ("passed", "100 % on the GPU"),
        Hop.CONTEXT: ("passed", "8,192 tokens"),
        Hop.ROUND_TRIP: ("passed", "median of 3"),
    }
    timed = {step.hop for step in one.steps if step.ms is not None}
    assert timed == {Hop.NAME, Hop.TCP, Hop.SERVER, Hop.ROUND_TRIP}
    assert len(loopback.requests_to("GET /api/version")) == 4
    assert not loopback.requests_to("POST /api/chat"), "nothing is loaded or asked"


def test_every_step_is_reported_when_known(loopback: Loopback) -> None:
    ollama(loopback)
    told: list[Step] = []
    endpoint = Endpoint("big", "Big", MODEL, "ollama", loopback.url)
    one = examine(Subject(endpoint, Peer(loopback.url)), told.append)
    assert {step.hop: step for step in told} == {step.hop: step for step in one.steps}


def test_unknown_name_fails() -> None:
    assert_wrong(
        examined("http://no-such-host.invalid:11434"),
        Hop.NAME,
        "the name no-such-host.invalid cannot be resolved (DNS)",
        "check the host in the endpoint's url",
    )


def test_silent_resolver_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "RESOLVE_S", 0.05)
    with Loopback() as held:
        asked = socket.getaddrinfo

        def slow(*args: Any, **more: Any) -> Any:
            with socket.socket() as sock:
                sock.connect(("127.0.0.1", held.port))
                sock.recv(1)
            return asked(*args, **more)

        monkeypatch.setattr(socket, "getaddrinfo", slow)
        one = examined("http://gpu.internal:11434")
        monkeypatch.undo()
    assert_wrong(one, Hop.NAME, "the name gpu.internal cannot be resolved (DNS)", "the network")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_closed_port_is_refused(host: str) -> None:
    with Loopback() as gone:
        port = gone.port
    one = examined(f"http://{host}:{port}")
    if one.diagnosis is not None and "cannot be reached" in one.diagnosis.problem.cause:
        pytest.skip("this machine has no IPv6")
    assert_wrong(
        one,
        Hop.TCP,
        f"nothing listens at {host}:{port} (connection refused)",
        "start the server here (for Ollama: ollama serve)",
    )


def test_next_address_is_tried(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """localhost is ::1 first on many machines, and Ollama listens on 127.0.0.1."""
    ollama(loopback)
    asked = socket.getaddrinfo

    def both(host: Any, port: Any, *args: Any, **more: Any) -> Any:
        six = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0))
        return [six, *asked("127.0.0.1", port, *args, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    found = steps(examined(f"http://localhost:{loopback.port}"))
    assert found[Hop.NAME] == ("passed", "::1 and 1 more")
    assert found[Hop.TCP] == ("passed", f"127.0.0.1:{loopback.port}")
    assert found[Hop.SERVER] == ("passed", "answers")


def test_unaccepted_connection_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "NEAR_S", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = []
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
            waiting.append(sock)
        one = examined(f"http://127.0.0.1:{port}")
        for sock in waiting:
            sock.close()
    assert_wrong(
        one,
        Hop.TCP,
        f"connection to 127.0.0.1:{port} timed out after 0.2 s",
        "reachable (firewall, VPN)",
    )


def test_https_to_an_http_port_fails(loopback: Loopback) -> None:
    one = examined(loopback.url.replace("http:", "https:"))
    assert one.diagnosis is not None
    assert one.diagnosis.hop is Hop.TLS
    assert one.diagnosis.problem.cause.startswith(
        f"TLS handshake with 127.0.0.1:{loopback.port} failed ("
    )
    assert one.diagnosis.problem.fix == (
        "if the server speaks plain HTTP, use http:// in the endpoint's url"
    )


class Secured:
    """A server with a certificate of an authority of one's own."""

    def __init__(self, folder: Path, *, asks: bool = False) -> None:
        authority = trustme.CA()
        self.ca = str(folder / "ca.pem")
        authority.cert_pem.write_to_path(self.ca)
        self.settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self.settings)
        if asks:
            authority.configure_trust(self.settings)
            self.settings.verify_mode = ssl.CERT_REQUIRED
        me = authority.issue_cert("me@example.org")
        self.cert, self.key = str(folder / "me.pem"), str(folder / "me.key")
        me.cert_chain_pems[0].write_to_path(self.cert)
        me.private_key_pem.write_to_path(self.key)


def test_additional_ca_is_trusted(tmp_path: Path) -> None:
    secured = Secured(tmp_path)
    with Loopback(secured.settings) as server:
        ollama(server)
        at = f"127.0.0.1:{server.port}"
        one = examined(server.url)
        assert one.diagnosis is not None
        assert one.diagnosis.problem.cause.startswith(f"the certificate of {at} is not trusted: ")
        assert 'ca = "FILE" in the endpoint\'s table' in one.diagnosis.problem.fix
        one = examined(server.url, files=TlsFiles(ca=secured.ca))
        assert one.diagnosis is None
        state, detail = steps(one)[Hop.TLS]
        assert state == "passed"
        assert detail.startswith("TLS 1.3, certificate valid until 3000-01-01")


def test_certificate_for_another_name_fails(tmp_path: Path) -> None:
    secured = Secured(tmp_path)
    with Loopback(secured.settings) as server:
        one = examined(f"https://localhost:{server.port}", files=TlsFiles(ca=secured.ca))
    assert one.diagnosis is not None
    assert one.diagnosis.hop is Hop.TLS
    assert "is not trusted: Hostname mismatch" in one.diagnosis.problem.cause


def test_unusable_tls_files_fail(tmp_path: Path) -> None:
    secured = Secured(tmp_path)
    prose = tmp_path / "prose.pem"
    prose.write_text("not a certificate")
    with Loopback(secured.settings) as server:
        for ca, why in (
            (tmp_path / "none.pem", "No such file or directory"),
            (prose, "no certificate in PEM format"),
            (tmp_path, "Is a directory"),
        ):
            one = examined(server.url, files=TlsFiles(ca=str(ca)))
            assert one.diagnosis is not None
            assert one.diagnosis.hop is Hop.TLS
            assert one.diagnosis.problem.cause.startswith(
                f"the endpoint's ca cannot be used: {ca}: "
            )
            assert why in one.diagnosis.problem.cause or ca == tmp_path
        one = examined(server.url, files=TlsFiles(secured.ca, secured.cert, secured.ca))
        assert one.diagnosis is not None
        assert one.diagnosis.problem.cause == (
            f"the endpoint's cert and cert_key cannot be used: {secured.cert} with {secured.ca}: "
            "no certificate in PEM format, or the key does not match it"
        )


def test_client_certificate_is_sent(tmp_path: Path) -> None:
    secured = Secured(tmp_path, asks=True)
    with Loopback(secured.settings) as server:
        ollama(server)
        assert not examined(server.url, files=TlsFiles(secured.ca)).can_answer
        shown = TlsFiles(secured.ca, secured.cert, secured.key)
        assert examined(server.url, files=shown).diagnosis is None


def test_proxy_of_the_environment_is_used(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", loopback.url)
    for path in ("version", "tags", "ps"):
        loopback.on(f"GET http://gpu.example:11434/api/{path}", VERSION)
    models = json_reply({"models": [{"name": MODEL}]})
    loopback.on("GET http://gpu.example:11434/api/tags", models)
    loopback.on("GET http://gpu.example:11434/api/ps", json_reply({"models": []}))
    one = examined("http://gpu.example:11434")
    assert one.diagnosis is None
    found = steps(one)
    assert found[Hop.NAME] == ("passed", "proxy in HTTP_PROXY: 127.0.0.1")
    assert found[Hop.TCP] == (
        "passed",
        f"proxy in HTTP_PROXY: 127.0.0.1:{loopback.port}",
    )
    assert found[Hop.PROXY] == ("passed", f"HTTP_PROXY, 127.0.0.1:{loopback.port}")
    assert found[Hop.LOADED] == ("open", "not in memory: the first request loads it")


def test_unreachable_proxy_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as gone:
        monkeypatch.setenv("HTTPS_PROXY", gone.url)
    one = examined("https://gpu.example")
    assert one.diagnosis is not None
    assert (one.diagnosis.hop, one.diagnosis.problem.cause) == (
        Hop.PROXY,
        "the proxy in HTTPS_PROXY cannot be reached: Connection refused",
    )
    assert one.diagnosis.problem.fix == "unset it, or add gpu.example to NO_PROXY"


def test_socks_proxy_without_its_package_fails(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://me:hunter2@127.0.0.1:1")
    one = examined("https://gpu.example")
    assert one.diagnosis is not None
    assert one.diagnosis.hop is Hop.PROXY
    assert one.diagnosis.problem.cause == (
        "the proxy in ALL_PROXY speaks SOCKS, which this installation does not support"
    )
    assert "hunter2" not in repr(one)
    ollama(loopback)
    assert examined(loopback.url).diagnosis is None, "this machine is reached without it"


def test_proxy_variable_without_an_address_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:hunter2@[bad")
    one = examined("http://gpu.example:11434")
    assert_wrong(
        one,
        Hop.PROXY,
        "the proxy in HTTP_PROXY is not a valid URL",
        "set it to an http:// or https:// URL, or unset it",
    )
    assert "hunter2" not in str(one)


@pytest.mark.parametrize(
    ("version", "cause"),
    [
        (
            Reply((CLOSE,), framing="raw"),
            "{at} closed the connection before replying",
        ),
        (json_reply({"error": "no"}, 500), "HTTP 500 from {at}; server message: no"),
        (
            Reply((b"404 page not found",), 404, {"Content-Type": "text/plain"}, "length"),
            "{at} does not know the path (HTTP 404): it is not Ollama, or a very old version",
        ),
        (
            Reply((b"<html><title>Router</title>",), 200, {"Content-Type": "text/html"}),
            '{at} answered with a web page instead of JSON (HTTP 200): "Router"',
        ),
    ],
)
def test_server_of_another_kind_fails(loopback: Loopback, version: Reply, cause: str) -> None:
    loopback.on("GET /api/version", version)
    one = examined(loopback.url)
    assert_wrong(one, Hop.SERVER, cause.format(at=f"127.0.0.1:{loopback.port}"), "")


def test_silent_server_times_out(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bbtui.clients.doctor.server.NEAR_S", 0.2)
    loopback.on("GET /api/version", Reply((SILENT,)))
    assert_wrong(
        examined(loopback.url),
        Hop.SERVER,
        f"no data from 127.0.0.1:{loopback.port} for 0.2 s",
        "it hangs or is overloaded",
    )


def test_missing_model_fails(loopback: Loopback) -> None:
    ollama(loopback)
    loopback.on("GET /api/tags", json_reply({"models": [{"name": "llama3\x1b[0m"}]}))
    at = f"127.0.0.1:{loopback.port}"
    assert_wrong(
        examined(loopback.url),
        Hop.MODEL,
        f"{at} does not have the model gemma3:27b, but llama3\ufffd[0m",
        f"OLLAMA_HOST={at} ollama pull gemma3:27b",
    )


def test_degraded_server_is_diagnosed(loopback: Loopback) -> None:
    """It can answer; the first problem is the diagnosis, and the others are reported."""
    ollama(loopback, size_vram=43, context_length=4096)
    one = examined(loopback.url)
    assert one.can_answer
    assert one.diagnosis is not None
    assert (one.diagnosis.hop, one.diagnosis.problem.cause) == (
        Hop.GPU,
        "only 43 % of gemma3:27b is on the GPU",
    )
    found = steps(one)
    assert found[Hop.CONTEXT][0] == "failed"
    assert found[Hop.ROUND_TRIP][0] == "passed"


def test_delayed_ps_leaves_the_hop_open(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bbtui.clients.doctor.server.PS_WITHIN_S", 0.2)
    ollama(loopback)
    loopback.on("GET /api/ps", Reply((SILENT,)))
    one = examined(loopback.url)
    assert one.diagnosis is None
    assert steps(one)[Hop.LOADED] == ("open", "unknown: a model may be loading or unloading")


def test_longer_context_is_reported(loopback: Loopback) -> None:
    ollama(loopback, context_length=32768)
    words = steps(examined(loopback.url))[Hop.CONTEXT]
    assert words == ("passed", "32,768 tokens; the next request reloads the model with 8,192")
    words = steps(examined(loopback.url, num_ctx=None))[Hop.CONTEXT]
    assert words == ("passed", "32,768 tokens, the server's default")


def llama(server: Loopback) -> None:
    server.on("GET /health", json_reply({"status": "ok"}))
    settings = {"n_ctx": 4096}
    props = {
        "model_path": "/m.gguf",
        "build_info": "b10488",
        "default_generation_settings": settings,
    }
    server.on("GET /props", json_reply(props))
    server.on("GET /v1/models", json_reply({"data": [{"id": "m.gguf", "owned_by": "llamacpp"}]}))


def test_llama_server_passes(loopback: Loopback) -> None:
    llama(loopback)
    one = examined(f"{loopback.url}/v1", api="openai", num_ctx=4096)
    assert one.diagnosis is None
    found = steps(one)
    assert found[Hop.VERSION] == ("passed", "llama.cpp b10488")
    assert found[Hop.MODEL] == ("passed", "m.gguf: its only model")
    assert found[Hop.CONTEXT] == ("passed", "4,096 tokens")
    narrow = examined(f"{loopback.url}/v1", api="openai").diagnosis
    assert narrow is not None
    assert narrow.problem.fix.startswith("start the server with a longer one (llama.cpp: -c 8192;")


def test_loading_llama_server_fails(loopback: Loopback) -> None:
    trace = loopback.replay("llama-server-health-loading", Server="nginx")
    # It replies so to any request.
    loopback.on("GET /api/version", trace.reply)
    one = examined(loopback.url, api="openai")
    assert one.diagnosis is not None
    assert (one.diagnosis.hop, one.diagnosis.problem.cause) == (
        Hop.LOADED,
        f"127.0.0.1:{loopback.port} is still loading its model",
    )
    assert not one.can_answer


def test_wrong_api_fails(loopback: Loopback) -> None:
    llama(loopback)
    at = f"127.0.0.1:{loopback.port}"
    assert_wrong(
        examined(loopback.url),
        Hop.VERSION,
        f"{at} is llama.cpp b10488, not Ollama",
        'set api = "openai" in the endpoint\'s table',
    )
    with Loopback() as server:
        ollama(server)
        server.on("GET /v1/models", json_reply({"data": [{"id": MODEL, "owned_by": "library"}]}))
        one = examined(server.url, api="openai")
    assert one.can_answer
    assert one.diagnosis is not None
    assert one.diagnosis.problem.fix == (
        'set api = "ollama" in the endpoint\'s table, and a url without /v1'
    )


def test_vllm_passes(loopback: Loopback) -> None:
    entry = {"id": "other", "owned_by": "vllm", "max_model_len": 8192}
    loopback.on("GET /v1/models", json_reply({"data": [entry]}))
    loopback.on("GET /version", json_reply({"version": "0.11.2"}))
    one = examined(loopback.url, api="openai")
    assert one.diagnosis is not None
    assert one.diagnosis.problem.cause.endswith("does not have the model gemma3:27b, but other")
    loopback.on("GET /v1/models", json_reply({"data": [{**entry, "id": MODEL}]}))
    found = steps(examined(loopback.url, api="openai"))
    assert found[Hop.VERSION] == ("passed", "vLLM 0.11.2")
    assert found[Hop.CONTEXT] == ("passed", "8,192 tokens")


def test_missing_key_fails(loopback: Loopback) -> None:
    unauthorised = json_reply({"error": {"message": "no key"}}, 401)
    loopback.on("GET /v1/models", unauthorised)
    assert_wrong(
        examined(loopback.url, api="openai"),
        Hop.SERVER,
        f"HTTP 401 from 127.0.0.1:{loopback.port}; server message: no key",
        'headers = { Authorization = "env:NAME" }',
    )


def test_serving_pod_passes(proxy: PodProxy) -> None:
    proxy.serves(MODEL)
    one = through(proxy, lambda: pod("RUNNING", uptime_s=7800))
    assert one.diagnosis is None
    found = steps(one)
    assert found[Hop.TLS][0] == "passed"
    assert found[Hop.PROXY] == ("passed", "the pod's proxy; it forwards requests")
    assert found[Hop.POD] == ("passed", "running, NVIDIA L40S, up 2 h 10 min")
    assert found[Hop.GPU] == ("passed", "100 % on the GPU")
    assert "abc123" not in repr(one.steps)


def test_stopped_pod_is_not_contacted(proxy: PodProxy) -> None:
    assert_wrong(
        through(proxy, lambda: pod("EXITED")),
        Hop.POD,
        "the pod is stopped",
        "start it: bbtui pods start big",
    )
    assert not proxy.requests


def test_tunnel_to_a_stopped_pod_fails() -> None:
    with Loopback() as gone:
        url = gone.url
    one = examined(url, pod=lambda: pod("EXITED"))
    assert one.diagnosis is not None
    assert (one.diagnosis.hop, one.diagnosis.problem.cause) == (Hop.POD, "the pod is stopped")
    at = f"127.0.0.1:{gone.port}"
    assert steps(one)[Hop.TCP] == ("open", f"nothing listens at {at} (connection refused)")


@pytest.mark.parametrize(
    ("status", "look", "hop", "cause"),
    [
        (404, pod("STARTING"), Hop.POD, "the pod is starting"),
        (
            502,
            pod("RUNNING", uptime_s=40),
            Hop.POD,
            "the pod is running, up 40 s; its server is still starting (HTTP 502)",
        ),
        (
            502,
            pod("RUNNING", uptime_s=4000),
            Hop.SERVER,
            "the pod is running, up 1 h 6 min, but nothing listens on that port (HTTP 502)",
        ),
        (
            404,
            pod("RUNNING", uptime_s=90),
            Hop.POD,
            "the pod is running, but its proxy does not know the port (HTTP 404)",
        ),
        (
            524,
            pod("RUNNING", uptime_s=90),
            Hop.SERVER,
            "the pod is running, but its server does not answer in time",
        ),
        (
            404,
            pod("TERMINATED"),
            Hop.POD,
            "the pod is gone: its provider no longer has it",
        ),
    ],
)
def test_silent_pod_fails(proxy: PodProxy, status: int, look: Pod, hop: Hop, cause: str) -> None:
    proxy.pages(status)
    one = through(proxy, lambda: look)
    assert_wrong(one, hop, cause, "")
    assert steps(one)[Hop.PROXY] == ("passed", f"answers HTTP {status}")


def test_pod_unknown_to_its_provider_fails(proxy: PodProxy) -> None:
    def gone() -> Pod:
        raise PodError("RunPod has no such pod (HTTP 404)", "look", "gone")

    one = through(proxy, gone)
    assert one.diagnosis is not None
    assert one.diagnosis.problem.cause == "the pod is gone: its provider no longer has it"
    proxy.serves(MODEL)
    assert through(proxy, gone).diagnosis is None, "what answers is not gone"


def test_silent_provider_leaves_the_pod_unknown(proxy: PodProxy) -> None:
    def mute() -> Pod:
        raise PodError("the key in RUNPOD_API_KEY is not accepted", "make one", "key")

    one = through(proxy, mute)
    assert_wrong(
        one,
        Hop.POD,
        "pod state unknown (HTTP 404 from its proxy): the key in RUNPOD_API_KEY is not accepted",
        "make one; or check the pod in the provider's console",
    )
    assert steps(one)[Hop.PROXY] == ("passed", "answers HTTP 404")
    proxy.serves(MODEL)
    one = through(proxy, mute)
    assert one.diagnosis is None
    assert steps(one)[Hop.POD] == (
        "open",
        "unknown: the key in RUNPOD_API_KEY is not accepted",
    )
    assert {step.hop: step.fix for step in one.steps if step.fix} == {Hop.POD: "make one"}


def test_cold_model_behind_a_proxy_is_reported(proxy: PodProxy) -> None:
    proxy.serves(MODEL, loaded=False)
    one = through(proxy, lambda: pod("RUNNING", uptime_s=900))
    assert one.can_answer
    assert one.diagnosis is not None
    assert one.diagnosis.hop is Hop.LOADED
    assert "gives up after 100 s without data" in one.diagnosis.problem.cause


@pytest.mark.parametrize(
    ("count", "cause"),
    [
        (1, "gemma3:27b runs on the CPU although a GPU is available"),
        (0, "the pod runs without a GPU"),
    ],
)
def test_pod_with_an_idle_gpu_is_reported(proxy: PodProxy, count: int, cause: str) -> None:
    proxy.serves(MODEL, on_gpu=0.0)
    one = through(proxy, lambda: pod("RUNNING", uptime_s=900, gpu_count=count))
    assert one.diagnosis is not None
    assert (one.diagnosis.hop, one.diagnosis.problem.cause) == (Hop.GPU, cause)
    assert one.can_answer
