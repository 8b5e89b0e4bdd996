"""Rows of the diagnosis table: replies that are not the answer, by their form and status.

The form comes first: a JSON error is the server speaking, a web page is a proxy in between or
another service on that port.
"""

from __future__ import annotations

from collections.abc import Callable

from bbtui.domain.observed import Observed, Refusal
from bbtui.domain.symptoms.row import (
    CHECK_API,
    LOG,
    PAST_THE_PROXY,
    PRELOAD,
    SHORTEN,
    Hop,
    Symptom,
    When,
)


def _is(check: Callable[[Refusal], bool]) -> When:
    return lambda seen: seen.refusal is not None and check(seen.refusal)


def _pod_proxy(status: int | None = None) -> When:
    """A reply of a pod's proxy itself; of this status, or of any."""

    def when(seen: Observed) -> bool:
        reply = seen.refusal
        if reply is None or not seen.target.through_pod_proxy or reply.error is not None:
            return False
        own = reply.status in (429, 502) or 520 <= reply.status <= 530
        own = own or (reply.page and (reply.status == 403 or reply.status >= 500))
        # A 404 in plain text is Ollama's, a 403 in plain text is Cloudflare's. Any other page is
        # that of a server in the pod.
        own = own or (reply.status == 404 and reply.media != "text/plain")
        own = own or (reply.status == 403 and bool(reply.text))
        return own and status in (None, reply.status)

    return when


_SLOWER = "wait a little, then ask again"

OF_PROXIES = (
    Symptom(
        Hop.PROXY,
        "403 from a pod's proxy",
        _pod_proxy(403),
        "the pod's proxy blocked the request ({status})",
        "check {setting} and its headers",
    ),
    Symptom(
        Hop.POD,
        "404 or 502 from a pod's proxy, and the provider does not tell the pod's state",
        lambda seen: seen.untold is not None and (_pod_proxy(404)(seen) or _pod_proxy(502)(seen)),
        "the pod's state is not known ({status} from its proxy): {untold}",
        "{untold_fix}; or look at the pod in its provider's console",
    ),
    Symptom(
        Hop.PROXY,
        "404 from a pod's proxy, the pod's state not known",
        _pod_proxy(404),
        "the pod's proxy knows no such pod or port ({status})",
        "start the pod; if it runs, expose the port as http and check the pod's id in the url",
        frequent=True,
    ),
    Symptom(
        Hop.SERVER,
        "502 from a pod's proxy, the pod's state not known",
        _pod_proxy(502),
        "nothing listens on that port of the pod, or the pod is stopped ({status})",
        "start the pod if it is stopped; if it runs, wait for its server to start; if it stays so, "
        "set OLLAMA_HOST=0.0.0.0 in the pod's environment",
    ),
    Symptom(
        Hop.SERVER,
        "524 from a pod's proxy, the model in memory",
        lambda seen: seen.warm and _pod_proxy(524)(seen),
        "the pod was silent for 100 s and its proxy gave up ({status})",
        f"{SHORTEN}; {PAST_THE_PROXY}",
    ),
    Symptom(
        Hop.SERVER,
        "524 from a pod's proxy",
        _pod_proxy(524),
        "the pod was silent for 100 s and its proxy gave up ({status})",
        f"{PRELOAD}; {PAST_THE_PROXY}",
        frequent=True,
    ),
    Symptom(
        Hop.PROXY,
        "429 from a pod's proxy",
        _pod_proxy(429),
        "the pod's proxy limits how often it may be asked ({status})",
        _SLOWER,
    ),
    Symptom(
        Hop.PROXY,
        "any other page of a pod's proxy (520 to 523: Cloudflare and the pod's balancer)",
        _pod_proxy(),
        "the pod's proxy has trouble reaching the pod ({status})",
        "ask again in a minute; if it stays so, look at the pod in its console",
    ),
    Symptom(
        Hop.PROXY,
        "a web page with 5xx",
        _is(lambda reply: reply.error is None and reply.page and reply.status >= 500),
        "a proxy before {where} answered with a web page ({status}){quoted}",
        "the server behind it does not answer: see that it runs",
    ),
)

_KEY = (
    "if it wants a key, send one: "
    'headers = {{ Authorization = "env:NAME" }} in the endpoint\'s table'
)
_CHECK_REQUEST = "check the endpoint's model and the [options] of the configuration"


def _says(*statuses: int) -> When:
    """A JSON error with one of these statuses; with any, if there are none."""
    return _is(
        lambda reply: reply.error is not None and reply.status in (statuses or (reply.status,))
    )


def _mute(check: Callable[[Refusal], bool]) -> When:
    """A reply that is neither a JSON error nor a web page."""
    return _is(lambda reply: reply.error is None and not reply.page and check(reply))


def _model_missing(seen: Observed) -> bool:
    reply = seen.refusal
    missing = reply is not None and reply.status == 404 and reply.error is not None
    return missing and seen.prompted


def _lacks_model(seen: Observed) -> bool:
    # Ollama's errors are texts, and its unknown routes no JSON: this 404 is about the model.
    reply = seen.refusal
    text = reply is not None and reply.error_is_text
    return _model_missing(seen) and text and seen.target.api == "ollama"


