"""The models of a server, on its disk and in its memory."""

from __future__ import annotations

import pytest

from bbtui.clients.factory import connect
from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.models import OllamaModels
from bbtui.clients.openai.models import OpenAIModels
from bbtui.config.settings import EndpointSettings
from bbtui.domain.host import HostState
from bbtui.domain.model import Model
from bbtui.errors import EndpointError
from tests.loopback import CLOSE, Loopback, Reply, json_reply

GEMMA = Model("gemma3:270m", 253_113_570, "268.10M", "Q4_K_M", 32_768)


def test_models_of_a_recorded_ollama(loopback: Loopback) -> None:
    loopback.replay("tags")
    loopback.replay("ps-loaded")
    gemma, smollm = OllamaModels(Peer(loopback.url)).list_models().models
    assert gemma == Model(
        "gemma3:270m",
        253_113_570,
        "268.10M",
        "Q4_K_M",
        32_768,
        loaded=True,
        running_context=4096,
        gpu_share=0.0,
    )
    assert smollm == Model("smollm2:135m", 98_362_745, "134.52M", "Q4_1", 8192, loaded=False)


def test_model_names_match_as_in_ollama(loopback: Loopback) -> None:
    listed = [{"name": "Gemma3:latest", "size": 1}, {"name": "big:27b"}]
    loopback.on("GET /api/tags", json_reply({"models": listed}))
    loopback.replay("ps-empty")
    stock = OllamaModels(Peer(loopback.url)).list_models()
    assert stock.find("gemma3") == Model("Gemma3:latest", 1, loaded=False)
    assert stock.find("big") is None


def test_both_names_of_loaded_weights_are_loaded(loopback: Loopback) -> None:
    names = ("gemma3:270m", "gemma3:copy", "other:1b", "unknown:1b")
    digests = ("a", "a", "b", None)
    listed = [{"name": name, "digest": one} for name, one in zip(names, digests, strict=True)]
    loopback.on("GET /api/tags", json_reply({"models": listed}))
    loopback.on("GET /api/ps", json_reply({"models": [{"name": "gemma3:copy", "digest": "a"}]}))
    models = OllamaModels(Peer(loopback.url)).list_models().models
    assert [model.loaded for model in models] == [True, True, False, False]


def test_context_is_requested_before_0_30(loopback: Loopback) -> None:
    loopback.replay("show")
    catalog = OllamaModels(Peer(loopback.url))
    assert catalog.context_length("gemma3:270m") == 32_768
    [asked] = loopback.requests_to("POST /api/show")
    assert asked.json == {"model": "gemma3:270m"}, "never verbose: that sends the vocabulary"


@pytest.mark.parametrize("shown", [{}, {"model_info": None}, {"model_info": {"a.b": 1}}])
def test_unreported_context_is_none(loopback: Loopback, shown: object) -> None:
    loopback.on("POST /api/show", json_reply(shown))
    assert OllamaModels(Peer(loopback.url)).context_length("m") is None


def test_cloud_and_embedding_models_are_marked(loopback: Loopback) -> None:
    listed = [
        {"name": "gpt-oss:120b-cloud", "size": 384, "remote_host": "https://ollama.com:443"},
        {"name": "nomic", "capabilities": ["embedding"], "details": None},
    ]
    loopback.on("GET /api/tags", json_reply({"models": listed}))
    loopback.replay("ps-empty")
    cloud, nomic = OllamaModels(Peer(loopback.url)).list_models().models
    assert (cloud.elsewhere, cloud.chats) == ("https://ollama.com:443", True)
    assert (nomic.elsewhere, nomic.chats) == ("", False)


@pytest.mark.parametrize("ps", [json_reply({}, 500), Reply((CLOSE,), framing="raw")])
def test_loaded_models_may_be_unknown(loopback: Loopback, ps: Reply) -> None:
    loopback.replay("tags")
    loopback.on("GET /api/ps", ps)
    stock = OllamaModels(Peer(loopback.url)).list_models()
    assert [model.loaded for model in stock.models] == [None, None]
    assert "loaded models unknown" in stock.unsure


@pytest.mark.parametrize("nothing", [{"models": []}, {"models": None}])
def test_ollama_without_models_is_empty(loopback: Loopback, nothing: object) -> None:
    loopback.on("GET /api/tags", json_reply(nothing))
    loopback.replay("ps-empty")
    assert OllamaModels(Peer(loopback.url)).list_models().models == ()


def test_failed_list_has_cause_and_fix(loopback: Loopback) -> None:
    loopback.on(
        "GET /api/tags", Reply((b"<html>Login",), 200, {"Content-Type": "text/html"}, "length")
    )
    with pytest.raises(EndpointError) as told:
        OllamaModels(Peer(loopback.url)).list_models()
    assert "web page instead of JSON" in told.value.message
    assert told.value.fix
    url = loopback.url
    loopback.__exit__()
    with pytest.raises(EndpointError, match="nothing listens at"):
        OllamaModels(Peer(url)).list_models()


def test_llama_cpp_reports_size_quantization_and_context(loopback: Loopback) -> None:
    loopback.replay("llama-server-models")
    [model] = OpenAIModels(Peer(loopback.url)).list_models().models
    assert (model.name, model.size) == ("gemma3-270m.gguf", 246_587_904)
    assert (model.quantisation, model.context_length) == ("Q4_K - Medium", 32_768)
    assert model.loaded is None


def test_other_servers_report_names(loopback: Loopback) -> None:
    loopback.replay("v1-models")
    catalog = OpenAIModels(Peer(f"{loopback.url}/v1"))
    assert catalog.list_models().models == (Model("gemma3:270m"), Model("smollm2:135m"))
    [asked] = loopback.requests
    assert asked.path == "/v1/models"


def test_vllm_reports_the_context(loopback: Loopback) -> None:
    entry = {"id": "org/model", "owned_by": "vllm", "max_model_len": 8192}
    loopback.on("GET /v1/models", json_reply({"data": [entry]}))
    [model] = OpenAIModels(Peer(loopback.url)).list_models().models
    assert model == Model("org/model", context_length=8192)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (json_reply({"error": {"message": "no key"}}, 401), "server message: no key"),
        (json_reply({"data": "many"}), "answers, but not as an OpenAI-compatible server does"),
    ],
)
def test_failed_openai_list_has_cause_and_fix(loopback: Loopback, reply: Reply, words: str) -> None:
    loopback.on("GET /v1/models", reply)
    with pytest.raises(EndpointError) as told:
        OpenAIModels(Peer(loopback.url)).list_models()
    assert words in told.value.message


def test_connection_has_a_catalog(loopback: Loopback) -> None:
    settings = EndpointSettings("big", "Big Brain", loopback.url, "gemma3:27b")
    made = connect(settings, {})
    assert made.catalog is made.manager
    loopback.replay("tags")
    loopback.replay("ps-loaded")
    loopback.replay("version")
    assert made.catalog is not None
    assert GEMMA.name in [model.name for model in made.catalog.list_models().models]
    assert made.probe.check().state is HostState.FAILED
    assert made.catalog.probe("gemma3:270m").check().loaded
    lists_only = connect(EndpointSettings("o", "O", loopback.url, "m", "openai"), {})
    assert lists_only.catalog is not None
    assert lists_only.manager is None
