"""Checks an OpenAI-compatible server: which one it is, and what it has loaded.

llama.cpp reports most (``/health``, ``/props``), vLLM its version, the others a list of models.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from bbtui.clients.http import fetch, open_client
from bbtui.clients.http.json_parts import Count, PartDecoder
from bbtui.clients.http.json_replies import LIST_WITHIN_S, VERSION, decode_reply, read_models
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import (
    Reply,
    RequestFailed,
    host_without_model,
    timed_out,
    unreachable_host,
)
from bbtui.clients.openai.paths import call_paths, first_found, require_chat, server_root
from bbtui.clients.ports import CancelToken
from bbtui.domain.host import Build, Host, HostState

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient

#: Fetches a path below the root of a server.
Get = Callable[[str], Reply]


class GenerationSettings(msgspec.Struct):
    """The part of ``/props`` with the context."""

    n_ctx: Count | None = None
    """Per slot, in tokens."""


class Props(msgspec.Struct):
    """The parts of ``/props`` that are used."""

    model_path: str
    """The file of the model."""
    build_info: str | None = None
    """The version of llama.cpp."""
    model_ftype: str | None = None
    """The quantization."""
    is_sleeping: bool | None = None
    """Whether the model was unloaded after its idle time."""
    default_generation_settings: GenerationSettings | None = None
    """The settings of a slot, with its context length."""

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


PROPS = PartDecoder(Props)
_HEALTH = PartDecoder(_Health)
_UNAVAILABLE = PartDecoder(_Unavailable)


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


_WITHIN_S = 3.0


class _Slot(msgspec.Struct):
    is_processing: bool


_SLOTS = PartDecoder(list[_Slot])


def is_awake(peer: Peer, cancel_token: CancelToken) -> bool:
    """Return whether the server reports that its model is in memory; only llama.cpp does."""
    try:
        reply = fetch(server_root(peer), "/props", within_s=_WITHIN_S, cancel_token=cancel_token)
    except RequestFailed:
        return False
    props = decode_reply(reply, PROPS)
    return props is not None and bool(props.model_path) and not props.is_sleeping


def served_context(peer: Peer, model: str, cancel_token: CancelToken) -> int | None:
    """Return the context of a model in tokens, where llama.cpp or vLLM reports it."""
    with open_client(server_root(peer), cancel_token) as http, suppress(RequestFailed):
        props = decode_reply(http.fetch("/props", within_s=_WITHIN_S), PROPS)
        if props is not None:
            return props.context
        listed = read_models(_fetch_models(partial(http.fetch, within_s=_WITHIN_S), peer)) or []
        return next((one.max_model_len for one in listed if one.id == model), None)
    return None


class OpenAIProbe:
    """Checks an OpenAI-compatible server; remembers what does not change."""

    def __init__(self, peer: Peer, model: str) -> None:
        self._peer = peer
        self._root = server_root(peer)
        self._model = model
        self._version: str | None = None
        self._parameters = ""
        self._accepts_chat = False

    def check(self) -> Host:
        """See `Probe`. Takes at most about 12 s, if every request hangs."""
        try:
            with open_client(self._root) as http:
                return self._check(http, partial(http.fetch, within_s=_WITHIN_S))
        except RequestFailed as failure:
            return unreachable_host(failure, self._peer.target("openai", self._model))

    def _check(self, http: HttpClient, get: Get) -> Host:
        llama_cpp = detect_llama_cpp(get)
        if llama_cpp is None:
            return self._other(http, get)
        if llama_cpp.props is None:
            return Host(HostState.LOADING, detail="loading", build=Build("llama.cpp"), loaded=False)
        return self._llama_cpp(get, llama_cpp.props)

    def _llama_cpp(self, get: Get, props: Props) -> Host:
        if not self._parameters:
            listed = read_models(_fetch_models(get, self._peer))
            meta = listed[0].meta if listed else None
            self._parameters = _size(meta.n_params) if meta and meta.n_params else ""
        server = f"llama.cpp {self._peer.quoted(props.build_info or '', 30)}".rstrip()
        quantisation = self._peer.quoted(props.model_ftype or "", 30)
        build = Build(server, self._parameters, quantisation, context_length=props.context)
        # A server may be started without ``/slots``.
        slots = decode_reply(get("/slots"), _SLOTS)
        full = all(slot.is_processing for slot in slots) if slots else None
        return Host(
            HostState.READY, detail="ready", build=build, loaded=not props.is_sleeping, full=full
        )

    def _other(self, http: HttpClient, get: Get) -> Host:
        try:
            reply = _fetch_models(partial(http.fetch, within_s=LIST_WITHIN_S), self._peer)
        except RequestFailed as failure:
            if not timed_out(failure):
                raise
            # It has replied to another request before.
            detail = "ready · its list of models does not respond"
            return Host(HostState.READY, detail=detail, build=Build("OpenAI-compatible"))
        listed = read_models(reply)
        if listed is None:
            return self._unlisted(http, reply)
        ours = next((model for model in listed if model.id == self._model), None)
        if not any(model.owned_by == "vllm" for model in listed):
            return Host(HostState.READY, detail="ready", build=Build("OpenAI-compatible"))
        if self._version is None:
            decoded = decode_reply(get("/version"), VERSION)
            version = self._peer.quoted(decoded.version, 30) if decoded else ""
            self._version = f"vLLM {version}".rstrip()
        if ours is None:
            available = tuple(model.id for model in listed)
            return host_without_model(self._peer, "openai", self._model, available, self._version)
        build = Build(self._version, context_length=ours.max_model_len)
        return Host(HostState.READY, detail="ready", build=build, loaded=True)

    def _unlisted(self, http: HttpClient, reply: Reply) -> Host:
        """Return the host of a server that does not list its models, but may answer."""
        if not self._accepts_chat:
            require_chat(http, self._peer, reply, _WITHIN_S)
            self._accepts_chat = True
        detail = "ready · models not listed"
        return Host(HostState.READY, detail=detail, build=Build("OpenAI-compatible"))


def _fetch_models(get: Get, peer: Peer) -> Reply:
    return first_found(get, call_paths(peer.url, "/models"))


def _size(parameters: int) -> str:
    """Return a number of parameters as models' names have it: 268.1M, 27.4B."""
    return f"{parameters / 1e9:.1f}B" if parameters >= 1e9 else f"{parameters / 1e6:.1f}M"
