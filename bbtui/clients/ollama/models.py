"""The models of an Ollama: listed, loaded, dropped.

``/api/tags`` is what is on its disk, ``/api/ps`` what is in its memory, ``/api/show`` what the list
leaves out before Ollama 0.30. A chat without messages loads, and with ``keep_alive`` 0 unloads.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator

import msgspec

from bbtui.clients.gpu import GpuReader, LocalProbe
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import Reply, RequestFailed, error_reply
from bbtui.clients.ollama.chat import preload
from bbtui.clients.ollama.probe import PS_WITHIN_S, Listed, OllamaProbe, find_model, read_listing
from bbtui.clients.ollama.pull import pull_model
from bbtui.clients.ports import CancelToken, Probe, Request
from bbtui.domain.endpoint import Options
from bbtui.domain.model import Model, ModelListing, PullProgress
from bbtui.errors import EndpointError

_TAGS_WITHIN_S = 8.0
_SHOW_WITHIN_S = 5.0
#: Answered at once; the memory is freed after that.
_UNLOAD_WITHIN_S = 10.0

NOT_TOLD = "which are loaded is not known: a model may be loading or unloading"


class OllamaModels:
    """See `ModelCatalog` and `ModelManager`."""

    def __init__(self, peer: Peer, cards: GpuReader | None = None) -> None:
        self._peer = peer
        self._cards = cards

    def list_models(self) -> ModelListing:
        """See `ModelCatalog`."""
        # httpx is imported with the first request: it would delay the program's first paint.
        from bbtui.clients.http.client import HttpClient

        with _told(), HttpClient(self._peer, CancelToken()) as http:
            reply = http.fetch("/api/tags", within_s=_TAGS_WITHIN_S)
            try:
                kept = read_listing(reply)
            except RequestFailed:
                raise error_reply(reply, self._peer, "ollama", "") from None
            try:
                running = read_listing(http.fetch("/api/ps", within_s=PS_WITHIN_S))
            except RequestFailed:
                return ModelListing(_models(kept, None, self._peer), NOT_TOLD)
        return ModelListing(_models(kept, running, self._peer))

    def probe(self, model: str) -> Probe:
        """See `ModelCatalog`."""
        probe = OllamaProbe(self._peer, model)
        return probe if self._cards is None else LocalProbe(probe, self._cards)

    def context_length(self, model: str) -> int | None:
        """See `ModelManager`."""
        with _told():
            shown = self._post("/api/show", {"model": model}, model, _SHOW_WITHIN_S)
        info = shown.get("model_info")
        if not isinstance(info, dict):
            return None
        length = info.get(f"{info.get('general.architecture')}.context_length")
        return length if isinstance(length, int) and length > 0 else None

    def load(self, model: str, options: Options, cancel_token: CancelToken) -> None:
        """See `ModelManager`."""
        with _told():
            preload(self._peer, Request("", model, options), cancel_token)

    def unload(self, model: str) -> None:
        """See `ModelManager`."""
        body = {"model": model, "messages": [], "keep_alive": 0}
        with _told():
            self._post("/api/chat", body, model, _UNLOAD_WITHIN_S)

    def measure(self, model: str, cancel_token: CancelToken) -> PullProgress | None:
        """See `ModelManager`."""
        with contextlib.closing(self.pull(model, cancel_token)) as pulling:
            for fetched in pulling:
                # A part that is there already is named once, as whole.
                if fetched.unsized or fetched.completed < fetched.total:
                    return fetched
        return None

    def pull(self, model: str, cancel_token: CancelToken) -> Generator[PullProgress]:
        """See `ModelManager`."""
        with _told():
            yield from pull_model(self._peer, model, cancel_token)

    def _post(
        self, path: str, body: dict[str, object], model: str, within_s: float
    ) -> dict[str, object]:
        from bbtui.clients.http.client import HttpClient

        with HttpClient(self._peer, CancelToken()) as http:
            reply = http.fetch(path, msgspec.json.encode(body), within_s=within_s)
        return _answer(reply, self._peer, model)


def _answer(reply: Reply, peer: Peer, model: str) -> dict[str, object]:
    """The object in a reply. Raises RequestFailed if there is none, or an error in it."""
    value = reply.value()
    if reply.status != 200 or not isinstance(value, dict) or value.get("error"):
        raise error_reply(reply, peer, "ollama", model)
    return value


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Explain a request that got no answer to those outside this room."""
    try:
        yield
    except RequestFailed as failure:
        raise EndpointError(failure.problem.cause, failure.problem.fix) from failure


def _models(kept: list[Listed], running: list[Listed] | None, peer: Peer) -> tuple[Model, ...]:
    """What is on the disk, with what is known of the memory (None: nothing), by name."""
    named = ((listed.name or listed.model or "", listed) for listed in kept)
    models = (_model(name, listed, running, peer) for name, listed in named if name)
    return tuple(sorted(models, key=lambda model: model.name))


def _model(name: str, listed: Listed, running: list[Listed] | None, peer: Peer) -> Model:
    loaded = None if running is None else find_model(running, name)
    details = listed.details
    return Model(
        name,
        listed.size,
        peer.quoted((details and details.parameter_size) or "", 30),
        peer.quoted((details and details.quantization_level) or "", 30),
        (details and details.context_length) or None,
        loaded=None if running is None else loaded is not None,
        running_context=loaded.context_length if loaded else None,
        gpu_share=loaded.gpu_share if loaded else None,
        elsewhere=peer.quoted(listed.remote_host or ""),
        chats=not listed.capabilities or "completion" in listed.capabilities,
    )
