"""The proxies that the environment names (loaded with http.py)."""

from __future__ import annotations

import os
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

_VARIABLES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")


class Proxy(NamedTuple):
    """A proxy: the variable that names it, and its host and port, without a password.

    `host` is "" where the variable holds no address.
    """

    variable: str
    host: str
    port: int


def proxy_for(url: str) -> Proxy | None:
    """The proxy that a request to this URL goes through; None if it goes straight."""
    parts = urlsplit(url)
    named = getproxies()
    for scheme in (parts.scheme, "all"):
        text = named.get(scheme, "")
        if not text:
            continue
        if proxy_bypass(parts.hostname or ""):
            return None
        return Proxy(_variable(f"{scheme}_proxy"), *_place(text))
    return None


def variables_set() -> str:
    """The names of the proxy variables that are set."""
    return ", ".join(name for name in _VARIABLES if _value(name))


def _place(text: str) -> tuple[str, int]:
    """The host and port in a variable; no host where they cannot be read."""
    try:
        proxy = urlsplit(text if "://" in text else f"http://{text}")
        port = proxy.port
    except ValueError:
        return "", 0
    return proxy.hostname or "", port or (443 if proxy.scheme == "https" else 80)


def _variable(name: str) -> str:
    """The variable as it is spelled there; the system's settings can name a proxy too."""
    return name.upper() if _value(name) else "the system's settings"


def _value(name: str) -> str:
    return os.environ.get(name.upper()) or os.environ.get(name.lower()) or ""
