"""The control of a fake account, as the program makes it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bbtui.clients.factory import make_pod_control
from bbtui.clients.ports import PodControl
from bbtui.clients.runpod.client import PriceCache
from bbtui.config.settings import PodSettings
from tests.fakes.runpod import KEY, FakeRunPod

VARIABLE = "RUNPOD_API_KEY"
POD = "7h9k2m4n6p"


@pytest.fixture
def cloud() -> Iterator[FakeRunPod]:
    """Yield an account without pods."""
    with FakeRunPod() as fake:
        yield fake


def control(url: str, key: str = KEY, prices: PriceCache | None = None) -> PodControl:
    """Return the control of the account at `url`."""
    settings = PodSettings("runpod", POD, f"env:{VARIABLE}", url)
    return make_pod_control(settings, {VARIABLE: key}, prices or PriceCache())
