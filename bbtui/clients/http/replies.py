"""Replies, and the failures of requests with their diagnosis.

The server's text is quoted as the server's, without the secrets it was sent, and never diagnosed:
it can be that of an earlier failure.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC

from bbtui.clients.http.peer import Peer
from bbtui.domain.diagnosis import diagnose
from bbtui.domain.endpoint import Api
from bbtui.domain.host import Build, Host, HostState
from bbtui.domain.observation import (
    ErrorReply,
    NetworkFailure,
    Observation,
    ServerFacts,
    ServerKind,
    Target,
)
from bbtui.domain.problem import Problem
from bbtui.errors import EndpointError

#: How much of a web page is read, in bytes.
_PAGE_READ = 8 * 1024
# A page may hold anything: each of these scans it once. An element never closed ends with it.
_TITLE = re.compile(r"<title[^<>]*>(.*?)(?:</title|\Z)", re.IGNORECASE | re.DOTALL)
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>?")
_LINK_END = re.compile("[?#]")
_MAX_QUOTE = 300
#: The type of llama.cpp's error, which Ollama passes on, and the code of OpenAI's.
_TOO_LONG = ("exceed_context_size_error", "context_length_exceeded")
#: Some servers send a fraction, which the standard does not have.
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
_LOADING = re.compile(r"\bloading\b", re.IGNORECASE)
_LOAD_FAILED = re.compile(r"\b(error loading|fail\w*|cannot|could not|unable)\b", re.IGNORECASE)

#: What servers reply by status to a path, or a method, that they do not have.
_NO_ROUTE = {404: ("Not Found", "File Not Found"), 405: ("Method Not Allowed",)}

CHECK_API = 'check the endpoint\'s url and its api ("ollama" or "openai")'


class RequestFailed(Exception):  # noqa: N818 - a result, not an error: it never leaves this room
    """A request that failed, with its diagnosis."""

    def __init__(
        self, problem: Problem, *, sent_ns: int | None = None, observed: Observation | None = None
    ) -> None:
        super().__init__(problem.cause)
        self.problem = problem

        self.sent_ns = sent_ns
        """When the request was written, by `time.perf_counter_ns`; None if it was not."""

        self.observed = observed
        """What the diagnosis is based on; None where there is none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply."""

    status: int
    """The HTTP status."""

    headers: Mapping[str, str]
    """By names in lower case."""

    body: bytes
    """As far as it was read."""

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case; "" if none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_page(self) -> bool:
        """Whether it is a web page."""
        return "html" in self.content_type or self.body.lstrip()[:1] == b"<"

    def value(self) -> object:
        """Return the body as JSON, whatever its content type; None if it is not JSON."""
        try:
            return json.loads(self.body.decode("utf-8", errors="replace"))
        except (ValueError, RecursionError):
            return None


def says_error(error: object) -> bool:
    """Return whether the value of an ``error`` key is an error: some servers send it empty."""
    if isinstance(error, dict):
        return any(error.values())
    return bool(error)


def is_unknown_route(reply: Reply) -> bool:
    """Return whether it is a JSON reply to a path or method that the server does not have.

    FastAPI sends ``{"detail": "Not Found"}`` (LiteLLM, vLLM), vLLM since 0.6 and llama.cpp the same
    as an error. Ollama's reply is no JSON, and its 404 with an error is about a model.
    """
    value = reply.value()
    while isinstance(value, dict):
        value = value.get("error") or value.get("detail") or value.get("message")
    return reply.status in _NO_ROUTE and value in _NO_ROUTE[reply.status]


def error_message(error: object, peer: Peer) -> str:
    """Return the message inside the value of an ``error`` key.

    The value is a string (Ollama), a string with a JSON document (llama.cpp's error, passed on by
    Ollama), an object with a message (OpenAI), or a list of these (FastAPI's ``detail``).
    """
    while (inner := _unwrap(error)) is not None:
        error = inner
    if isinstance(error, str):
        return peer.quoted(error, _MAX_QUOTE)
    try:
        return peer.quoted(json.dumps(error), _MAX_QUOTE)
    except RecursionError:
        return "…"


#: Where an error has its message, from the outside in; ``title`` is that of a problem (RFC 9457).
_MESSAGE_KEYS = ("error", "errors", "message", "detail", "msg", "error_message", "title")


def _unwrap(error: object) -> object | None:
    """Return an error without its outermost wrapping; None if there is none."""
    if isinstance(error, str) and error.lstrip().startswith("{"):
        try:
            unwrapped: object = json.loads(error)
        except (ValueError, RecursionError):
            return None
        return unwrapped
    if isinstance(error, dict):
        inner = (error.get(key) for key in _MESSAGE_KEYS)
        return next((value for value in inner if value), None)
    return error[0] if isinstance(error, list) and error else None


def quote_error(error: object, peer: Peer) -> str:
    """Return an error of the server as a cause, marked as quoted."""
    return f"server message: {error_message(error, peer)}"


def diagnosed_failure(observed: Observation) -> RequestFailed:
    """Return the failure with the diagnosis of an observation."""
    diagnosis = diagnose(observed)
    unknown = Problem(f"no reply from {observed.target.where}")
    return RequestFailed(diagnosis.problem if diagnosis else unknown, observed=observed)


def timed_out(failure: RequestFailed) -> bool:
    """Return whether a connected server did not reply, or not completely, within the limit."""
    limits = (NetworkFailure.READ_TIMEOUT, NetworkFailure.INCOMPLETE)
    return failure.observed is not None and failure.observed.network_failure in limits


def with_model(failure: RequestFailed, target: Target, *, warm: bool = False) -> RequestFailed:
    """Return the failure diagnosed with its model, which the HTTP client does not know.

    `warm` is whether the model was in memory.
    """
    if failure.observed is None:
        return failure
    diagnosed = diagnosed_failure(replace(failure.observed, target=target, warm=warm))
    diagnosed.sent_ns = failure.sent_ns
    return diagnosed


def error_reply(reply: Reply, peer: Peer, api: Api, model: str) -> RequestFailed:
    """Return the failure for a reply that is an error: any status, or a page instead of JSON.

    `model` is the requested one, "" if the request named none.
    """
    error, target = observe_error(reply, peer), peer.target(api, model)
    return diagnosed_failure(Observation(target, error_reply=error, prompted=bool(model)))


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
    return Host(HostState.UNREACHABLE, failure.problem, observed=failure.observed)


def host_without_model(
    peer: Peer, api: Api, model: str, available: tuple[str, ...], server: str
) -> Host:
    """Return the host of a server (its name and version) that does not list the model."""
    kind: ServerKind = "ollama" if api == "ollama" else "other"
    serving = ServerFacts(kind, models=tuple(map(peer.quoted, available)), model_there=False)
    missing = diagnosed_failure(Observation(peer.target(api, model), server=serving)).problem
    return Host(HostState.FAILED, missing, build=Build(server), loaded=False)


def _error_in(value: dict[str, object], status: int) -> object:
    """Return the error in an object: under its key, or the object itself; None if it is none."""
    named = value.get("error") or value.get("errors") or value.get("detail")
    if named:
        return named
    is_error = status >= 400 or value.get("object") == "error" or value.get("type") == "error"
    return value if is_error and _unwrap(value) is not None else None


def observe_error(reply: Reply, peer: Peer) -> ErrorReply:
    """Return the facts of an error reply that a diagnosis needs."""
    value = reply.value()
    error = _error_in(value, reply.status) if isinstance(value, dict) else None
    location = _LINK_END.split(reply.headers.get("location", ""), maxsplit=1)[0]
    excerpt = peer.quoted(reply.body, 80 if reply.status == 200 else 200)
    if reply.is_page:
        excerpt = page_title(reply, peer)
    return ErrorReply(
        reply.status,
        reply.content_type,
        excerpt,
        page=reply.is_page,
        error=error_message(error, peer) if error else None,
        error_is_text=isinstance(error, str) and not error.lstrip().startswith("{"),
        signs_in=isinstance(value, dict) and bool(value.get("signin_url")),
        location=peer.quoted(location),
        unknown_route=is_unknown_route(reply),
        loading=_says_loading(reply, error),
        retry_after_s=read_retry_after(reply.headers),
        too_long=_is_too_long(error),
    )


def _is_too_long(error: object) -> bool:
    """Return whether an error's type or code is that of a prompt longer than the context."""
    inner: object | None = error
    while inner is not None:
        if isinstance(inner, dict) and any(inner.get(key) in _TOO_LONG for key in ("type", "code")):
            return True
        inner = _unwrap(inner)
    return False


def _says_loading(reply: Reply, error: object) -> bool:
    """Return whether a 503 reports that the model is loading, as llama.cpp does, in any words.

    A load that failed is an error, whatever its status.
    """
    if reply.status != 503 or reply.is_page:
        return False
    text = reply.body[:_PAGE_READ].decode("utf-8", errors="replace")
    kind = error.get("type") if isinstance(error, dict) else None
    loading = kind == "unavailable_error" or bool(_LOADING.search(text))
    return loading and not _LOAD_FAILED.search(text)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3); None without a readable one.

    A date is compared with the Date header, since this machine's clock may be wrong.
    """
    # Imported by httpx too, so it must not be loaded before the first paint either.
    from email.utils import parsedate_to_datetime

    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text[:9])
    try:
        until, now = map(parsedate_to_datetime, (text, headers.get("date", "")))
        # "-0000" is UTC, and read as no zone at all.
        left = until.replace(tzinfo=until.tzinfo or UTC) - now.replace(tzinfo=now.tzinfo or UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, left.total_seconds())


def page_title(reply: Reply, peer: Peer) -> str:
    """Return the title of a web page; its text if it has none."""
    text = reply.body[:_PAGE_READ].decode("utf-8", errors="replace")
    title = _TITLE.search(text)
    return peer.quoted(title[1] if title else _TAG.sub(" ", _HIDDEN.sub(" ", text)))
