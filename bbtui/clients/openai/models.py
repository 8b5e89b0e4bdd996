"""The models of an OpenAI-compatible server: ``GET /v1/models``, for reading only."""

from __future__ import annotations

from bbtui.clients.gpu import GpuReader, LocalProbe
from bbtui.clients.http.decoders import MODELS, ListedModel, Meta, decode_reply
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import RequestFailed, error_reply
from bbtui.clients.openai.probe import OpenAIProbe, api_path
from bbtui.clients.ports import CancelToken, Probe
from bbtui.domain.model import Model, ModelListing
from bbtui.errors import EndpointError

_WITHIN_S = 8.0


class OpenAIModels:
    """See `ModelCatalog`. The dialect has no word for fetching, loading or dropping one."""

    def __init__(self, peer: Peer, cards: GpuReader | None = None) -> None:
        self._peer = peer
        self._cards = cards

    def list_models(self) -> ModelListing:
        """See `ModelCatalog`. Only llama.cpp and vLLM tell more than names."""
        # httpx is imported with the first request: it would delay the program's first paint.
        from bbtui.clients.http.client import HttpClient

        try:
            with HttpClient(self._peer, CancelToken()) as http:
                reply = http.fetch(api_path(self._peer.url, "/models"), within_s=_WITHIN_S)
            listed = decode_reply(reply, MODELS)
            if listed is None:
                raise error_reply(reply, self._peer, "openai", "")
        except RequestFailed as failure:
            raise EndpointError(failure.problem.cause, failure.problem.fix) from failure
        models = (_model(one, self._peer) for one in listed.named)
        return ModelListing(tuple(sorted(models, key=lambda model: model.name)))

    def probe(self, model: str) -> Probe:
        """See `ModelCatalog`."""
        probe = OpenAIProbe(self._peer, model)
        return probe if self._cards is None else LocalProbe(probe, self._cards)


def _model(listed: ListedModel, peer: Peer) -> Model:
    meta = listed.meta or Meta()
    return Model(
        listed.id,
        meta.size,
        quantisation=peer.quoted(meta.ftype or "", 30),
        context_length=listed.max_model_len or meta.n_ctx_train,
    )
