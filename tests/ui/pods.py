"""An endpoint on a pod for the screen: a fake provider, and a proxy in front of an Ollama."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bbtui.clients.factory import bind_pod, connect, make_pod_control
from bbtui.clients.ports import Connection
from bbtui.clients.runpod.client import PriceCache
from bbtui.config.settings import EndpointSettings, PodSettings
from tests.cli.ollama import WHOLE
from tests.fakes.proxy import CHAT, POD_ID, PodProxy, page
from tests.fakes.runpod import KEY, FakeRunPod
from tests.loopback import SILENT, json_reply, ndjson

MODEL = "gemma3:27b"
PULL = "POST /api/pull"


@dataclass
class FakePod:
    """A pod: the account of its provider, and the proxy in front of it."""

    cloud: FakeRunPod
    proxy: PodProxy
    environ: dict[str, str]

    def connection(self, name: str = "big-brain", label: str = "Big Brain") -> Connection:
        """Return the endpoint behind the proxy, with its pod."""
        pod = PodSettings("runpod", POD_ID, "env:RUNPOD_API_KEY", self.cloud.url)
        settings = EndpointSettings(
            name, label, self.proxy.url, MODEL, pod=pod, ca=Path(self.proxy.ca)
        )
        prices = PriceCache()
        own = bind_pod(
            settings,
            self.environ,
            lambda account: make_pod_control(account, self.environ, prices, clock=self.cloud.now),
        )
        return connect(settings, {})._replace(pod=own)

    def boots(self) -> None:
        """Let nothing listen in the pod yet."""
        self.proxy.pages(502)

    def serves(self, *, there: bool = True) -> None:
        """Let its Ollama answer, with the model or without it."""
        self.proxy.serves(MODEL)
        if not there:
            self.proxy.on("GET /api/tags", json_reply({"models": []}))
            self.proxy.on("GET /api/ps", json_reply({"models": []}))
            weights = {"status": "pulling aea", "digest": "sha256:aea", "total": 16_000_000_000}
            whole = {**weights, "completed": 16_000_000_000}
            self.proxy.on(PULL, ndjson(weights, SILENT), ndjson(whole, {"status": "success"}))
        self.proxy.on(CHAT, WHOLE)

    def off(self) -> None:
        """Let the proxy reply as for a pod that is off."""
        for route in ("GET /api/version", CHAT):
            self.proxy.on(route, page(404))


def check_hosts_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a change of a server be seen at once, and not after seconds."""
    for period in ("STEADY_S", "WAITED_S"):
        monkeypatch.setattr(f"bbtui.engine.hosts.{period}", 0.1)


@contextmanager
def fake_pod(folder: Path, monkeypatch: pytest.MonkeyPatch, **pod: object) -> Iterator[FakePod]:
    """Run an account with one pod; `pod` are arguments of `FakeRunPod.add`."""
    with FakeRunPod() as cloud, PodProxy(folder) as proxy:
        proxy.resolving(monkeypatch)
        cloud.add(POD_ID, **pod)  # type: ignore[arg-type]
        yield FakePod(cloud, proxy, {"RUNPOD_API_KEY": KEY})
