"""Decodes replies into typed objects, and has those that several clients read."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from bbtui.clients.http.json_parts import Count, PartDecoder
from bbtui.clients.http.replies import Reply

T = TypeVar("T")

#: How long a list of models may take, in s: a server may have to request it from others.
LIST_WITHIN_S = 8.0


class Version(msgspec.Struct):
    """Ollama's ``/api/version`` and vLLM's ``/version``."""

    version: str
    """The version, such as "0.33.3"."""


class Meta(msgspec.Struct):
    """What llama.cpp reports of a model beside its name."""

    n_params: Count | None = None
    """The number of parameters."""

    n_ctx_train: Count | None = None
    """The context it was trained for, in tokens."""

    size: Count | None = None
    """In bytes."""

    ftype: str | None = None
    """The quantization, such as "Q4_K_M"."""


class ListedModel(msgspec.Struct):
    """A model in ``/v1/models``."""

    id: str
    """Its name."""
    owned_by: str | None = None
    """Who serves it, such as "vllm" or "llamacpp"."""

    max_model_len: Count | None = None
    """The context in tokens; only vLLM reports it."""

    meta: Meta | None = None
    """What llama.cpp adds; None from other servers."""


class _Models(msgspec.Struct):
    """``/v1/models``; an Ollama without models sends null."""

    data: list[ListedModel] | None


VERSION = PartDecoder(Version)
_MODELS = PartDecoder(_Models)
_BARE_MODELS = PartDecoder(list[ListedModel])


def read_models(reply: Reply) -> list[ListedModel] | None:
    """Return the models in a reply to ``/v1/models`` that have a name; None if it is no list.

    Some servers send the list alone.
    """
    listed = decode_reply(reply, _MODELS)
    models = decode_reply(reply, _BARE_MODELS) if listed is None else listed.data or []
    return None if models is None else [model for model in models if model.id]


def decode_reply(reply: Reply, decoder: PartDecoder[T], status: int = 200) -> T | None:
    """Return the readable parts of a reply's body; None if it has another form or status."""
    if reply.status != status:
        return None
    try:
        return decoder.decode(reply.body)
    except (msgspec.DecodeError, RecursionError):
        return None
