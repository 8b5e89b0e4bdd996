"""CPU of a blind round while two answers stream, relative to the same round open.

Both are measured on one screen, in turns of a few ticks: so the text that is there, and a busy
moment of the machine, is the same for both.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator

from tests.bench import Figure
from tests.bench.rows import TICKS, TURNS, painted
from tests.fakes import Script, done, known, sent, text, wait
from tests.ui.driver import AppDriver, run_app


def figures() -> Iterator[Figure]:
    """Yield the ratio; about 40 s."""
    blind, plain = asyncio.run(_measure())
    yield Figure(
        "CPU per tick of a blind round to an open one",
        blind / plain,
        "ratio",
        at_most=1.05,
        detail=f"{blind * 1000:.1f} and {plain * 1000:.1f} ms",
    )


async def _measure() -> tuple[float, float]:
    """Return the CPU seconds of a tick, blind and open: the least of many turns."""
    release = threading.Event()
    held = [Script(known(), sent(), text("Begun. "), wait(release), done()) for _ in range(2)]
    costs: dict[bool, list[float]] = {True: [], False: []}
    async with run_app(big=held[0], local=held[1]) as app:
        await app.press("space")
        await app.shows("Begun.")
        gc.collect()
        gc.freeze()
        for turn in range(2 * TURNS):
            costs[turn % 2 == 0].append(await _turn(app, blind=turn % 2 == 0))
        release.set()
    return min(costs[True]), min(costs[False])


async def _turn(app: AppDriver, *, blind: bool) -> float:
    """Return the CPU seconds of a tick in which both answers grow."""
    main, comparison = app.main, app.comparison
    comparison.set_blind(blind, "7")
    assert main.naming.hidden == blind
    main.redraw()
    await app.pilot.pause()
    before = time.process_time()
    for _ in range(TICKS):
        for answer in comparison.queue.live_answers.values():
            answer.text.append("One more **word** of it. ")
        main.redraw()
        await painted(main)
    return (time.process_time() - before) / TICKS
