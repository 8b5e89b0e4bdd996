from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.probe import OllamaProbe
from bbtui.clients.openai.probe import OpenAIProbe
from bbtui.domain.host import Build, Host, HostState
from bbtui.domain.problem import Problem
from tests.clients.streaming import MODEL
from tests.loopback import CLOSE, SILENT, Loopback, Reply, json_reply

VERSION = json_reply({"version": "0.33.0"})
DETAILS = {"parameter_size": "268.10M", "quantization_level": "Q4_K_M"}
TAGS = json_reply({"models": [{"name": MODEL, "digest": "becb", "details": DETAILS}]})


def in_memory(**more: object) -> Reply:
    entry = {"name": MODEL, "digest": "becb", "details": DETAILS, "context_length": 4096}
    return json_reply({"models": [{**entry, **more}]})


def check(server: Loopback, model: str = MODEL) -> Host:
    return OllamaProbe(Peer(server.url), model).check()


@pytest.mark.parametrize(
    ("size", "on_gpu", "share"),
    [
        (400, 300, 0.75),
        (400, 400, 1.0),
        (400, 0, 0.0),
        (0, 0, None),
        (None, 5, None),
        (4, 5, 1.0),
        (-1, 5, None),
        (2**63, 2**62, None),
        (400, -5, None),
    ],
)
def test_gpu_share(loopback: Loopback, size: int | None, on_gpu: int, share: float | None) -> None:
    loopback.on("GET /api/version", VERSION)
    loopback.on("GET /api/ps", in_memory(size=size, size_vram=on_gpu))
    host = check(loopback)
    assert host.gpu_share == share
    assert host.build == Build("Ollama 0.33.0", "268.10M", "Q4_K_M", "becb", 4096)


def test_expiry_in_the_past_is_kept(loopback: Loopback) -> None:
    """Only the end of a request moves it: the model is busy, not about to go."""
    loopback.on("GET /api/version", VERSION)
    expiry = datetime.now(UTC) - timedelta(minutes=2)
    loopback.on("GET /api/ps", in_memory(expires_at=expiry.isoformat()))
    host = check(loopback)
    assert host.loaded is True
    assert host.unloads_at is not None
    assert timedelta(minutes=1) < datetime.now(UTC) - host.unloads_at < timedelta(minutes=3)


def test_expiry_in_the_year_1_is_none(loopback: Loopback) -> None:
    """What Go writes for a time that was never set."""
    loopback.on("GET /api/version", VERSION)
    loopback.on("GET /api/ps", in_memory(expires_at="0001-01-01T00:00:00Z"))
    host = check(loopback)
    assert (host.loaded, host.unloads_at, host.stays_loaded) == (True, None, False)


def test_expiry_is_converted_to_the_local_clock(loopback: Loopback) -> None:
    """The server's clock is an hour ahead, by its Date header."""
    ahead = datetime.now(UTC) + timedelta(hours=1)
    expiry = (ahead + timedelta(minutes=5)).isoformat()
    date = ahead.strftime("%a, %d %b %Y %H:%M:%S GMT")
    loopback.on("GET /api/version", VERSION)
    entry = {"name": MODEL, "expires_at": expiry}
    loopback.on("GET /api/ps", json_reply({"models": [entry]}, 200, Date=date))
    host = check(loopback)
    assert host.unloads_at is not None
    assert timedelta(minutes=4) < host.unloads_at - datetime.now(UTC) < timedelta(minutes=6)


@pytest.mark.parametrize("expiry", ["soon", "", None, "2026-11-24T01:47:23"])
def test_unreadable_expiry_is_none(loopback: Loopback, expiry: str | None) -> None:
    loopback.on("GET /api/version", VERSION)
    loopback.on("GET /api/ps", in_memory(expires_at=expiry))
    host = check(loopback)
    assert (host.state, host.unloads_at, host.stays_loaded) == (HostState.READY, None, False)


def test_default_tag_is_latest(loopback: Loopback) -> None:
    loopback.on("GET /api/version", VERSION)
    loopback.on("GET /api/ps", json_reply({"models": [{"name": "Llama3:latest"}]}))
    assert check(loopback, "llama3").loaded is True


