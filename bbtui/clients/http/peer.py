"""The address of a server, and what every request to it carries."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from bbtui.domain import address
from bbtui.domain.endpoint import Api
from bbtui.domain.observation import Target
from bbtui.formatting.sanitize import excerpt

#: What precedes the secret in an Authorization header: ``Bearer``, ``Basic``.
_SCHEME = re.compile(r"^[A-Za-z]+ +")
#: A shorter value protects nothing, and occurs in ordinary words.
_SHORTEST_SECRET = 4
#: As many characters in a row of a longer secret are hidden wherever they are quoted: servers
#: repeat a key shortened, or from another place than its beginning.
_PIECE = 8
#: More than any secret is long, in characters.
_MARGIN = 4096


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files for TLS, "" where there is none."""

    ca: str = ""
    """An additional CA to trust."""

    cert: str = ""
    """The client certificate, for a server that requires one."""

    cert_key: str = ""
    """The key of `cert`, if it is not in the same file."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server: its base URL, and the headers and TLS files to use."""

    url: str
    """As `address.base_url` returns it."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request; secrets are resolved."""

    timeout_s: float | None = None
    """The longest wait for the next byte of an answer; None for the default of `silence_s`."""

    provider: bool = False
    """Whether it is the API of a pod provider and no endpoint."""

    usual: bool = False
    """Whether the provider is at its usual URL."""

    name: str = ""
    """The name of the endpoint."""

    files: TlsFiles = TlsFiles()
    """The CA and the client certificate."""

    def target(self, api: Api = "ollama", model: str = "") -> Target:
        """Return what a diagnosis needs to know of it and of the requested model."""
        return Target(
            where=self.where,
            host=self.where.rpartition(":")[0],
            name=self.name,
            api=api,
            model=model,
            this_machine=self.this_machine,
            through_pod_proxy=self.pod,
            provider=self.provider,
            usual=self.usual,
            setting="pod.api_url" if self.provider else "the endpoint's url",
        )

    def quoted(self, text: str | bytes, limit: int = 80) -> str:
        """Return the start of a text the server sent, on one line, to be shown and stored.

        A server may repeat what it was sent, and an error its address: each secret, and each part
        of one that has eight characters or more, becomes ``…``.
        """
        if isinstance(text, bytes):
            text = text.decode("utf-8", errors="replace")
        text = text.lstrip()[: limit * 8 + _MARGIN]
        secrets = set(self._secrets())
        secrets |= {quote(secret, safe="") for secret in secrets}
        for secret in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret, "…")
        return excerpt(_without_pieces(text, secrets), limit)

    def _secrets(self) -> Iterator[str]:
        """Yield the values of its headers, the login in its URL, and the id of a pod."""
        values = list(self.headers.values())
        if self.pod:
            values.append(address.host_key(self.url).removesuffix(address.POD_PROXY))
        login, _, _ = urlsplit(self.url).netloc.rpartition("@")
        if login:
            login = unquote(login)
            values += [b64encode(login.encode()).decode(), login.partition(":")[2]]
        for value in values:
            for secret in (value, _SCHEME.sub("", value)):
                if len(secret) >= _SHORTEST_SECRET:
                    yield secret

    @property
    def where(self) -> str:
        """``host:port`` to show, without secrets."""
        scheme, _, rest = address.mask_url(self.url).partition("://")
        host = rest.partition("/")[0]
        if urlsplit(self.url).port is not None:
            return host
        return f"{host}:{443 if scheme == 'https' else 80}"

    @property
    def nearby(self) -> bool:
        """Whether it is this machine or one on the local network."""
        return address.is_local_network(self.url)

    @property
    def this_machine(self) -> bool:
        """Whether it is this machine."""
        return address.host_key(self.url) == address.THIS_MACHINE

    @property
    def pod(self) -> bool:
        """Whether it is reached through a pod's proxy."""
        return address.through_pod_proxy(self.url)

    @property
    def silence_s(self) -> float | None:
        """The longest wait for the next byte of an answer, in seconds; None is no limit.

        Ollama sends nothing before the first token, so the defaults cover queue, load and prefill:
        no limit on the local network, 130 s through a pod's proxy (which gives up by itself after
        about 100 s), ten minutes elsewhere.
        """
        if self.timeout_s is not None:
            return self.timeout_s
        if self.nearby:
            return None
        return 130.0 if self.pod else 600.0


def _without_pieces(text: str, secrets: Iterable[str]) -> str:
    """Return the text with ``…`` for each run of `_PIECE` characters or more of a secret."""
    # The scheme of a header and the start of an address are no secrets.
    bare = {_SCHEME.sub("", secret) for secret in secrets if "://" not in secret}
    pieces = {
        secret[start : start + _PIECE]
        for secret in bare
        for start in range(len(secret) - _PIECE + 1)
    }
    if not pieces:
        return text
    shown: list[str] = []
    hidden_to = 0
    for place, character in enumerate(text):
        if text[place : place + _PIECE] in pieces:
            shown += ["…"] if place >= hidden_to else []
            hidden_to = place + _PIECE
        elif place >= hidden_to:
            shown.append(character)
    return "".join(shown)
