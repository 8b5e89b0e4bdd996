"""Which rule of the diagnosis fires, and the values its message is filled with.

The sentences are in docs/diagnosis.md, which is compared with the rules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bbtui.domain.diagnosis import diagnose
from bbtui.domain.diagnosis_rules.rule import Rule
from bbtui.domain.diagnosis_rules.rules import RULES
from bbtui.domain.observation import ErrorReply, NetworkFailure, Observation, ServerFacts, Target
from bbtui.domain.pod import Pod, PodAction
from bbtui.domain.problem import Problem

BOX = Target("gpu-box:11434", "gpu-box", "big", model="gemma3:27b")
HERE = Target("127.0.0.1:11434", "127.0.0.1", "local", model="gemma3:1b", this_machine=True)
POD = Target(
    "abc…-11434.proxy.runpod.net:443",
    "abc…-11434.proxy.runpod.net",
    "big",
    model="gemma3:27b",
    through_pod_proxy=True,
)
VLLM = replace(BOX, where="gpu-box:8000", api="openai")
API = Target("api.runpod.io:443", "api.runpod.io", provider=True, setting="pod.api_url")


def network(kind: NetworkFailure, target: Target = BOX, **more: Any) -> Observation:
    return Observation(target, network_failure=kind, **more)


def refused(status: int, target: Target = BOX, **more: Any) -> Observation:
    return Observation(target, error_reply=ErrorReply(status, **more))


def page(status: int, target: Target = POD, **more: Any) -> Observation:
    refusal = ErrorReply(status, "text/html", "Oh no", page=True)
    return Observation(target, error_reply=refusal, **more)


def error(status: int, words: str, target: Target = BOX) -> Observation:
    text = target.api == "ollama"
    return refused(status, target, media="application/json", error=words, error_is_text=text)


def serving(target: Target = BOX, **more: Any) -> Observation:
    return Observation(target, server=ServerFacts(**more))


def pod(status: str, **more: Any) -> Pod:
    starts = (PodAction.START,) if status in ("EXITED", "ERROR") else (PodAction.STOP,)
    return Pod("abc123", "ollama-box", status, **{"actions": starts, **more})


RUNNING = pod("RUNNING", uptime_s=720)

#: What keeps an endpoint from answering, and the condition of the rule that finds it.
CASES: list[tuple[Observation, str]] = [
    # name, tcp, tls
    (network(NetworkFailure.UNRESOLVED), "no resolver knows the host"),
    (network(NetworkFailure.REFUSED, HERE), "connection refused"),
    (network(NetworkFailure.REFUSED), "connection refused"),
    (network(NetworkFailure.REFUSED, API), "connection refused by the address of a pod's provider"),
    *(
        (
            network(kind, replace(API, usual=True), detail="Network is down"),
            "the API of a pod's provider, at its default address, cannot be reached",
        )
        for kind in (NetworkFailure.UNRESOLVED, NetworkFailure.REFUSED, NetworkFailure.UNREACHABLE)
    ),
    (network(NetworkFailure.CONNECT_TIMEOUT, limit_s=2.0), "no connection within the time limit"),
    (
        network(NetworkFailure.UNREACHABLE, detail="No route to host"),
        "any other system error: no route, network down",
    ),
    (
        network(NetworkFailure.CA_FILE, detail="own.pem: No such file or directory"),
        "`ca` is missing, not readable, or no certificate",
    ),
    (
        network(NetworkFailure.CERTIFICATE_FILE, detail="me.pem: Permission denied"),
        "`cert` or `cert_key` is not readable, or they do not match",
    ),
    (
        network(NetworkFailure.UNTRUSTED, detail="self-signed certificate"),
        "the certificate is from an unknown CA, for another name, or expired",
    ),
    (
        network(NetworkFailure.UNTRUSTED, API, detail="unable to get local issuer certificate"),
        "the certificate of a pod's provider is not trusted",
    ),
    (
        network(NetworkFailure.NO_TLS, detail="WRONG_VERSION_NUMBER"),
        "the TLS handshake fails: no TLS, or another version",
    ),
    # the proxy of the environment
    (
        network(NetworkFailure.SOCKS, proxies="ALL_PROXY"),
        "a SOCKS proxy, and the package for it is missing",
    ),
    (
        network(NetworkFailure.BAD_PROXY, proxies="ALL_PROXY"),
        "a proxy variable without a valid URL",
    ),
    (
        network(NetworkFailure.PROXY_UNREACHED, proxies="HTTPS_PROXY", detail="Connection refused"),
        "no connection to the proxy of the environment",
    ),
    (
        network(NetworkFailure.PROXY_REFUSED, proxies="HTTPS_PROXY", detail="407"),
        "the proxy of the environment refuses the request",
    ),
    # pods
    (page(404, pod_gone=True), "the provider does not know the pod, or reports TERMINATED"),
    (Observation(POD, pod=pod("EXITED")), "EXITED, and start is among its actions"),
    (
        Observation(POD, pod=pod("EXITED", in_cluster=True)),
        "EXITED, and start is not among its actions",
    ),
    (Observation(POD, pod=pod("EXITED", actions=())), "EXITED, and start is not among its actions"),
    (page(502, pod=pod("PROVISIONING")), "PROVISIONING or STARTING"),
    (page(404, pod=pod("STARTING")), "PROVISIONING or STARTING"),
    (page(404, pod=pod("ERROR")), "ERROR, and start is among its actions"),
    (page(404, pod=pod("ERROR", actions=())), "ERROR otherwise"),
    *(
        (
            page(status, pod=pod("RUNNING", uptime_s=up)),
            "RUNNING for less than a minute, 404; or less than three minutes, 502 or 52x",
        )
        for status, up in ((502, 179), (522, 42), (404, 59))
    ),
    (page(404, pod=pod("RUNNING")), "RUNNING, uptime unknown, 404 from its proxy"),
    (page(502, pod=pod("RUNNING")), "RUNNING, uptime unknown, 502 from its proxy"),
    (
        page(404, pod=pod("RUNNING", uptime_s=60)),
        "RUNNING for a minute or more, 404 from its proxy",
    ),
    (
        page(502, pod=pod("RUNNING", uptime_s=180)),
        "RUNNING for three minutes or more, 502 from its proxy",
    ),
    (
        page(524, pod=RUNNING),
        "RUNNING, and a short request gets 524, or no data within its time limit",
    ),
    (
        network(NetworkFailure.READ_TIMEOUT, POD, limit_s=5.0, pod=RUNNING),
        "RUNNING, and a short request gets 524, or no data within its time limit",
    ),
    (page(404, pod=pod("HIBERNATING")), "an undocumented status, and no answer"),
    # what comes instead of a reply
    (network(NetworkFailure.NOT_HTTP), "the reply is not HTTP"),
    (
        network(NetworkFailure.MALFORMED, detail="multiple Transfer-Encoding headers"),
        "HTTP with a header that is not allowed, such as `Transfer-Encoding` twice",
    ),
    (network(NetworkFailure.CLOSED), "the connection is closed before the reply begins"),
    (
        network(NetworkFailure.CLOSED, API),
        "a pod's provider closes the connection before its reply begins",
    ),
    (
        network(NetworkFailure.READ_TIMEOUT, POD, limit_s=130.0, prompted=True),
        "no data within the time limit, through a pod's proxy",
    ),
    (
        network(NetworkFailure.READ_TIMEOUT, POD, limit_s=130.0, prompted=True, warm=True),
        "no data within the time limit, through a pod's proxy, the model in memory",
    ),
    (
        network(NetworkFailure.READ_TIMEOUT, limit_s=600.0, prompted=True, received=1234),
        "no data within the time limit",
    ),
    (
        network(NetworkFailure.READ_TIMEOUT, API, limit_s=15.0),
        "no data from a pod's provider within the time limit",
    ),
    (
        network(NetworkFailure.READ_TIMEOUT, limit_s=3.0),
        "no data within the time limit of a short request, such as the version",
    ),
    (
        network(NetworkFailure.INCOMPLETE, API, limit_s=15.0),
        "a reply of a pod's provider that has not ended within the time limit",
    ),
    (
        network(NetworkFailure.INCOMPLETE, limit_s=3.0),
        "a reply that has not ended within the time limit of a short request",
    ),
    (
        network(NetworkFailure.DECODING, received=10, detail="gzip"),
        "a compressed reply that cannot be decompressed",
    ),
    (
        network(NetworkFailure.LOST, received=4096),
        "the connection is lost in the middle of a reply",
    ),
    (
        network(NetworkFailure.UNWRITABLE, detail="label too long"),
        "an invalid request: an impossible host or header",
    ),
    # proxies' pages
    *(
        (seen, "404 or 502 from a pod's proxy, and the pod's state could not be determined")
        for seen in (
            page(404, pod_unknown=Problem("no key", "make one")),
            page(502, pod_unknown=Problem("no key")),
        )
    ),
    (refused(403, POD, media="text/plain", text="error code: 1010"), "403 from a pod's proxy"),
    *(
        (seen, "404 from a pod's proxy, the pod's state unknown")
        for seen in (page(404), refused(404, POD))
    ),
    (page(502), "502 from a pod's proxy, the pod's state unknown"),
    *(
        (seen, "524 from a pod's proxy")
        for seen in (page(524), page(524, prompted=True), page(524, prompted=True, pod=RUNNING))
    ),
    (
        page(524, prompted=True, warm=True, pod=RUNNING),
        "524 from a pod's proxy, the model in memory",
    ),
    *(
        (seen, "429 from a pod's proxy")
        for seen in (page(429), refused(429, POD, text="error code: 1015"), page(429, pod=RUNNING))
    ),
    (
        refused(521, POD),
        "any other page of a pod's proxy (520 to 523: Cloudflare and the pod's balancer)",
    ),
    (page(502, BOX), "a web page with 5xx"),
    # the server's own replies
    (
        refused(404, HERE, error="Not Found", error_is_text=True, unknown_route=True),
        'api = "ollama", and the 404 or 405 of vLLM, LiteLLM or llama.cpp',
    ),
    (
        replace(error(404, "model 'gemma3:1b' not found", HERE), prompted=True),
        "404 with a JSON error, from Ollama",
    ),
    (
        replace(error(404, "no such thing", VLLM), prompted=True),
        "404 with a JSON error, from an OpenAI-compatible server",
    ),
    (
        refused(401, error="unauthorized", signs_in=True),
        "401 with a JSON error that has a URL to sign in at",
    ),
    (error(413, "too large"), "413 with a JSON error"),
    (page(413, BOX), "413 otherwise: a limit of the server, or of a proxy in between"),
    (error(401, "unauthorized"), "401 or 403 with a JSON error"),
    (error(429, "slow down"), "429 with a JSON error"),
    (error(499, "request canceled"), "499 with a JSON error"),
    (
        error(503, "server busy, please try again"),
        "503 with a JSON error: a full queue, or a model that is loading",
    ),
    (error(500, "out of memory"), "any other 5xx with a JSON error"),
    (error(405, "method not allowed"), "404 or 405 with a JSON error that is not about a model"),
    *(
        (
            error(404, "model 'gemma3:27b' not found", target),
            "404 or 405 with a JSON error that is not about a model",
        )
        for target in (BOX, VLLM)
    ),
    (
        refused(400, error="request (1362 tokens) exceeds the context", too_long=True),
        "a JSON error of the type of a prompt that is longer than the context",
    ),
    (
        error(400, "model is required"),
        "any other JSON error: a request that the server does not accept",
    ),
    (page(200, BOX), "a web page instead of JSON"),
    *((page(status, POD), "a web page instead of JSON") for status in (200, 405)),
    *(
        (
            refused(308, location="https://elsewhere.example/api", page=told, target=target),
            "a redirect",
        )
        for told in (False, True)
        for target in (BOX, POD)
    ),
    *((page(401, target), "401 otherwise, or 403 that is no web page") for target in (BOX, POD)),
    (refused(403), "403 with an empty body, from Ollama"),
    (refused(404, media="text/plain", text="404 page not found"), "404 or 405 in plain text"),
    (refused(200, VLLM, text="hello"), "200, but not the expected reply"),
    (refused(403, text="no"), "401 otherwise, or 403 that is no web page"),
    (refused(429), "429 otherwise"),
    (page(429, BOX), "429 otherwise"),
    (refused(503), "503 otherwise"),
    (refused(500, text="oops"), "any other 5xx"),
    (refused(418, text="tea"), "any other reply"),
    # the model
    (serving(kind="llama.cpp", version="b10488"), 'api = "ollama", but another server answers'),
    (serving(models=("gemma3:1b", "llama3"), model_there=False), "Ollama does not list the model"),
    (serving(POD, models=(), model_there=False), "Ollama does not list the model"),
    (
        serving(VLLM, kind="vllm", models=("x" * 200,), model_there=False),
        "an OpenAI-compatible server does not list the model",
    ),
    (
        serving(VLLM, kind="llama.cpp", loading=True),
        "the server reports that it is still loading its model",
    ),
]

#: Rows that do not keep an endpoint from answering.
ADVICE: list[tuple[Observation, str]] = [
    (serving(version="0.5.12"), "Ollama before 0.9.0"),
    (serving(version="0.30.0-rc1"), "Ollama 0.30.0"),
    (serving(VLLM, version="0.33.3"), 'api = "openai", but Ollama answers'),
    (serving(POD, loaded=False), "the model is not in memory, behind a pod's proxy"),
    (
        replace(serving(POD, gpu_share=0.0), pod=pod("RUNNING", gpu_count=0)),
        "RUNNING, and the provider reports 0 GPUs",
    ),
    (serving(gpu_share=0.0, gpu_there=True), "no part of the loaded model is on the available GPU"),
    (serving(gpu_share=0.43), "a part of the loaded model is on the CPU"),
    (
        serving(context=4096, wanted_context=8192),
        "the context as running is shorter than num_ctx, on Ollama",
    ),
    (
        serving(VLLM, kind="vllm", context=4096, wanted_context=8192),
        "the context as running is shorter than num_ctx, on an OpenAI-compatible server",
    ),
]


#: The parts of a message that depend on what was observed.
VALUES: list[tuple[Observation, str]] = [
    (network(NetworkFailure.REFUSED, HERE), "start the server here "),
    (network(NetworkFailure.REFUSED), "start the server on gpu-box "),
    (network(NetworkFailure.REFUSED, API), "check pod.api_url"),
    (network(NetworkFailure.CONNECT_TIMEOUT, limit_s=2), "timed out after 2 s"),
    (network(NetworkFailure.LOST, received=4096), "connection lost after 4,096 bytes"),
    (
        network(NetworkFailure.READ_TIMEOUT, prompted=True, limit_s=600, received=1234),
        "no data from gpu-box:11434 for 600 s, after 1,234 bytes",
    ),
    (network(NetworkFailure.PROXY_UNREACHED, proxies="HTTPS_PROXY"), "the proxy in HTTPS_PROXY "),
    (network(NetworkFailure.PROXY_UNREACHED), "add gpu-box to NO_PROXY"),
    (network(NetworkFailure.PROXY_UNREACHED, POD), "add .proxy.runpod.net to NO_PROXY"),
    (network(NetworkFailure.REFUSED, pod=pod("EXITED")), "bbtui pods start big"),
    (page(502, pod=pod("RUNNING", uptime_s=42)), "up 42 s;"),
    (page(404, pod=pod("RUNNING", uptime_s=720)), "(HTTP 404)"),
    (page(404, pod=pod("HIBERNATING")), "unknown state: HIBERNATING"),
    (page(404, pod_unknown=Problem("no key", "make one")), "no key\nmake one; or"),
    (page(502, pod_unknown=Problem("no key")), "no key\ntry again in a minute; or"),
    (page(405, BOX), 'web page instead of JSON (HTTP 405): "Oh no"'),
    (refused(429), "answered HTTP 429 (empty reply)"),
    (refused(429, text="slow down"), "answered HTTP 429: slow down"),
    (refused(307, location="http://other/"), "redirects to http://other/"),
    (refused(307), "redirects to another address"),
    (serving(HERE, models=(), model_there=False), "\nollama pull gemma3:1b"),
    (
        serving(replace(HERE, where="127.0.0.1:9"), models=(), model_there=False),
        "\nOLLAMA_HOST=127.0.0.1:9 ollama pull gemma3:1b",
    ),
    (serving(POD, models=(), model_there=False), "\nollama pull gemma3:27b on the pod"),
    (serving(models=("a:1b", "b:1b"), model_there=False), "gemma3:27b, but a:1b, b:1b\n"),
    (
        serving(VLLM, kind="vllm", models=("x" * 200,), model_there=False),
        f"gemma3:27b, but {'x' * 119}…\n",
    ),
    (serving(kind="llama.cpp", version="b1"), "is llama.cpp b1, not Ollama"),
    (serving(kind="other"), "is an OpenAI-compatible server, not Ollama"),
    (serving(version="0.5.12"), "Ollama 0.5.12 is older"),
    (serving(gpu_share=0.43), "only 43 % of gemma3:27b"),
    (
        serving(context=4096, wanted_context=8192),
        "a context of 4,096 tokens, not the requested 8192",
    ),
]


def rule_for(seen: Observation) -> Rule:
    return next(rule for rule in RULES if rule.when(seen))


@pytest.mark.parametrize(
    ("blocks", "seen", "condition"),
    [*((True, *case) for case in CASES), *((False, *case) for case in ADVICE)],
)
def test_rule_fires(blocks: bool, seen: Observation, condition: str) -> None:
    rule, found = rule_for(seen), diagnose(seen)
    assert found is not None
    assert rule.when_text == condition
    assert (found.hop, found.blocks) == (rule.hop, blocks)
    assert found.problem.cause
    assert found.problem.fix


@pytest.mark.parametrize(("seen", "text"), VALUES)
def test_message_contains_observed_values(seen: Observation, text: str) -> None:
    found = diagnose(seen)
    assert found is not None
    assert text in f"{found.problem.cause}\n{found.problem.fix}\n"


def test_every_rule_has_a_case() -> None:
    conditions = {condition for _, condition in (*CASES, *ADVICE)}
    assert conditions == {rule.when_text for rule in RULES}
    assert len(conditions) == len(RULES), "two rules have the same condition"


@pytest.mark.parametrize(
    "seen",
    [
        Observation(BOX),
        serving(version="0.33.0", models=("gemma3:27b",), model_there=True, loaded=True),
        serving(version="0.0.0"),
        serving(loaded=False),
        serving(gpu_share=0.0),
        serving(gpu_share=1.0, gpu_there=True),
        serving(context=32768, wanted_context=8192),
        serving(POD, loaded=True),
        replace(serving(POD), pod=pod("EXITED")),
        replace(serving(POD), pod=pod("STARTING")),
        replace(serving(POD), pod_gone=True),
        Observation(POD, pod=RUNNING),
        Observation(POD, pod_unknown=Problem("no key", "make one")),
        replace(serving(POD), pod_unknown=Problem("no key", "make one")),
    ],
)
def test_nothing_is_wrong(seen: Observation) -> None:
    """The state of a pod never speaks against an endpoint that answers."""
    assert diagnose(seen) is None


@pytest.mark.parametrize("words", ["pod is stopped", "loading model", "model not found", "{where}"])
def test_error_text_of_a_server_does_not_change_the_diagnosis(words: str) -> None:
    found = diagnose(error(500, words))
    assert found is not None
    assert rule_for(error(500, words)).when_text == "any other 5xx with a JSON error"
    assert found.problem.cause.endswith(f": {words}")


def test_pod_explains_what_happens_on_the_way() -> None:
    """Behind a tunnel to a pod that is off nothing listens; the tunnel is not what is wrong."""
    found = diagnose(network(NetworkFailure.REFUSED, HERE, pod=pod("EXITED")))
    assert found is not None
    assert found.problem.cause == "the pod is stopped"


@pytest.mark.parametrize(
    ("target", "how"),
    [
        (POD, "ollama run gemma3:27b on the pod"),
        (replace(POD, model=""), "ollama run on the pod"),
        (replace(POD, model="a b"), "ollama run 'a b' on the pod"),
        (replace(POD, api="openai"), "the server's log shows when it is loaded"),
    ],
)
def test_fix_names_how_a_model_is_loaded(target: Target, how: str) -> None:
    found = diagnose(page(524, target))
    assert found is not None
    assert found.problem.fix.startswith(f"load the model first ({how}), then try again; ")


def test_unknown_route_of_a_server_in_a_young_pod() -> None:
    """A 404 in plain text is Ollama's own, however young the pod is."""
    seen = refused(404, POD, media="text/plain", text="404 page not found")
    found = diagnose(replace(seen, pod=pod("RUNNING", uptime_s=20)))
    assert found is not None
    assert "does not know the path (HTTP 404)" in found.problem.cause


def test_server_in_a_pod_that_speaks_is_quoted() -> None:
    found = diagnose(replace(error(500, "out of memory", POD), pod=RUNNING))
    assert found is not None
    assert found.problem.cause.endswith("server message: out of memory")
