"""The clocks of a session as two tables: what a person waited for, and where the time went."""

from __future__ import annotations

import re

from bbtui.domain.answer import Answer, Warmth
from bbtui.domain.cell_results import CellResult, SessionResults
from bbtui.formatting.durations import format_ms, format_s, milliseconds
from bbtui.formatting.numbers import UNKNOWN, format_rate
from bbtui.formatting.text import counted, join_list, truncate
from bbtui.report.phrase import Phrase, Strong, Table


def latency(one: CellResult) -> str:
    """The E2E latency of one answer as shown everywhere: ``2,871 ms`` or ``N/A (cause)``.

    An answer that broke off has no latency: it was not over when its clock stopped.
    """
    shown = _shown_ms(one)
    if shown is None:
        return f"N/A ({_short(one.cause)})" if one.cause else "N/A"
    return f"{shown:,} ms (cut)" if one.cut else f"{shown:,} ms"


def latency_table(results: SessionResults) -> Table:
    """A row per task (and trial), a column per endpoint; Total is the sum of what is shown."""
    endpoints = results.session.endpoints
    columns = [results.of_endpoint(endpoint) for endpoint in endpoints]
    rows: list[tuple[Phrase, ...]] = [
        (results.title(line[0]), *(latency(one) for one in line))
        for line in zip(*columns, strict=True)
    ]
    totals = tuple(Strong(_total(column)) for column in columns)
    head = ("Task", *(results.label(endpoint) for endpoint in endpoints))
    right = frozenset(range(1, len(head)))
    return Table(head, (*rows, (Strong("Total"), *totals)), right)


def latency_notes(results: SessionResults) -> tuple[str, ...]:
    """What the totals do not say: that they add up different tasks."""
    shown = {
        results.label(endpoint): sum(
            _shown_ms(one) is not None for one in results.of_endpoint(endpoint)
        )
        for endpoint in results.session.endpoints
    }
    cells = len(results.session.tasks) * results.session.trials
    if all(count == cells for count in shown.values()):
        return ()
    counts = join_list([f"{label} {count} of {cells}" for label, count in shown.items()])
    comparable = "" if len(shown) < 2 else " Totals over different answers do not compare."
    return (f"Figures in each total: {counts}.{comparable}",)


def timing_table(results: SessionResults) -> Table:
    """A row per task and endpoint: first token, speed, the server's own parts, cold or warm."""
    thinking = any(one.answer and one.answer.thinking for one in results.cells)
    head = ["Task", "Endpoint", "First token"]
    if thinking:
        head.append("First answer text")
    head += ["tok/s", "Load", "Queue", "Prefill", "Start"]
    rows = []
    for task in results.session.tasks:
        for one in results.of_task(task):
            timing = one.timing
            figures = [format_ms(timing.ttft_ns)]
            if thinking:
                figures.append(format_ms(timing.ttfa_ns))
            figures += [
                format_rate(timing.tok_s, timing.exact),
                format_ms(timing.load_ns),
                format_ms(timing.queue_ns),
                _prefill(one),
            ]
            rows.append((results.title(one), one.label, *figures, start(one.answer)))
    return Table(tuple(head), tuple(rows), frozenset(range(2, len(head) - 1)))


def start(answer: Answer | None) -> str:
    """Whether the model was in memory before the request: ``warm (loaded in 1.6 s)``."""
    if answer is None or answer.warmth is Warmth.UNKNOWN:
        return UNKNOWN
    if answer.preload_ns is None:
        return answer.warmth.value
    return f"{answer.warmth.value} (loaded in {format_s(answer.preload_ns)})"


def _short(cause: str) -> str:
    """A cause for a table's cell, without what stands in brackets behind it."""
    return truncate(re.sub(r"\s*\([^()]*\)\W*$", "", cause) or cause)


def _prefill(one: CellResult) -> str:
    """The time for the prompt, with the part of it that was not computed again."""
    words = format_ms(one.timing.prompt_eval_ns)
    cached = one.answer.server.cached_count if one.answer else None
    return f"{words}, {counted(cached, 'token')} cached" if cached else words


def _shown_ms(one: CellResult) -> int | None:
    if not one.whole or one.timing.e2e_ns is None:
        return None
    return milliseconds(one.timing.e2e_ns)


def _total(column: tuple[CellResult, ...]) -> str:
    shown = [ms for one in column if (ms := _shown_ms(one)) is not None]
    return f"{sum(shown):,} ms" if shown else "N/A"
