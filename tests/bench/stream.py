"""CPU per token of the answer view, relative to Textual's Markdown and to a short text."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import Figure
from tests.bench.terminal import run


def figures() -> Iterator[Figure]:
    """Yield figures of two panes, every run in a terminal of its own; about 75 s in all."""
    stock, ours = [], []
    for _ in range(2):  # one after the other, so that a busy moment of the machine hits both
        stock.append(_cost("stock", rate=50, count=300, before=500))
        ours.append(_cost("ours", rate=50, count=300, before=500))
    yield Figure(
        "CPU per token, ours to Markdown + MarkdownStream",
        statistics.mean(ours) / statistics.mean(stock),
        "ratio",
        at_most=0.25,
        detail=f"{statistics.mean(ours):.2f} and {statistics.mean(stock):.2f} CPU s per 1,000",
    )
    short, long = [], []
    for _ in range(2):
        short.append(_cost("ours", rate=100, count=500, before=2_000))
        long.append(_cost("ours", rate=100, count=500, before=100_000))
    yield Figure(
        "CPU per token at 100,000 tokens to that at 2,000",
        statistics.mean(long) / statistics.mean(short),
        "ratio",
        at_most=1.3,
        detail=f"{statistics.mean(long):.2f} and {statistics.mean(short):.2f} CPU s per 1,000",
    )
    fast = _run("ours", rate=2_000, count=16_000, before=0)
    yield Figure(
        "2 × 2,000 tok/s, the view alone: sustained to wanted",
        fast["tokens"] / 2 / fast["took_s"] / 2_000,
        "ratio",
        at_least=0.99,
        detail=f"{fast['late_s'] * 1000:.0f} ms late at the end",
    )


def _cost(kind: str, *, rate: int, count: int, before: int) -> float:
    """Return CPU seconds per 1,000 tokens."""
    measured = _run(kind, rate=rate, count=count, before=before)
    return measured["cpu_s"] / measured["tokens"] * 1000


def _run(kind: str, *, rate: int, count: int, before: int) -> dict[str, float]:
    """Run one of the apps of tests.bench.apps.stream in a terminal."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        plan = json.dumps({"rate": rate, "count": count, "before": before})
        module = ["-m", "tests.bench.apps.stream"]
        recording = run([sys.executable, *module, kind, plan, str(result)], timeout=120)
        if not result.exists():
            raise RuntimeError(recording.output[-2000:].decode(errors="replace"))
        measured: dict[str, float] = json.loads(result.read_text())
    return measured
