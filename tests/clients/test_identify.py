"""The server at an address, and the errors where there is none."""

from __future__ import annotations

import pytest

from bbtui.clients.identify import identify
from bbtui.clients.ports import CancelToken
from bbtui.domain.candidate import ServerFound
from bbtui.domain.problem import Problem
from tests.cli.ollama import closed_port_url
from tests.loopback import RESET, Loopback, Reply, json_reply

__all__ = ["closed_port_url"]


def answers(server: Loopback, path: str = "") -> ServerFound:
    found = identify(server.url + path, CancelToken())
    assert isinstance(found, ServerFound), found
    return found


def silence(url: str) -> Problem:
    found = identify(url, CancelToken())
    assert isinstance(found, Problem), found
    return found


def html(status: int) -> Reply:
    page = b"<html><title>Router login</title></html>"
    return Reply((page,), status, {"Content-Type": "text/html"}, "length")


def test_ollama_has_version_and_models(loopback: Loopback) -> None:
    loopback.replay("version")
    loopback.replay("tags")
    loopback.replay("ps-empty")
    found = answers(loopback)
    assert (found.api, found.server) == ("ollama", "Ollama 0.0.0")
    assert [(m.name, m.parameters, m.quantisation) for m in found.models] == [
        ("gemma3:270m", "268.10M", "Q4_K_M"),
        ("smollm2:135m", "134.52M", "Q4_1"),
    ]


def test_embedding_model_is_left_out(loopback: Loopback) -> None:
    loopback.replay("version")
    loopback.replay("ps-empty")
    tags = [
        {"name": "nomic-embed-text", "capabilities": ["embedding"]},
        {"name": "old", "capabilities": None},
        {"name": "gemma3:1b", "capabilities": ["completion", "vision"]},
    ]
    loopback.on("GET /api/tags", json_reply({"models": tags}))
    assert [model.name for model in answers(loopback).models] == ["gemma3:1b", "old"]


@pytest.mark.parametrize("server", ["llama.cpp", "cloudflare"])
@pytest.mark.parametrize("path", ["", "/v1"])
def test_llama_cpp(loopback: Loopback, path: str, server: str) -> None:
    for name in ("health-ok", "props", "models"):
        loopback.replay(f"llama-server-{name}", Server=server)
    found = answers(loopback, path)
    assert found.api == "openai"
    assert found.server.startswith("llama.cpp b")
    assert [model.name for model in found.models] == ["gemma3-270m.gguf"]


def test_vllm(loopback: Loopback) -> None:
    loopback.on("GET /v1/models", json_reply({"data": [{"id": "qwen", "owned_by": "vllm"}]}))
    loopback.on("GET /version", json_reply({"version": "0.18.0"}))
    found = answers(loopback)
    assert (found.server, found.models[0].name) == ("vLLM 0.18.0", "qwen")


def test_openai_compatible_server_without_models(loopback: Loopback) -> None:
    loopback.on("GET /v1/models", json_reply({"object": "list", "data": []}))
    found = answers(loopback)
    assert (found.api, found.server, found.models) == ("openai", "OpenAI-compatible", ())


@pytest.mark.parametrize("server", ["llama.cpp", "cloudflare"])
def test_loading_llama_cpp_is_reported(loopback: Loopback, server: str) -> None:
    loopback.replay("llama-server-health-loading", Server=server)
    found = silence(loopback.url)
    assert found.cause == f"127.0.0.1:{loopback.port} is still loading its model"
    assert found.fix == "try again in a moment"


def test_server_of_another_kind_is_reported(loopback: Loopback) -> None:
    found = silence(loopback.url)
    assert found.cause == (
        f"127.0.0.1:{loopback.port} is neither an Ollama nor an OpenAI-compatible server"
    )
    assert found.fix == "another service listens there: check host and port"


def test_web_page_is_quoted(loopback: Loopback) -> None:
    loopback.on("GET /api/version", html(200))
    loopback.on("GET /v1/models", html(200))
    assert '"Router login"' in silence(loopback.url).cause


def test_server_that_requires_a_key_is_reported(loopback: Loopback) -> None:
    loopback.on("GET /v1/models", json_reply({"error": {"message": "no key"}}, 401))
    found = silence(loopback.url)
    assert "HTTP 401" in found.cause
    assert "server message: no key" in found.cause
    assert "env:NAME" in found.fix


def test_ollama_with_a_broken_list_is_reported(loopback: Loopback) -> None:
    loopback.replay("version")
    loopback.on("GET /api/tags", Reply((RESET,)))
    assert "closed the connection" in silence(loopback.url).cause


def test_closed_port_is_reported(closed_port_url: str) -> None:
    found = silence(closed_port_url)
    assert "nothing listens at 127.0.0.1:" in found.cause
    assert "ollama serve" in found.fix


def test_unknown_name_is_reported() -> None:
    assert silence("http://no-such-host.invalid:11434").cause == (
        "the name no-such-host.invalid cannot be resolved (DNS)"
    )
