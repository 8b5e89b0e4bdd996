"""A fake model catalog, which pulls and loads when the test releases it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from bbtui.clients.ports import CancelToken, Probe
from bbtui.domain.endpoint import Options
from bbtui.domain.model import Model, ModelListing, PullProgress, full_name
from bbtui.errors import EndpointError
from tests.fakes.probe import StillProbe

BIGGER = Model("gemma3:4b", 3_338_801_804, "4.3B", "Q4_K_M", 131_072, loaded=False)
SMALL = Model(
    "gemma3:1b", 815_319_791, "999.89M", "Q4_K_M", 32_768, loaded=True, running_context=8192
)


class FakeCatalog:
    """A ModelCatalog and ModelManager over a list of models.

    `failing` set to an error is raised by every call. A pull goes through `steps` and then waits
    for `release` (if there is one) before the model is there; a load waits for it too.
    """

    def __init__(self, *models: Model, release: threading.Event | None = None) -> None:
        self.models = list(models or (SMALL, BIGGER))
        self.failing: EndpointError | None = None
        self.unsure = ""
        self.steps: list[PullProgress] = []
        self.contexts: dict[str, int] = {}
        self.calls: list[str] = []
        self._release = release

    def list_models(self) -> ModelListing:
        self._call("list_models")
        return ModelListing(tuple(self.models), self.unsure)

    def probe(self, model: str) -> Probe:
        return StillProbe()

    def context_length(self, model: str) -> int | None:
        self._call(f"context_length {model}")
        return self.contexts.get(model)

    def load(self, model: str, options: Options, cancel_token: CancelToken) -> None:
        self._call(f"load {model} num_ctx {options.num_ctx}")
        self._wait(cancel_token)
        self._set_loaded(model, loaded=True)

    def unload(self, model: str) -> None:
        self._call(f"unload {model}")
        self._set_loaded(model, loaded=False)

    def measure(self, model: str, cancel_token: CancelToken) -> PullProgress | None:
        self._call(f"measure {model}")
        return self.steps[0] if self.steps else None

    def pull(self, model: str, cancel_token: CancelToken) -> Iterator[PullProgress]:
        self._call(f"pull {model}")
        yield from self.steps
        self._wait(cancel_token)
        if not cancel_token.cancelled:
            self.models.append(Model(model, 1_000_000, loaded=False))

    def _wait(self, cancel_token: CancelToken) -> None:
        while self._release is not None and not self._release.is_set():
            if cancel_token.wait_cancelled(0.005):
                return

    def _set_loaded(self, name: str, *, loaded: bool) -> None:
        self.models = [
            Model(one.name, one.size, one.parameters, one.quantisation, loaded=loaded)
            if full_name(one.name) == full_name(name)
            else one
            for one in self.models
        ]

    def _call(self, what: str) -> None:
        self.calls.append(what)
        if self.failing is not None:
            raise self.failing
