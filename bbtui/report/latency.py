"""The latency tables: end to end per task, and its parts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

from bbtui.domain.cell_results import CellResult, SessionResults
from bbtui.domain.conclusions import answer_cost
from bbtui.domain.repeats import spread_of, spread_text
from bbtui.domain.timing import Timing, start_text
from bbtui.formatting.durations import milliseconds
from bbtui.formatting.numbers import UNKNOWN, format_answer_cost, format_rate
from bbtui.formatting.text import join_list, truncate
from bbtui.report.costs import costs_known
from bbtui.report.styled_text import Strong, StyledText, Table


def latency(result: CellResult) -> str:
    """Return the end-to-end latency of one answer: ``2,871 ms`` or ``N/A (cause)``.

    An incomplete answer has no latency: it had not ended when its clock stopped.
    """
    shown = _shown_ms(result)
    if shown is None:
        return f"N/A ({_short(result.problem.cause)})" if result.problem else "N/A"
    return f"{shown:,} ms (token limit)" if result.cut else f"{shown:,} ms"


def task_latency(cells: Sequence[CellResult]) -> str:
    """Return the latency of a task: of its answer, or the median of its trials with the range."""
    if len(cells) == 1:
        return latency(cells[0])
    if not (shown := _all_ms(cells)):
        return latency(cells[0])
    text = _spread(shown, "ms")
    notes = [of_trials(len(shown), cells)]
    if cut := sum(cell.cut for cell in cells):
        notes.append(f"{cut} at the token limit")
    return ", ".join([text, *filter(None, notes)])


def of_trials(count: int, cells: Sequence[CellResult]) -> str:
    """Return how many trials a figure is from, if not from all: ``2 of 3 trials``."""
    return "" if count == len(cells) else f"{count} of {len(cells)} trials"


def latency_table(results: SessionResults) -> Table:
    """Return a row per task, a column per endpoint; the last row sums the figures shown."""
    endpoints = results.session.endpoints
    columns = [results.task_rows(endpoint) for endpoint in endpoints]
    rows: list[tuple[StyledText, ...]] = [
        (title, *(task_latency(cells) for cells in row))
        for title, *row in zip(results.task_titles(), *columns, strict=True)
    ]
    totals = tuple(Strong(_total(column)) for column in columns)
    head = ("Task", *(results.label(endpoint) for endpoint in endpoints))
    right = frozenset(range(1, len(head)))
    total = "Total" if results.session.trials == 1 else "Sum of medians"
    return Table(head, (*rows, (Strong(total), *totals)), right)


def latency_notes(results: SessionResults) -> tuple[str, ...]:
    """Return how many tasks are in each total, if not all of them are."""
    shown = {
        results.label(endpoint): sum(bool(_all_ms(cells)) for cells in results.task_rows(endpoint))
        for endpoint in results.session.endpoints
    }
    tasks, trials = len(results.session.tasks), results.session.trials
    notes = ("Of several trials: the median, and the range in parentheses.",) if trials > 1 else ()
    if all(count == tasks for count in shown.values()):
        return notes
    counts = join_list([f"{label} {count} of {tasks}" for label, count in shown.items()])
    comparable = "" if len(shown) < 2 else " Totals over different answers are not comparable."
    what = "Answers" if trials == 1 else "Tasks"
    return (*notes, f"{what} in each total: {counts}.{comparable}")


def timing_table(results: SessionResults) -> Table:
    """Return a row per task and endpoint: first token, tok/s, the server's timings, cost, start.

    Of several trials the median and the range.
    """
    thinking = any(cell.answer and cell.answer.thinking for cell in results.cells)
    head = ["Task", "Endpoint", "First token"]
    if thinking:
        head.append("First answer text")
    head += ["tok/s", "Load", "Queue", "Prefill"]
    if costs := costs_known(results):
        head.append("Cost")
    head.append("Start")
    rows = []
    for title, task in zip(results.task_titles(), results.session.tasks, strict=True):
        for endpoint in results.session.endpoints:
            cells = results.trials(task, endpoint)
            timings = [cell.timing for cell in cells]
            figures = [_times(one.ttft_ns for one in timings)]
            if thinking:
                figures.append(_times(one.ttfa_ns for one in timings))
            figures += [
                _rates(timings),
                _times(one.load_ns for one in timings),
                _times(one.known_queue_ns for one in timings),
                _prefill(cells),
            ]
            if costs:
                figures.append(_costs(results, cells))
            rows.append((title, results.label(endpoint), *figures, _starts(cells)))
    return Table(tuple(head), tuple(rows), frozenset(range(2, len(head) - 1)))


def start(result: CellResult) -> str:
    """Return whether the model was in memory before the request: ``warm (loaded in 1.6 s)``."""
    if result.answer is None:
        return UNKNOWN
    return start_text(result.answer, result.timing.load_ns) or UNKNOWN


def _short(cause: str) -> str:
    """Return a cause for a table cell, without a trailing part in parentheses."""
    return truncate(re.sub(r"\s*\([^()]*\)\W*$", "", cause) or cause)


def _prefill(cells: Sequence[CellResult]) -> str:
    """Return the prefill time, with the number of cached prompt tokens if there were any."""
    duration = _times(cell.timing.prompt_eval_ns for cell in cells)
    counts = [cell.answer.server.cached_count for cell in cells if cell.answer is not None]
    cached = spread_of([count for count in counts if count is not None])
    if cached is None or not cached.high:
        return duration
    tokens = spread_text(cached, "{:,.0f}".format)
    return f"{duration}, {tokens} {'token' if tokens == '1' else 'tokens'} cached"


def _starts(cells: Sequence[CellResult]) -> str:
    """Return how the trials of a task started: ``cold ×1, warm ×2``; of one trial, its start."""
    counts = Counter(text for cell in cells if (text := start(cell)) != UNKNOWN)
    if len(counts) < 2:
        return next(iter(counts), UNKNOWN)
    return ", ".join(f"{text} ×{count}" for text, count in counts.items())


def _times(times_ns: Iterable[int | None]) -> str:
    """Return a time, or the median and the range of several, without those that are unknown."""
    return _spread([milliseconds(ns) for ns in times_ns if ns is not None], "ms")


def _rates(timings: Sequence[Timing]) -> str:
    """Return the tokens per second; ``~`` where one of the figures is not exact."""
    known = [one for one in timings if one.tok_s is not None]
    spread = spread_of([one.tok_s for one in known if one.tok_s is not None])
    if spread is None:
        return UNKNOWN
    mark = "" if all(one.rate_exact for one in known) else "~"
    return f"{mark}{spread_text(spread, partial(format_rate, exact=True))}"


def _costs(results: SessionResults, cells: Sequence[CellResult]) -> str:
    costs = [cost for one in cells if (cost := answer_cost(results, one)[0]) is not None]
    spread = spread_of(costs)
    return UNKNOWN if spread is None else spread_text(spread, format_answer_cost)


def _spread(values: Sequence[int], unit: str) -> str:
    """Return a median with its unit and the range: ``1,502 ms (1,501–1,503)``."""
    spread = spread_of(values)
    if spread is None:
        return UNKNOWN
    middle, _, reach = spread_text(spread, "{:,.0f}".format).partition(" ")
    return f"{middle} {unit} {reach}".rstrip()


def _all_ms(cells: Sequence[CellResult]) -> list[int]:
    return [ms for cell in cells if (ms := _shown_ms(cell)) is not None]


def _shown_ms(result: CellResult) -> int | None:
    if not result.whole or result.timing.e2e_ns is None:
        return None
    return milliseconds(result.timing.e2e_ns)


def _total(column: Sequence[Sequence[CellResult]]) -> str:
    """Return the sum of the medians as they are shown."""
    spreads = [spread_of(_all_ms(cells)) for cells in column]
    shown = [int(f"{spread.median:.0f}") for spread in spreads if spread is not None]
    return f"{sum(shown):,} ms" if shown else "N/A"
