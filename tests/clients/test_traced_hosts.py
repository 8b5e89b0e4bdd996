"""Recorded checks of real servers, replayed: the host that a probe returns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.probe import OllamaProbe
from bbtui.clients.openai.chat import OpenAISource
from bbtui.clients.openai.probe import OpenAIProbe
from bbtui.domain.answer import Warmth
from bbtui.domain.host import Build, Host, HostState
from tests.clients.streaming import MODEL, stream_answer
from tests.loopback import Loopback, Trace, json_reply

#: The Server header; a proxy replaces it with its own name.
SERVERS = ("llama.cpp", "cloudflare")


def ollama_host(server: Loopback, *names: str) -> Host:
    for name in names:
        server.replay(name)
    return OllamaProbe(Peer(server.url), MODEL).check()


DIGEST = "becb235a15a8e9252753695a0183b836e1062d75852b82cc32fe44d7c90ca401"


def test_ollama_with_the_model_in_memory(loopback: Loopback) -> None:
    trace = Trace.load("ps-loaded")
    loopback.on("GET /api/ps", trace.reply)
    host = ollama_host(loopback, "version")
    assert host.unloads_at is not None
    # Five minutes by the server's clock, converted to this machine's.
    assert timedelta(minutes=4) < host.unloads_at - datetime.now(UTC) < timedelta(minutes=6)
    assert host == Host(
        HostState.READY,
        detail="ready",
        build=Build("Ollama 0.0.0", "268.10M", "Q4_K_M", DIGEST, 4096),
        loaded=True,
        gpu_share=0.0,
        unloads_at=host.unloads_at,
    )


def test_ollama_that_never_unloads_the_model(loopback: Loopback) -> None:
    host = ollama_host(loopback, "version", "ps-keep-alive-forever")
    assert (host.state, host.loaded) == (HostState.READY, True)
    assert (host.stays_loaded, host.unloads_at) == (True, None)


def test_ollama_without_the_model_in_memory(loopback: Loopback) -> None:
    host = ollama_host(loopback, "version", "ps-empty", "tags")
    build = Build("Ollama 0.0.0", "268.10M", "Q4_K_M", DIGEST)
    assert host == Host(HostState.READY, detail="ready", build=build, loaded=False)


@pytest.mark.parametrize("name", ["root", "show"])
def test_reply_without_a_version_is_not_ollama(loopback: Loopback, name: str) -> None:
    loopback.on("GET /api/version", Trace.load(name).reply)
    host = ollama_host(loopback)
    assert host.state is HostState.UNREACHABLE
    assert host.description.startswith(
        f"127.0.0.1:{loopback.port} answers, but not as Ollama does: "
    )


@pytest.mark.parametrize("server", SERVERS)
def test_llama_server_that_loads(loopback: Loopback, server: str) -> None:
    loopback.replay("llama-server-health-loading", Server=server)
    host = OpenAIProbe(Peer(loopback.url), "gemma3").check()
    assert host == Host(HostState.LOADING, detail="loading", build=Build("llama.cpp"), loaded=False)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("suffix", ["", "/v1"])
def test_llama_server_that_is_ready(loopback: Loopback, suffix: str, server: str) -> None:
    for name in ("health-ok", "props", "models"):
        loopback.replay(f"llama-server-{name}", Server=server)
    peer = Peer(loopback.url + suffix)
    build = Build("llama.cpp b1-0c1e570", "268.1M", "Q4_K - Medium", context_length=4096)
    host = OpenAIProbe(peer, "gemma3").check()
    assert host == Host(HostState.READY, detail="ready", build=build, loaded=True)
    loopback.replay("llama-server-chat")
    assert stream_answer(OpenAISource(peer)).known[0].warmth is Warmth.WARM


def test_openai_compatible_server(loopback: Loopback) -> None:
    loopback.replay("v1-models")
    host = OpenAIProbe(Peer(loopback.url), MODEL).check()
    assert host == Host(HostState.READY, detail="ready", build=Build("OpenAI-compatible"))
    loopback.on("GET /v1/models", json_reply({"object": "list", "data": None}))
    host = OpenAIProbe(Peer(loopback.url), MODEL).check()
    assert host == Host(HostState.READY, detail="ready", build=Build("OpenAI-compatible")), (
        "no models"
    )
    loopback.on("GET /v1/models", json_reply({"detail": "no key"}, 401))
    host = OpenAIProbe(Peer(loopback.url), MODEL).check()
    assert host.state is HostState.UNREACHABLE
    assert host.description == f"HTTP 401 from 127.0.0.1:{loopback.port}; server message: no key"
    assert 'headers = { Authorization = "env:NAME" }' in host.problem.fix
