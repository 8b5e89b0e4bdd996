"""Checks an Ollama: its version, and whether the model is in memory or on disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from bbtui.clients.http import open_client
from bbtui.clients.http.json_parts import Count, PartDecoder
from bbtui.clients.http.json_replies import VERSION, decode_reply
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import (
    Reply,
    RequestFailed,
    error_reply,
    host_without_model,
    unreachable_host,
)
from bbtui.domain.host import Build, Host, HostState
from bbtui.domain.model import full_name
from bbtui.domain.problem import Problem

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient

#: `/api/ps` waits for a model that loads or unloads; the probe does not.
PS_WITHIN_S = 4.0
TAGS_WITHIN_S = 3.0
#: How long a model once found is taken to be on disk, in s.
ON_DISK_S = 60.0

#: A model that never unloads has an expiry some 300 years ahead.
_FOREVER = timedelta(days=365)
#: Clocks closer together than this are taken as equal; a Date header has whole seconds.
_SAME_CLOCK = timedelta(seconds=5)


class _Details(msgspec.Struct):
    parameter_size: str | None = None
    quantization_level: str | None = None
    context_length: Count | None = None


class ModelEntry(msgspec.Struct):
    """A model in ``/api/ps`` (in memory) or ``/api/tags`` (on disk)."""

    name: str | None = None
    """Its name with the tag."""
    model: str | None = None
    """The same name; some versions send only one of them."""
    digest: str | None = None
    """The SHA-256 of its manifest."""
    details: _Details | None = None
    """Family, parameters and quantization."""

    size: Count | None = None
    """In memory or on disk, in bytes."""

    size_vram: Count | None = None
    """The bytes in GPU memory."""

    context_length: Count | None = None
    """The context it runs with, in tokens; `details` has the one it was trained for."""

    expires_at: str | None = None
    """When it is unloaded, in RFC 3339."""
    remote_host: str | None = None
    """The host that serves it; None for a local model."""
    capabilities: list[str] | None = None
    """What it can do, such as "completion" and "embedding"."""

    @property
    def gpu_share(self) -> float | None:
        """The part of it on a GPU, 0 to 1; None if the sizes are not known."""
        if not self.size or self.size_vram is None:
            return None
        return min(1.0, max(0.0, self.size_vram / self.size))


class _Listing(msgspec.Struct):
    models: list[ModelEntry] | None


_LISTING = PartDecoder(_Listing)


def read_listing(reply: Reply) -> list[ModelEntry]:
    """Return the models in a reply to ``/api/ps`` or ``/api/tags``, or raise RequestFailed."""
    listing = decode_reply(reply, _LISTING)
    if listing is None:
        raise RequestFailed(Problem("no list of models"))
    return listing.models or []


class OllamaProbe:
    """Checks an Ollama; remembers what does not change from one check to the next."""

    def __init__(self, peer: Peer, model: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._peer = peer
        self._model = model
        self._clock = clock
        self._entry: ModelEntry | None = None
        self._entry_at = 0.0

    def check(self) -> Host:
        """See `Probe`. Takes at most about 12 s, if every request hangs."""
        try:
            with open_client(self._peer) as http:
                return self._check(http)
        except RequestFailed as failure:
            return unreachable_host(failure, self._peer.target("ollama", self._model))

    def _check(self, http: HttpClient) -> Host:
        reply = http.fetch("/api/version", within_s=3.0 if self._peer.nearby else 5.0)
        version = decode_reply(reply, VERSION)
        if version is None:
            raise error_reply(reply, self._peer, "ollama", "")
        server = f"Ollama {self._peer.quoted(version.version, 30)}"
        try:
            ps = http.fetch("/api/ps", within_s=PS_WITHIN_S)
            running = read_listing(ps)
        except RequestFailed:
            # Ollama does not reply while a model loads or unloads.
            detail = "ready · busy: its list of loaded models does not respond"
            return Host(HostState.READY, detail=detail, build=self._build(server, self._entry))
        loaded = find_model(running, self._model)
        if loaded is not None:
            self._entry, self._entry_at = loaded, self._clock()
        else:
            missing = self._find_on_disk(http, server)
            loaded = self._entry and find_digest(running, self._entry.digest)
            if loaded is None:
                return missing
        unloads_at, stays = _expiry(loaded.expires_at, ps)
        return Host(
            HostState.READY,
            detail="ready",
            build=self._build(server, loaded, loaded.context_length),
            loaded=True,
            gpu_share=loaded.gpu_share,
            unloads_at=unloads_at,
            stays_loaded=stays,
        )

    def _find_on_disk(self, http: HttpClient, server: str) -> Host:
        """Return a host without the model in memory, and maybe not on disk: it can be deleted."""
        if self._entry is None or self._clock() - self._entry_at > ON_DISK_S:
            try:
                tags = read_listing(http.fetch("/api/tags", within_s=TAGS_WITHIN_S))
            except RequestFailed:
                build = self._build(server, self._entry)
                return Host(HostState.READY, detail="ready", build=build, loaded=False)
            self._entry, self._entry_at = find_model(tags, self._model), self._clock()
        if self._entry is None:
            available = tuple(listed.name or "" for listed in tags)
            return host_without_model(self._peer, "ollama", self._model, available, server)
        build = self._build(server, self._entry)
        return Host(HostState.READY, detail="ready", build=build, loaded=False)

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
    """Return the entry of a model by its name; the default tag is ``:latest``."""
    wanted = full_name(model)
    for listed in models:
        if wanted in (full_name(listed.name or ""), full_name(listed.model or "")):
            return listed
    return None


def find_digest(models: list[ModelEntry], digest: str | None) -> ModelEntry | None:
    """Return the entry of a model by its digest.

    Two names of one model (``ollama cp``) have the same digest and share a place in memory, which
    ``/api/ps`` lists under one of them (tests/traces/ps-alias).
    """
    return next((listed for listed in models if digest and listed.digest == digest), None)


def find_loaded(http: HttpClient, loaded: list[ModelEntry], model: str) -> ModelEntry | None:
    """Return a model's entry in ``/api/ps``, under whichever name.

    If it is not there by its name, ``/api/tags`` is requested for its digest.
    """
    found = find_model(loaded, model)
    if found is not None or not loaded:
        return found
    try:
        on_disk = find_model(read_listing(http.fetch("/api/tags", within_s=TAGS_WITHIN_S)), model)
    except RequestFailed:
        return None
    return None if on_disk is None else find_digest(loaded, on_disk.digest)


def _expiry(expires_at: str | None, ps: Reply) -> tuple[datetime | None, bool]:
    """Return when the model unloads by this machine's clock, and whether it never does.

    Only the end of a request moves the expiry, so one in the past means that the model is busy.
    """
    try:
        expiry = datetime.fromisoformat(expires_at or "")
        left = expiry - _server_now(ps)
    except (ValueError, TypeError, OverflowError):
        return None, False
    if left > _FOREVER:
        return None, True
    if left < -_FOREVER:
        return None, False  # Go's zero time, the year 1: there is none
    return datetime.now(UTC) + left, False


def _server_now(reply: Reply) -> datetime:
    """Return the server's time by its Date header; this machine's where the two agree."""
    # Imported by httpx too, so it must not be loaded before the first paint either.
    from email.utils import parsedate_to_datetime

    here = datetime.now(UTC)
    try:
        there = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return here
    return here if abs(there - here) < _SAME_CLOCK else there
