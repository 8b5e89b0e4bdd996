"""Makes the client of a pod provider; nothing is sent, and httpx is not imported."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping

from bbtui.clients.http.peer import Peer
from bbtui.clients.ports import PodControl
from bbtui.clients.price_cache import PriceCache
from bbtui.clients.runpod.client import RunPodClient
from bbtui.config.endpoints import PROVIDERS
from bbtui.config.settings import BY_NAME, PodSettings
from bbtui.domain.address import is_local_network, mask_url
from bbtui.errors import PodKeyError

#: A bearer token (RFC 6750, section 2.1).
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


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
            f"pod.api_url is {mask_url(settings.api_url)}: the key would be sent unencrypted",
            "use https://",
        )
    headers = {
        "Authorization": f"Bearer {_key(variable, environ)}",
        "Accept": "application/json, application/problem+json",
    }
    usual_url, _ = PROVIDERS[settings.provider]
    usual = settings.api_url == usual_url
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
