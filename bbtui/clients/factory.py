"""Makes the clients of an endpoint and its pod; nothing is sent, and httpx is not imported."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bbtui.clients.api_detection import DetectingClient
from bbtui.clients.gpu import GpuReader
from bbtui.clients.http.peer import Peer, TlsFiles
from bbtui.clients.ports import Connection, PodBinding, PodControl
from bbtui.config.endpoints import PROVIDERS
from bbtui.config.settings import BY_NAME, EndpointSettings, PodSettings
from bbtui.domain.address import THIS_MACHINE, host_key, is_local_network, mask_refused
from bbtui.domain.endpoint import Api, Endpoint
from bbtui.errors import EndpointError, PodKeyError

if TYPE_CHECKING:
    from bbtui.clients.runpod.client import PriceCache

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

#: RunPod sets it in every container.
POD_ID = "RUNPOD_POD_ID"
#: A bearer token (RFC 6750, section 2.1).
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


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
    own_gpus = gpus if peer.this_machine else None
    endpoint = settings.value()
    if settings.api is not None:
        return _connection(endpoint, peer, own_gpus)

    def connect_by(api: Api) -> Connection:
        return _connection(replace(endpoint, api=api), peer, own_gpus)

    assumed = _connection(endpoint, peer, own_gpus)
    client = DetectingClient(peer, assumed, connect_by)
    return assumed._replace(source=client, probe=client, detected=client.found)


def _connection(endpoint: Endpoint, peer: Peer, gpus: GpuReader | None) -> Connection:
    """Return the connection in the API of the endpoint."""
    # Of the modules of an API only those in use are loaded.
    machine = host_key(peer.url)
    if endpoint.api == "ollama":
        from bbtui.clients.ollama.chat import OllamaSource
        from bbtui.clients.ollama.models import OllamaModels
        from bbtui.clients.openai.paths import server_root

        # An Ollama has its own API beside /v1, not below it.
        peer = server_root(peer)
        ollama = OllamaModels(peer, gpus)
        probe = ollama.probe(endpoint.model)
        return Connection(endpoint, OllamaSource(peer), probe, machine, ollama, ollama)
    from bbtui.clients.openai.chat import OpenAISource
    from bbtui.clients.openai.models import OpenAIModels

    models = OpenAIModels(peer, gpus)
    return Connection(endpoint, OpenAISource(peer), models.probe(endpoint.model), machine, models)


def make_peer(
    settings: EndpointSettings, environ: Mapping[str, str], *, timeout_s: float | None = None
) -> Peer:
    """Return the URL, headers and TLS files of an endpoint; raise EndpointError as `connect`."""
    sent = settings.headers.items()
    headers = {header: _header(settings.name, header, value, environ) for header, value in sent}
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
            cause = f"endpoint {endpoint}: {origin} is not set"
            raise EndpointError(cause, f"export {variable}=… and restart")
    value = value.strip()
    if not (value.isascii() and value.isprintable()):
        raise EndpointError(
            f"endpoint {endpoint}: {origin} contains characters that are not allowed in a header",
            "a key is one line of ASCII: check it for a line break or a quote mark",
        )
    return value


def bind_pod(
    settings: EndpointSettings,
    environ: Mapping[str, str],
    control: Callable[[PodSettings], PodControl],
) -> PodBinding | None:
    """Return the pod of an endpoint, if it has one; no request is sent and no key is read."""
    here = environ.get(POD_ID, "")
    pod = settings.pod
    if pod is None and here and host_key(settings.url) == THIS_MACHINE:
        provider, (api_url, key) = next(iter(PROVIDERS.items()))
        if environ.get(key.removeprefix(BY_NAME)):
            pod = PodSettings(provider, here, key, api_url)
    if pod is None:
        return None
    account = replace(pod, id="")
    return PodBinding(pod.id, account, partial(control, account), here=pod.id == here)


def make_pod_control(
    settings: PodSettings,
    environ: Mapping[str, str],
    prices: PriceCache,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> PodControl:
    """Return the client of the account in a pod's settings, with its key from `environ`.

    `clock` is monotonic, in seconds. Raise PodKeyError if there is no key, or none that can be sent
    safely.
    """
    variable = settings.key.removeprefix(BY_NAME)
    if settings.api_url.startswith("http:") and not is_local_network(settings.api_url):
        raise PodKeyError(
            f"pod.api_url is {mask_refused(settings.api_url)}: the key would be sent unencrypted",
            "use https://",
        )
    headers = {
        "Authorization": f"Bearer {_key(variable, environ)}",
        "Accept": "application/json, application/problem+json",
    }
    from bbtui.clients.runpod.client import RunPodClient  # not needed without a pod

    usual = settings.api_url == PROVIDERS[settings.provider][0]
    peer = Peer(settings.api_url, headers, provider=True, usual=usual)
    return RunPodClient(peer, variable, prices, clock=clock)


def _key(variable: str, environ: Mapping[str, str]) -> str:
    """Return the key, which is never part of an error."""
    key = environ.get(variable, "").strip()
    if not key:
        raise PodKeyError(
            f"the environment variable {variable} with RunPod's key is not set",
            f"export {variable}=… and restart; create a key in RunPod's console under Settings",
        )
    if not _TOKEN.fullmatch(key):
        raise PodKeyError(
            f"the key in the environment variable {variable} contains characters that no key has",
            "it is one line of letters, digits and a few signs: look for a line break, a blank or "
            "a quote mark in it",
        )
    return key
