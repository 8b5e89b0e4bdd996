"""Finds the proxies that the environment names."""

from __future__ import annotations

import os
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

_VARIABLES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")


class Proxy(NamedTuple):
    """A proxy that the environment names."""

    variable: str
    """The environment variable that names it."""

    host: str
    """Without a password; "" where the variable holds no address."""

    port: int
    """Its port."""


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy that a request to this URL goes through; None for a direct connection."""
    parts = urlsplit(url)
    named = getproxies()
    for scheme in (parts.scheme, "all"):
        text = named.get(scheme, "")
        if not text:
            continue
        if proxy_bypass(parts.hostname or ""):
            return None
        variable = f"{scheme}_proxy".upper()
        # The settings of the operating system can name a proxy too.
        source = variable if _value(variable) else "the system's settings"
        return Proxy(source, *_host_and_port(text))
    return None


def variables_set() -> str:
    """Return the names of the proxy variables that are set."""
    return ", ".join(name for name in _VARIABLES if _value(name))


def _host_and_port(text: str) -> tuple[str, int]:
    """Return the host and port in a variable; no host where they cannot be read."""
    try:
        proxy = urlsplit(text if "://" in text else f"http://{text}")
        port = proxy.port
    except ValueError:
        return "", 0
    return proxy.hostname or "", port or (443 if proxy.scheme == "https" else 80)


def _value(name: str) -> str:
    return os.environ.get(name) or os.environ.get(name.lower()) or ""
