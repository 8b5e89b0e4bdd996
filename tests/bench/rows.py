"""CPU of the rows of prompt and judgements while two answers stream, relative to a screen without.

Both are measured on one screen, in turns of a few ticks: so the text that is there, and a busy
moment of the machine, is the same for both.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator
from unittest import mock

from bbtui.ui import view
from bbtui.ui.screens.main import MainScreen
from bbtui.ui.view import ViewBuilder
from bbtui.ui.widgets.judgement import JudgementView
from bbtui.ui.widgets.prompt_strip import PromptView
from tests.bench import Figure
from tests.fakes import Script, done, known, sent, text, wait
from tests.ui.driver import AppDriver, run_app

TURNS, TICKS = 30, 20
JUDGED = JudgementView(
    "4/5", "SOLID", "names both parts", "FATAL", "no HMAC", 1, winner="♛ winner", ticked="4/7"
)
_PROMPT = view.prompt_view


def figures() -> Iterator[Figure]:
    """Yield the ratio; about 40 s."""
    with_rows, without = asyncio.run(_measure())
    yield Figure(
        "CPU per tick with the rows of prompt and judgements to without",
        with_rows / without,
        "ratio",
        at_most=1.03,
        detail=f"{with_rows * 1000:.1f} and {without * 1000:.1f} ms",
    )


async def _measure() -> tuple[float, float]:
    """Return the CPU seconds of a tick, with the rows and without: the least of many turns."""
    release = threading.Event()
    held = [Script(known(), sent(), text("Begun. "), wait(release), done()) for _ in range(2)]
    costs: dict[bool, list[float]] = {True: [], False: []}
    async with run_app(big=held[0], local=held[1]) as app:
        await app.press("space")
        await app.shows("Begun.")
        gc.collect()
        gc.freeze()
        for turn in range(2 * TURNS):
            costs[turn % 2 == 0].append(await _turn(app, rows=turn % 2 == 0))
        release.set()
    return min(costs[True]), min(costs[False])


async def _turn(app: AppDriver, *, rows: bool) -> float:
    """Return the CPU seconds of a tick in which both answers grow."""
    main = app.main
    prompt = _PROMPT if rows else lambda _: PromptView()
    judged = JUDGED if rows else JudgementView()
    with (
        mock.patch.object(view, "prompt_view", prompt),
        mock.patch.object(view, "judgement_view", return_value=judged),
    ):
        main._views = ViewBuilder()
        main.prompt.display = rows
        main.redraw()
        await app.pilot.pause()
        before = time.process_time()
        for _ in range(TICKS):
            for answer in app.comparison.queue.live_answers.values():
                answer.text.append("One more **word** of it. ")
            main.redraw()
            await painted(main)
        return (time.process_time() - before) / TICKS


async def painted(main: MainScreen) -> None:
    """Wait until what was shown is on its way to the terminal."""
    painted = asyncio.Event()
    main.call_after_refresh(painted.set)
    await painted.wait()
