"""llama.cpp's server, known by the shape of what it answers: a proxy replaces its Server header."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from bbtui.clients.http.decoders import decode_reply
from bbtui.clients.http.replies import Reply

#: Fetches a path below the root of a server.
Get = Callable[[str], Reply]


class Settings(msgspec.Struct):
    """`n_ctx` is per slot, in tokens."""

    n_ctx: int | None = None


class Props(msgspec.Struct):
    """``/props``, as far as it matters here."""

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
    """A llama.cpp; it has no props while it loads its model."""

    props: Props | None


def detect_llama_cpp(get: Get) -> LlamaCppServer | None:
    """The llama.cpp that is asked; None if it is another server."""
    health = get("/health")
    if is_loading(health):
        return LlamaCppServer(None)
    if decode_reply(health, _HEALTH) is None:
        return None
    props = decode_reply(get("/props"), PROPS)
    return None if props is None else LlamaCppServer(props)


def is_loading(reply: Reply) -> bool:
    """Whether a llama.cpp says that it loads its model: it does so whatever it is asked."""
    told = decode_reply(reply, _UNAVAILABLE, 503)
    return told is not None and told.error.type == "unavailable_error"
