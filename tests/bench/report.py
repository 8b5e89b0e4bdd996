"""Reports of a large session: how long each form takes, and how much memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from bbtui.domain.answer import Cell
from bbtui.domain.score import Judgement, Score
from bbtui.domain.session import Session
from bbtui.report.html import render_html
from bbtui.report.markdown import render_markdown
from tests.bench import Figure
from tests.fakes.checks import check_here
from tests.report.samples import BIG, GOOD_CODE, LOCAL, WEBHOOK, WRITTEN, answer, empty

TASKS, TURNS = 500, 5
PROSE = (
    "Black water holds the lamps. Ropes creak, a halyard taps, and somewhere an engine coughs once "
    "and lets the night be.\n\n"
) * 4


def figures() -> Iterator[Figure]:
    """Yield times of the processor, the least of some turns, and the most memory of the process."""
    session = large()

    def markdown(short: bool) -> str:
        return render_markdown(session, now=WRITTEN, run_check=check_here, short=short)

    forms: tuple[tuple[str, Callable[[], str], float], ...] = (
        ("report", lambda: markdown(short=False), 1.0),
        ("short report", lambda: markdown(short=True), 1.0),
        ("HTML", lambda: render_html(session, now=WRITTEN, run_check=check_here), 2.0),
    )
    for name, render, bound in forms:
        size = len(render())
        name = f"{name} of {2 * TASKS:,} answers"
        yield Figure(name, _least(render), "s", at_most=bound, detail=f"{size:,} characters")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("memory of all of these", most, "MB", at_most=150)


def large() -> Session:
    """Return two sides with prose and code, all scored."""
    tasks = tuple(
        replace(
            WEBHOOK, id=f"t{number}", title=f"Task {number}", prompt=f"{number} {WEBHOOK.prompt}"
        )
        for number in range(TASKS)
    )
    texts = (GOOD_CODE, PROSE)
    answers = tuple(
        answer(Cell(task.id, name), texts[(at + side) % 2])
        for at, task in enumerate(tasks)
        for side, name in enumerate(("big-brain", "local"))
    )
    rows = tuple(
        Judgement(WRITTEN, Score(1 + at % 5), one.cell, 1, id=at + 1)
        for at, one in enumerate(answers)
    )
    return replace(empty(BIG, LOCAL, tasks=tasks), answers=answers, judgements=rows)


def _least(render: Callable[[], str]) -> float:
    times = []
    for _ in range(TURNS):
        began = time.process_time()
        render()
        times.append(time.process_time() - began)
    return min(times)
