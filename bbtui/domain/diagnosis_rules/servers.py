"""Rules for error replies of a server, by form and status.

The form comes first: a JSON error is from the server, a web page is from another service on that
port.
"""

from __future__ import annotations

from collections.abc import Callable

from bbtui.domain.diagnosis_rules.rule import CHECK_API, LOG, SLOWER, Hop, Rule, When, replied
from bbtui.domain.observation import ErrorReply, Observation

_KEY = (
    "if it requires a key, send one: "
    'headers = {{ Authorization = "env:NAME" }} in the endpoint\'s table'
)
_CHECK_REQUEST = "check the endpoint's model and the [options] of the configuration"


def _says(*statuses: int) -> When:
    """A JSON error with one of these statuses; with any, if there are none."""
    return replied(
        lambda reply: reply.error is not None and reply.status in (statuses or (reply.status,))
    )


def _mute(check: Callable[[ErrorReply], bool]) -> When:
    """Match a reply that is neither a JSON error nor a web page."""
    return replied(lambda reply: reply.error is None and not reply.page and check(reply))


def _model_missing(seen: Observation) -> bool:
    reply = seen.error_reply
    missing = reply is not None and reply.status == 404 and reply.error is not None
    return missing and seen.prompted


def _lacks_model(seen: Observation) -> bool:
    # Ollama's errors are texts, and its unknown routes no JSON: this 404 is about the model.
    reply = seen.error_reply
    text = reply is not None and reply.error_is_text
    return _model_missing(seen) and text and seen.target.api == "ollama"


def _lacks_model_or_route(seen: Observation) -> bool:
    return _model_missing(seen) and seen.target.api == "openai"


_SAID = "{status} from {where}; server message: {error}"

SERVER_RULES = (
    Rule(
        Hop.MODEL,
        "404 with a JSON error, from Ollama",
        _lacks_model,
        "{where} does not have the model {model} ({status}); server message: {error}",
        "{pull}",
    ),
    Rule(
        Hop.MODEL,
        "404 with a JSON error, from an OpenAI-compatible server",
        _lacks_model_or_route,
        "{where} does not have the model {model}, or not this path ({status}); "
        "server message: {error}",
        "set model to one of the server's models in the configuration; " + CHECK_API,
    ),
    Rule(
        Hop.SERVER,
        "401 with a JSON error that has a URL to sign in at",
        replied(lambda reply: reply.status == 401 and reply.signs_in),
        "{where} is not signed in to Ollama's cloud, where this model runs ({status}); "
        "server message: {error}",
        "sign in {there}: ollama signin",
    ),
    Rule(
        Hop.SERVER,
        "401 or 403 with a JSON error",
        _says(401, 403),
        _SAID,
        _KEY,
        in_readme=True,
    ),
    Rule(
        Hop.SERVER,
        "429 with a JSON error",
        _says(429),
        _SAID,
        f"the server is limiting requests: {SLOWER}",
    ),
    Rule(
        Hop.SERVER,
        "499 with a JSON error",
        _says(499),
        "the request to {where}, or the load of its model, was cancelled ({status}); "
        "server message: {error}",
        "try again; if this persists, load the model first ({run})",
    ),
    Rule(
        Hop.SERVER,
        "503 with a JSON error: a full queue, or a model that is loading",
        _says(503),
        _SAID,
        "it is busy or still loading: try again in a moment",
    ),
    Rule(
        Hop.SERVER,
        "any other 5xx with a JSON error",
        replied(lambda reply: reply.error is not None and reply.status >= 500),
        _SAID,
        LOG,
    ),
    Rule(
        Hop.SERVER,
        "404 or 405 with a JSON error that is not about a model",
        _says(404, 405),
        _SAID,
        CHECK_API,
    ),
    Rule(
        Hop.SERVER,
        "any other JSON error: a request that the server does not accept",
        _says(),
        _SAID,
        _CHECK_REQUEST,
    ),
    Rule(
        Hop.SERVER,
        "429 otherwise",
        replied(lambda reply: reply.status == 429),
        "{where} answered {status}{rest}",
        f"the server is limiting requests: {SLOWER}",
    ),
    Rule(
        Hop.SERVER,
        "a redirect",
        replied(lambda reply: reply.error is None and 300 <= reply.status < 400),
        "{where} redirects to {location} ({status})",
        "if that is the endpoint, set it as url in the configuration",
    ),
    Rule(
        Hop.SERVER,
        "403 with an empty body, from Ollama",
        lambda seen: (
            seen.target.api == "ollama"
            and _mute(lambda reply: reply.status == 403 and not reply.text)(seen)
        ),
        "{where} refused the request with an empty reply ({status})",
        "Ollama bound to loopback accepts no host name but localhost: set "
        "OLLAMA_HOST=0.0.0.0 on {host}, or use an SSH tunnel",
        in_readme=True,
    ),
    Rule(
        Hop.SERVER,
        "401 otherwise, or 403 that is no web page",
        replied(lambda reply: reply.status == 401 or (reply.status == 403 and not reply.page)),
        "{where} answered {status}{rest}",
        _KEY,
    ),
    Rule(
        Hop.SERVER,
        "a web page instead of JSON",
        replied(lambda reply: reply.page),
        "{where} answered with a web page instead of JSON ({status}){quoted}",
        "another service listens there, or a login page is in between: check {setting}",
    ),
    Rule(
        Hop.SERVER,
        "404 or 405 in plain text",
        _mute(lambda reply: reply.status in (404, 405) and reply.media in ("text/plain", "")),
        "{where} does not know the path ({status}): it is not {wanted}, or a very old version",
        CHECK_API,
        in_readme=True,
    ),
    Rule(
        Hop.SERVER,
        "200, but not the expected reply",
        _mute(lambda reply: reply.status == 200),
        "{where} answers, but not as {wanted} does: {text}",
        CHECK_API,
    ),
    Rule(
        Hop.SERVER,
        "503 otherwise",
        _mute(lambda reply: reply.status == 503),
        "{where} answered {status}{rest}",
        "it is busy or still loading: try again in a moment",
    ),
    Rule(
        Hop.SERVER,
        "any other 5xx",
        _mute(lambda reply: reply.status >= 500),
        "{where} answered {status}{rest}",
        LOG,
    ),
    Rule(
        Hop.SERVER,
        "any other reply",
        replied(lambda _: True),
        "{where} answered {status}{rest}",
        _CHECK_REQUEST,
    ),
)
