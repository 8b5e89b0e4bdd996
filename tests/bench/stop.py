"""Stopping a stream: time until the server's slot is free, and until the answer has ended."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Iterator

from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.ports import ChunksArrived, StreamEnded
from tests.bench import Figure
from tests.clients.streaming import BackgroundStream, in_memory
from tests.loopback import SILENT, Loopback, Reply, Step

RUNS = 20
AT_MOST_MS = 100.0
FIRST = b'{"message":{"content":"Hello"},"done":false}\n'


def figures() -> Iterable[Figure]:
    """Yield medians over `RUNS` stops, before the first header has come and in mid-stream."""
    yield from _figures("before headers", (SILENT,))
    yield from _figures("in mid-stream", (FIRST, SILENT))


def _figures(when: str, steps: tuple[Step, ...]) -> Iterator[Figure]:
    with Loopback() as server:
        in_memory(server)
        server.on("POST /api/chat", Reply(steps))
        pairs = [_stop(server, number, FIRST in steps) for number in range(1, RUNS + 1)]
    seen, ended = zip(*pairs, strict=True)
    for what, times in (("server free", seen), ("answer ended", ended)):
        yield Figure(
            f"stop {when}: {what}, median of {RUNS}",
            statistics.median(times),
            "ms",
            at_most=AT_MOST_MS,
            detail=f"worst {max(times):.2f} ms",
        )


def _stop(server: Loopback, number: int, streaming: bool) -> tuple[float, float]:
    """Stop once; return the ms until the server saw the connection close, and until the end."""
    running = BackgroundStream(OllamaSource(Peer(server.url)))
    request = server.wait_for("POST /api/chat", number)
    if streaming:
        running.wait_for(lambda event: isinstance(event, ChunksArrived))
    begun_ns = time.perf_counter_ns()
    running.cancel_token.cancel()
    assert request.gone.wait(10)
    seen_ns = time.perf_counter_ns()
    ended = running.result().ended
    assert isinstance(ended, StreamEnded)
    return (seen_ns - begun_ns) / 1e6, (ended.at_ns - begun_ns) / 1e6
