"""The start of a pod, from key to first prompt, and the API calls of monitoring."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from bbtui.clients.factory import make_pod_control
from bbtui.clients.runpod.client import PriceCache
from bbtui.config.settings import PodSettings
from bbtui.engine.pod_monitor import PodMonitor
from tests.bench import Figure
from tests.fakes.proxy import CHAT
from tests.fakes.runpod import KEY, FakeRunPod
from tests.ui.driver import run_app
from tests.ui.pods import FakePod, fake_pod

STEADY_MIN = 10
MOST_CALLS = 70
#: The most time from the key to the request to the provider, in s.
MOST_ASK_S = 2.0
#: The most time that the program may add from the key to the first prompt, in s; most of it is
#: its period of checking a server that boots.
MOST_START_S = 10.0


def figures() -> Iterable[Figure]:
    """Yield the program's own times: the fake pod runs as soon as it is started."""
    asked_s, prompted_s = asyncio.run(_start_s())
    yield Figure("s and its confirmation to the provider's API", asked_s, "s", at_most=MOST_ASK_S)
    yield Figure(
        "s and its confirmation to the first prompt sent",
        prompted_s,
        "s",
        at_most=MOST_START_S,
        detail="a pod that runs at once",
    )
    for count in (1, 3):
        yield Figure(
            f"API calls in {STEADY_MIN} steady minutes, {count} pod{'s' if count > 1 else ''}",
            _calls(count),
            "calls",
            at_most=MOST_CALLS,
            detail="simulated clock",
        )


async def _start_s() -> tuple[float, float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        fake_pod(Path(folder), patch) as rent,
    ):
        return await _started_s(rent)


async def _started_s(rent: FakePod) -> tuple[float, float]:
    """Return the time from the first key to the request for a start, and to the first prompt."""
    rent.off()
    async with run_app(connections=[rent.connection()]) as app:
        await app.shows("pod is stopped")
        rent.serves()
        begun = time.perf_counter()
        await app.press("s", "y")
        await app.until(lambda: rent.cloud.actions)
        asked_s = time.perf_counter() - begun
        rent.cloud.advance(60)
        await app.until(lambda: rent.proxy.requests_to(CHAT))
        prompted_s = time.perf_counter() - begun
        await app.settle()
    return asked_s, prompted_s


def _calls(count: int) -> int:
    """Return the requests of one account with running pods, by a clock that advances per check."""
    with FakeRunPod() as cloud:
        pods = [f"pod{number}" for number in range(count)]
        for pod_id in pods:
            cloud.add(pod_id, running=True)
        settings = PodSettings("runpod", "", "env:KEY", cloud.url)
        control = make_pod_control(settings, {"KEY": KEY}, PriceCache(), clock=cloud.now)
        monitor = PodMonitor(lambda: control, cloud.now, lambda: None)
        for pod_id in pods:
            monitor.add(pod_id)
        while cloud.now() < STEADY_MIN * 60:
            cloud.advance(monitor.check())
        return len(cloud.requests)
