"""What was observed while connecting to an endpoint: the facts that a diagnosis is made from.

Each field that was not checked, or not reported, is None or empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bbtui.domain.endpoint import Api
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem

#: Which server answers; "other" speaks the OpenAI API and does not report its name.
ServerKind = Literal["ollama", "llama.cpp", "vllm", "other"]


class NetworkFailure(StrEnum):
    """How the network fails a request, in the order in which it can."""

    UNWRITABLE = "unwritable"  # an impossible header or host
    UNRESOLVED = "unresolved"
    REFUSED = "refused"
    CONNECT_TIMEOUT = "connect timeout"
    UNREACHABLE = "unreachable"  # any other error of the system
    CA_FILE = "ca file"  # the `ca` of the configuration
    CERTIFICATE_FILE = "certificate file"  # its `cert` and `cert_key`
    UNTRUSTED = "untrusted"
    NO_TLS = "no tls"
    SOCKS = "socks"  # a proxy variable that needs a package
    BAD_PROXY = "bad proxy"
    PROXY_UNREACHED = "proxy unreached"
    PROXY_REFUSED = "proxy refused"
    NOT_HTTP = "not http"
    MALFORMED = "malformed"  # HTTP, with a header that is not allowed
    CLOSED = "closed"  # before the reply
    READ_TIMEOUT = "read timeout"
    INCOMPLETE = "incomplete"  # data came, but not all of it within the limit
    DECODING = "decoding"  # compressed, and not to be decompressed
    LOST = "lost"  # in the middle of a reply


@dataclass(frozen=True, slots=True)
class Target:
    """The endpoint that was to be reached."""

    where: str
    """``host:port`` for display, with what is secret masked."""

    host: str
    """Its host, masked in the same way."""

    name: str = ""
    """The endpoint's name."""
    api: Api = "ollama"
    """The API that was assumed."""
    model: str = ""
    """The model that was requested."""

    this_machine: bool = False
    """Whether it is on this computer."""

    through_pod_proxy: bool = False
    """Whether a pod's public proxy is in between, which gives up after about 100 s without data."""

    provider: bool = False
    """Whether it is the API of a pod's provider and no endpoint."""

    usual: bool = False
    """Whether the provider's API is at its usual address, which nothing overrides."""

    setting: str = "the endpoint's url"
    """What to correct where the address is wrong."""


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """A complete HTTP reply that is not the requested one."""

    status: int
    """The HTTP status."""

    media: str = ""
    """The content type without parameters, in lower case."""

    text: str = ""
    """A sanitized excerpt: the title of a web page, else the beginning of the body."""

    page: bool = False
    """Whether it is a web page."""

    error: str | None = None
    """The message of a JSON error, as the server worded it."""

    error_is_text: bool = False
    """Whether the JSON error is a string, as Ollama's are, and no object."""

    signs_in: bool = False
    """Whether it has a URL to sign in at, as for a model of Ollama's cloud."""

    location: str = ""
    """The target of a redirect, without its query."""

    unknown_route: bool = False
    """Whether it is that of an OpenAI-compatible server to a path that it does not have."""

    loading: bool = False
    """Whether it reports that the server is loading its model."""

    retry_after_s: float | None = None
    """The delay that it requests before the next request, in seconds; None if it does not."""

    too_long: bool = False
    """Whether its kind is that of a prompt longer than the context, whatever its words."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the server reports about itself and the model."""

    kind: ServerKind = "ollama"
    """Which software it is."""
    version: str = ""
    """Its version; "" if it reports none."""

    models: tuple[str, ...] | None = None
    """The names of the models it lists."""

    model_there: bool | None = None
    """Whether the model is among them."""

    loading: bool = False
    """Whether the server reports that it is loading its model."""

    loaded: bool | None = None
    """Whether the model is in memory."""

    gpu_share: float | None = None
    """The part of the loaded model on a GPU, 0 to 1."""

    gpu_there: bool | None = None
    """Whether the machine has a GPU."""

    context: int | None = None
    """The context as running, in tokens."""

    wanted_context: int | None = None
    """The context that the options set, in tokens."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything observed about one endpoint.

    At most one of `network_failure` and `error_reply` is set: how the last request failed.
    """

    target: Target
    """The endpoint."""
    network_failure: NetworkFailure | None = None
    """How the connection failed; None if it did not."""

    detail: str = ""
    """The system's message about the network failure."""

    proxies: str = ""
    """The proxy variables in force."""

    limit_s: float | None = None
    """The time limit that was exceeded, in seconds."""

    received: int | None = None
    """The bytes received before the failure; None: it came before the reply began."""

    prompted: bool = False
    """Whether the request was for the model, a prompt or a load, and may take long."""

    warm: bool = False
    """Whether the model was in memory when the request was sent."""

    error_reply: ErrorReply | None = None
    """The error that the server replied; None if it did not."""

    pod: Pod | None = None
    """The last state of the pod that the provider reported."""

    pod_gone: bool = False
    """Whether the provider does not know the pod."""

    pod_unknown: Problem | None = None
    """Why the pod's state could not be determined."""

    server: ServerFacts | None = None
    """What the server reports of itself; None if unknown."""

    @property
    def failed(self) -> bool:
        """Return whether a request got no usable answer."""
        return self.network_failure is not None or self.error_reply is not None
