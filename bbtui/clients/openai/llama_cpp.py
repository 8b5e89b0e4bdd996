"""Detects llama.cpp's server by the form of its replies: a proxy replaces its Server header."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from bbtui.clients.http.decoders import decode_reply
from bbtui.clients.http.replies import Reply

#: Fetches a path below the root of a server.
Get = Callable[[str], Reply]


class Settings(msgspec.Struct):
    """The part of ``/props`` with the context."""

    n_ctx: int | None = None
    """Per slot, in tokens."""


class Props(msgspec.Struct):
    """The parts of ``/props`` that are used."""

    model_path: str
    build_info: str | None = None
    model_ftype: str | None = None
    is_sleeping: bool | None = None
    default_generation_settings: Settings | None = None

    @property
    def context(self) -> int | None:
        """The context of one slot, in tokens."""
        settings = self.default_generation_settings
        return settings.n_ctx if settings else None


class _Health(msgspec.Struct):
    status: str


class _Error(msgspec.Struct):
    type: str


class _Unavailable(msgspec.Struct):
    error: _Error


PROPS = msgspec.json.Decoder(Props)
_HEALTH = msgspec.json.Decoder(_Health)
_UNAVAILABLE = msgspec.json.Decoder(_Unavailable)


class LlamaCppServer(NamedTuple):
    """A llama.cpp server."""

    props: Props | None
    """None while it loads its model."""


def detect_llama_cpp(get: Get) -> LlamaCppServer | None:
    """Return the llama.cpp that replies; None if it is another server."""
    health = get("/health")
    if is_loading(health):
        return LlamaCppServer(None)
    if decode_reply(health, _HEALTH) is None:
        return None
    props = decode_reply(get("/props"), PROPS)
    return None if props is None else LlamaCppServer(props)


def is_loading(reply: Reply) -> bool:
    """Return whether a reply is that of a llama.cpp that loads its model, to any request."""
    unavailable = decode_reply(reply, _UNAVAILABLE, 503)
    return unavailable is not None and unavailable.error.type == "unavailable_error"
