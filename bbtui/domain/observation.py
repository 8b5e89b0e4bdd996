"""What was seen on the way to an endpoint: plain facts, from which a diagnosis is made.

Whoever looks fills in what it saw and leaves the rest; None is "not looked at, or not told".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bbtui.domain.endpoint import Api
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem

#: Which server answers; "other" speaks the OpenAI dialect and does not say its name.
ServerKind = Literal["ollama", "llama.cpp", "vllm", "other"]


class NetworkFailure(StrEnum):
    """What a network does to a request, in the order in which it can."""

    UNWRITABLE = "unwritable"  # it cannot even be written: a header, a host
    UNRESOLVED = "unresolved"
    REFUSED = "refused"
    NOT_TAKEN = "not taken"  # no connection within the limit
    UNREACHABLE = "unreachable"  # any other error of the system
    AUTHORITY_FILE = "authority file"  # the `ca` of the configuration
    CERTIFICATE_FILE = "certificate file"  # its `cert` and `cert_key`
    UNTRUSTED = "untrusted"
    NO_TLS = "no tls"
    SOCKS = "socks"  # a proxy variable that needs a package
    BAD_PROXY = "bad proxy"
    PROXY_UNREACHED = "proxy unreached"
    PROXY_REFUSED = "proxy refused"
    NOT_HTTP = "not http"
    CLOSED = "closed"  # before any answer
    SILENT = "silent"
    PACKED = "packed"  # compressed, and broken by it
    LOST = "lost"  # in the middle of an answer


@dataclass(frozen=True, slots=True)
class Target:
    """Which endpoint is meant.

    `where` is ``host:port`` and `host` its host, both for reading, with what is secret masked.
    `setting` is what a user corrects where the address is wrong. `through_pod_proxy`: a pod's
    public proxy stands between, which gives up after about 100 s without a byte. `provider`: it is
    the API of a pod's provider and no endpoint; `usual`: at the address it always has, which
    nobody set.
    """

    where: str
    host: str
    name: str = ""
    api: Api = "ollama"
    model: str = ""
    this_machine: bool = False
    through_pod_proxy: bool = False
    provider: bool = False
    usual: bool = False
    setting: str = "the endpoint's url"


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """A whole reply that is not what was asked for.

    `media` is the content type alone, in lower case. `text` is a harmless excerpt: the title of a
    web page (`page`), else the beginning of the body. `error` is the message in a JSON error, in
    the server's words; `error_is_text`: the error is a text, as Ollama's are, and no object;
    `signs_in`: it comes with a page to sign in at, as for a model of Ollama's cloud.
    `location` is where a redirect leads, without what follows a question mark.
    """

    status: int
    media: str = ""
    text: str = ""
    page: bool = False
    error: str | None = None
    error_is_text: bool = False
    signs_in: bool = False
    location: str = ""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the server says of itself and the model.

    `models` are the names it lists. `loading`: it says that it loads now. `gpu_share` is the part
    of the loaded model on a GPU, 0 to 1; `gpu_there`: the machine has one. Contexts in tokens:
    as running, and as the options ask for.
    """

    kind: ServerKind = "ollama"
    version: str = ""
    models: tuple[str, ...] | None = None
    model_there: bool | None = None
    loading: bool = False
    loaded: bool | None = None
    gpu_share: float | None = None
    gpu_there: bool | None = None
    context: int | None = None
    wanted_context: int | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything seen of one endpoint.

    `trouble` and `refusal` are how the last request failed (at most one of them is set); `words`
    are the system's own on the trouble, `proxies` the proxy variables in force, `limit_s` the
    limit that ran out, `received` the bytes that had come by then (None: before the reply began).
    `prompted`: the request was for the model, a prompt or a load, and may take its time; `warm`:
    the model was in memory then.
    `pod_gone`: the provider does not know the pod; `pod` is its last word on it otherwise, and
    `untold` why there is none.
    """

    target: Target
    trouble: NetworkFailure | None = None
    words: str = ""
    proxies: str = ""
    limit_s: float | None = None
    received: int | None = None
    prompted: bool = False
    warm: bool = False
    refusal: ErrorReply | None = None
    pod: Pod | None = None
    pod_gone: bool = False
    untold: Problem | None = None
    serving: ServerFacts | None = None

    @property
    def failed(self) -> bool:
        """Whether a request got no answer that could be used."""
        return self.trouble is not None or self.refusal is not None
