"""Where an endpoint is, and what every request to it carries."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from bbtui.domain import address
from bbtui.domain.dialect import Api
from bbtui.domain.observation import Target
from bbtui.formatting.sanitize import excerpt

#: What stands before the secret itself in an Authorization header: ``Bearer``, ``Basic``.
_SCHEME = re.compile(r"^[A-Za-z]+ +")
#: Anything shorter guards nothing, and is part of ordinary words.
_SHORTEST_SECRET = 4


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files for TLS, "" where there is none.

    `ca` is an authority to trust besides the usual ones; `cert` is shown to a server that asks
    who is there, with its key in `cert_key` (or in the same file).
    """

    ca: str = ""
    cert: str = ""
    cert_key: str = ""


@dataclass(frozen=True, slots=True)
class Peer:
    """A base URL (as `address.base_url` gives it) with the headers to send, secrets resolved.

    `timeout_s` is the longest wait for the next byte of an answer. None is a default by the way
    there, long enough for queue, load and prefill, since Ollama says nothing before the first
    token: no limit on the own network, 130 s through a pod's proxy (which gives up by itself after
    about 100), ten minutes elsewhere. `provider` says that it is
    no endpoint but the API of a pod's provider, `usual` that this is where it always is. `name` is
    the endpoint's.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_s: float | None = None
    provider: bool = False
    usual: bool = False
    name: str = ""
    files: TlsFiles = TlsFiles()

    def target(self, api: Api = "ollama", model: str = "") -> Target:
        """What a diagnosis needs to know of it; `model` is the one that was meant."""
        return Target(
            where=self.where,
            host=self.host,
            name=self.name,
            api=api,
            model=model,
            this_machine=self.this_machine,
            through_pod_proxy=self.pod,
            provider=self.provider,
            usual=self.usual,
            setting=self.setting,
        )

    def quoted(self, text: str | bytes, limit: int = 80) -> str:
        """The beginning of what it said, on one line, to be shown and kept.

        A server may repeat what it was sent, and an error its address: each secret is a ``…``
        instead.
        """
        if isinstance(text, bytes):
            text = text.decode("utf-8", errors="replace")
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, "…")
        return excerpt(text, limit)

    def _secrets(self) -> Iterator[str]:
        """The values of its headers, the login in its URL, which is sent as one, and a pod's id."""
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
    def setting(self) -> str:
        """What a user corrects if the URL is wrong."""
        return "pod.api_url" if self.provider else "the endpoint's url"

    @property
    def where(self) -> str:
        """``host:port`` for reading, with what is secret masked."""
        scheme, _, rest = address.mask_url(self.url).partition("://")
        host = rest.partition("/")[0]
        if urlsplit(self.url).port is not None:
            return host
        return f"{host}:{443 if scheme == 'https' else 80}"

    @property
    def host(self) -> str:
        """The host alone, for reading."""
        return self.where.rpartition(":")[0]

    @property
    def nearby(self) -> bool:
        """Whether it is this machine or one on its own network."""
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
        """The longest wait for the next byte of an answer, in seconds; None is no limit."""
        if self.timeout_s is not None:
            return self.timeout_s
        if self.nearby:
            return None
        return 130.0 if self.pod else 600.0
