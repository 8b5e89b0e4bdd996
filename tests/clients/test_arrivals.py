"""What arrives together has one time, however many HTTP chunks or TLS records it is in."""

from __future__ import annotations

import json
import threading

import pytest

from bbtui.clients.http import client
from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.ports import ChunksArrived
from bbtui.domain.flags import timing_flags
from bbtui.domain.timing import gaps, measure
from tests.clients.streaming import BackgroundStream, chunk, done, in_memory
from tests.loopback import Loopback, Reply, Wait

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
)


def http_chunks(*objects: object) -> bytes:
    """Each object on a line in an HTTP chunk of its own, as a proxy passes on what it collected."""
    lines = [json.dumps(item).encode() + b"\n" for item in objects]
    return b"".join(b"%x\r\n%s\r\n" % (len(line), line) for line in lines)


def test_chunks_of_one_read_are_one_arrival(loopback: Loopback) -> None:
    released = threading.Event()
    words = [chunk(f"{number} ") for number in range(40)]
    rest = http_chunks(*words[30:], done("length", eval_count=40)) + b"0\r\n\r\n"
    steps = (HEAD + http_chunks(*words[:30]), Wait(released), rest)
    in_memory(loopback)
    loopback.on("POST /api/chat", Reply(steps, framing="raw"))
    running = BackgroundStream(OllamaSource(Peer(loopback.url)))
    running.wait_for(
        lambda event: (
            isinstance(event, ChunksArrived) and any(piece.text == "29 " for piece in event.pieces)
        )
    )
    released.set()
    answer = running.result().answer
    timing = measure(answer)
    assert (timing.tokens, timing.first_tokens) == (40, 30)
    assert len({read.offset_ns for read in answer.reads}) == 2
    assert len(gaps(answer.reads, 12)) == 1
    assert [flag.cause for flag in timing_flags(timing)] == [
        "30 tokens came in the first read: the time to the first token is the proxy's, "
        "and tok/s rests on the 10 after it",
        "about 10 tokens came in each later read: the chunk gaps are the proxy's",
    ]


class Records:
    """A network stream that hands out records: how long each read waits, and what it returns."""

    def __init__(self, clock: list[int], waits: list[int]) -> None:
        self._clock = clock
        self._waits = iter(waits)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        assert (max_bytes, timeout) == (64, 3.0)
        self._clock[0] += next(self._waits)
        return b"x"


@pytest.mark.parametrize(
    ("waits", "arrivals"),
    [
        ([900_000, 20_000, 30_000], [1, 1, 1]),  # records that were there already
        ([900_000, 20_000, 500_000, 10_000], [1, 1, 3, 3]),  # the third was waited for
        ([900_000, 150_000, 150_000], [1, 2, 3]),  # a fast server
    ],
)
def test_reads_that_did_not_wait_came_with_the_read_before(
    monkeypatch: pytest.MonkeyPatch, waits: list[int], arrivals: list[int]
) -> None:
    clock = [10**9]
    monkeypatch.setattr(client.time, "perf_counter_ns", lambda: clock[0])
    watched, stream = client._Arrivals(), Records(clock, waits)
    watched.watch(stream)
    ends = [10**9 + sum(waits[: position + 1]) for position in range(len(waits))]
    for number in arrivals:
        assert stream.read(64, 3.0) == b"x"
        assert watched.at_ns == ends[number - 1]


def test_read_long_after_the_one_before_is_an_arrival_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [10**9]
    monkeypatch.setattr(client.time, "perf_counter_ns", lambda: clock[0])
    watched, stream = client._Arrivals(), Records(clock, [900_000, 20_000])
    watched.watch(stream)
    stream.read(64, 3.0)
    clock[0] += 5_000_000  # this machine was busy
    stream.read(64, 3.0)
    assert watched.at_ns == clock[0]
