"""An Ollama on the loopback with what a run requests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.loopback import Loopback, Reply, json_reply, ndjson

CHAT = "POST /api/chat"


def word(text: str) -> dict[str, Any]:
    """Return a chunk of an answer."""
    return {"model": "gemma3:1b", "message": {"role": "assistant", "content": text}, "done": False}


def end(reason: str = "stop") -> dict[str, Any]:
    """Return the last object of a stream, with the timings of the server."""
    return {
        "model": "gemma3:1b",
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": reason,
        "total_duration": 90_000_000,
        "load_duration": 20_000_000,
        "prompt_eval_count": 12,
        "prompt_eval_duration": 10_000_000,
        "eval_count": 3,
        "eval_duration": 50_000_000,
    }


WHOLE = ndjson(word("All "), word("is "), word("well."), end())
CUT = ndjson(word("All "), word("is"), end("length"))
#: The stream ends without its final message.
TRUNCATED = ndjson(word("All "), word("is"))
FAILED = json_reply({"error": "the runner has died"}, 500)


def _model(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "model": name,
        "size": 900_000_000,
        "size_vram": 0,
        "digest": "8648f39daa8f",
        "details": {"parameter_size": "999.89M", "quantization_level": "Q4_K_M"},
        "expires_at": "2318-01-01T00:00:00Z",
        "context_length": 8192,
    }


class Ollama(Loopback):
    """A server with two models in memory; its answer is "All is well." by default."""

    def __init__(self) -> None:
        super().__init__()
        models = [_model("gemma3:1b"), _model("gemma3:4b")]
        self.on("GET /api/version", json_reply({"version": "0.33.0"}))
        self.on("GET /api/ps", json_reply({"models": models}))
        self.on("GET /api/tags", json_reply({"models": models}))
        self.answer(WHOLE)

    def answer(self, *replies: Reply) -> None:
        """Answer prompts with these in turn; repeat the last one."""
        self.on(CHAT, *replies)

    @property
    def prompts(self) -> list[str]:
        """Every prompt that was sent, in order."""
        return [request.json["messages"][-1]["content"] for request in self.requests_to(CHAT)]


@pytest.fixture
def closed_port_url() -> Iterator[str]:
    """Yield an address where a connection is refused, and stays refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
