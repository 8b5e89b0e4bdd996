"""Failures of RunPod's API, one for each of the next requests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from tests.loopback import CLOSE, Reply

NO_FREE_GPU = "There are not enough free GPUs on the host machine to start this pod."


@dataclass(frozen=True)
class Failure:
    """How one request fails."""

    reply: Reply
    """The reply to it."""
    takes_effect: bool = False
    """Whether the action was done all the same."""
    only: str = ""
    """The HTTP method that fails; "" for any."""


def _text(status: int, kind: str, text: str, **headers: str) -> Reply:
    return Reply((text.encode(),), status, {"Content-Type": kind, **headers}, "length")


def document(value: object, **headers: str) -> Reply:
    """Return a document as the API sends it."""
    return _text(200, "application/json", json.dumps(value), **headers)


def problem(status: int, detail: str, **headers: str) -> Reply:
    """Return an error in the form of the API."""
    title = HTTPStatus(status).phrase
    document = {"title": title, "status": status, "detail": detail}
    return _text(status, "application/problem+json", json.dumps(document), **headers)


def limited(seconds: int) -> Failure:
    """Return a rate limit that ends after so many seconds."""
    reply = problem(
        429, "rate limit exceeded for the minute window", **{"Retry-After": str(seconds)}
    )
    return Failure(reply)


def echoing(key: str) -> Failure:
    """Return a refusal of the key whose text repeats the key."""
    return Failure(problem(401, f"invalid bearer token {key}"))


#: The firewall in front of the API blocks the program as a bot.
BLOCKED = Failure(_text(403, "text/plain; charset=UTF-8", "error code: 1010"))
BROKEN = Failure(problem(500, "internal server error"))
#: The action was done, and the reply is an error.
DONE_BUT_BROKEN = Failure(problem(500, "internal server error"), takes_effect=True, only="POST")
#: The action was done, and there is no reply.
DONE_BUT_LOST = Failure(Reply((), framing="raw"), takes_effect=True, only="POST")
NO_GPU = Failure(problem(400, NO_FREE_GPU), only="POST")
PAGE = Failure(_text(200, "text/html", "<html><title>Sign in</title><p>Welcome</p></html>"))
BAD_GATEWAY = Failure(_text(502, "text/html", "<html><title>502 Bad gateway</title></html>"))
HALF = Failure(
    Reply(
        (b'{"id":"abc123","name":"olla', CLOSE),
        200,
        {"Content-Type": "application/json", "Content-Length": "900"},
        "close",
    )
)
EMPTY = Failure(_text(200, "application/json", ""))
NOTHING = Failure(Reply((), framing="raw"))
