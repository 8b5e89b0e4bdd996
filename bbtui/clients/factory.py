"""Makes the clients of an endpoint; nothing is sent, and httpx is not imported."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bbtui.clients.connection import Connection
from bbtui.clients.gpu import GpuReader
from bbtui.clients.http.peer import Peer, TlsFiles
from bbtui.clients.model_catalog import ModelCatalog, ModelManager
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.ollama.models import OllamaModels
from bbtui.clients.openai.chat import OpenAISource
from bbtui.clients.openai.models import OpenAIModels
from bbtui.clients.ports import AnswerSource
from bbtui.config.settings import BY_NAME, EndpointSettings
from bbtui.domain.address import host_key
from bbtui.errors import EndpointError

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def connect(
    settings: EndpointSettings,
    environ: Mapping[str, str],
    *,
    timeout_s: float | None = None,
    gpus: GpuReader | None = None,
) -> Connection:
    """Return the connection to an endpoint; header values may name variables of `environ`.

    `timeout_s` is the longest wait for a byte of an answer; see `Peer`. `gpus` reads this machine's
    GPUs, for endpoints on it. Raise EndpointError for a header that cannot be sent, or a variable
    that is not set.
    """
    peer = make_peer(settings, environ, timeout_s=timeout_s)
    source: AnswerSource
    catalog: ModelCatalog
    manager: ModelManager | None = None
    own_gpus = gpus if peer.this_machine else None
    if settings.api == "ollama":
        source, catalog = OllamaSource(peer), OllamaModels(peer, own_gpus)
        manager = catalog
    else:
        source, catalog = OpenAISource(peer), OpenAIModels(peer, own_gpus)
    probe = catalog.probe(settings.model)
    return Connection(settings.value(), source, probe, host_key(peer.url), catalog, manager)


def make_peer(
    settings: EndpointSettings, environ: Mapping[str, str], *, timeout_s: float | None = None
) -> Peer:
    """Return the URL, headers and TLS files of an endpoint; raise EndpointError as `connect`."""
    headers = {
        header: _header(settings.name, header, value, environ)
        for header, value in settings.headers.items()
    }
    files = (str(path or "") for path in (settings.ca, settings.cert, settings.cert_key))
    return Peer(settings.url, headers, timeout_s, name=settings.name, files=TlsFiles(*files))


def _header(endpoint: str, header: str, value: str, environ: Mapping[str, str]) -> str:
    """Return a header's value as it is sent; the value itself is never part of an error."""
    if not _HEADER_NAME.fullmatch(header):
        raise EndpointError(
            f"endpoint {endpoint}: {header!r} is not a valid header name",
            "correct the endpoint's headers in the configuration",
        )
    origin = f"the value of its header {header}"
    if value.startswith(BY_NAME):
        variable = value.removeprefix(BY_NAME)
        origin = f"the environment variable {variable}, the value of its header {header},"
        value = environ.get(variable, "")
        if not value.strip():
            raise EndpointError(
                f"endpoint {endpoint}: {origin} is not set", f"export {variable}=… and restart"
            )
    value = value.strip()
    if not (value.isascii() and value.isprintable()):
        raise EndpointError(
            f"endpoint {endpoint}: {origin} contains characters that are not allowed in a header",
            "a key is one line of ASCII: check it for a line break or a quote mark",
        )
    return value
