"""A token from the server's socket to the terminal, with the program as a user runs it.

The server is another process and keeps its own pace; reader, engine, store and screen have to
follow.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.bench import Figure
from tests.bench.server import paced_server
from tests.bench.terminal import run
from tests.cli.program import Program

RATE = 2_000
COUNT = 16_000
#: The ends of the two answers, to be found in the terminal.
LAST = ("\n\nfinisone\n", "\n\nfinistwo\n")
#: The part of the streaming time by which the end may be late: a program that falls behind
#: falls further behind.
MOST_LATE = 0.05
#: At so many tokens a second, more than this would fill a core.
MOST_CPU_S = 1_000 / (len(LAST) * RATE)


class Followed(NamedTuple):
    """One run: times in seconds of `time.monotonic`, and the CPU seconds of the program."""

    began: float
    sent: float
    shown: float
    cpu_s: float


def figures() -> Iterator[Figure]:
    """Yield how late the last word is on the screen, and the CPU per token without the start."""
    bare = _follow(0)
    full = _follow(COUNT)
    took = full.sent - full.began
    yield Figure(
        f"2 × {RATE:,} tok/s: from the last word sent until it shows",
        (full.shown - full.sent) * 1000,
        "ms",
        at_most=round(MOST_LATE * took * 1000),
        detail=f"the server sent {COUNT / took:,.0f} tok/s in each of two answers for {took:.1f} s",
    )
    yield Figure(
        f"2 × {RATE:,} tok/s: CPU per 1,000 tokens",
        (full.cpu_s - bare.cpu_s) / (len(LAST) * COUNT) * 1000,
        "s",
        at_most=MOST_CPU_S,
        detail=f"{MOST_CPU_S:g} s would fill a core",
    )


def _follow(count: int) -> Followed:
    """Run the program on two answers of so many tokens and a last word."""
    with tempfile.TemporaryDirectory() as folder, paced_server(RATE, count, LAST) as (url, server):
        here = Path(folder) / "here"
        here.mkdir()
        program = Program(Path(folder), here)
        program.configure(big=url, local=url)
        before = _cpu_s()
        recording = run(
            [sys.executable, "-m", "bbtui", "run", "--parallel", "Go."],
            environment=program.env(),
            until=tuple(last.strip().encode() for last in LAST),
            timeout=120,
        )
        cpu_s = _cpu_s() - before
        shown = [recording.first(last.strip().encode()) for last in LAST]
        if None in shown:
            raise RuntimeError(recording.output[-2000:].decode(errors="replace"))
        told = [json.loads(server.readline()) for _ in LAST]
    return Followed(
        min(one["began"] for one in told),
        max(one["ended"] for one in told),
        recording.began + max(at for at in shown if at is not None),
        cpu_s,
    )


def _cpu_s() -> float:
    """Return user and system time of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
