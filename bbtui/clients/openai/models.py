"""Lists the models of an OpenAI-compatible server: ``GET /v1/models``."""

from __future__ import annotations

from functools import partial

from bbtui.clients.gpu import GpuReader, LocalProbe
from bbtui.clients.http import fetch
from bbtui.clients.http.json_replies import (
    LIST_WITHIN_S,
    ListedModel,
    Meta,
    read_models,
)
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import error_reply, raising_endpoint_error
from bbtui.clients.openai.paths import call_paths, first_found, server_root
from bbtui.clients.openai.probe import OpenAIProbe
from bbtui.clients.ports import Probe
from bbtui.domain.model import Model, ModelListing


class OpenAIModels:
    """See `ModelCatalog`. The API cannot pull, load or unload a model."""

    def __init__(self, peer: Peer, gpus: GpuReader | None = None) -> None:
        self._peer = peer
        self._gpus = gpus

    def list_models(self) -> ModelListing:
        """See `ModelCatalog`. Only llama.cpp and vLLM report more than names."""
        with raising_endpoint_error():
            get = partial(fetch, server_root(self._peer), within_s=LIST_WITHIN_S)
            reply = first_found(get, call_paths(self._peer.url, "/models"))
            listed = read_models(reply)
            if listed is None:
                raise error_reply(reply, self._peer, "openai", "")
        models = (_model(model, self._peer) for model in listed)
        return ModelListing(tuple(sorted(models, key=lambda model: model.name)))

    def probe(self, model: str) -> Probe:
        """See `ModelCatalog`."""
        probe = OpenAIProbe(self._peer, model)
        return probe if self._gpus is None else LocalProbe(probe, self._gpus)


def _model(listed: ListedModel, peer: Peer) -> Model:
    meta = listed.meta or Meta()
    return Model(
        listed.id,
        meta.size,
        quantisation=peer.quoted(meta.ftype or "", 30),
        context_length=listed.max_model_len or meta.n_ctx_train,
    )
