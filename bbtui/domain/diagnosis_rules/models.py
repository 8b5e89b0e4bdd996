"""Rules for a server that answers, but lacks the model or runs it below its best."""

from __future__ import annotations

import re
from collections.abc import Callable

from bbtui.domain.diagnosis_rules.rule import Hop, Rule, When
from bbtui.domain.observation import Observation, ServerFacts

#: The first Ollama that knows `think`, and the one that miscounts the tokens of a prompt.
_THINKS_FROM = (0, 9, 0)
_MISCOUNTS = (0, 30, 0)

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def _is(check: Callable[[ServerFacts], bool]) -> When:
    return lambda seen: seen.server is not None and check(seen.server)


def _of(api: str, check: Callable[[ServerFacts], bool]) -> When:
    """Match the same, only of an endpoint with this API."""
    return lambda seen: seen.target.api == api and _is(check)(seen)


def _release(facts: ServerFacts) -> tuple[int, ...] | None:
    """Return the version of an Ollama; None for other servers, and for 0.0.0 (a local build)."""
    found = _VERSION.match(facts.version)
    if facts.kind != "ollama" or found is None or found[0] == "0.0.0":
        return None
    return tuple(map(int, found.groups()))


def _before_think(facts: ServerFacts) -> bool:
    release = _release(facts)
    return release is not None and release < _THINKS_FROM


def _lacks_model(facts: ServerFacts) -> bool:
    return facts.model_there is False


def _unused_gpu(facts: ServerFacts) -> bool:
    return facts.gpu_share == 0 and facts.gpu_there is True


def _partly_on_cpu(facts: ServerFacts) -> bool:
    return facts.gpu_share is not None and 0 < facts.gpu_share < 0.995


def _narrow(facts: ServerFacts) -> bool:
    running, wanted = facts.context, facts.wanted_context
    return running is not None and wanted is not None and running < wanted


def _cold_behind_a_proxy(seen: Observation) -> bool:
    cold = seen.server is not None and seen.server.loaded is False
    return cold and seen.target.through_pod_proxy and seen.target.api == "ollama"


def _without_gpu(seen: Observation) -> bool:
    pod = seen.pod
    return seen.server is not None and pod is not None and pod.running and pod.gpu_count == 0


MODEL_RULES = (
    Rule(Hop.VERSION, _of("ollama", lambda facts: facts.kind != "ollama"), in_readme=True).texts(
        'api = "ollama", but another server answers',
        "{where} is {server}, not Ollama",
        'set api = "openai" in the endpoint\'s table',
    ),
    Rule(Hop.MODEL, _of("ollama", _lacks_model), in_readme=True).texts(
        "Ollama does not list the model",
        "{where} does not have the model {model}{instead}",
        "{pull}",
    ),
    Rule(Hop.MODEL, _of("openai", _lacks_model)).texts(
        "an OpenAI-compatible server does not list the model",
        "{where} does not have the model {model}{instead}",
        "set model to one of the server's models in the configuration",
    ),
    Rule(Hop.LOADED, _is(lambda facts: facts.loading), in_readme=True).texts(
        "the server reports that it is still loading its model",
        "{where} is still loading its model",
        "wait until the model is loaded",
    ),
    # From here on it can answer, only not as it should.
    Rule(Hop.VERSION, _is(_before_think), blocks=False).texts(
        "Ollama before 0.9.0",
        "{server} is older than 0.9.0: it does not support think, so thinking counts as answer",
        "update Ollama on {host}",
    ),
    Rule(Hop.VERSION, _is(lambda facts: _release(facts) == _MISCOUNTS), blocks=False).texts(
        "Ollama 0.30.0",
        "{server} does not count cached prompt tokens",
        "update Ollama on {host}: 0.30.1 counts them",
    ),
    Rule(Hop.VERSION, _of("openai", lambda facts: facts.kind == "ollama"), blocks=False).texts(
        'api = "openai", but Ollama answers',
        "{where} is {server}, whose OpenAI API omits timings and late errors",
        'set api = "ollama" in the endpoint\'s table, and a url without /v1',
    ),
    Rule(Hop.LOADED, _cold_behind_a_proxy, blocks=False).texts(
        "the model is not in memory, behind a pod's proxy",
        "{model} is not in memory, and the pod's proxy gives up after 100 s without data",
        "if it takes longer to load: {run}, before the first request",
    ),
    Rule(Hop.GPU, _without_gpu, blocks=False).texts(
        "RUNNING, and the provider reports 0 GPUs",
        "the pod runs without a GPU",
        "restart it when its host has a free GPU, or migrate it to another host",
    ),
    Rule(Hop.GPU, _is(_unused_gpu), blocks=False, in_readme=True).texts(
        "no part of the loaded model is on the available GPU",
        "{model} runs on the CPU although a GPU is available",
        "ollama stop {model}, then try again; if this persists, see the server's log for why it "
        "does not use the GPU",
    ),
    Rule(Hop.GPU, _is(_partly_on_cpu), blocks=False, in_readme=True).texts(
        "a part of the loaded model is on the CPU",
        "only {share} of {model} is on the GPU",
        "free memory on the GPU, lower num_ctx, or use a smaller quantization",
    ),
    Rule(Hop.CONTEXT, _of("ollama", _narrow), blocks=False, in_readme=True).texts(
        "the context as running is shorter than num_ctx, on Ollama",
        "{model} runs with a context of {context} tokens, not the requested {requested}",
        "the next request reloads the model; if this persists, the model or the memory allows no "
        "more: lower num_ctx in [options]",
    ),
    Rule(Hop.CONTEXT, _of("openai", _narrow), blocks=False).texts(
        "the context as running is shorter than num_ctx, on an OpenAI-compatible server",
        "{model} runs with a context of {context} tokens, not the requested {requested}",
        "start the server with a longer one (llama.cpp: -c {requested}; vLLM: --max-model-len "
        "{requested}), or lower num_ctx in [options]",
    ),
)
