"""Resident memory while two panes stream, and what is given back with another session.

Read from /proc: there are no figures where there is none.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import Figure
from tests.bench.idle import resident_mb
from tests.bench.server import paced_server
from tests.cli.ollama import Ollama
from tests.cli.program import Program
from tests.cli.terminal import Terminal, in_terminal
from tests.waiting import wait_until

#: Tokens a second and answer: as fast as the screen follows also where pyte reads it.
RATE = 1_500
#: The tokens of both answers at the two samples of what a token takes, and at their end: enough of
#: them that what another session takes is small beside what they do.
FIRST, LAST, ALL = 10_000, 60_000, 240_000
ENDS = ("\n\nfinisone\n", "\n\nfinistwo\n")
MB = 1 << 20


def figures() -> Iterator[Figure]:
    """Yield the memory of each token, and what is left of it in another session."""
    if not Path("/proc/self/status").exists():
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        paced_server(RATE, ALL // 2, ENDS) as (url, server),
    ):
        here = Path(folder) / "here"
        here.mkdir()
        program = Program(Path(folder), here)
        _save_small_session(program)
        program.configure(big=url, local=url)
        with in_terminal(program, "run", "--parallel", "Go.") as terminal:
            samples = _sample(terminal, lambda: all(end.strip() in terminal.text for end in ENDS))
            began = min(json.loads(server.readline())["began"] for _ in ENDS)
            first, last = (_at(samples, began + n / (2 * RATE)) for n in (FIRST, LAST))
            yield Figure(
                "resident memory of a token, two panes",
                (last - first) * MB / (LAST - FIRST),
                "bytes",
                at_most=250,
                detail=f"{first:.1f} MB at {FIRST:,} tokens, {last:.1f} MB at {LAST:,}",
            )
            before = resident_mb(terminal.process.pid)
            _open_the_other(terminal)
            after = resident_mb(terminal.process.pid)
            yield Figure(
                f"resident of {ALL:,} tokens that is left with another session opened",
                100 * (after - first) / (before - first),
                "%",
                at_most=70,
                detail=f"{before:.1f} MB before, {after:.1f} MB after",
            )
            terminal.press("q")
            terminal.ended()


def _save_small_session(program: Program) -> None:
    with Ollama() as server:
        program.configure(big=server.url, local=server.url)
        if program("run", "Hello?", launcher=("bbtui",)).code:
            raise RuntimeError("the small session failed")


def _open_the_other(terminal: Terminal) -> None:
    wait_until(lambda: terminal.text.count("✓ done") == 2)
    terminal.press("o")
    terminal.shows("enter opens")
    terminal.press("\x1b[B\r")
    terminal.shows("All is well.")
    time.sleep(3)  # what the old session held is dropped after the new one is shown


def _sample(terminal: Terminal, ended: Callable[[], bool]) -> list[tuple[float, float]]:
    """Return (time of `time.monotonic`, MB) four times a second until the end shows."""
    samples: list[tuple[float, float]] = []
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(0.25):
            samples.append((time.monotonic(), resident_mb(terminal.process.pid)))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        wait_until(ended, limit=180)
    finally:
        stop.set()
        thread.join()
    samples.append((time.monotonic(), resident_mb(terminal.process.pid)))
    return samples


def _at(samples: list[tuple[float, float]], at: float) -> float:
    return next((mb for when, mb in samples if when >= at), samples[-1][1])
