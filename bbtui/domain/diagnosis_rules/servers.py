"""Rules for error replies of a server, by form and status.

The form comes first: a JSON error is from the server, a web page is from another service on that
port.
"""

from __future__ import annotations

from collections.abc import Callable

from bbtui.domain.diagnosis_rules.rule import CHECK_API, LOG, SLOWER, Hop, Rule, When, replied
from bbtui.domain.endpoint import Api
from bbtui.domain.observation import ErrorReply, Observation

_KEY = (
    "if it requires a key, send one: "
    'headers = {{ Authorization = "env:NAME" }} in the endpoint\'s table'
)
_CHECK_REQUEST = "check the endpoint's model and the [options] of the configuration"


def _json_error(*statuses: int) -> When:
    """Match a JSON error with one of these statuses; with any, if there are none."""
    return replied(
        lambda reply: reply.error is not None and reply.status in (statuses or (reply.status,))
    )


def _no_page(check: Callable[[ErrorReply], bool]) -> When:
    """Match a reply that is neither a JSON error nor a web page."""
    return replied(lambda reply: reply.error is None and not reply.page and check(reply))


def _missing(seen: Observation, api: Api) -> bool:
    return seen.prompted and seen.target.api == api and _json_error(404)(seen)


def _lacks_model(seen: Observation) -> bool:
    # Ollama's errors are texts, and its unknown routes no JSON: this 404 is about the model.
    text = replied(lambda reply: reply.error_is_text)
    return _missing(seen, "ollama") and text(seen)


def _lacks_model_or_route(seen: Observation) -> bool:
    return _missing(seen, "openai")


def _lacks_ollama_api(seen: Observation) -> bool:
    unknown_route = replied(lambda reply: reply.unknown_route)
    return seen.target.api == "ollama" and unknown_route(seen)


def _refuses_host_name(seen: Observation) -> bool:
    empty = _no_page(lambda reply: reply.status == 403 and not reply.text)
    return seen.target.api == "ollama" and empty(seen)


def _redirects(reply: ErrorReply) -> bool:
    return reply.error is None and 300 <= reply.status < 400


def _unauthorized(reply: ErrorReply) -> bool:
    return reply.status == 401 or (reply.status == 403 and not reply.page)


def _no_such_path(reply: ErrorReply) -> bool:
    return reply.status in (404, 405) and reply.media in ("text/plain", "")


_WITH_MESSAGE = "{status} from {where}; server message: {error}"
_WITHOUT_MESSAGE = "{where} answered {status}{rest}"

_TOO_LARGE = "the prompt is longer than {where} accepts ({status})"
_SHORTER = (
    "shorten it, or raise the limit of the server or of the proxy in between (nginx: "
    "client_max_body_size)"
)

