"""A run with an endpoint whose configuration does not name its API."""

from __future__ import annotations

import json

from tests.cli.ollama import CHAT, Ollama
from tests.cli.program import Program
from tests.loopback import Loopback, Reply, events, json_reply

NOT_FOUND = json_reply({"detail": "Not Found"}, 404)
COMPLETIONS = "POST /v1/chat/completions"


class LiteLLM(Loopback):
    """A FastAPI server with OpenAI's API and no other."""

    def __init__(self) -> None:
        super().__init__()
        text = {"choices": [{"delta": {"content": "All is well."}, "finish_reason": "stop"}]}
        self.on("GET /v1/models", json_reply({"data": [{"id": "gemma3:1b"}]}))
        self.on(COMPLETIONS, events(text, b"data: [DONE]\n\n"))

    def reply(self, request) -> Reply:
        known = f"{request.method} {request.path}" in self._routes
        return super().reply(request) if known else NOT_FOUND


def test_api_that_is_left_out_is_detected_used_and_shown(program: Program, ollama: Ollama):
    with LiteLLM() as server:
        program.configure(lite=server.url, local=ollama.url)
        ended = program("run", "Hello?", "--json", "s.json", "--report", "r.md")
        assert ended.code == 0
        assert len(server.requests_to(COMPLETIONS)) == 1
        assert not server.requests_to(CHAT)
        doctor = program("doctor", "-e", "lite")
    endpoints = json.loads((program.here / "s.json").read_text("utf-8"))["endpoints"]
    assert [one["api"] for one in endpoints] == ["openai", "ollama"]
    report = (program.here / "r.md").read_text("utf-8")
    assert "(openai)" in report
    assert "(ollama)" in report
    assert doctor.code == 0
    assert "; api: openai (detected)" in doctor.out
    assert program("report", "1", "--format", "json").out.count('"api": "openai"') == 1


def test_fastapi_server_configured_as_ollama_is_no_ollama_without_the_model(program: Program):
    with LiteLLM() as server:
        path = program.configure(lite=server.url)
        path.write_text(path.read_text("utf-8") + 'api = "ollama"\n', "utf-8")
        run = program("run", "Hello?")
        doctor = program("doctor")
    assert (run.code, doctor.code) == (3, 3)
    assert "does not speak Ollama's API (HTTP 404)" in run.err
    for text in (run.err, run.out, doctor.out):
        assert 'set api = "openai" in the endpoint\'s table' in text
        assert "ollama pull" not in text
