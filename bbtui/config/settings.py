"""Settings as the rest of the program gets them: plain values, already validated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bbtui.config.value_types import ForgeKind
from bbtui.domain.address import mask_url
from bbtui.domain.cost import TokenPrice
from bbtui.domain.endpoint import Api, Endpoint, Options
from bbtui.domain.session import SessionInfo

DEFAULT_THEME = "big-brain"
#: Each has another first letter or two: few keys choose one.
DEFAULT_VERDICTS = (
    *("EXCELLENT", "SOLID", "PARTIAL", "SHALLOW", "WRONG", "BROKEN", "INVENTED", "OFF-TOPIC"),
    *("REFUSED", "CUT"),
)
#: Origins of a value besides the name of a flag or a variable.
FILE = "file"
DEFAULT = "default"
#: What a value begins with that names an environment variable and is no value itself.
BY_NAME = "env:"
#: What the path of an OpenAI-compatible base URL ends with: /v1, /v1beta/openai, /api/paas/v4.
_OPENAI_PATH = re.compile(r"/(v\d\w*|openai)(/|$)")


@dataclass(frozen=True, slots=True)
class PodSettings:
    """The pod behind an endpoint."""

    provider: str
    """The provider, such as "runpod"."""
    id: str
    """The pod's id at the provider."""

    key: str
    """The name of an environment variable ("env:NAME")."""

    api_url: str
    """The base URL of the provider's API; "" for the usual one."""


@dataclass(frozen=True, slots=True)
class ForgePlace:
    """An issue of a forge, as far as it is configured: [forge]."""

    kind: ForgeKind | None = None
    """Which forge; None if not configured."""

    url: str = ""
    """The address of the forge; "" for the usual one of its kind."""

    repo: str = ""
    """``owner/name``."""

    issue: int | None = None
    """The number of the issue; None if not configured."""

    @property
    def complete(self) -> bool:
        """Return whether it names an issue."""
        return self.kind is not None and bool(self.repo) and self.issue is not None


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """One [[endpoints]] table."""

    name: str
    """Its id on the command line."""
    label: str
    """Its name on screen and in the report."""

    url: str
    """A base URL without a trailing slash."""

    model: str
    """The model's name on the server."""

    api: Api | None = "ollama"
    """None: it is detected."""

    hardware: str = ""
    """Its hardware in the user's words; "" if unknown."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """A value may be "env:NAME": a name, never the secret."""

    price: TokenPrice | None = None
    """What its API charges."""

    pod: PodSettings | None = None
    """The pod it runs on; None if it is on none."""

    ca: Path | None = None
    """A PEM file with an additional CA."""

    cert: Path | None = None
    """The client certificate, a PEM file."""

    cert_key: Path | None = None
    """Its key, a PEM file."""

    def value(self) -> Endpoint:
        """Return the endpoint as saved in a session: its address masked, without secrets.

        An API that is to be detected is the likely one until then.
        """
        return Endpoint(
            name=self.name,
            label=self.label,
            model=self.model,
            api=self.api or ("openai" if _OPENAI_PATH.search(self.url) else "ollama"),
            address=mask_url(self.url),
            hardware=self.hardware,
            price=self.price,
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set."""

    theme: str = DEFAULT_THEME
    """The name of the theme."""
    about: SessionInfo = SessionInfo()
    """What the report prints about every session."""
    options: Options = Options()
    """The sampling options of every request."""
    endpoints: tuple[EndpointSettings, ...] = ()
    """The configured endpoints, in the order of the file."""

    blind: bool = False
    """Whether new sessions are judged blind."""

    blind_seed: str = ""
    """The seed of the order of the sides in blind rounds; "": a random one."""

    verdicts: tuple[str, ...] = DEFAULT_VERDICTS
    """The words that are offered for a verdict."""

    forge: ForgePlace = ForgePlace()
    """Where reports are posted; the token is in the environment."""

    tasks: Path | None = None
    """The tasks file named by the user; None: the shipped one."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys by action id."""

    source: Path | None = None
    """The configuration file; None if there is none."""

    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Maps the key of a setting to its flag, its variable or `FILE`, and ``endpoints.NAME.url``
    too; a missing key has its default.
    """
