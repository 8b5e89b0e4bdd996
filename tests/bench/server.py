"""The server at a fixed pace, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from tests.cli.program import ROOT


@contextmanager
def paced_server(rate: int, count: int, last: Sequence[str]) -> Iterator[tuple[str, IO[str]]]:
    """Run `tests.bench.apps.paced`, which has the arguments; yield its address and its output."""
    plan = json.dumps({"rate": rate, "count": count, "last": last})
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.apps.paced", plan],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process.stdout
        finally:
            process.kill()
