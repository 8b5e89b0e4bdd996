"""Decodes replies into typed objects, and has those that several clients read."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from bbtui.clients.http.replies import Reply
from bbtui.clients.stream_events import Count

T = TypeVar("T")


class Version(msgspec.Struct):
    """Ollama's ``/api/version`` and vLLM's ``/version``."""

    version: str


class Meta(msgspec.Struct):
    """What llama.cpp reports of a model beside its name."""

    n_params: Count | None = None

    n_ctx_train: Count | None = None
    """The context it was trained for, in tokens."""

    size: Count | None = None
    """In bytes."""

    ftype: str | None = None


class ListedModel(msgspec.Struct):
    """A model in ``/v1/models``."""

    id: str
    owned_by: str | None = None

    max_model_len: Count | None = None
    """The context in tokens; only vLLM reports it."""

    meta: Meta | None = None


class Models(msgspec.Struct):
    """``/v1/models``; an Ollama without models sends null."""

    data: list[ListedModel] | None

    @property
    def named(self) -> list[ListedModel]:
        """The models that have a name."""
        return [model for model in self.data or [] if model.id]


# Every decoder is made when its module is imported: msgspec prepares a type at its first use, and
# crashes if two threads do so at the same time (0.22).
VERSION = msgspec.json.Decoder(Version)
MODELS = msgspec.json.Decoder(Models)


def decode_reply(reply: Reply, decoder: msgspec.json.Decoder[T], status: int = 200) -> T | None:
    """Return a reply's body as an object; None if it has another form or status."""
    if reply.status != status:
        return None
    try:
        return decoder.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
