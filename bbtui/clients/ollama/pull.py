"""Pulls a model with Ollama: ``POST /api/pull``, one line of JSON for every step.

Ollama downloads a model's parts one after the other and reports the size of each when its turn
comes; one that is there already is reported once, as complete. Errors come as a line inside HTTP
200, and the last line has the status ``success``. Closing the connection stops the download, and a
repeat continues it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import msgspec

from bbtui.clients.http import open_client
from bbtui.clients.http.json_parts import Count, PartDecoder
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import RequestFailed, error_reply, quote_error, says_error
from bbtui.clients.ports import CancelToken
from bbtui.clients.stream_events import MalformedStreamError, decode_line, malformed_stream
from bbtui.clients.stream_lines import LineTooLongError, Ndjson
from bbtui.domain.model import PullProgress
from bbtui.domain.problem import Problem

RESUMES = "pull it again to resume"
#: Chosen by where it failed, not by the server's text: before a part was named, or later.
CHECK_NAME = "check the model's name, and that the server can reach the registry"
CHECK_SERVER = f"check that the server has free disk space and network access; {RESUMES}"


class _Step(msgspec.Struct):
    """One line."""

    status: str | None = None
    digest: str | None = None
    total: Count | None = None

    completed: Count | None = None
    """Left out while it is 0."""

    error: object = None


_DECODER = PartDecoder(_Step)


class _PullParser:
    """Adds up the lines of one pull."""

    def __init__(self, peer: Peer) -> None:
        self.done = False
        self._peer = peer
        self._lines = Ndjson()
        self._parts: dict[str, tuple[int, int]] = {}
        self._readable = False

    def feed(self, data: bytes) -> Iterator[PullProgress]:
        """Yield the progress after each line that these bytes complete; raise RequestFailed.

        A line that cannot be read is left out, unless the stream begins with it.
        """
        try:
            lines = self._lines.feed(data)
        except LineTooLongError as error:
            raise RequestFailed(malformed_stream(error, self._peer).problem) from None
        yield from self._read(lines)

    def close(self) -> Iterator[PullProgress]:
        """Yield the progress after a last line without its end; raise RequestFailed."""
        lines = self._lines.close()
        if self._readable:
            yield from self._read(lines)

    def _read(self, lines: list[bytes]) -> Iterator[PullProgress]:
        for line in lines:
            try:
                step, _ = decode_line(_DECODER, line)
            except MalformedStreamError as error:
                if not self._readable:
                    raise RequestFailed(malformed_stream(error, self._peer).problem) from None
            else:
                self._readable = True
                yield self._add(step)

    @property
    def fix(self) -> str:
        """What to do if the pull fails now."""
        return CHECK_SERVER if self._parts else CHECK_NAME

    def _add(self, step: _Step) -> PullProgress:
        if says_error(step.error) or (step.error is not None and step.status is None):
            raise RequestFailed(Problem(quote_error(step.error, self._peer), self.fix))
        if step.digest:
            total = max(0, step.total or 0)
            self._parts[step.digest] = (total, min(total, max(0, step.completed or 0)))
        self.done = self.done or step.status == "success"
        parts = self._parts.values()
        return PullProgress(
            self._peer.quoted(step.status or ""),
            total=sum(total for total, _ in parts),
            completed=sum(completed for _, completed in parts),
            unsized=sum(total == 0 for total, _ in parts),
        )


def pull_model(peer: Peer, model: str, cancel_token: CancelToken) -> Generator[PullProgress]:
    """Pull a model; see `ModelManager.pull`. Raise RequestFailed."""
    body = msgspec.json.encode({"model": model, "stream": True})
    parser = _PullParser(peer)
    try:
        with open_client(peer, cancel_token) as http, http.post("/api/pull", body) as response:
            if not response.streams:
                # No model named: a pull expects that the server does not have it.
                raise error_reply(response.whole(), peer, "ollama", "")
            for _, data in response.reads():
                yield from parser.feed(data)
                if cancel_token.cancelled or parser.done:
                    return
            yield from parser.close()
    except RequestFailed as failure:
        if cancel_token.cancelled or parser.done:
            return
        raise _resumable(failure) from failure
    if not (cancel_token.cancelled or parser.done):
        cause = f"{peer.where} ended the pull before it was complete"
        raise RequestFailed(Problem(cause, RESUMES))


def _resumable(failure: RequestFailed) -> RequestFailed:
    cause, fix = failure.problem.cause, failure.problem.fix
    if RESUMES in fix or fix == CHECK_NAME:
        return failure
    return RequestFailed(Problem(cause, f"{fix}; {RESUMES}".lstrip("; ")))
