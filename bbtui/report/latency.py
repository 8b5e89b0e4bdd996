"""The latency tables: end to end per task, and its parts."""

from __future__ import annotations

import re

from bbtui.domain.cell_results import CellResult, SessionResults
from bbtui.domain.timing import start_text
from bbtui.formatting.durations import format_ms, milliseconds
from bbtui.formatting.numbers import UNKNOWN, format_cost, format_rate
from bbtui.formatting.text import counted, join_list, truncate
from bbtui.report.costs import answer_cost, costs_known
from bbtui.report.styled_text import Strong, StyledText, Table


def latency(result: CellResult) -> str:
    """Return the end-to-end latency of one answer: ``2,871 ms`` or ``N/A (cause)``.

    An incomplete answer has no latency: it had not ended when its clock stopped.
    """
    shown = _shown_ms(result)
    if shown is None:
        return f"N/A ({_short(result.problem.cause)})" if result.problem else "N/A"
    return f"{shown:,} ms (token limit)" if result.cut else f"{shown:,} ms"


def latency_table(results: SessionResults) -> Table:
    """Return a row per task and trial, a column per endpoint; Total sums the figures shown."""
    endpoints = results.session.endpoints
    columns = [results.of_endpoint(endpoint) for endpoint in endpoints]
    rows: list[tuple[StyledText, ...]] = [
        (results.numbered_title(row[0]), *(latency(result) for result in row))
        for row in zip(*columns, strict=True)
    ]
    totals = tuple(Strong(_total(column)) for column in columns)
    head = ("Task", *(results.label(endpoint) for endpoint in endpoints))
    right = frozenset(range(1, len(head)))
    return Table(head, (*rows, (Strong("Total"), *totals)), right)


def latency_notes(results: SessionResults) -> tuple[str, ...]:
    """Return how many answers are in each total, if not all of them are."""
    shown = {
        results.label(endpoint): sum(
            _shown_ms(result) is not None for result in results.of_endpoint(endpoint)
        )
        for endpoint in results.session.endpoints
    }
    cells = len(results.session.tasks) * results.session.trials
    if all(count == cells for count in shown.values()):
        return ()
    counts = join_list([f"{label} {count} of {cells}" for label, count in shown.items()])
    comparable = "" if len(shown) < 2 else " Totals over different answers are not comparable."
    return (f"Answers in each total: {counts}.{comparable}",)


def timing_table(results: SessionResults) -> Table:
    """Return a row per answer: first token, tok/s, the server's own timings, cost, start."""
    thinking = any(cell.answer and cell.answer.thinking for cell in results.cells)
    head = ["Task", "Endpoint", "First token"]
    if thinking:
        head.append("First answer text")
    head += ["tok/s", "Load", "Queue", "Prefill"]
    if costs := costs_known(results):
        head.append("Cost")
    head.append("Start")
    rows = []
    for task in results.session.tasks:
        for result in results.of_task(task):
            timing = result.timing
            figures = [format_ms(timing.ttft_ns)]
            if thinking:
                figures.append(format_ms(timing.ttfa_ns))
            figures += [
                format_rate(timing.tok_s, timing.rate_exact),
                format_ms(timing.load_ns),
                format_ms(timing.known_queue_ns),
                _prefill(result),
            ]
            if costs:
                cost = answer_cost(results, result)
                figures.append(UNKNOWN if cost is None else format_cost(cost))
            rows.append((results.numbered_title(result), result.label, *figures, start(result)))
    return Table(tuple(head), tuple(rows), frozenset(range(2, len(head) - 1)))


def start(result: CellResult) -> str:
    """Return whether the model was in memory before the request: ``warm (loaded in 1.6 s)``."""
    if result.answer is None:
        return UNKNOWN
    return start_text(result.answer, result.timing.load_ns) or UNKNOWN


def _short(cause: str) -> str:
    """Return a cause for a table cell, without a trailing part in parentheses."""
    return truncate(re.sub(r"\s*\([^()]*\)\W*$", "", cause) or cause)


def _prefill(result: CellResult) -> str:
    """Return the prefill time, with the number of cached prompt tokens if there were any."""
    duration = format_ms(result.timing.prompt_eval_ns)
    cached = result.answer.server.cached_count if result.answer else None
    return f"{duration}, {counted(cached, 'token')} cached" if cached else duration


def _shown_ms(result: CellResult) -> int | None:
    if not result.whole or result.timing.e2e_ns is None:
        return None
    return milliseconds(result.timing.e2e_ns)


def _total(column: tuple[CellResult, ...]) -> str:
    shown = [ms for result in column if (ms := _shown_ms(result)) is not None]
    return f"{sum(shown):,} ms" if shown else "N/A"
