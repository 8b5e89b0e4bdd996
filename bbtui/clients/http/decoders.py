"""Whole replies as typed objects, and those that more than one dialect or question reads."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from bbtui.clients.http.replies import Reply
from bbtui.clients.stream_parser import Count

T = TypeVar("T")


class Version(msgspec.Struct):
    """Ollama's ``/api/version`` and vLLM's ``/version``."""

    version: str


class Meta(msgspec.Struct):
    """What llama.cpp says of a model beside its name: contexts in tokens, `size` in bytes."""

    n_params: Count | None = None
    n_ctx_train: Count | None = None
    size: Count | None = None
    ftype: str | None = None


class ListedModel(msgspec.Struct):
    """A model in ``/v1/models``; `max_model_len`, in tokens, is told by vLLM."""

    id: str
    owned_by: str | None = None
    max_model_len: Count | None = None
    meta: Meta | None = None


class Models(msgspec.Struct):
    """``/v1/models``; an Ollama without models says null."""

    data: list[ListedModel] | None

    @property
    def named(self) -> list[ListedModel]:
        """The models, none of them without a name."""
        return [model for model in self.data or [] if model.id]


# Every decoder of this room is made with its module: msgspec prepares a type at its first use, and
# where two threads come first together it crashes (0.22).
VERSION = msgspec.json.Decoder(Version)
MODELS = msgspec.json.Decoder(Models)


def decode_reply(reply: Reply, decoder: msgspec.json.Decoder[T], status: int = 200) -> T | None:
    """A reply's body as the kind of object that is decoded; None if it is another."""
    if reply.status != status:
        return None
    try:
        return decoder.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
