"""Settings as the rest of the program gets them: plain values, already checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bbtui.domain.address import mask_url
from bbtui.domain.endpoint import Api, Endpoint, Options
from bbtui.domain.session import SessionInfo

DEFAULT_THEME = "big-brain"
#: What a value begins with that names an environment variable and is no value itself.
BY_NAME = "env:"


@dataclass(frozen=True, slots=True)
class PodSettings:
    """The rented machine behind an endpoint; `key` names an environment variable ("env:NAME")."""

    provider: str
    id: str
    key: str
    api_url: str


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """One [[endpoints]] table. Header values may be "env:NAME": a name, never the secret.

    `url` is a base URL without a trailing slash. `ca` is a PEM file of an authority to trust
    besides the usual ones; `cert` and `cert_key` are shown to a server that asks who is there.
    """

    name: str
    label: str
    url: str
    model: str
    api: Api = "ollama"
    hardware: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    pod: PodSettings | None = None
    ca: Path | None = None
    cert: Path | None = None
    cert_key: Path | None = None

    def value(self) -> Endpoint:
        """The endpoint as a session keeps it: its address masked, nothing to connect with."""
        return Endpoint(
            name=self.name,
            label=self.label,
            model=self.model,
            api=self.api,
            address=mask_url(self.url),
            hardware=self.hardware,
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set.

    `keys` maps action ids to keys; `tasks` is the tasks file named by the user (None: the shipped
    one); `source` is the configuration file that was read (None: there is none).
    """

    theme: str = DEFAULT_THEME
    about: SessionInfo = SessionInfo()
    options: Options = Options()
    endpoints: tuple[EndpointSettings, ...] = ()
    tasks: Path | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    source: Path | None = None