def test_another_name_of_the_same_weights_is_loaded(loopback: Loopback) -> None:
    loopback.on("GET /api/version", VERSION)
    loopback.on("GET /api/ps", in_memory(name="copy:latest", size=4, size_vram=4))
    loopback.on("GET /api/tags", TAGS)
    host = check(loopback)
    assert (host.state, host.loaded, host.gpu_share) == (HostState.READY, True, 1.0)
    assert host.build == Build("Ollama 0.33.0", "268.10M", "Q4_K_M", "becb", 4096)


def test_delayed_ps_keeps_what_is_known(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bbtui.clients.ollama.probe.PS_WITHIN_S", 0.2)
    loopback.on("GET /api/version", VERSION)
    loopback.on("GET /api/ps", in_memory(), Reply((SILENT,)))
    probe = OllamaProbe(Peer(loopback.url), MODEL)
    assert probe.check().loaded is True
    assert probe.check() == Host(
        HostState.READY,
        detail="ready · busy: its list of loaded models does not respond",
        build=Build("Ollama 0.33.0", "268.10M", "Q4_K_M", "becb"),
    )


def test_models_on_disk_are_requested_once_a_minute(loopback: Loopback) -> None:
    loopback.on("GET /api/version", VERSION)
    loopback.on("GET /api/ps", json_reply({"models": None}))
    loopback.on("GET /api/tags", TAGS, json_reply({"models": []}))
    now = [1000.0]
    probe = OllamaProbe(Peer(loopback.url), MODEL, clock=lambda: now[0])
    build = Build("Ollama 0.33.0", "268.10M", "Q4_K_M", "becb")
    for now[0] in (1000.0, 1005.0, 1060.0):
        assert probe.check() == Host(HostState.READY, detail="ready", build=build, loaded=False)
    assert len(loopback.requests_to("GET /api/tags")) == 1
    now[0] = 1061.0
    assert probe.check().description.endswith(f"does not have the model {MODEL}"), "it was deleted"


def test_missing_model_fails(loopback: Loopback) -> None:
    loopback.on("GET /api/version", VERSION)
    loopback.on("GET /api/ps", json_reply({"models": []}))
    loopback.on("GET /api/tags", json_reply({"models": []}), TAGS)
    probe = OllamaProbe(Peer(loopback.url), MODEL)
    assert probe.check() == Host(
        HostState.FAILED,
        Problem(
            f"127.0.0.1:{loopback.port} does not have the model {MODEL}",
            f"OLLAMA_HOST=127.0.0.1:{loopback.port} ollama pull {MODEL}",
        ),
        build=Build("Ollama 0.33.0"),
        loaded=False,
    )
    assert probe.check().state is HostState.READY, "it was pulled meanwhile"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply((CLOSE,), framing="raw"), "{at} closed the connection before replying"),
        (
            Reply((b"<html><title>Sign in</title>",), 200, {"Content-Type": "text/html"}),
            '{at} answered with a web page instead of JSON (HTTP 200): "Sign in"',
        ),
        (json_reply({"error": "no"}, 500), "HTTP 500 from {at}; server message: no"),
        (json_reply([1]), "{at} answers, but not as Ollama does: [1]"),
        (Reply((b"\xff!",), framing="length"), "{at} answers, but not as Ollama does: \ufffd!"),
    ],
)
def test_unreachable_ollama(loopback: Loopback, reply: Reply, words: str) -> None:
    loopback.on("GET /api/version", reply)
    host = check(loopback)
    assert host.state is HostState.UNREACHABLE
    assert host.description == words.format(at=f"127.0.0.1:{loopback.port}")
    assert host.problem.fix
    assert len(loopback.requests) == 1


def test_nothing_listens() -> None:
    with Loopback() as gone:
        peer = Peer(gone.url)
    for probe in (OllamaProbe(peer, MODEL), OpenAIProbe(peer, MODEL)):
        host = probe.check()
        assert host.state is HostState.UNREACHABLE
        assert host.description == f"nothing listens at 127.0.0.1:{gone.port} (connection refused)"


