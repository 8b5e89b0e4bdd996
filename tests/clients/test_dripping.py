"""A server that sends a byte now and then, and so never exceeds the limit of a single read."""

from __future__ import annotations

from contextlib import closing

import pytest

from bbtui.clients.doctor import server as doctor_server
from bbtui.clients.doctor.run import Subject, examine
from bbtui.clients.forge import comments
from bbtui.clients.forge.comments import ForgeClient, Issue
from bbtui.clients.http import client, fetch
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import RequestFailed
from bbtui.clients.ollama import chat
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.openai import probe
from bbtui.clients.openai.chat import OpenAISource
from bbtui.clients.openai.probe import OpenAIProbe
from bbtui.clients.runpod.client import PriceCache, RunPodClient
from bbtui.domain.answer import AnswerState, Warmth
from bbtui.domain.diagnosis_rules.rule import Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import HostState
from bbtui.errors import ForgeError, PodError
from tests.clients.streaming import MODEL, chunk, done, stream_answer
from tests.loopback import HEAD, SILENT, Drip, Loopback, Reply, json_reply, ndjson

HEAD_DRIPS = Reply((b"HTTP/1.1 200 OK\r\nX-Slow: ", Drip(b"x")), framing="raw")
INTERIM_DRIPS = Reply((Drip(b"HTTP/1.1 102 Processing\r\n\r\n"),), framing="raw")
JSON = {"Content-Type": "application/json"}
BODY_DRIPS = Reply((b'{"models": [', Drip(b" ")), headers=JSON)
BODY_STOPS = Reply((HEAD, b'{"models": [', SILENT), headers=JSON)
ERROR_DRIPS = Reply((b'{"error": "no memory"}', Drip(b" ")), 500, JSON)

DRIPS = pytest.mark.parametrize(
    "reply",
    [HEAD_DRIPS, INTERIM_DRIPS, BODY_DRIPS, BODY_STOPS, ERROR_DRIPS],
    ids=["head", "interim", "body", "silent-body", "error"],
)


@DRIPS
def test_short_request_has_one_limit_for_all_of_its_reply(loopback: Loopback, reply: Reply) -> None:
    loopback.on("GET /x", reply)
    with pytest.raises(RequestFailed) as caught:
        fetch(Peer(loopback.url), "/x", within_s=0.2)
    at = f"127.0.0.1:{loopback.port}"
    assert caught.value.problem.cause == f"{at} did not complete its reply within 0.2 s"
    assert loopback.wait_for("GET /x").gone.wait(30)


def test_silent_server_is_still_called_silent(loopback: Loopback) -> None:
    loopback.on("GET /x", Reply((SILENT,)))
    with pytest.raises(RequestFailed, match=r"no data from .* for 0\.2 s"):
        fetch(Peer(loopback.url), "/x", within_s=0.2)


def test_loaded_models_that_drip_in_leave_the_memory_unknown(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "PS_WITHIN_S", 0.2)
    loopback.on("GET /api/ps", HEAD_DRIPS)
    loopback.on("POST /api/chat", ndjson(chunk("x"), done()))
    result = stream_answer(OllamaSource(Peer(loopback.url)))
    assert result.known == [(Warmth.UNKNOWN, None)]
    assert result.ended.state is AnswerState.DONE


@pytest.mark.parametrize("dialect", ["ollama", "openai"])
def test_error_that_drips_in_ends_with_what_came(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    monkeypatch.setattr(client, "ERROR_BODY_S", 0.2)
    loopback.on("POST /api/chat", ERROR_DRIPS)
    loopback.on("POST /v1/chat/completions", ERROR_DRIPS)
    source = OllamaSource if dialect == "ollama" else OpenAISource
    result = stream_answer(source(Peer(loopback.url)))
    assert result.ended.problem.cause.endswith("server message: no memory")


@DRIPS
def test_pod_provider_that_drips_is_unreachable(loopback: Loopback, reply: Reply) -> None:
    loopback.on("GET /pods?includeClusterPods=true", reply)
    peer = Peer(loopback.url, provider=True)
    control = RunPodClient(peer, "RUNPOD_API_KEY", PriceCache(), within_s=0.2)
    with pytest.raises(PodError, match=r"did not complete its reply within 0\.2 s"):
        control.pods()


@DRIPS
def test_forge_that_drips_has_not_replied(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    monkeypatch.setattr(comments, "_WITHIN_S", 0.2)
    loopback.on("POST /repos/me/models/issues/3/comments", reply)
    forge = ForgeClient(Issue("github", loopback.url, "me/models", 3), "token")
    with closing(forge), pytest.raises(ForgeError, match=r"no complete reply within 0\.2 s"):
        forge.create("A report.")


def examined(server: Loopback, api: str):
    endpoint = Endpoint("big", "Big", MODEL, api, server.url)
    return examine(Subject(endpoint, Peer(server.url, name="big")))


@DRIPS
def test_doctor_names_the_hop_that_drips(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    monkeypatch.setattr(doctor_server, "NEAR_S", 0.2)
    loopback.on("GET /api/version", reply)
    one = examined(loopback, "ollama")
    assert one.diagnosis is not None
    assert one.diagnosis.hop is Hop.SERVER
    assert one.diagnosis.problem.cause.endswith("did not complete its reply within 0.2 s")


@pytest.mark.parametrize(
    ("api", "path"), [("ollama", "GET /api/tags"), ("openai", "GET /v1/models")]
)
def test_doctor_passes_a_server_whose_list_of_models_is_slow(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch, api: str, path: str
) -> None:
    """Whatever the time, the list arrives after the limit of the other requests."""
    monkeypatch.setattr(doctor_server, "_SLOW_S", 0.0)
    listing = {"data": [{"id": MODEL}], "models": [{"name": MODEL}]}
    loopback.on(path, json_reply(listing))
    if api == "ollama":
        loopback.on("GET /api/version", json_reply({"version": "0.33.0"}))
        loopback.on("GET /api/ps", json_reply({"models": []}))
    one = examined(loopback, api)
    model = next(step for step in one.steps if step.hop is Hop.MODEL)
    assert one.can_answer
    assert f"{MODEL}" in model.detail or api == "openai"
    assert "; its list of models took " in model.detail


@pytest.mark.parametrize(
    ("api", "path"), [("ollama", "GET /api/tags"), ("openai", "GET /v1/models")]
)
@pytest.mark.parametrize("reply", [Reply((SILENT,)), BODY_DRIPS], ids=["silent", "dripping"])
def test_doctor_passes_a_server_whose_list_of_models_does_not_come(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch, api: str, path: str, reply: Reply
) -> None:
    monkeypatch.setattr(doctor_server, "LIST_WITHIN_S", 0.2)
    loopback.on(path, reply)
    if api == "ollama":
        loopback.on("GET /api/version", json_reply({"version": "0.33.0"}))
        loopback.on("GET /api/ps", json_reply({"models": []}))
    one = examined(loopback, api)
    model = next(step for step in one.steps if step.hop is Hop.MODEL)
    assert one.can_answer
    assert model.detail.startswith("unknown: its list of models did not come within")


def test_probe_finds_a_server_ready_whose_list_of_models_does_not_come(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "LIST_WITHIN_S", 0.2)
    loopback.on("GET /v1/models", BODY_DRIPS)
    host = OpenAIProbe(Peer(loopback.url), MODEL).check()
    assert (host.state, host.detail) == (
        HostState.READY,
        "ready · its list of models does not respond",
    )