def _lacks_model_or_route(seen: Observed) -> bool:
    return _model_missing(seen) and seen.target.api == "openai"


_SAID = "{status} from {where}; the server said: {error}"

OF_SERVERS = (
    Symptom(
        Hop.MODEL,
        "404 with a JSON error, from Ollama",
        _lacks_model,
        "{where} does not have the model {model} ({status}); the server said: {error}",
        "{pull}",
    ),
    Symptom(
        Hop.MODEL,
        "404 with a JSON error, from an OpenAI-compatible server",
        _lacks_model_or_route,
        "{where} does not have the model {model}, or not this address ({status}); "
        "the server said: {error}",
        "name one of the server's models in the configuration; " + CHECK_API,
    ),
    Symptom(
        Hop.SERVER,
        "401 with a JSON error that says where to sign in",
        _is(lambda reply: reply.status == 401 and reply.signs_in),
        "{where} is not signed in to Ollama's cloud, where this model runs ({status}); "
        "the server said: {error}",
        "sign in {there}: ollama signin",
    ),
    Symptom(
        Hop.SERVER,
        "401 or 403 with a JSON error",
        _says(401, 403),
        _SAID,
        _KEY,
        frequent=True,
    ),
    Symptom(
        Hop.SERVER,
        "429 with a JSON error",
        _says(429),
        _SAID,
        f"the server limits how often it may be asked: {_SLOWER}",
    ),
    Symptom(
        Hop.SERVER,
        "499 with a JSON error",
        _says(499),
        "the request to {where}, or the load of its model, was cut short ({status}); "
        "the server said: {error}",
        "ask again; if it stays so, load the model first ({run})",
    ),
    Symptom(
        Hop.SERVER,
        "503 with a JSON error: a full queue, or a model that loads",
        _says(503),
        _SAID,
        "it is busy or still loading: ask again in a moment",
    ),
    Symptom(
        Hop.SERVER,
        "any other 5xx with a JSON error",
        _is(lambda reply: reply.error is not None and reply.status >= 500),
        _SAID,
        LOG,
    ),
    Symptom(
        Hop.SERVER,
        "404 or 405 with a JSON error that is not about a model",
        _says(404, 405),
        _SAID,
        CHECK_API,
    ),
    Symptom(
        Hop.SERVER,
        "any other JSON error: a request the server does not take",
        _says(),
        _SAID,
        _CHECK_REQUEST,
    ),
    Symptom(
        Hop.SERVER,
        "429 otherwise",
        _is(lambda reply: reply.status == 429),
        "{where} answered {status}{rest}",
        f"the server limits how often it may be asked: {_SLOWER}",
    ),
    Symptom(
        Hop.SERVER,
        "a redirect",
        _is(lambda reply: reply.error is None and 300 <= reply.status < 400),
        "{where} sends the request on to {location} ({status})",
        "if that is the endpoint, make it the url in the configuration",
    ),
    Symptom(
        Hop.SERVER,
        "403 with nothing in it, from Ollama",
        lambda seen: (
            seen.target.api == "ollama"
            and _mute(lambda reply: reply.status == 403 and not reply.text)(seen)
        ),
        "{where} refused the request without a word ({status})",
        "an Ollama bound to loopback takes no other host name than localhost: set "
        "OLLAMA_HOST=0.0.0.0 on {host}, or go through an SSH tunnel",
        frequent=True,
    ),
    Symptom(
        Hop.SERVER,
        "401 otherwise, or 403 that is no web page",
        _is(lambda reply: reply.status == 401 or (reply.status == 403 and not reply.page)),
        "{where} answered {status}{rest}",
        _KEY,
    ),
    Symptom(
        Hop.SERVER,
        "a web page instead of JSON",
        _is(lambda reply: reply.page),
        "{where} answered with a web page instead of JSON ({status}){quoted}",
        "something else listens there, or a login page is in between: check {setting}",
    ),
    Symptom(
        Hop.SERVER,
        "404 or 405 in plain text",
        _mute(lambda reply: reply.status in (404, 405) and reply.media in ("text/plain", "")),
        "{where} does not know the address asked for ({status}): it is not {wanted}, or a very "
        "old one",
        CHECK_API,
        frequent=True,
    ),
    Symptom(
        Hop.SERVER,
        "200, but not what was asked for",
        _mute(lambda reply: reply.status == 200),
        "{where} answers, but not as {wanted} does: {text}",
        CHECK_API,
    ),
    Symptom(
        Hop.SERVER,
        "503 otherwise",
        _mute(lambda reply: reply.status == 503),
        "{where} answered {status}{rest}",
        "it is busy or still loading: ask again in a moment",
    ),
    Symptom(
        Hop.SERVER,
        "any other 5xx",
        _mute(lambda reply: reply.status >= 500),
        "{where} answered {status}{rest}",
        LOG,
    ),
    Symptom(
        Hop.SERVER,
        "any other reply",
        _is(lambda _: True),
        "{where} answered {status}{rest}",
        _CHECK_REQUEST,
    ),
)
