"""What a failed request looked like: from a reply's bytes to the facts a diagnosis is made of.

The server's words are quoted as the server's, without the secrets it was sent, and no cause rests
on them.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bbtui.clients.http.peer import Peer
from bbtui.domain.diagnosis import diagnose
from bbtui.domain.dialect import Api
from bbtui.domain.endpoint import Build, Host, HostState
from bbtui.domain.observation import ErrorReply, Observation, ServerFacts, Target
from bbtui.domain.problem import Problem
from bbtui.errors import EndpointError

#: What is looked at of a web page, in bytes.
_PAGE_READ = 8 * 1024
# A page may be anything: each of these goes through it once. What is never closed ends with it.
_TITLE = re.compile(r"<title[^<>]*>(.*?)(?:</title|\Z)", re.IGNORECASE | re.DOTALL)
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>?")
_MAX_WORDS = 300

CHECK_API = 'check the endpoint\'s url and its api ("ollama" or "openai")'


class RequestFailed(Exception):  # noqa: N818 - the name says what it is; it never leaves this room
    """A request that got no answer, explained.

    `sent_ns` is when it was written, if it was; `observed` is what the explanation rests on.
    """

    def __init__(
        self,
        problem: Problem,
        sent_ns: int | None = None,
        observed: Observation | None = None,
    ) -> None:
        super().__init__(problem.cause)
        self.problem = problem
        self.sent_ns = sent_ns
        self.observed = observed


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


def error_message(error: object, peer: Peer) -> str:
    """The message inside the value of an ``error`` key.

    A string (Ollama), a string holding a JSON document (Ollama passing llama.cpp's on), an object
    with a message (OpenAI's way), or a list of such (FastAPI's ``detail``).
    """
    while (inner := _inside(error)) is not None:
        error = inner
    if isinstance(error, str):
        return peer.quoted(error, _MAX_WORDS)
    try:
        return peer.quoted(json.dumps(error), _MAX_WORDS)
    except RecursionError:
        return "…"


def _inside(error: object) -> object | None:
    """What an error wraps its message in, taken off once; None where there is nothing around it."""
    if isinstance(error, str) and error.lstrip().startswith("{"):
        try:
            inside: object = json.loads(error)
        except (ValueError, RecursionError):
            return None
        return inside
    if isinstance(error, dict):
        inner = (error.get(key) for key in ("error", "message", "detail", "msg"))
        return next((value for value in inner if value), None)
    return error[0] if isinstance(error, list) and error else None


def quote_error(error: object, peer: Peer) -> str:
    """An error in the server's words, marked as such."""
    return f"the server said: {error_message(error, peer)}"


def diagnosed_failure(observed: Observation) -> RequestFailed:
    """What was observed, as the words of its diagnosis."""
    found = diagnose(observed)
    if found is None:
        problem = Problem(f"{observed.target.where} did not answer")
        return RequestFailed(problem, observed=observed)
    return RequestFailed(found.problem, observed=observed)


def with_model(failure: RequestFailed, target: Target, *, warm: bool = False) -> RequestFailed:
    """The same failure, in the words of one who knows the model; below HTTP nobody does.

    `warm` is whether it was in memory.
    """
    if failure.observed is None:
        return failure
    told = diagnosed_failure(replace(failure.observed, target=target, warm=warm))
    told.sent_ns = failure.sent_ns
    return told


def error_reply(reply: Reply, peer: Peer, api: Api, model: str) -> RequestFailed:
    """The explanation of a reply that is not the answer: any status, or a page instead of JSON.

    `model` is the one that was asked for, "" if the request was for none.
    """
    target = peer.target(api, model)
    return diagnosed_failure(
        Observation(target, refusal=request_refused(reply, peer), prompted=bool(model))
    )


@contextlib.contextmanager
def raising_endpoint_error() -> Iterator[None]:
    """Raise EndpointError in place of RequestFailed, for callers outside of this room."""
    try:
        yield
    except RequestFailed as failure:
        raise EndpointError(failure.problem.cause, failure.problem.fix) from failure


def unreachable_host(failure: RequestFailed, target: Target) -> Host:
    """Return the host of a probe whose request failed."""
    failure = with_model(failure, target)
    cause, fix = failure.problem.cause, failure.problem.fix
    return Host(HostState.UNREACHABLE, cause, fix, observed=failure.observed)


def host_without_model(
    peer: Peer, api: Api, model: str, available: tuple[str, ...], server: str
) -> Host:
    """Return the host of a server (its name and version) that does not list the model."""
    serving = ServerFacts(
        "ollama" if api == "ollama" else "other",
        models=tuple(peer.quoted(name) for name in available),
        model_there=False,
    )
    missing = diagnosed_failure(Observation(peer.target(api, model), serving=serving)).problem
    return Host(HostState.FAILED, missing.cause, missing.fix, Build(server), loaded=False)


def request_refused(reply: Reply, peer: Peer) -> ErrorReply:
    """The facts of a reply that is not the answer."""
    value = reply.value()
    error = (value.get("error") or value.get("detail")) if isinstance(value, dict) else None
    page = "html" in reply.content_type or reply.body.lstrip()[:1] == b"<"
    location = reply.headers.get("location", "").partition("?")[0]
    return ErrorReply(
        reply.status,
        reply.content_type,
        _page_title(reply, peer)
        if page
        else peer.quoted(reply.body, 80 if reply.status == 200 else 200),
        page=page,
        error=error_message(error, peer) if error else None,
        error_is_text=isinstance(error, str) and not error.lstrip().startswith("{"),
        signs_in=isinstance(value, dict) and bool(value.get("signin_url")),
        location=peer.quoted(location),
    )


def page_excerpt(reply: Reply, peer: Peer) -> str:
    """What a web page says of itself, to follow its mention: ``: "Bad gateway"``, or nothing."""
    words = _page_title(reply, peer)
    return f': "{words}"' if words else ""


def _page_title(reply: Reply, peer: Peer) -> str:
    """The title of a web page; its text if it has none."""
    text = reply.body[:_PAGE_READ].decode("utf-8", errors="replace")
    title = _TITLE.search(text)
    return peer.quoted(title[1] if title else _TAG.sub(" ", _HIDDEN.sub(" ", text)))
