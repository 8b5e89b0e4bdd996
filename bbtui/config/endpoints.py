"""The [[endpoints]] tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from bbtui.config.environment import expanded
from bbtui.config.settings import EndpointSettings, PodSettings
from bbtui.config.toml_reader import TomlTable, repeated
from bbtui.config.value_types import FILLED_LINE, LINE, identifier, matching, number, one_of
from bbtui.domain.address import base_url, written_url
from bbtui.domain.cost import TokenPrice
from bbtui.domain.endpoint import Api

#: Pod providers by name: the address of their API, and the variable that usually holds the key.
PROVIDERS = {"runpod": ("https://api.runpod.io/v2", "env:RUNPOD_API_KEY")}

_NAME = identifier("name")
_MODEL = matching(r"[^\s\x00-\x1f\x7f-\x9f]+", 'a model name without spaces, such as "gemma3:1b"')
_API = one_of("ollama", "openai")
_PROVIDER = one_of(*PROVIDERS)
_POD_ID = matching(r"[A-Za-z0-9_-]+", "the pod's id: letters, digits, dashes and underscores")
_A_NAME = '"env:NAME", the name of an environment variable and never the key itself'
_KEY = matching(r"env:[A-Za-z_][A-Za-z0-9_]*", _A_NAME, secret=True)
# RFC 9110, 5.1 and 5.5: a token, then visible characters and blanks.
_HEADER_NAME = matching(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", "a header name")
_HEADER_VALUE = matching(
    r"env:[A-Za-z_][A-Za-z0-9_]*|(?!env:)[\x20-\x7e]+",
    'a string of printable ASCII, or "env:NAME" with the name of an environment variable',
    secret=True,
)
#: The most that is taken for dollars per million tokens: more is one in another unit.
_MOST_DOLLARS = 1_000_000
_PRICE = number(0, _MOST_DOLLARS, "in dollars per million tokens")
#: Headers that let one in, by their names: such a value stays in the environment.
_LETS_IN = re.compile(r"authorization|cookie|(api|access|auth)-?key|token|secret|password", re.I)


def read_endpoints(
    tables: list[TomlTable],
    environ: Mapping[str, str],
    problems: list[str],
    folder: Path | None = None,
) -> tuple[EndpointSettings, ...]:
    """Return the endpoints, in order; OLLAMA_HOST is the default of their address.

    Files are relative to `folder`, that of the configuration.
    """
    endpoints = tuple(_endpoint(table, environ, folder or Path()) for table in tables)
    problems += repeated("endpoints", "name", [endpoint.name for endpoint in endpoints])
    return endpoints


def _endpoint(table: TomlTable, environ: Mapping[str, str], folder: Path) -> EndpointSettings:
    name = table.need("name", _NAME, "")
    pod = table.table("pod")
    endpoint = EndpointSettings(
        name=name,
        label=table.read("label", FILLED_LINE, name),
        url=_address(table, environ),
        model=table.need("model", _MODEL, ""),
        api=cast("Api | None", table.read("api", _API, None)),
        hardware=table.read("hardware", LINE, ""),
        headers=_headers(table.table("headers")),
        price=_price(table),
        pod=_pod(pod) if "pod" in table else None,
        ca=_file(table, "ca", folder),
        cert=_file(table, "cert", folder),
        cert_key=_file(table, "cert_key", folder),
    )
    if endpoint.price is not None and endpoint.pod is not None:
        table.problem("price", "cannot be combined with pod, which is paid by the hour")
    if endpoint.cert_key is not None and endpoint.cert is None:
        table.problem("cert_key", "requires cert, which is missing")
    table.close()
    return endpoint


def _address(table: TomlTable, environ: Mapping[str, str]) -> str:
    if "url" in table:
        return _url(table, "url", "")
    try:
        return base_url(environ.get("OLLAMA_HOST", ""))
    except ValueError as error:
        table.problem("url", f"is missing, and OLLAMA_HOST is not valid: {error}")
        return ""


def _url(table: TomlTable, key: str, default: str) -> str:
    text = table.read(key, FILLED_LINE, None)
    if text is None:
        return default
    try:
        return written_url(text)
    except ValueError as error:
        table.problem(key, str(error))
        return default


def _file(table: TomlTable, key: str, folder: Path) -> Path | None:
    """Return a file named by the user; whether it is readable is checked by the first request."""
    text = table.read(key, FILLED_LINE, None)
    return None if text is None else folder / expanded(Path(text))


def _headers(table: TomlTable) -> dict[str, str]:
    headers = table.texts(_HEADER_VALUE)
    for name, value in headers.items():
        if _HEADER_NAME.read(name) is None:
            table.problem(name, "is not a valid header name")
        elif _LETS_IN.search(name) and not value.startswith("env:"):
            table.problem(name, f"must be {_A_NAME}")
    return headers


def _price(endpoint: TomlTable) -> TokenPrice | None:
    """Return the price of an API; None without one."""
    table = endpoint.table("price")
    if not endpoint.holds_table("price"):
        return None
    price = TokenPrice(
        input=table.need("input", _PRICE, 0.0),
        output=table.need("output", _PRICE, 0.0),
        cached=table.read("cached", _PRICE, None),
    )
    table.close()
    return price


def _pod(table: TomlTable) -> PodSettings:
    provider = table.need("provider", _PROVIDER, "runpod")
    api_url, key = PROVIDERS[provider]
    pod = PodSettings(
        provider=provider,
        id=table.need("id", _POD_ID, ""),
        key=table.read("key", _KEY, key),
        api_url=_url(table, "api_url", api_url),
    )
    table.close()
    return pod
