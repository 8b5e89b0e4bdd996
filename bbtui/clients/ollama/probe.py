"""The machine behind an Ollama: its version, the model in memory, and where the model is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from bbtui.clients.http import open_client
from bbtui.clients.http.decoders import VERSION, decode_reply
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import (
    Reply,
    RequestFailed,
    error_reply,
    host_without_model,
    unreachable_host,
)
from bbtui.domain.endpoint import Build, Host, HostState
from bbtui.domain.model import full_name
from bbtui.domain.problem import Problem

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient

#: `/api/ps` waits for a model that loads or unloads; what is known by then has to do.
PS_WITHIN_S = 4.0
#: A model once seen is taken to be on disk for so long, in s.
KEPT_S = 60.0

#: A model kept for ever has an expiry some 300 years ahead.
_FOR_EVER = timedelta(days=365)
#: Clocks closer together than this are taken as equal; a Date header has whole seconds.
_SAME_CLOCK = timedelta(seconds=5)


class _Details(msgspec.Struct):
    parameter_size: str | None = None
    quantization_level: str | None = None
    context_length: int | None = None


class ModelEntry(msgspec.Struct):
    """A model in ``/api/ps`` (in memory) or ``/api/tags`` (on disk), with its size there in bytes.

    `context_length` is the one it runs with, in ``details`` the one it was trained for.
    """

    name: str | None = None
    model: str | None = None
    digest: str | None = None
    details: _Details | None = None
    size: int | None = None
    size_vram: int | None = None
    context_length: int | None = None
    expires_at: str | None = None
    remote_host: str | None = None
    capabilities: list[str] | None = None

    @property
    def gpu_share(self) -> float | None:
        """The part of it on a GPU, 0 to 1; None if the sizes say nothing."""
        if not self.size or self.size_vram is None:
            return None
        return min(1.0, max(0.0, self.size_vram / self.size))


class _Listing(msgspec.Struct):
    models: list[ModelEntry] | None


_LISTING = msgspec.json.Decoder(_Listing)


def read_listing(reply: Reply) -> list[ModelEntry]:
    """The models in a reply to ``/api/ps`` or ``/api/tags``. Raises RequestFailed if it is none."""
    listed = decode_reply(reply, _LISTING)
    if listed is None:
        raise RequestFailed(Problem("not what was asked for"))
    return listed.models or []


def loaded_model(ps: Reply, model: str) -> ModelEntry | None:
    """The entry of a model in a reply to ``/api/ps``; None if it is not in memory.

    Raises RequestFailed if the reply is no listing.
    """
    return find_model(read_listing(ps), model)


class OllamaProbe:
    """Looks at an Ollama; remembers what does not change from one look to the next."""

    def __init__(self, peer: Peer, model: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._peer = peer
        self._model = model
        self._clock = clock
        self._kept: ModelEntry | None = None
        self._kept_at = 0.0

    def check(self) -> Host:
        """See `Probe`. At most about 12 s, and that only if every request hangs."""
        try:
            with open_client(self._peer) as http:
                return self._look(http)
        except RequestFailed as failure:
            return unreachable_host(failure, self._peer.target("ollama", self._model))

    def _look(self, http: HttpClient) -> Host:
        quick_s = 3.0 if self._peer.nearby else 5.0
        reply = http.fetch("/api/version", within_s=quick_s)
        told = decode_reply(reply, VERSION)
        if told is None:
            raise error_reply(reply, self._peer, "ollama", "")
        server = f"Ollama {self._peer.quoted(told.version, 30)}"
        try:
            ps = http.fetch("/api/ps", within_s=PS_WITHIN_S)
            found = loaded_model(ps, self._model)
        except RequestFailed:
            # It holds back while a model loads or unloads.
            words = "ready · busy: its list of loaded models does not answer"
            return Host(HostState.READY, words, build=self._build(server, self._kept))
        if found is None:
            return self._unloaded(http, server)
        self._kept, self._kept_at = found, self._clock()
        unloads_at, stays = _expiry(found.expires_at, ps)
        return Host(
            HostState.READY,
            "ready",
            build=self._build(server, found, found.context_length),
            loaded=True,
            gpu_share=found.gpu_share,
            unloads_at=unloads_at,
            stays_loaded=stays,
        )

    def _unloaded(self, http: HttpClient, server: str) -> Host:
        """A host without the model in memory, and maybe without it on disk: it can be deleted."""
        if self._kept is None or self._clock() - self._kept_at > KEPT_S:
            try:
                tags = read_listing(http.fetch("/api/tags", within_s=3.0))
            except RequestFailed:
                build = self._build(server, self._kept)
                return Host(HostState.READY, "ready", build=build, loaded=False)
            self._kept, self._kept_at = find_model(tags, self._model), self._clock()
        if self._kept is None:
            available = tuple(listed.name or "" for listed in tags)
            return host_without_model(self._peer, "ollama", self._model, available, server)
        return Host(HostState.READY, "ready", build=self._build(server, self._kept), loaded=False)

    def _build(
        self, server: str, listed: ModelEntry | None, context_length: int | None = None
    ) -> Build:
        if listed is None:
            return Build(server)
        details = listed.details or _Details()
        return Build(
            server,
            self._peer.quoted(details.parameter_size or "", 30),
            self._peer.quoted(details.quantization_level or "", 30),
            self._peer.quoted(listed.digest or ""),
            context_length,
        )


def find_model(models: list[ModelEntry], model: str) -> ModelEntry | None:
    """The entry of a model by its name; ``:latest`` is meant where no tag is given."""
    wanted = full_name(model)
    for listed in models:
        if wanted in (full_name(listed.name or ""), full_name(listed.model or "")):
            return listed
    return None


def _expiry(expires_at: str | None, ps: Reply) -> tuple[datetime | None, bool]:
    """When the model will be dropped by this machine's clock, and whether it stays for ever.

    Only the end of a request moves the expiry, so one in the past means that the model is busy.
    """
    try:
        expiry = datetime.fromisoformat(expires_at or "")
        left = expiry - _server_now(ps)
    except (ValueError, TypeError, OverflowError):
        return None, False
    if left > _FOR_EVER:
        return None, True
    if left < -_FOR_EVER:
        return None, False  # Go's zero time, the year 1: there is none
    return datetime.now(UTC) + left, False


def _server_now(reply: Reply) -> datetime:
    """The server's clock by its Date header; this machine's where the two agree."""
    # Like httpx, which imports it too, it need not be there before the first paint.
    from email.utils import parsedate_to_datetime

    here = datetime.now(UTC)
    try:
        there = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return here
    return here if abs(there - here) < _SAME_CLOCK else there
