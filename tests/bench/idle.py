"""CPU of the idle screen, memory after a session, time to the first paint.

Read from /proc where there is one; elsewhere only the first paint is measured.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import Figure
from tests.bench.terminal import run
from tests.cli.ollama import Ollama
from tests.cli.program import Program
from tests.cli.terminal import Terminal, in_terminal
from tests.loopback import Trace
from tests.waiting import wait_until

SPAWNS = 9
IDLE_S = 15.0
TASKS = ("one", "two", "three", "four")


def figures() -> Iterator[Figure]:
    """Yield the first paint as a ratio; then one session of four tasks, and the idle time after."""
    with tempfile.TemporaryDirectory() as folder, Ollama() as server:
        server.answer(Trace.load("chat-warm").reply)
        here = Path(folder) / "here"
        here.mkdir()
        program = Program(Path(folder), here)
        program.configure(big=server.url, local=server.url)
        yield from _first_paint(program)
        if Path("/proc/self/stat").exists():
            yield from _after_a_session(program)


#: The output to wait for: the first frame, while the session is being opened; the session
#: itself, ready for keys; the one line of an empty application.
STARTS = {
    "first": ("bbtui", b"opening"),
    "ready": ("bbtui", b"tasks"),
    "empty": ("tests.bench.apps.empty", b"paint"),
}


def _first_paint(program: Program) -> Iterator[Figure]:
    """Return medians of alternating spawns, after one of each, so that everything is compiled."""
    times: dict[str, list[float]] = {kind: [] for kind in STARTS}
    for turn in range(SPAWNS + 1):
        for kind in STARTS:
            seconds = _paint_s(kind, program)
            if turn:
                times[kind].append(seconds)
    medians = {kind: statistics.median(found) for kind, found in times.items()}
    for kind, name, bound in (
        ("first", "first paint to that of an empty Textual app", 1.4),
        ("ready", "session on screen to first paint of an empty app", 3),
    ):
        yield Figure(
            name,
            medians[kind] / medians["empty"],
            "ratio",
            at_most=bound,
            detail=f"{medians[kind] * 1000:.0f} and {medians['empty'] * 1000:.0f} ms, "
            f"medians of {SPAWNS}",
        )


def _paint_s(kind: str, program: Program) -> float:
    module, marker = STARTS[kind]
    recording = run([sys.executable, "-m", module], environment=program.env(), until=(marker,))
    at = recording.first(marker)
    if at is None:
        raise RuntimeError(recording.output[-2000:].decode(errors="replace"))
    return at


def _after_a_session(program: Program) -> Iterator[Figure]:
    with in_terminal(program, "run", "--tasks", program.tasks(*TASKS)) as terminal:
        terminal.shows("space run")
        terminal.press("a")
        wait_until(lambda: terminal.text.count("✂ ✂") == len(TASKS))
        for key in "45n32n11n55":
            terminal.press(key)
        wait_until(lambda: "3.2 3.2" in terminal.text)
        process = terminal.process.pid
        _settled(terminal)
        yield Figure(
            "resident after a session of four tasks, two sides",
            resident_mb(process),
            "MB",
            at_most=120,
        )
        written, before, began = len(terminal.raw), _cpu_s(process), time.monotonic()
        time.sleep(IDLE_S)
        took = time.monotonic() - began
        used = _cpu_s(process) - before
        yield Figure("idle: CPU", used / took * 100, "%", at_most=1, detail=f"over {took:.0f} s")
        yield Figure("idle: written", len(terminal.raw) - written, "bytes", at_most=0)
        terminal.press("q")
        terminal.ended()


def _settled(terminal: Terminal) -> None:
    """Wait until the last notification has gone: nothing was written for a while."""
    before = -1
    while before != len(terminal.raw):
        before = len(terminal.raw)
        time.sleep(7)


def resident_mb(pid: int) -> float:
    fields = dict(line.split(":", 1) for line in _proc(pid, "status").splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def _cpu_s(pid: int) -> float:
    """Return user and system time so far (proc(5): the 14th and 15th field)."""
    fields = _proc(pid, "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _proc(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text("ascii", errors="replace")