def vllm(server: Loopback, name: str) -> None:
    server.on("GET /health", Reply((), framing="length"))
    server.on("GET /version", json_reply({"version": "0.11.2"}))
    entry = {"id": name, "object": "model", "owned_by": "vllm", "max_model_len": 8192}
    server.on("GET /v1/models", json_reply({"object": "list", "data": [entry]}))


def test_vllm_is_identified(loopback: Loopback) -> None:
    vllm(loopback, "gemma")
    probe = OpenAIProbe(Peer(f"{loopback.url}/v1"), "gemma")
    build = Build("vLLM 0.11.2", context_length=8192)
    for _ in range(2):
        assert probe.check() == Host(HostState.READY, detail="ready", build=build, loaded=True)
    assert len(loopback.requests_to("GET /version")) == 1


def test_vllm_with_another_model_fails(loopback: Loopback) -> None:
    vllm(loopback, "gemma\x1b[0m")
    host = OpenAIProbe(Peer(loopback.url), "llama").check()
    assert host.state is HostState.FAILED
    assert host.description == (
        f"127.0.0.1:{loopback.port} does not have the model llama, but gemma\ufffd[0m"
    )
    assert host.problem.fix == "set model to one of the server's models in the configuration"


def test_sleeping_llama_server(loopback: Loopback) -> None:
    loopback.on("GET /health", json_reply({"status": "ok"}))
    loopback.on("GET /props", json_reply({"model_path": "m.gguf", "is_sleeping": True}))
    host = OpenAIProbe(Peer(loopback.url), "m").check()
    assert host == Host(HostState.READY, detail="ready", build=Build("llama.cpp"), loaded=False)


@pytest.mark.parametrize(
    ("slots", "full"),
    [
        ([{"id": 0, "is_processing": True}], True),
        ([{"id": 0, "is_processing": True}, {"id": 1, "is_processing": False}], False),
        ([], None),
        ({"error": {"code": 501, "message": "This server does not support slots endpoint."}}, None),
    ],
)
def test_llama_server_reports_busy_slots(
    loopback: Loopback, slots: object, full: bool | None
) -> None:
    for name in ("health-ok", "props", "models"):
        loopback.replay(f"llama-server-{name}")
    loopback.on("GET /slots", json_reply(slots))
    assert OpenAIProbe(Peer(loopback.url), "gemma3").check().full is full


KEY = "sk-not-to-be-kept"


def keyed(server: Loopback) -> Peer:
    return Peer(server.url, {"Authorization": f"Bearer {KEY}"})


def test_key_repeated_by_ollama_is_masked(loopback: Loopback) -> None:
    details = {"parameter_size": f"1B {KEY}", "quantization_level": f"Q4 {KEY}"}
    loopback.on("GET /api/version", json_reply({"version": f"0.33 {KEY} {'x' * 90}"}))
    loopback.on("GET /api/ps", in_memory(details=details, digest=KEY))
    build = OllamaProbe(keyed(loopback), MODEL).check().build
    assert build == Build(f"Ollama 0.33 … {'x' * 22}…", "1B …", "Q4 …", "…", 4096)


def test_key_repeated_by_vllm_is_masked(loopback: Loopback) -> None:
    listed = {"id": MODEL, "owned_by": "vllm", "max_model_len": 8192}
    loopback.on("GET /v1/models", json_reply({"data": [listed]}))
    loopback.on("GET /version", json_reply({"version": f"0.11 {KEY}"}))
    assert OpenAIProbe(keyed(loopback), MODEL).check().build.server == "vLLM 0.11 …"


def test_key_repeated_by_llama_cpp_is_masked(loopback: Loopback) -> None:
    props = {"model_path": "/m", "build_info": f"b9960 {KEY}", "model_ftype": f"Q4 {KEY}"}
    loopback.on("GET /health", json_reply({"status": "ok"}))
    loopback.on("GET /props", json_reply(props))
    build = OpenAIProbe(keyed(loopback), MODEL).check().build
    assert build == Build("llama.cpp b9960 …", "", "Q4 …")
