"""Starts, controls and ends the program of child.py."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


def command(action: str, path: Path, session_id: str = "") -> list[str]:
    return [sys.executable, "-m", "tests.store.child", action, str(path), session_id]


@contextmanager
def child(action: str, path: Path, session_id: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run the program; it is killed at the end of the block unless it has ended."""
    with subprocess.Popen(
        command(action, path, session_id),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_line(process: subprocess.Popen[str]) -> str:
    """Return the next line that it prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the child ended"
    return line.strip()


def write_line(process: subprocess.Popen[str], line: str) -> None:
    """Send it a line."""
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def run_to_end(arguments: list[str]) -> list[str]:
    """Run it to its end and return the lines it printed."""
    done = subprocess.run(arguments, cwd=ROOT, text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def open_without_rights(path: Path) -> list[str]:
    """Open the store in a process for which read-only is not writable, also for root."""
    python, *arguments = command("open_store", path)
    return run_to_end([python, "-m", "tests.drop_root", *arguments])
