"""Secrets are named in the configuration and live in the environment."""

from __future__ import annotations

from collections.abc import Mapping

from bbtui.config.settings import EndpointSettings
from bbtui.errors import EndpointError

_PREFIX = "env:"


def is_name(value: str) -> bool:
    """Whether a value is "env:NAME", which may be shown; any other may itself be a secret."""
    return value.startswith(_PREFIX)


def reveal(value: str, environ: Mapping[str, str], wanted_by: str) -> str:
    """The value itself, or that of the variable it names.

    Raises EndpointError, naming `wanted_by`, if that variable is not set.
    """
    if not is_name(value):
        return value
    name = value.removeprefix(_PREFIX)
    secret = environ.get(name, "").strip()
    if not secret:
        raise EndpointError(
            f"{wanted_by} is in the environment variable {name}, which is not set",
            f"export {name}=… before starting bbtui",
        )
    return secret


def reveal_headers(endpoint: EndpointSettings, environ: Mapping[str, str]) -> dict[str, str]:
    """The headers to send to an endpoint. Raises EndpointError if a variable is not set."""
    return {
        name: reveal(value, environ, f"the header {name} of {endpoint.name}")
        for name, value in endpoint.headers.items()
    }
