"""CPU of a tick while two answers stream, on one screen in two states that take turns.

Both states have the same text, and the same busy moments of the machine.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Awaitable, Callable

from tests.fakes import Script, done, known, sent, text, wait
from tests.ui.driver import AppDriver, run_app

TURNS, TICKS = 30, 20
#: Gives the screen one of the two states, and returns the CPU seconds of a tick in it.
Turn = Callable[[AppDriver, bool], Awaitable[float]]


async def compare(turn: Turn) -> tuple[float, float]:
    """Return the CPU seconds of a tick in both states, True first: the least of many turns."""
    release = threading.Event()
    held = [Script(known(), sent(), text("Begun. "), wait(release), done()) for _ in range(2)]
    costs: dict[bool, list[float]] = {True: [], False: []}
    async with run_app(big=held[0], local=held[1]) as app:
        await app.press("space")
        await app.shows("Begun.")
        gc.collect()
        gc.freeze()
        for number in range(2 * TURNS):
            state = number % 2 == 0
            costs[state].append(await turn(app, state))
        release.set()
    return min(costs[True]), min(costs[False])


async def tick_s(app: AppDriver) -> float:
    """Return the CPU seconds of a tick in which both answers grow."""
    main = app.main
    main.redraw()
    await app.pilot.pause()
    before = time.process_time()
    for _ in range(TICKS):
        for answer in app.comparison.queue.live_answers.values():
            answer.text.append("One more **word** of it. ")
        main.redraw()
        painted = asyncio.Event()
        main.call_after_refresh(painted.set)
        await painted.wait()
    return (time.process_time() - before) / TICKS
