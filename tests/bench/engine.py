"""The demo's two models streaming at the same time, with every core and with two."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypedDict

from bbtui.clients.embedded.cpu import threads_each, usable_cores
from bbtui.clients.embedded.engine import MODELS, EmbeddedEngine
from bbtui.clients.ports import (
    CancelToken,
    ChunksArrived,
    Connection,
    Request,
    RequestSent,
    StreamEnded,
)
from bbtui.domain.endpoint import Options
from bbtui.locations import Locations
from tests.bench import Figure

AT_LEAST = 20.0
TOKENS = 200
PROMPT = "Explain how a web server answers a request, step by step."


class Speed(TypedDict):
    """One answer: tok/s by the server's own count and clock, and by the reads of this process."""

    name: str
    server: float
    client: float
    first_ms: float
    tokens: int


def figures() -> Iterator[Figure]:
    """Yield the tok/s of both models at once, on all cores and on two of them."""
    counts = sorted({min(2, usable_cores()), usable_cores()})
    for cores in counts:
        child = subprocess.run(
            [sys.executable, "-m", "tests.bench.engine", str(cores)],
            stdout=subprocess.PIPE,
            check=True,
        )
        threads = threads_each(cores, len(MODELS))
        each = f"{threads} thread{'s' * (threads > 1)} each"
        speeds: list[Speed] = json.loads(child.stdout)
        for speed in speeds:
            title = f"{speed['name']}, both at once, {cores} cores, {each}"
            detail = f"{speed['tokens']} tokens, first after {speed['first_ms']:.0f} ms"
            yield Figure(f"{title}, server", speed["server"], "tok/s", at_least=AT_LEAST)
            yield Figure(
                f"{title}, client", speed["client"], "tok/s", at_least=AT_LEAST, detail=detail
            )


def measure(cores: int) -> list[Speed]:
    """Run both models at once on so many cores; the children inherit the limit."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    speeds: dict[str, Speed] = {}
    with (
        tempfile.TemporaryDirectory() as logs,
        closing(EmbeddedEngine(Locations.of_user().weights, Path(logs))) as engine,
    ):
        engine.start()
        connections = engine.connections()
        together = threading.Barrier(len(connections))

        def run(connection: Connection) -> None:
            # The first answer waits for the load; what is measured begins at the same moment.
            _ask(connection, 8)
            together.wait()
            speeds[connection.endpoint.name] = _ask(connection, TOKENS)

        threads = [threading.Thread(target=run, args=(one,)) for one in connections]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return [speeds[connection.endpoint.name] for connection in connections]


def _ask(connection: Connection, tokens: int) -> Speed:
    options = Options(temperature=0.3, seed=7, num_predict=tokens)
    request = Request(PROMPT, connection.endpoint.model, options)
    sent = 0
    reads: list[int] = []
    for event in connection.source.stream(request, CancelToken()):
        if isinstance(event, RequestSent):
            sent = event.at_ns
        elif isinstance(event, ChunksArrived) and any(piece.text for piece in event.pieces):
            reads.append(event.at_ns)
        elif isinstance(event, StreamEnded):
            ended = event
    count, eval_ns = ended.server.eval_count, ended.server.eval_ns
    if not (count and eval_ns and len(reads) > 1):
        raise RuntimeError(f"{connection.endpoint.model}: {ended.problem.cause or ended.state}")
    return Speed(
        name=connection.endpoint.model,
        server=count / eval_ns * 1e9,
        client=(count - 1) / (reads[-1] - reads[0]) * 1e9,
        first_ms=(reads[0] - sent) / 1e6,
        tokens=count,
    )


if __name__ == "__main__":
    json.dump(measure(int(sys.argv[1])), sys.stdout)
