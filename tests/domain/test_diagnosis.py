"""Every row of the diagnosis table, with the words a user reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bbtui.domain.diagnosis import Diagnosis, Hop, diagnose
from bbtui.domain.diagnosis_rules import RULES, Rule
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


def trouble(kind: NetworkFailure, target: Target = BOX, **more: Any) -> Observation:
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


CHECK_API = 'check the endpoint\'s url and its api ("ollama" or "openai")'
KEY = (
    'if it wants a key, send one: headers = { Authorization = "env:NAME" } in the endpoint\'s table'
)
LOG = "the server's own log says more"
WAIT = "the server limits how often it may be asked: wait a little, then ask again"
BUSY = "it is busy or still loading: ask again in a moment"
LOAD = "load the model first (ollama run gemma3:27b on the pod)"
PRELOAD = f"{LOAD}, then ask again; or go past the proxy, by a direct TCP port or ssh -L"
SHORTEN = (
    "it works on other requests or on a long prompt: ask again when it is free, or with a shorter "
    "one; or go past the proxy, by a direct TCP port or ssh -L"
)
OVERLOADED = f"it is overloaded or loads a model: wait, then ask again; if it stays so, {LOAD}"
REQUEST = "check the endpoint's model and the [options] of the configuration"
CONSOLE = "look at it in its provider's console"
RUNNING = pod("RUNNING", uptime_s=720)

CASES: list[tuple[Observation, Hop, str, str]] = [
    # name, tcp, tls
    (
        trouble(NetworkFailure.UNRESOLVED),
        Hop.NAME,
        "the name gpu-box cannot be resolved (DNS)",
        "check the host in the endpoint's url, and the network",
    ),
    (
        trouble(NetworkFailure.REFUSED, HERE),
        Hop.TCP,
        "nothing listens at 127.0.0.1:11434 (connection refused)",
        "start the server here (for Ollama: ollama serve), or correct the endpoint's url",
    ),
    (
        trouble(NetworkFailure.REFUSED),
        Hop.TCP,
        "nothing listens at gpu-box:11434 (connection refused)",
        "start the server on gpu-box (for Ollama: ollama serve), or correct the endpoint's url",
    ),
    (
        trouble(NetworkFailure.REFUSED, API),
        Hop.TCP,
        "nothing listens at api.runpod.io:443 (connection refused)",
        "check pod.api_url",
    ),
    *(
        (
            trouble(kind, replace(API, usual=True), detail="Network is down"),
            Hop.TCP,
            "api.runpod.io:443 cannot be reached: Network is down",
            "check the network",
        )
        for kind in (NetworkFailure.UNRESOLVED, NetworkFailure.REFUSED, NetworkFailure.UNREACHABLE)
    ),
    (
        trouble(NetworkFailure.CONNECT_TIMEOUT, limit_s=2.0),
        Hop.TCP,
        "gpu-box:11434 did not take the connection within 2 s",
        "see that gpu-box is up and that no firewall or missing VPN is in between",
    ),
    (
        trouble(NetworkFailure.UNREACHABLE, detail="No route to host"),
        Hop.TCP,
        "gpu-box:11434 cannot be reached: No route to host",
        "check the network and the endpoint's url",
    ),
    (
        trouble(NetworkFailure.CA_FILE, detail="own.pem: No such file or directory"),
        Hop.TLS,
        "the endpoint's ca cannot be used: own.pem: No such file or directory",
        "name a readable PEM file with the authority's certificate as its ca",
    ),
    (
        trouble(NetworkFailure.CERTIFICATE_FILE, detail="me.pem: Permission denied"),
        Hop.TLS,
        "the endpoint's cert and cert_key cannot be used: me.pem: Permission denied",
        "name readable PEM files: your certificate as cert, its key without a password as cert_key",
    ),
    (
        trouble(NetworkFailure.UNTRUSTED, detail="self-signed certificate"),
        Hop.TLS,
        "the certificate of gpu-box:11434 is not trusted: self-signed certificate",
        "if it is your own, name its authority's file: ca = \"FILE\" in the endpoint's table",
    ),
    (
        trouble(NetworkFailure.UNTRUSTED, API, detail="unable to get local issuer certificate"),
        Hop.TLS,
        "the certificate of api.runpod.io:443 is not trusted: "
        "unable to get local issuer certificate",
        "if it is your network's own, export SSL_CERT_FILE=FILE with its authority's certificate "
        "beside the usual ones",
    ),
    (
        trouble(NetworkFailure.NO_TLS, detail="WRONG_VERSION_NUMBER"),
        Hop.TLS,
        "no secure connection to gpu-box:11434 (WRONG_VERSION_NUMBER)",
        "if the server speaks plain HTTP, write http:// in the endpoint's url",
    ),
    # the proxy of the environment
    (
        trouble(NetworkFailure.SOCKS, proxies="ALL_PROXY"),
        Hop.PROXY,
        "the proxy named in ALL_PROXY speaks SOCKS, which this installation does not",
        "pip install socksio, or unset the variable",
    ),
    (
        trouble(NetworkFailure.BAD_PROXY, proxies="ALL_PROXY"),
        Hop.PROXY,
        "the proxy named in ALL_PROXY cannot be used",
        "name an http:// or https:// proxy there, or unset the variable",
    ),
    (
        trouble(NetworkFailure.PROXY_UNREACHED, proxies="HTTPS_PROXY", detail="Connection refused"),
        Hop.PROXY,
        "the proxy named in HTTPS_PROXY cannot be reached: Connection refused",
        "unset it, or add gpu-box to NO_PROXY",
    ),
    (
        trouble(NetworkFailure.PROXY_REFUSED, proxies="HTTPS_PROXY", detail="407"),
        Hop.PROXY,
        "the proxy named in HTTPS_PROXY did not let the request to gpu-box:11434 through: 407",
        "unset it, or add gpu-box to NO_PROXY",
    ),
    # pods
    (
        page(404, pod_gone=True),
        Hop.POD,
        "the pod is gone: its provider does not have it any more",
        "it was terminated, or it moved and has another id: `bbtui pods list` tells those there "
        "are; correct id and url in the configuration",
    ),
    (
        Observation(POD, pod=pod("EXITED")),
        Hop.POD,
        "the pod is stopped",
        "start it: bbtui pods start big",
    ),
    (
        Observation(POD, pod=pod("EXITED", in_cluster=True)),
        Hop.POD,
        "the pod is stopped and cannot be started from here",
        "act on its cluster in the provider's console",
    ),
    (
        Observation(POD, pod=pod("EXITED", actions=())),
        Hop.POD,
        "the pod is stopped and cannot be started from here",
        "look again in a moment",
    ),
    (
        page(502, pod=pod("PROVISIONING")),
        Hop.POD,
        "the pod is provisioning",
        "wait: it takes a minute or two until its server answers",
    ),
    (
        page(404, pod=pod("STARTING")),
        Hop.POD,
        "the pod is starting",
        "wait: it takes a minute or two until its server answers",
    ),
    (
        page(404, pod=pod("ERROR")),
        Hop.POD,
        "the pod has failed",
        "start it again: bbtui pods start big; if it fails again, its provider's console shows "
        "its log",
    ),
    (
        page(404, pod=pod("ERROR", actions=())),
        Hop.POD,
        "the pod has failed and cannot be started from here",
        CONSOLE,
    ),
    *(
        (
            page(status, pod=pod("RUNNING", uptime_s=up)),
            Hop.POD,
            f"the pod runs, up {words}; its server is still starting (HTTP {status})",
            "wait: this takes a minute, or more while an image is fetched",
        )
        for status, up, words in ((502, 179, "2 min"), (522, 42, "42 s"), (404, 59, "59 s"))
    ),
    (
        page(404, pod=pod("RUNNING")),
        Hop.POD,
        "the pod runs, but its proxy knows no such port (HTTP 404)",
        "wait a minute if it has just started; else expose the port as http in the pod's settings "
        "(11434/http), and check it in the endpoint's url",
    ),
    (
        page(502, pod=pod("RUNNING")),
        Hop.SERVER,
        "the pod runs, but nothing listens on that port (HTTP 502)",
        "wait a few minutes if it has just started; else set OLLAMA_HOST=0.0.0.0 in the pod's "
        "environment; its log in the provider's console says whether the server runs",
    ),
    (
        page(404, pod=pod("RUNNING", uptime_s=60)),
        Hop.POD,
        "the pod runs, but its proxy knows no such port (HTTP 404)",
        "expose the port as http in the pod's settings (11434/http), and check it in the "
        "endpoint's url",
    ),
    (
        page(502, pod=pod("RUNNING", uptime_s=180)),
        Hop.SERVER,
        "the pod runs, up 3 min, but nothing listens on that port (HTTP 502)",
        "set OLLAMA_HOST=0.0.0.0 in the pod's environment; its log in the provider's console says "
        "whether the server runs",
    ),
    (
        page(524, pod=RUNNING),
        Hop.SERVER,
        "the pod runs, but its server does not answer in time",
        OVERLOADED,
    ),
    (
        trouble(NetworkFailure.READ_TIMEOUT, POD, limit_s=5.0, pod=RUNNING),
        Hop.SERVER,
        "the pod runs, but its server does not answer in time",
        OVERLOADED,
    ),
    (
        page(404, pod=pod("HIBERNATING")),
        Hop.POD,
        "the pod is HIBERNATING, a state that this program does not know",
        CONSOLE,
    ),
    # what comes instead of a reply
    (
        trouble(NetworkFailure.NOT_HTTP),
        Hop.SERVER,
        "what gpu-box:11434 answered is not HTTP",
        "something else listens there, or it wants https: check the endpoint's url",
    ),
    (
        trouble(NetworkFailure.CLOSED),
        Hop.SERVER,
        "gpu-box:11434 closed the connection before it answered",
        "see that the server still runs; its own log says more",
    ),
    (
        trouble(NetworkFailure.CLOSED, API),
        Hop.SERVER,
        "api.runpod.io:443 closed the connection before it answered",
        "it may be in trouble for a moment: ask again",
    ),
    (
        trouble(NetworkFailure.READ_TIMEOUT, POD, limit_s=130.0, prompted=True),
        Hop.SERVER,
        "no byte came from abc…-11434.proxy.runpod.net:443 for 130 s",
        PRELOAD,
    ),
    (
        trouble(NetworkFailure.READ_TIMEOUT, POD, limit_s=130.0, prompted=True, warm=True),
        Hop.SERVER,
        "no byte came from abc…-11434.proxy.runpod.net:443 for 130 s",
        SHORTEN,
    ),
    (
        trouble(NetworkFailure.READ_TIMEOUT, limit_s=600.0, prompted=True, received=1234),
        Hop.SERVER,
        "no byte came from gpu-box:11434 for 600 s, after 1,234 bytes",
        "if it may take longer, raise the limit with --timeout",
    ),
    (
        trouble(NetworkFailure.READ_TIMEOUT, API, limit_s=15.0),
        Hop.SERVER,
        "no byte came from api.runpod.io:443 for 15 s",
        "it may be slow for a moment: ask again",
    ),
    (
        trouble(NetworkFailure.READ_TIMEOUT, limit_s=3.0),
        Hop.SERVER,
        "no byte came from gpu-box:11434 for 3 s",
        "it hangs or is overloaded: wait, or start it again; " + LOG,
    ),
    (
        trouble(NetworkFailure.DECODING, received=10),
        Hop.PROXY,
        "what gpu-box:11434 sent cannot be unpacked, after 10 bytes",
        "a proxy in between compresses the stream and should not",
    ),
    (
        trouble(NetworkFailure.LOST, received=4096),
        Hop.ROUND_TRIP,
        "connection lost after 4,096 bytes",
        "see that gpu-box still runs, then ask again",
    ),
    (
        trouble(NetworkFailure.UNWRITABLE, detail="label too long"),
        Hop.SERVER,
        "a request to gpu-box:11434 cannot be written: label too long",
        "check the endpoint's url and its headers",
    ),
    # proxies' pages
    *(
        (
            seen,
            Hop.POD,
            f"the pod's state is not known (HTTP {status} from its proxy): no key",
            f"{fix}; or look at the pod in its provider's console",
        )
        for status, seen, fix in (
            (404, page(404, pod_unknown=Problem("no key", "make one")), "make one"),
            (502, page(502, pod_unknown=Problem("no key")), "ask again in a minute"),
        )
    ),
    (
        refused(403, POD, media="text/plain", text="error code: 1010"),
        Hop.PROXY,
        "the pod's proxy blocked the request (HTTP 403)",
        "check the endpoint's url and its headers",
    ),
    *(
        (
            seen,
            Hop.PROXY,
            "the pod's proxy knows no such pod or port (HTTP 404)",
            "start the pod; if it runs, expose the port as http and check the pod's id in the url",
        )
        for seen in (page(404), refused(404, POD))
    ),
    (
        page(502),
        Hop.SERVER,
        "nothing listens on that port of the pod, or the pod is stopped (HTTP 502)",
        "start the pod if it is stopped; if it runs, wait for its server to start; if it stays so, "
        "set OLLAMA_HOST=0.0.0.0 in the pod's environment",
    ),
    *(
        (
            seen,
            Hop.SERVER,
            "the pod was silent for 100 s and its proxy gave up (HTTP 524)",
            PRELOAD,
        )
        for seen in (page(524), page(524, prompted=True), page(524, prompted=True, pod=RUNNING))
    ),
    (
        page(524, prompted=True, warm=True, pod=RUNNING),
        Hop.SERVER,
        "the pod was silent for 100 s and its proxy gave up (HTTP 524)",
        SHORTEN,
    ),
    *(
        (
            seen,
            Hop.PROXY,
            "the pod's proxy limits how often it may be asked (HTTP 429)",
            "wait a little, then ask again",
        )
        for seen in (page(429), refused(429, POD, text="error code: 1015"), page(429, pod=RUNNING))
    ),
    (
        refused(521, POD),
        Hop.PROXY,
        "the pod's proxy has trouble reaching the pod (HTTP 521)",
        "ask again in a minute; if it stays so, look at the pod in its console",
    ),
    (
        page(502, BOX),
        Hop.PROXY,
        'a proxy before gpu-box:11434 answered with a web page (HTTP 502): "Oh no"',
        "the server behind it does not answer: see that it runs",
    ),
    # the server's own replies
    (
        replace(error(404, "model 'gemma3:1b' not found", HERE), prompted=True),
        Hop.MODEL,
        "127.0.0.1:11434 does not have the model gemma3:1b (HTTP 404); "
        "the server said: model 'gemma3:1b' not found",
        "ollama pull gemma3:1b",
    ),
    (
        replace(error(404, "no such thing", VLLM), prompted=True),
        Hop.MODEL,
        "gpu-box:8000 does not have the model gemma3:27b, or not this address (HTTP 404); "
        "the server said: no such thing",
        f"name one of the server's models in the configuration; {CHECK_API}",
    ),
    (
        refused(401, error="unauthorized", signs_in=True),
        Hop.SERVER,
        "gpu-box:11434 is not signed in to Ollama's cloud, where this model runs (HTTP 401); "
        "the server said: unauthorized",
        "sign in on gpu-box: ollama signin",
    ),
    (
        error(401, "unauthorized"),
        Hop.SERVER,
        "HTTP 401 from gpu-box:11434; the server said: unauthorized",
        KEY,
    ),
    (
        error(429, "slow down"),
        Hop.SERVER,
        "HTTP 429 from gpu-box:11434; the server said: slow down",
        WAIT,
    ),
    (
        error(499, "request canceled"),
        Hop.SERVER,
        "the request to gpu-box:11434, or the load of its model, was cut short (HTTP 499); "
        "the server said: request canceled",
        "ask again; if it stays so, load the model first (ollama run gemma3:27b on gpu-box)",
    ),
    (
        error(503, "server busy, please try again"),
        Hop.SERVER,
        "HTTP 503 from gpu-box:11434; the server said: server busy, please try again",
        BUSY,
    ),
    (
        error(500, "out of memory"),
        Hop.SERVER,
        "HTTP 500 from gpu-box:11434; the server said: out of memory",
        LOG,
    ),
    (
        error(405, "method not allowed"),
        Hop.SERVER,
        "HTTP 405 from gpu-box:11434; the server said: method not allowed",
        CHECK_API,
    ),
    *(
        (
            error(404, "model 'gemma3:27b' not found", target),
            Hop.SERVER,
            f"HTTP 404 from {target.where}; the server said: model 'gemma3:27b' not found",
            CHECK_API,
        )
        for target in (BOX, VLLM)
    ),
    (
        error(400, "model is required"),
        Hop.SERVER,
        "HTTP 400 from gpu-box:11434; the server said: model is required",
        REQUEST,
    ),
    (
        page(200, BOX),
        Hop.SERVER,
        'gpu-box:11434 answered with a web page instead of JSON (HTTP 200): "Oh no"',
        "something else listens there, or a login page is in between: check the endpoint's url",
    ),
    *(
        (
            page(status, POD),
            Hop.SERVER,
            f'{POD.where} answered with a web page instead of JSON (HTTP {status}): "Oh no"',
            "something else listens there, or a login page is in between: check the endpoint's url",
        )
        for status in (200, 405)
    ),
    *(
        (
            refused(308, location="https://elsewhere.example/api", page=told, target=target),
            Hop.SERVER,
            f"{target.where} sends the request on to https://elsewhere.example/api (HTTP 308)",
            "if that is the endpoint, make it the url in the configuration",
        )
        for told in (False, True)
        for target in (BOX, POD)
    ),
    *(
        (page(401, target), Hop.SERVER, f"{target.where} answered HTTP 401: Oh no", KEY)
        for target in (BOX, POD)
    ),
    (
        refused(403),
        Hop.SERVER,
        "gpu-box:11434 refused the request without a word (HTTP 403)",
        "an Ollama bound to loopback takes no other host name than localhost: set "
        "OLLAMA_HOST=0.0.0.0 on gpu-box, or go through an SSH tunnel",
    ),
    (
        refused(404, media="text/plain", text="404 page not found"),
        Hop.SERVER,
        "gpu-box:11434 does not know the address asked for (HTTP 404): it is not Ollama, or a "
        "very old one",
        CHECK_API,
    ),
    (
        refused(200, VLLM, text="hello"),
        Hop.SERVER,
        "gpu-box:8000 answers, but not as an OpenAI-compatible server does: hello",
        CHECK_API,
    ),
    (refused(403, text="no"), Hop.SERVER, "gpu-box:11434 answered HTTP 403: no", KEY),
    (refused(429), Hop.SERVER, "gpu-box:11434 answered HTTP 429 and nothing else", WAIT),
    (page(429, BOX), Hop.SERVER, "gpu-box:11434 answered HTTP 429: Oh no", WAIT),
    (refused(503), Hop.SERVER, "gpu-box:11434 answered HTTP 503 and nothing else", BUSY),
    (refused(500, text="oops"), Hop.SERVER, "gpu-box:11434 answered HTTP 500: oops", LOG),
    (refused(418, text="tea"), Hop.SERVER, "gpu-box:11434 answered HTTP 418: tea", REQUEST),
    # the model
    (
        serving(kind="llama.cpp", version="b10488"),
        Hop.VERSION,
        "gpu-box:11434 is llama.cpp b10488, not Ollama",
        'set api = "openai" in the endpoint\'s table',
    ),
    (
        serving(models=("gemma3:1b", "llama3"), model_there=False),
        Hop.MODEL,
        "gpu-box:11434 does not have the model gemma3:27b, but gemma3:1b, llama3",
        "ollama pull gemma3:27b on gpu-box",
    ),
    (
        serving(POD, models=(), model_there=False),
        Hop.MODEL,
        "abc…-11434.proxy.runpod.net:443 does not have the model gemma3:27b",
        "ollama pull gemma3:27b on the pod",
    ),
    (
        serving(VLLM, kind="vllm", models=("x" * 200,), model_there=False),
        Hop.MODEL,
        f"gpu-box:8000 does not have the model gemma3:27b, but {'x' * 119}…",
        "name one of the server's models in the configuration",
    ),
    (
        serving(VLLM, kind="llama.cpp", loading=True),
        Hop.LOADED,
        "gpu-box:8000 is still loading its model",
        "wait: it answers when the model is loaded",
    ),
]

#: Rows that do not keep an endpoint from answering.
ADVICE: list[tuple[Observation, Hop, str, str]] = [
    (
        serving(version="0.5.12"),
        Hop.VERSION,
        "Ollama 0.5.12 is older than 0.9.0: it does not know think, and thinking counts as the "
        "answer",
        "update Ollama on gpu-box",
    ),
    (
        serving(version="0.30.0-rc1"),
        Hop.VERSION,
        "Ollama 0.30.0-rc1 leaves cached tokens out of its count of the prompt",
        "update Ollama on gpu-box: 0.30.1 counts them",
    ),
    (
        serving(VLLM, version="0.33.3"),
        Hop.VERSION,
        "gpu-box:8000 is Ollama 0.33.3, asked in a dialect that leaves out its timings and late "
        "errors",
        'set api = "ollama" in the endpoint\'s table, and a url without /v1',
    ),
    (
        serving(POD, loaded=False),
        Hop.LOADED,
        "gemma3:27b is not in memory, and the pod's proxy gives up after 100 s of silence",
        "if it takes longer to load: ollama run gemma3:27b on the pod, before the first question",
    ),
    (
        replace(serving(POD, gpu_share=0.0), pod=pod("RUNNING", gpu_count=0)),
        Hop.GPU,
        "the pod runs without a GPU",
        "stop it and start it again when its host has a free one, or move it to another host",
    ),
    (
        serving(gpu_share=0.0, gpu_there=True),
        Hop.GPU,
        "gemma3:27b runs on the CPU although a GPU is there",
        "ollama stop gemma3:27b, then ask again; if it stays so, the server's log says why it "
        "leaves the GPU alone",
    ),
    (
        serving(gpu_share=0.43),
        Hop.GPU,
        "only 43 % of gemma3:27b is on the GPU",
        "free memory on the GPU, lower num_ctx, or take a smaller quantisation",
    ),
    (
        serving(context=4096, wanted_context=8192),
        Hop.CONTEXT,
        "gemma3:27b runs with a context of 4,096 tokens, not the 8192 asked for",
        "the next question loads it again; if it stays so, neither the model nor the memory takes "
        "more: lower num_ctx in [options]",
    ),
    (
        serving(VLLM, kind="vllm", context=4096, wanted_context=8192),
        Hop.CONTEXT,
        "gemma3:27b runs with a context of 4,096 tokens, not the 8192 asked for",
        "start the server with a longer one (llama.cpp: -c 8192; vLLM: --max-model-len 8192), or "
        "lower num_ctx in [options]",
    ),
]


def row_of(seen: Observation) -> Rule:
    return next(row for row in RULES if row.when(seen))


@pytest.mark.parametrize(("seen", "hop", "cause", "fix"), CASES)
def test_what_keeps_an_endpoint_from_answering(
    seen: Observation, hop: Hop, cause: str, fix: str
) -> None:
    assert diagnose(seen) == Diagnosis(hop, Problem(cause, fix))


@pytest.mark.parametrize(("seen", "hop", "cause", "fix"), ADVICE)
def test_what_is_not_as_it_should_be(seen: Observation, hop: Hop, cause: str, fix: str) -> None:
    assert diagnose(seen) == Diagnosis(hop, Problem(cause, fix), blocks=False)


def test_every_row_has_a_case() -> None:
    met = {row_of(seen).when_text for seen, *_ in (*CASES, *ADVICE)}
    assert met == {row.when_text for row in RULES}
    assert len(met) == len(RULES), "two rows have the same sign"


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
def test_the_servers_words_decide_nothing(words: str) -> None:
    found = diagnose(error(500, words))
    assert found is not None
    assert (found.hop, found.problem.fix) == (Hop.SERVER, LOG)
    assert found.problem.cause == f"HTTP 500 from gpu-box:11434; the server said: {words}"


def test_a_pod_explains_what_happens_on_the_way() -> None:
    """Behind a tunnel to a pod that is off nothing listens; the tunnel is not what is wrong."""
    found = diagnose(trouble(NetworkFailure.REFUSED, HERE, pod=pod("EXITED")))
    assert found is not None
    assert found.problem.cause == "the pod is stopped"


@pytest.mark.parametrize(
    ("target", "how"),
    [
        (POD, "ollama run gemma3:27b on the pod"),
        (replace(POD, model=""), "ollama run on the pod"),
        (replace(POD, model="a b"), "ollama run 'a b' on the pod"),
        (replace(POD, api="openai"), "the server's log says when it is there"),
    ],
)
def test_how_a_model_is_loaded(target: Target, how: str) -> None:
    found = diagnose(page(524, target))
    assert found is not None
    assert found.problem.fix.startswith(f"load the model first ({how}), then ask again; or go past")


def test_a_route_that_the_server_in_a_young_pod_does_not_know() -> None:
    """A 404 in plain text is Ollama's own, however young the pod is."""
    seen = refused(404, POD, media="text/plain", text="404 page not found")
    found = diagnose(replace(seen, pod=pod("RUNNING", uptime_s=20)))
    assert found is not None
    assert "does not know the address asked for (HTTP 404)" in found.problem.cause


def test_a_server_in_a_pod_that_speaks_is_quoted() -> None:
    found = diagnose(replace(error(500, "out of memory", POD), pod=RUNNING))
    assert found is not None
    assert found.problem.cause.endswith("the server said: out of memory")
