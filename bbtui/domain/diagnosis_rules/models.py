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
    """The same, for endpoints asked in this dialect."""
    return lambda seen: seen.target.api == api and _is(check)(seen)


def _release(serving: ServerFacts) -> tuple[int, ...] | None:
    """Ollama's version as numbers; None for other servers, and for 0.0.0, a build of one's own."""
    found = _VERSION.match(serving.version)
    if serving.kind != "ollama" or found is None or found[0] == "0.0.0":
        return None
    return tuple(map(int, found.groups()))


def _older(than: tuple[int, ...]) -> Callable[[ServerFacts], bool]:
    def check(serving: ServerFacts) -> bool:
        release = _release(serving)
        return release is not None and release < than

    return check


def _narrow(serving: ServerFacts) -> bool:
    running, wanted = serving.context, serving.wanted_context
    return running is not None and wanted is not None and running < wanted


def _cold_behind_a_proxy(seen: Observation) -> bool:
    cold = seen.server is not None and seen.server.loaded is False
    return cold and seen.target.through_pod_proxy and seen.target.api == "ollama"


def _without_gpu(seen: Observation) -> bool:
    pod = seen.pod
    return seen.server is not None and pod is not None and pod.running and pod.gpu_count == 0


MODEL_RULES = (
    Rule(
        Hop.VERSION,
        'api = "ollama", but another server answers',
        _of("ollama", lambda serving: serving.kind != "ollama"),
        "{where} is {server}, not Ollama",
        'set api = "openai" in the endpoint\'s table',
        in_readme=True,
    ),
    Rule(
        Hop.MODEL,
        "Ollama does not list the model",
        _of("ollama", lambda serving: serving.model_there is False),
        "{where} does not have the model {model}{instead}",
        "{pull}",
        in_readme=True,
    ),
    Rule(
        Hop.MODEL,
        "an OpenAI-compatible server does not list the model",
        _of("openai", lambda serving: serving.model_there is False),
        "{where} does not have the model {model}{instead}",
        "set model to one of the server's models in the configuration",
    ),
    Rule(
        Hop.LOADED,
        "the server reports that it is still loading its model",
        _is(lambda serving: serving.loading),
        "{where} is still loading its model",
        "wait until the model is loaded",
        in_readme=True,
    ),
    # From here on it can answer, only not as it should.
    Rule(
        Hop.VERSION,
        "Ollama before 0.9.0",
        _is(_older(_THINKS_FROM)),
        "{server} is older than 0.9.0: it does not support think, so thinking counts as answer",
        "update Ollama on {host}",
        blocks=False,
    ),
    Rule(
        Hop.VERSION,
        "Ollama 0.30.0",
        _is(lambda serving: _release(serving) == _MISCOUNTS),
        "{server} does not count cached prompt tokens",
        "update Ollama on {host}: 0.30.1 counts them",
        blocks=False,
    ),
    Rule(
        Hop.VERSION,
        'api = "openai", but Ollama answers',
        _of("openai", lambda serving: serving.kind == "ollama"),
        "{where} is {server}, whose OpenAI API omits timings and late errors",
        'set api = "ollama" in the endpoint\'s table, and a url without /v1',
        blocks=False,
    ),
    Rule(
        Hop.LOADED,
        "the model is not in memory, behind a pod's proxy",
        _cold_behind_a_proxy,
        "{model} is not in memory, and the pod's proxy gives up after 100 s without data",
        "if it takes longer to load: {run}, before the first request",
        blocks=False,
    ),
    Rule(
        Hop.GPU,
        "RUNNING, and the provider reports 0 GPUs",
        _without_gpu,
        "the pod runs without a GPU",
        "restart it when its host has a free GPU, or migrate it to another host",
        blocks=False,
    ),
    Rule(
        Hop.GPU,
        "no part of the loaded model is on the available GPU",
        _is(lambda serving: serving.gpu_share == 0 and serving.gpu_there is True),
        "{model} runs on the CPU although a GPU is available",
        "ollama stop {model}, then try again; if this persists, see the server's log for why it "
        "does not use the GPU",
        blocks=False,
        in_readme=True,
    ),
    Rule(
        Hop.GPU,
        "a part of the loaded model is on the CPU",
        _is(lambda serving: serving.gpu_share is not None and 0 < serving.gpu_share < 0.995),
        "only {share} of {model} is on the GPU",
        "free memory on the GPU, lower num_ctx, or use a smaller quantization",
        blocks=False,
        in_readme=True,
    ),
    Rule(
        Hop.CONTEXT,
        "the context as running is shorter than num_ctx, on Ollama",
        _of("ollama", _narrow),
        "{model} runs with a context of {context} tokens, not the requested {asked}",
        "the next request reloads the model; if this persists, the model or the memory allows no "
        "more: lower num_ctx in [options]",
        blocks=False,
        in_readme=True,
    ),
    Rule(
        Hop.CONTEXT,
        "the context as running is shorter than num_ctx, on an OpenAI-compatible server",
        _of("openai", _narrow),
        "{model} runs with a context of {context} tokens, not the requested {asked}",
        "start the server with a longer one (llama.cpp: -c {asked}; vLLM: --max-model-len "
        "{asked}), or lower num_ctx in [options]",
        blocks=False,
    ),
)
