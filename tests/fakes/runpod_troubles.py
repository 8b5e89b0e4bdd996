"""Ways in which RunPod's API goes wrong, one for each of the next requests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from tests.loopback import CLOSE, Reply

NO_FREE_GPU = "There are not enough free GPUs on the host machine to start this pod."


@dataclass(frozen=True)
class Trouble:
    """How one request goes wrong: what it is answered, and whether it took effect all the same."""

    reply: Reply
    takes_effect: bool = False
    only: str = ""


def _text(status: int, kind: str, text: str, **headers: str) -> Reply:
    return Reply((text.encode(),), status, {"Content-Type": kind, **headers}, "length")


def document(value: object, **headers: str) -> Reply:
    """A document as the API sends it."""
    return _text(200, "application/json", json.dumps(value), **headers)


def problem(status: int, detail: str, **headers: str) -> Reply:
    """An error as the API words it."""
    title = HTTPStatus(status).phrase
    document = {"title": title, "status": status, "detail": detail}
    return _text(status, "application/problem+json", json.dumps(document), **headers)


def limited(seconds: int) -> Trouble:
    """Too many requests: wait so long."""
    reply = problem(
        429, "rate limit exceeded for the minute window", **{"Retry-After": str(seconds)}
    )
    return Trouble(reply)


def echoing(key: str) -> Trouble:
    """The key is not accepted, and the answer repeats it."""
    return Trouble(problem(401, f"invalid bearer token {key}"))


#: The firewall before the API takes the program for a bot.
BLOCKED = Trouble(_text(403, "text/plain; charset=UTF-8", "error code: 1010"))
BROKEN = Trouble(problem(500, "internal server error"))
#: The action was done, and its answer is an error.
DONE_BUT_BROKEN = Trouble(problem(500, "internal server error"), takes_effect=True, only="POST")
#: The action was done, and there is no answer.
DONE_BUT_LOST = Trouble(Reply((), framing="raw"), takes_effect=True, only="POST")
NO_GPU = Trouble(problem(400, NO_FREE_GPU), only="POST")
PAGE = Trouble(_text(200, "text/html", "<html><title>Sign in</title><p>Welcome</p></html>"))
BAD_GATEWAY = Trouble(_text(502, "text/html", "<html><title>502 Bad gateway</title></html>"))
HALF = Trouble(
    Reply(
        (b'{"id":"abc123","name":"olla', CLOSE),
        200,
        {"Content-Type": "application/json", "Content-Length": "900"},
        "close",
    )
)
EMPTY = Trouble(_text(200, "application/json", ""))
NOTHING = Trouble(Reply((), framing="raw"))
