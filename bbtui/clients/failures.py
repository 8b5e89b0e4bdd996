"""What a failed request looked like, told as a cause and a fix.

The body of an error is looked at by its content type first: a JSON object is the server speaking,
`text/plain` 404 is a route it does not have, HTML is a proxy in between. The server's words are
quoted as the server's and no cause rests on them: they can be those of an earlier, unrelated
failure.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from bbtui.clients.peer import Peer
from bbtui.domain.endpoint import Api

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_MAX_WORDS = 300

SERVER_NAMES: dict[Api, str] = {"ollama": "Ollama", "openai": "an OpenAI-compatible server"}

CHECK_API = 'check the endpoint\'s url and its api ("ollama" or "openai")'


class Unanswered(Exception):  # noqa: N818 - the name says what it is; it never leaves this room
    """A request that got no answer, explained. `sent_ns` is when it was written, if it was."""

    def __init__(self, cause: str, hint: str = "", sent_ns: int | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.hint = hint
        self.sent_ns = sent_ns


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply: header names in lower case, the body as far as it was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case; "" if none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def value(self) -> object:
        """The body as JSON, whatever the content type says; None if it is not JSON."""
        try:
            return json.loads(self.body.decode("utf-8", errors="replace"))
        except (ValueError, RecursionError):
            return None


def excerpt(text: str | bytes, limit: int = 80) -> str:
    """The beginning of a text on one line, with nothing a terminal would act on."""
    if isinstance(text, bytes):
        text = text[: limit * 8].decode("utf-8", errors="replace")
    words = " ".join(text.split())
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in words)
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def servers_words(error: object) -> str:
    """The message inside the value of an ``error`` key.

    A string (Ollama), a string holding a JSON document (Ollama passing llama.cpp's on), an object
    with a message (OpenAI's way), or a list of such (FastAPI's ``detail``).
    """
    if isinstance(error, str):
        if error.lstrip().startswith("{"):
            try:
                return servers_words(json.loads(error))
            except (ValueError, RecursionError):
                pass
        return excerpt(error, _MAX_WORDS)
    if isinstance(error, dict):
        for key in ("error", "message", "detail", "msg"):
            if error.get(key):
                return servers_words(error[key])
    if isinstance(error, list) and error:
        return servers_words(error[0])
    return excerpt(json.dumps(error), _MAX_WORDS)


def said(error: object) -> str:
    """An error in the server's words, marked as such."""
    return f"the server said: {servers_words(error)}"


def refusal(reply: Reply, peer: Peer, api: Api, model: str) -> Unanswered:
    """The explanation of a reply that is not the answer: any status, or a page instead of JSON."""
    status = f"HTTP {reply.status}"
    value = reply.value()
    if isinstance(value, dict) and (value.get("error") or value.get("detail")):
        error = value.get("error") or value.get("detail")
        return _spoken(reply.status, servers_words(error), peer, api, model)
    if "html" in reply.content_type or reply.body.lstrip()[:1] == b"<":
        return _page(reply, peer)
    if 300 <= reply.status < 400:
        target = excerpt(reply.headers.get("location", "another address").partition("?")[0])
        return Unanswered(
            f"{peer.where} sends the request on to {target} ({status})",
            "if that is the endpoint, make it the url in the configuration",
        )
    if reply.status == 403 and not reply.body and api == "ollama":
        return Unanswered(
            f"{peer.where} refused the request without a word ({status})",
            f"an Ollama bound to loopback takes no other host name than localhost: set "
            f"OLLAMA_HOST=0.0.0.0 on {peer.host}, or go through an SSH tunnel",
        )
    if reply.status in (404, 405) and reply.content_type in ("text/plain", ""):
        return Unanswered(
            f"{peer.where} does not know the address asked for ({status}): "
            f"it is not {SERVER_NAMES[api]}, or a very old one",
            CHECK_API,
        )
    if reply.status == 200:
        return Unanswered(
            f"{peer.where} answers, but not as {SERVER_NAMES[api]} does: {excerpt(reply.body)}",
            CHECK_API,
        )
    if not reply.body:
        return Unanswered(f"{peer.where} answered {status} and nothing else", _advice(reply.status))
    return Unanswered(
        f"{peer.where} answered {status}: {excerpt(reply.body, 200)}", _advice(reply.status)
    )


def _spoken(status: int, words: str, peer: Peer, api: Api, model: str) -> Unanswered:
    """A JSON error: the status says the kind, the server's words are quoted."""
    if status == 404 and model and model.lower() in words.lower():
        cause = f"{peer.where} does not have the model {model} (HTTP 404); the server said: {words}"
        return Unanswered(cause, how_to_get(model, peer, api))
    return Unanswered(f"HTTP {status} from {peer.where}; the server said: {words}", _advice(status))


def how_to_get(model: str, peer: Peer, api: Api) -> str:
    """The fix for a model that is not there."""
    if api == "openai":
        return "name one of the server's models in the configuration"
    pull = f"ollama pull {shlex.quote(model)}"
    if peer.this_machine:
        return pull if peer.url.endswith(":11434") else f"OLLAMA_HOST={peer.where} {pull}"
    return f"{pull} on {'the pod' if peer.pod else peer.host}"


def _page(reply: Reply, peer: Peer) -> Unanswered:
    """A web page where JSON was due: a proxy in between, or another service on that port."""
    status = f"HTTP {reply.status}"
    if peer.pod:
        cause, hint = _POD_PROXY.get(reply.status, _POD_EDGE)
        return Unanswered(f"{cause} ({status})", hint)
    quoted = page_words(reply)
    if reply.status >= 500:
        return Unanswered(
            f"a proxy before {peer.where} answered with a web page ({status}){quoted}",
            "the server behind it does not answer: see that it runs",
        )
    return Unanswered(
        f"{peer.where} answered with a web page instead of JSON ({status}){quoted}",
        "something else listens there, or a login page is in between: check the endpoint's url",
    )


def page_words(reply: Reply) -> str:
    """What a web page says of itself, to follow its mention: ``: "Bad gateway"``, or nothing."""
    text = reply.body.decode("utf-8", errors="replace")
    title = _TITLE.search(text)
    words = excerpt(title[1] if title else _TAG.sub(" ", text))
    return f': "{words}"' if words else ""


def _advice(status: int) -> str:
    """What usually helps for a status, where the status alone says it."""
    if status in (401, 403):
        return (
            "if it wants a key, send one: "
            'headers = { Authorization = "env:NAME" } in the endpoint\'s table'
        )
    if status == 429:
        return "the server limits how often it may be asked: wait a little, then ask again"
    if status == 503:
        return "it is busy or still loading: ask again in a moment"
    if status >= 500:
        return "the server's own log says more"
    return "check the endpoint's model and the [options] of the configuration"


#: What a pod's proxy means, by status (its pages are Cloudflare's).
_POD_EDGE = (
    "the pod's proxy has trouble reaching the pod",
    "ask again in a minute; if it stays so, look at the pod in its console",
)
_POD_PROXY = {
    403: ("the pod's proxy blocked the request", "check the endpoint's url and headers"),
    404: (
        "the pod's proxy knows no such pod or port",
        "start the pod; if it runs, expose the port as http and check the pod's id in the url",
    ),
    502: (
        "the pod runs, but nothing listens on that port yet",
        "wait for it to start; if it stays so, set OLLAMA_HOST=0.0.0.0 in the pod's environment",
    ),
    524: (
        "the pod was silent for 100 s and its proxy gave up",
        "load the model on the pod first (ollama run MODEL there), then ask again",
    ),
}
