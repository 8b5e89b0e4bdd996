"""Starting, telling and ending the other program of child.py."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


def command(deed: str, path: Path, session_id: str = "") -> list[str]:
    return [sys.executable, "-m", "tests.store.child", deed, str(path), session_id]


@contextmanager
def child(deed: str, path: Path, session_id: str = "") -> Iterator[subprocess.Popen[str]]:
    """The program at work; it is killed, if it has not ended, when the block does."""
    with subprocess.Popen(
        command(deed, path, session_id),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    """The next line it says."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the child ended"
    return line.strip()


def tell(process: subprocess.Popen[str], line: str) -> None:
    """Give it a line."""
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def outcome(arguments: list[str]) -> list[str]:
    """Run it to its end and return all it said."""
    done = subprocess.run(arguments, cwd=ROOT, text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def open_without_rights(path: Path) -> list[str]:
    """Open the store in a process for which read-only is not writable, also for root."""
    python, *arguments = command("open_store", path)
    return outcome([python, "-m", "tests.drop_root", *arguments])
