"""Where the calls of OpenAI-compatible servers are, and servers that do not list their models."""

from __future__ import annotations

import pytest

from bbtui.clients.doctor.run import Subject, examine
from bbtui.clients.http.peer import Peer
from bbtui.clients.identify import identify
from bbtui.clients.openai.chat import OpenAISource
from bbtui.clients.openai.models import OpenAIModels
from bbtui.clients.openai.probe import OpenAIProbe
from bbtui.clients.ports import CancelToken
from bbtui.domain.answer import AnswerState
from bbtui.domain.diagnosis import Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination
from bbtui.domain.host import HostState
from tests.clients.streaming import delta, stream_answer
from tests.loopback import Loopback, Reply, events, json_reply

LIST = json_reply({"object": "list", "data": [{"id": "m", "object": "model"}]})
ANSWER = events(delta("Hi", "stop"))
REFUSED = json_reply({"error": {"message": "you must provide a model parameter"}}, 400)
NOT_FOUND = json_reply({"detail": "Not Found"}, 404)


def examined(server: Loopback, base: str = "", model: str = "m") -> Examination:
    endpoint = Endpoint("big", "Big", model, "openai", server.url + base)
    return examine(Subject(endpoint, Peer(server.url + base)))


@pytest.mark.parametrize(
    ("base", "below"),
    [
        ("", "/v1"),
        ("/v1", "/v1"),
        ("/v1beta/openai", "/v1beta/openai"),
        ("/api/paas/v4", "/api/paas/v4"),
        ("/api", "/api"),
        ("/llama", "/llama/v1"),
    ],
)
def test_calls_are_found_below_any_base(loopback: Loopback, base: str, below: str) -> None:
    loopback.on(f"GET {below}/models", LIST)
    loopback.on(f"POST {below}/chat/completions", ANSWER)
    peer = Peer(loopback.url + base)
    source = OpenAISource(peer)
    for _ in range(2):
        assert stream_answer(source).answer.text == "Hi"
    posted = [seen.path for seen in loopback.requests if seen.method == "POST"]
    assert posted[-2:] == [f"{below}/chat/completions"] * 2, "where it is, is remembered"
    assert [model.name for model in OpenAIModels(peer).list_models().models] == ["m"]
    assert OpenAIProbe(peer, "m").check().state is HostState.READY
    assert examined(loopback, base).diagnosis is None
    found = identify(peer.url, CancelToken())
    assert [model.name for model in getattr(found, "models", ())] == ["m"]


def test_first_path_is_named_where_no_path_answers(loopback: Loopback) -> None:
    loopback.on("POST /api/chat/completions", json_reply({"error": "no model m"}, 404))
    result = stream_answer(OpenAISource(Peer(f"{loopback.url}/api")))
    assert result.ended.state is AnswerState.FAILED
    assert "server message: no model m" in result.ended.problem.cause


@pytest.mark.parametrize(
    "models",
    [
        json_reply([{"id": "m", "object": "model"}]),
        json_reply({"data": [{"id": "m"}, {"name": "no id"}, 5]}),
        json_reply({"data": [{"id": "m", "max_model_len": -1, "meta": "?"}]}),
    ],
)
def test_odd_list_of_models_is_read(loopback: Loopback, models: Reply) -> None:
    loopback.on("GET /v1/models", models)
    one = examined(loopback)
    assert one.diagnosis is None
    [step] = [step for step in one.steps if step.hop is Hop.MODEL]
    assert step.detail == "m"
    [listed] = OpenAIModels(Peer(loopback.url)).list_models().models
    assert (listed.name, listed.context_length) == ("m", None)
    assert OpenAIProbe(Peer(loopback.url), "m").check().state is HostState.READY


@pytest.mark.parametrize("chat", [REFUSED, ANSWER, json_reply({"detail": []}, 422)])
@pytest.mark.parametrize("models", [NOT_FOUND, json_reply({"error": "no"}, 500), json_reply(5)])
def test_server_that_does_not_list_its_models_can_answer(
    loopback: Loopback, models: Reply, chat: Reply
) -> None:
    loopback.on("GET /v1/models", models)
    loopback.on("POST /v1/chat/completions", chat)
    one = examined(loopback)
    assert (one.diagnosis, one.can_answer) == (None, True)
    [step] = [step for step in one.steps if step.hop is Hop.MODEL]
    assert step.detail == "models not listed by this server"
    probe = OpenAIProbe(Peer(loopback.url), "m")
    for _ in range(2):
        host = probe.check()
        assert (host.state, host.detail) == (HostState.READY, "ready · models not listed")
    asked = loopback.requests_to("POST /v1/chat/completions")
    assert [seen.json for seen in asked] == [{}, {}], "once each, without a prompt"


@pytest.mark.parametrize(
    "chat",
    [NOT_FOUND, Reply((b"<html>Hi",), headers={"Content-Type": "text/html"}), json_reply(5, 400)],
)
def test_server_that_takes_no_chat_fails(loopback: Loopback, chat: Reply) -> None:
    loopback.on("GET /v1/models", NOT_FOUND)
    loopback.on("POST /v1/chat/completions", chat)
    assert not examined(loopback).can_answer
    host = OpenAIProbe(Peer(loopback.url), "m").check()
    assert host.state is HostState.UNREACHABLE
    assert "server message: Not Found" in host.description


@pytest.mark.parametrize("status", [401, 403])
def test_missing_key_is_reported_without_a_list(loopback: Loopback, status: int) -> None:
    loopback.on("GET /v1/models", NOT_FOUND)
    loopback.on("POST /v1/chat/completions", json_reply({"error": {"message": "no key"}}, status))
    one = examined(loopback)
    assert one.diagnosis is not None
    assert one.diagnosis.problem.cause.endswith("server message: no key")