SERVER_RULES = (
    Rule(Hop.SERVER, _lacks_ollama_api).texts(
        'api = "ollama", and the 404 or 405 of vLLM, LiteLLM or llama.cpp',
        "{where} does not speak Ollama's API ({status}): it replies as vLLM, LiteLLM and llama.cpp "
        "do",
        'set api = "openai" in the endpoint\'s table, or leave api out: it is then detected',
    ),
    Rule(Hop.MODEL, _lacks_model).texts(
        "404 with a JSON error, from Ollama",
        "{where} does not have the model {model} ({status}); server message: {error}",
        "{pull}",
    ),
    Rule(Hop.MODEL, _lacks_model_or_route).texts(
        "404 with a JSON error, from an OpenAI-compatible server",
        "{where} does not have the model {model}, or not this path ({status}); "
        "server message: {error}",
        "set model to one of the server's models in the configuration; " + CHECK_API,
    ),
    Rule(Hop.SERVER, replied(lambda reply: reply.status == 401 and reply.signs_in)).texts(
        "401 with a JSON error that has a URL to sign in at",
        "{where} is not signed in to Ollama's cloud, where this model runs ({status}); "
        "server message: {error}",
        "sign in {there}: ollama signin",
    ),
    Rule(Hop.SERVER, _json_error(413)).texts(
        "413 with a JSON error", f"{_TOO_LARGE}; server message: {{error}}", _SHORTER
    ),
    Rule(Hop.SERVER, replied(lambda reply: reply.status == 413)).texts(
        "413 otherwise: a limit of the server, or of a proxy in between", _TOO_LARGE, _SHORTER
    ),
    Rule(Hop.SERVER, _json_error(401, 403), in_readme=True).texts(
        "401 or 403 with a JSON error", _WITH_MESSAGE, _KEY
    ),
    Rule(Hop.SERVER, _json_error(429)).texts(
        "429 with a JSON error", _WITH_MESSAGE, f"the server is limiting requests: {SLOWER}"
    ),
    Rule(Hop.SERVER, _json_error(499)).texts(
        "499 with a JSON error",
        "the request to {where}, or the load of its model, was cancelled ({status}); "
        "server message: {error}",
        "try again; if this persists, load the model first ({run})",
    ),
    Rule(Hop.SERVER, _json_error(503)).texts(
        "503 with a JSON error: a full queue, or a model that is loading",
        _WITH_MESSAGE,
        "it is busy or still loading: try again in a moment",
    ),
    Rule(Hop.SERVER, replied(lambda reply: reply.error is not None and reply.status >= 500)).texts(
        "any other 5xx with a JSON error", _WITH_MESSAGE, LOG
    ),
    Rule(Hop.SERVER, _json_error(404, 405)).texts(
        "404 or 405 with a JSON error that is not about a model", _WITH_MESSAGE, CHECK_API
    ),
    Rule(Hop.SERVER, replied(lambda reply: reply.too_long)).texts(
        "a JSON error of the type of a prompt that is longer than the context",
        _WITH_MESSAGE,
        "shorten the prompt, or raise the context: num_ctx in [options], or at the server's start",
    ),
    Rule(Hop.SERVER, _json_error()).texts(
        "any other JSON error: a request that the server does not accept",
        _WITH_MESSAGE,
        _CHECK_REQUEST,
    ),
    Rule(Hop.SERVER, replied(lambda reply: reply.status == 429)).texts(
        "429 otherwise", _WITHOUT_MESSAGE, f"the server is limiting requests: {SLOWER}"
    ),
    Rule(Hop.SERVER, replied(_redirects)).texts(
        "a redirect",
        "{where} redirects to {location} ({status})",
        "if that is the endpoint, set it as url in the configuration",
    ),
    Rule(Hop.SERVER, _refuses_host_name, in_readme=True).texts(
        "403 with an empty body, from Ollama",
        "{where} refused the request with an empty reply ({status})",
        "Ollama bound to loopback accepts no host name but localhost: set "
        "OLLAMA_HOST=0.0.0.0 on {host}, or use an SSH tunnel",
    ),
    Rule(Hop.SERVER, replied(_unauthorized)).texts(
        "401 otherwise, or 403 that is no web page", _WITHOUT_MESSAGE, _KEY
    ),
    Rule(Hop.SERVER, replied(lambda reply: reply.page)).texts(
        "a web page instead of JSON",
        "{where} answered with a web page instead of JSON ({status}){quoted}",
        "another service listens there, or a login page is in between: check {setting}",
    ),
    Rule(Hop.SERVER, _no_page(_no_such_path), in_readme=True).texts(
        "404 or 405 in plain text",
        "{where} does not know the path ({status}): it is not {wanted}, or a very old version",
        CHECK_API,
    ),
    Rule(Hop.SERVER, _no_page(lambda reply: reply.status == 200)).texts(
        "200, but not the expected reply",
        "{where} answers, but not as {wanted} does: {text}",
        CHECK_API,
    ),
    Rule(Hop.SERVER, _no_page(lambda reply: reply.status == 503)).texts(
        "503 otherwise", _WITHOUT_MESSAGE, "it is busy or still loading: try again in a moment"
    ),
    Rule(Hop.SERVER, _no_page(lambda reply: reply.status >= 500)).texts(
        "any other 5xx", _WITHOUT_MESSAGE, LOG
    ),
    Rule(Hop.SERVER, replied(lambda _: True)).texts(
        "any other reply", _WITHOUT_MESSAGE, _CHECK_REQUEST
    ),
)
