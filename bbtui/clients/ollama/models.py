"""Lists, loads, unloads and pulls the models of an Ollama.

``/api/tags`` is what is on its disk, ``/api/ps`` what is in its memory, ``/api/show`` what the list
leaves out before Ollama 0.30. A chat without messages loads, and with ``keep_alive`` 0 unloads.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import msgspec

from bbtui.clients.gpu import GpuReader, LocalProbe
from bbtui.clients.http import fetch, open_client
from bbtui.clients.http.json_replies import LIST_WITHIN_S
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import RequestFailed, error_reply, raising_endpoint_error
from bbtui.clients.ollama.chat import SHOW_WITHIN_S, preload
from bbtui.clients.ollama.probe import (
    PS_WITHIN_S,
    ModelEntry,
    OllamaProbe,
    find_digest,
    find_model,
    read_listing,
)
from bbtui.clients.ollama.pull import pull_model
from bbtui.clients.ports import CancelToken, Probe, Request
from bbtui.domain.answer import MOST
from bbtui.domain.endpoint import Options
from bbtui.domain.model import Model, ModelListing, PullProgress

#: The reply comes before the memory is freed.
_UNLOAD_WITHIN_S = 10.0

LOADED_UNKNOWN = "loaded models unknown: a model may be loading or unloading"


class OllamaModels:
    """See `ModelCatalog` and `ModelManager`."""

    def __init__(self, peer: Peer, gpus: GpuReader | None = None) -> None:
        self._peer = peer
        self._gpus = gpus

    def list_models(self) -> ModelListing:
        """See `ModelCatalog`."""
        with raising_endpoint_error(), open_client(self._peer) as http:
            reply = http.fetch("/api/tags", within_s=LIST_WITHIN_S)
            try:
                on_disk = read_listing(reply)
            except RequestFailed:
                raise error_reply(reply, self._peer, "ollama", "") from None
            try:
                loaded = read_listing(http.fetch("/api/ps", within_s=PS_WITHIN_S))
            except RequestFailed:
                return ModelListing(_models(on_disk, None, self._peer), LOADED_UNKNOWN)
        return ModelListing(_models(on_disk, loaded, self._peer))

    def probe(self, model: str) -> Probe:
        """See `ModelCatalog`."""
        probe = OllamaProbe(self._peer, model)
        return probe if self._gpus is None else LocalProbe(probe, self._gpus)

    def context_length(self, model: str) -> int | None:
        """See `ModelManager`."""
        info = self._post("/api/show", {"model": model}, SHOW_WITHIN_S).get("model_info")
        if not isinstance(info, dict):
            return None
        length = info.get(f"{info.get('general.architecture')}.context_length")
        return length if isinstance(length, int) and 0 < length <= MOST else None

    def load(self, model: str, options: Options, cancel_token: CancelToken) -> None:
        """See `ModelManager`."""
        with raising_endpoint_error():
            preload(self._peer, Request("", model, options), cancel_token)

    def unload(self, model: str) -> None:
        """See `ModelManager`."""
        body = {"model": model, "messages": [], "keep_alive": 0}
        self._post("/api/chat", body, _UNLOAD_WITHIN_S)

    def measure(self, model: str, cancel_token: CancelToken) -> PullProgress | None:
        """See `ModelManager`."""
        with contextlib.closing(self.pull(model, cancel_token)) as pulling:
            for progress in pulling:
                # A part that is there already is named once, as whole.
                if progress.unsized or progress.completed < progress.total:
                    return progress
        return None

    def pull(self, model: str, cancel_token: CancelToken) -> Generator[PullProgress]:
        """See `ModelManager`."""
        with raising_endpoint_error():
            yield from pull_model(self._peer, model, cancel_token)

    def _post(self, path: str, body: dict[str, object], within_s: float) -> dict[str, object]:
        """Return the object in the reply; raise EndpointError if there is none or an error."""
        with raising_endpoint_error():
            reply = fetch(self._peer, path, msgspec.json.encode(body), within_s=within_s)
            value = reply.value()
            if reply.status != 200 or not isinstance(value, dict) or value.get("error"):
                raise error_reply(reply, self._peer, "ollama", str(body["model"]))
        return value


def _models(
    on_disk: list[ModelEntry], loaded: list[ModelEntry] | None, peer: Peer
) -> tuple[Model, ...]:
    """Return the models on the disk by name; `loaded` is None where that is not known."""
    named = ((listed.name or listed.model or "", listed) for listed in on_disk)
    models = (_model(name, listed, loaded, peer) for name, listed in named if name)
    return tuple(sorted(models, key=lambda model: model.name))


def _model(name: str, listed: ModelEntry, loaded: list[ModelEntry] | None, peer: Peer) -> Model:
    running = None if loaded is None else find_model(loaded, name)
    if loaded is not None and running is None:
        running = find_digest(loaded, listed.digest)
    details = listed.details
    return Model(
        name,
        listed.size,
        peer.quoted((details and details.parameter_size) or "", 30),
        peer.quoted((details and details.quantization_level) or "", 30),
        (details and details.context_length) or None,
        loaded=None if loaded is None else running is not None,
        running_context=running.context_length if running else None,
        gpu_share=running.gpu_share if running else None,
        elsewhere=peer.quoted(listed.remote_host or ""),
        chats=not listed.capabilities or "completion" in listed.capabilities,
    )
