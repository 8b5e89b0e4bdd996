"""What the panes show: answers as they grow, machines, and in an empty one what will be there."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import TYPE_CHECKING

from bbtui.domain.answer import Cell, LiveAnswer
from bbtui.formatting.sanitize import clean_text
from bbtui.ui.commands.pods import pod_at
from bbtui.ui.flags import flags_of
from bbtui.ui.screens import overview

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen


def show_answers(main: MainScreen) -> None:
    """Bring every pane up to its answer to the round at hand."""
    now_ns = time.perf_counter_ns()
    comparison = main.comparison
    card = comparison.scorecard
    for pane, cell in zip(main.panes, main.round_cells, strict=True):
        answer = comparison.latest(cell)
        marks = card.of(cell, answer.attempt if answer else 1)
        pane.flags = flags_of(comparison, cell)
        pane.show(answer, marks, queued=cell in comparison.queue.waiting, now_ns=now_ns)


def follow(main: MainScreen, changed: Collection[Cell]) -> bool:
    """Add what is new to the answers that are shown; whether they are still the ones to show."""
    now_ns = time.perf_counter_ns()
    same = True
    for pane, cell in zip(main.panes, main.round_cells, strict=True):
        shown = pane.answer
        queued = cell in main.comparison.queue.waiting
        if not overview.same(shown, main.comparison.latest(cell)) or pane.queued != queued:
            same = False
        elif isinstance(shown, LiveAnswer) and (cell in changed or not shown.state.final):
            pane.follow(now_ns)
    return same


def show_hosts(main: MainScreen, *, starts: bool) -> None:
    """Bring every pane up to its machine; `starts`: the first task starts by itself."""
    machines = main.comparison.hosts
    for pane, cell in zip(main.panes, main.round_cells, strict=True):
        name = pane.endpoint.name
        pod = pod_at(main, name)
        empty = overview.placeholder(
            main.comparison,
            cell,
            main.key,
            main.notice,
            judging=main.desk.judging,
            starts=starts,
            pod=pod,
        )
        pane.view.placeholder = clean_text(empty)
        if name in machines:
            sighting = machines.monitor.sighting(name)
            stale = sighting.stale(time.monotonic())
            mode = main.comparison.session.mode
            pane.show_host(sighting, mode, stale=stale and pod is None, pod=pod)
