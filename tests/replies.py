"""The replies of the loopback server: scripted step by step, or recorded from a real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TRACES = Path(__file__).parent / "traces"


@dataclass(frozen=True)
class Wait:
    """Go on when the test sets the event."""

    event: threading.Event


@dataclass(frozen=True)
class Drip:
    """Send this again and again, in short intervals, until the client has disconnected."""

    data: bytes


class Mark:
    """A step that writes nothing of the body."""


#: Write the status line and the headers now; else they go out with the first bytes.
HEAD = Mark()
#: Send nothing more until the client has disconnected.
SILENT = Mark()
#: Close without ending the body.
CLOSE = Mark()
#: Reset the connection.
RESET = Mark()

Step = bytes | Wait | Drip | Mark


@dataclass(frozen=True)
class Reply:
    """The reply to one request.

    `framing`: "chunked" makes each bytes step an HTTP chunk; "close" writes them as they are and
    ends by closing; "length" is "close" with a Content-Length of all bytes; "raw" writes no head
    at all.
    """

    steps: Iterable[Step] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    framing: str = "chunked"


def json_reply(value: object, status: int = 200, **headers: str) -> Reply:
    """Return a whole JSON document."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Reply((json.dumps(value).encode(),), status, {**kind, **headers}, "length")


def ndjson(*steps: object) -> Reply:
    """A stream as Ollama sends it; a dict is one object on a line of its own, in its own chunk."""
    lines = (
        json.dumps(step).encode() + b"\n" if isinstance(step, dict) else step for step in steps
    )
    return Reply(tuple(lines), headers={"Content-Type": "application/x-ndjson"})


def events(*steps: object) -> Reply:
    """Return a stream of server-sent events; a dict is the data of one, in its own chunk."""
    lines = (
        b"data: " + json.dumps(step).encode() + b"\n\n" if isinstance(step, dict) else step
        for step in steps
    )
    return Reply(tuple(lines), headers={"Content-Type": "text/event-stream"})


@dataclass(frozen=True)
class Trace:
    """A recorded exchange with a real server."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    reads: tuple[bytes, ...]
    body: str | None

    at_ns: tuple[int, ...]
    """When each read returned, from the start of the request."""

    end_ns: int

    @classmethod
    def load(cls, name: str) -> Trace:
        """Return the trace of that name in tests/traces."""
        recorded = json.loads((TRACES / f"{name}.json").read_text(encoding="utf-8"))
        request, response = recorded["request"], recorded["response"]
        body = request["body"]
        return cls(
            request["method"],
            request["path"],
            response["status"],
            {name.title(): value for name, value in response["headers"].items()},
            tuple(text.encode() for _, text in response["reads"]),
            body if body is None or isinstance(body, str) else json.dumps(body),
            tuple(at_ns for at_ns, _ in response["reads"]),
            response["end_ns"],
        )

    @property
    def reply(self) -> Reply:
        """The same reads in the same order, without the pauses."""
        chunked = self.headers.get("Transfer-Encoding") == "chunked"
        dropped = ("Transfer-Encoding", "Content-Length", "Connection", "Keep-Alive")
        headers = {name: value for name, value in self.headers.items() if name not in dropped}
        return Reply(self.reads, self.status, headers, "chunked" if chunked else "length")
