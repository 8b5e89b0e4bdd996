"""What a pane shows while its endpoint is warmed up, and while its machine cools down."""

from __future__ import annotations

import threading
from dataclasses import replace

from bbtui.domain.prefix_cache import WARMUP_PROMPT
from bbtui.domain.session import Schedule
from tests.fakes import answering, done, known, make_session, sent, wait
from tests.fakes.script import phase
from tests.ui.driver import run_app


class Clock:
    """Monotonic seconds that pass only when the test advances them."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_cool_down_is_counted_down_and_can_be_stopped() -> None:
    clock = Clock()
    session = replace(make_session(), schedule=Schedule(cooldown_s=5))
    async with run_app(session=session, pod_clock=clock) as app:
        await app.press("space")
        await app.settle()
        await app.press("n", "space")
        await app.shows("… cools down, 5 s left")
        clock.now += 1.5
        await app.shows("… cools down, 4 s left")
        assert "esc stop" in app.hint
        await app.press("escape")
        await app.until(lambda: "cools down" not in app.titles[0])
        assert "cools down, 4 s left" in app.titles[1], "the other one still waits"
        clock.now += 4
        await app.settle()
        assert [answer.cell.endpoint for answer in app.session.answers][2:] == ["local"]


async def test_warm_up_is_shown_with_what_it_waits_for(release: threading.Event) -> None:
    big = answering().on(
        WARMUP_PROMPT, phase("loading gemma3:27b"), wait(release), known(), sent(), done()
    )
    session = replace(make_session(), schedule=Schedule(warmup=2))
    async with run_app(big=big, session=session, size=(160, 40)) as app:
        await app.press("space")
        await app.shows("… warms up, 1 of 2: loading gemma3:27b")
        assert app.answer("webhook", "big-brain") is None, "no warm-up is an answer"
        release.set()
        await app.settle()
        assert "warms up" not in app.text
        assert len(app.session.answers) == 2
