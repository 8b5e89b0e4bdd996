"""Progress on a terminal: lines that stay, and below them a row for each endpoint."""

from __future__ import annotations

import time
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from bbtui.cli.progress import Progress
from bbtui.domain.answer import LiveAnswer
from bbtui.domain.blind import blind_state
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import UNKNOWN_HOST
from bbtui.domain.timing import Meter
from bbtui.engine.snapshot import Snapshot
from bbtui.formatting.durations import format_ns
from bbtui.formatting.sanitize import clean_name, single_line
from bbtui.ui.messages import (
    cooldown_texts,
    format_rate,
    format_tokens,
    host_text,
    pause_texts,
    state_text,
    warmup_texts,
)

_PERIOD_NS = 100_000_000
#: Of first token, tok/s, tokens, elapsed: figures must not move while they change.
_WIDTHS = (12, 12, 8, 7)


class LiveProgress(Progress):
    """A row for each endpoint: state, time to first token, tok/s, tokens, elapsed time.

    While judging is blind there is none, but how many answers have ended.
    """

    def __init__(self, err: TextIO, total: int) -> None:
        super().__init__(err)
        self._console = Console(file=err, highlight=False, markup=False, emoji=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._total = total
        self._began_ns = self._next_ns = time.perf_counter_ns()
        self._meters: dict[str, tuple[LiveAnswer, Meter]] = {}
        self._live.start()

    def close(self) -> None:
        """Erase the rows."""
        self._live.stop()

    def print_lines(self, *lines: str) -> None:
        """Print lines above the rows."""
        for line in lines:
            self._console.print(Text(line))

    def update(self, snapshot: Snapshot, ended: int) -> None:
        """Redraw the rows, at most ten times a second."""
        now = time.perf_counter_ns()
        if now < self._next_ns:
            return
        self._next_ns = now + _PERIOD_NS
        rows = Table.grid(padding=(0, 2))
        rows.add_column(no_wrap=True)
        rows.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for width in _WIDTHS:
            rows.add_column(no_wrap=True, justify="right", min_width=width)
        # In a blind round the figures would reveal who wrote which text.
        hidden = blind_state(snapshot.session).on
        for endpoint in () if hidden else snapshot.session.endpoints:
            rows.add_row(*(Text(part) for part in self._row(snapshot, endpoint, now)))
        elapsed = format_ns(now - self._began_ns)
        rows.add_row(Text(f"{ended} of {self._total}"), "", "", "", "", Text(elapsed))
        self._live.update(rows, refresh=True)

    def _row(self, snapshot: Snapshot, endpoint: Endpoint, now: int) -> tuple[str, ...]:
        label = clean_name(endpoint.label)
        for cell, answer in snapshot.live.items():
            if cell.endpoint == endpoint.name:
                state = f"{state_text(answer, queued=False, now_ns=now)}  {cell.task}"
                timing = self._meter(endpoint.name, answer).update(answer)
                first, elapsed_ns = timing.ttft_ns, now - (answer.sent_ns or answer.since_ns)
                speed = (f"first {format_ns(first)}", format_rate(timing), format_tokens(timing))
                return (label, single_line(state), *speed, format_ns(elapsed_ns))
        if pause := snapshot.paused.get(endpoint.name):
            state = pause_texts(pause, endpoint.model, snapshot.now_s)[0]
            return (label, single_line(state), "", "", "", "")
        for cell, warm in snapshot.warming.items():
            if cell.endpoint == endpoint.name:
                return (label, single_line(warmup_texts(warm)[0]), "", "", "", "")
        for cell, until in snapshot.cooling.items():
            if cell.endpoint == endpoint.name:
                return (label, cooldown_texts(until, snapshot.now_s)[0], "", "", "", "")
        known = snapshot.hosts.get(endpoint.name)
        host = UNKNOWN_HOST if known is None else known.last_check.host
        state = host_text(host, stale=False).state
        return (label, single_line(state), "", "", "", "")

    def _meter(self, name: str, answer: LiveAnswer) -> Meter:
        known = self._meters.get(name)
        if known is None or known[0] is not answer:
            known = self._meters[name] = (answer, Meter())
        return known[1]
