"""Settings: defaults < config.toml < environment < flags, with strict keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bbtui.domain.endpoint import Api, Options
from bbtui.domain.session import About


@dataclass(frozen=True, slots=True)
class PodSettings:
    """The rented machine behind an endpoint; `key` names an environment variable ("env:NAME")."""

    provider: str
    id: str
    key: str
    api_url: str


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """One [[endpoints]] table. Header values may be "env:NAME": a name, never the secret."""

    name: str
    label: str
    url: str
    model: str
    api: Api = "ollama"
    hardware: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    pod: PodSettings | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set. `keys` maps action ids to keys; `source` is the file read."""

    theme: str = "big-brain"
    about: About = About()
    options: Options = Options()
    endpoints: tuple[EndpointSettings, ...] = ()
    tasks: Path | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    source: Path | None = None
