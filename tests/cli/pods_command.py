"""`bbtui pods` with an account whose clock advances while a command waits."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bbtui.cli.parser import parse
from bbtui.clients.factory import make_pod_control
from bbtui.clients.ports import PodControl
from bbtui.clients.runpod.client import PriceCache
from bbtui.config.settings import PodSettings
from bbtui.errors import BbtuiError
from bbtui.locations import Locations
from tests.cli.command import make_context
from tests.cli.program import Ended
from tests.fakes.runpod import KEY, FakeRunPod

#: The ids of the pod behind an endpoint, and of another one.
BIG, SPARE = "7h9k2m4n6p", "q8w7e6r5t4"


@dataclass
class PodsCommand:
    """Runs `bbtui pods`; while a command waits, the clock of the account advances."""

    cloud: FakeRunPod
    home: Path
    environ: dict[str, str] = field(default_factory=lambda: {"RUNPOD_API_KEY": KEY})
    terminal: bool = False
    pauses: list[float] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def configure(self, *extra: str) -> Path:
        """Write a configuration with one rented endpoint and one that is not."""
        path = self.home / "bbtui.toml"
        tables = (
            '[[endpoints]]\nname = "big-brain"\nmodel = "m"\nurl = "https://x.example"\n'
            f'[endpoints.pod]\nprovider = "runpod"\nid = "{BIG}"\napi_url = "{self.cloud.url}"\n',
            '[[endpoints]]\nname = "local"\nmodel = "m"\nurl = "http://127.0.0.1:1"\n',
        )
        path.write_text("\n".join([*tables, *extra]), encoding="utf-8")
        self.environ["BBTUI_CONFIG"] = str(path)
        return path

    def __call__(self, *words: str, answer: str = "") -> Ended:
        out, err = io.StringIO(), io.StringIO()
        user = Locations(*(self.home / name for name in ("config", "data", "cache", "state")))
        prices = PriceCache(user.prices)

        def control(settings: PodSettings) -> PodControl:
            return make_pod_control(settings, self.environ, prices, clock=self.cloud.now)

        args = parse(["pods", *words])
        context = make_context(
            user,
            environ=self.environ,
            out=out,
            err=err,
            terminal=self.terminal,
            pod_control=control,
            stdin=io.StringIO(answer),
            sleep=self._pause,
        )
        try:
            code = args.handler(args, context) or 0
        except BbtuiError as error:
            return Ended(error.exit_code, out.getvalue(), f"{err.getvalue()}bbtui: {error}\n")
        return Ended(code, out.getvalue(), err.getvalue())

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.cloud.advance(seconds)
        self.meanwhile()


@pytest.fixture
def pods(home: Path) -> Iterator[PodsCommand]:
    with FakeRunPod() as cloud:
        pods = PodsCommand(cloud, home)
        pods.configure()
        yield pods
