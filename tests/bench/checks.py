"""Keys while checks run that never end: patterns that backtrack, one in each of 200 tasks."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import Figure
from tests.cli.ollama import Ollama, end, word
from tests.cli.program import Program
from tests.cli.terminal import Terminal, in_terminal
from tests.loopback import ndjson
from tests.waiting import wait_until

TASKS = 200
PATTERN = "re:(a+)+$"
ANSWER = "a" * 40 + "!"


def figures() -> Iterator[Figure]:
    """Yield how long the first keys take while a report is written and a task is shown."""
    with tempfile.TemporaryDirectory() as folder, Ollama() as server:
        server.answer(ndjson(word(ANSWER), end()))
        here = Path(folder) / "here"
        here.mkdir()
        program = Program(Path(folder), here)
        program.configure(big=server.url, local=server.url)
        with in_terminal(program, "run", "--tasks", _tasks(program)) as terminal:
            terminal.shows("run all")
            terminal.press("a")
            wait_until(lambda: f"{TASKS} of {TASKS}" in terminal.text or _all_done(program), 120)
            before = max(_seconds(terminal, key, f"{key}/5") for key in "352")
            terminal.press("e")
            terminal.shows("Report of #")
            terminal.press("\x1b")  # it goes on beside the loop
            wait_until(lambda: "Report of #" not in terminal.text)
            score = _seconds(terminal, "4", "4/5")
            terminal.press("r")
            terminal.shows("Checks of")
            close = _seconds(terminal, "r", "verdict")
            yield Figure(
                f"first key after {TASKS} tasks of hostile patterns",
                max(score, close),
                "s",
                at_most=0.1,
                detail=f"a score in {score * 1000:.0f} ms, the rubric closed in "
                f"{close * 1000:.0f} ms; a score before they ran in {before * 1000:.0f} ms",
            )
            began = time.monotonic()
            terminal.press("\x11")
            terminal.ended()
            yield Figure(
                "leaving while they run", time.monotonic() - began, "s", at_most=3, detail="ctrl+q"
            )


def _tasks(program: Program) -> Path:
    path = program.tasks(*(f"task-{number}" for number in range(TASKS)))
    checks = f"checks = [{{ mentions = '{PATTERN}' }}]\n"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[[task]]\n", f"[[task]]\n{checks}"), encoding="utf-8")
    return path


def _all_done(program: Program) -> bool:
    ended = program("sessions", launcher=("bbtui",))
    return f"{2 * TASKS}/{2 * TASKS}" in ended.out


def _seconds(terminal: Terminal, key: str, shows: str) -> float:
    """Return how long it takes from a key until the bytes have come that show this text, in s."""
    seen, words = len(terminal.raw), shows.encode()
    began = time.monotonic()
    terminal.press(key)
    wait_until(lambda: words in terminal.raw[seen:])
    return terminal.read_at - began
