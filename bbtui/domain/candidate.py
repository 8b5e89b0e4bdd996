"""Places where a model may answer, what was found there, and what is picked from it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bbtui.domain.endpoint import Api
from bbtui.domain.model import Model
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem

#: The usual ports of llama.cpp, vLLM and LM Studio, on a host or behind a pod's proxy.
_OPENAI_PORT = re.compile(r":(8000|8080|1234)$|-(8000|8080|1234)\.proxy\.")


@dataclass(frozen=True, slots=True)
class ServerFound:
    """A server that answers: its dialect, its name and version, and its models that can chat."""

    api: Api
    server: str
    models: tuple[Model, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A base URL where a model may answer; "" where there is none (a pod without such a port).

    `origin` says why it is looked at ("OLLAMA_HOST"). `found` is None as long as nobody knows:
    it is being looked at, or it is a pod that does not run. `known` places are those the user
    named; what is silent there is told, elsewhere it is no news.
    """

    url: str
    origin: str = ""
    pod: Pod | None = None
    known: bool = False
    found: ServerFound | Problem | None = None

    @property
    def key(self) -> str:
        """What tells places apart."""
        return self.url or (self.pod.id if self.pod else "")

    @property
    def nameable(self) -> bool:
        """Whether a model can be named here although none is listed."""
        if not self.url:
            return False
        silent = isinstance(self.found, Problem) and self.known
        bare = isinstance(self.found, ServerFound) and not self.found.models
        asleep = self.pod is not None and not isinstance(self.found, ServerFound)
        return silent or bare or asleep


@dataclass(frozen=True, slots=True)
class Selection:
    """A model at a place: what becomes an endpoint."""

    place: Candidate
    model: str

    @property
    def api(self) -> Api:
        """The dialect spoken there; a guess by the port where nobody has answered yet."""
        if isinstance(self.place.found, ServerFound):
            return self.place.found.api
        return "openai" if _OPENAI_PORT.search(self.place.url) else "ollama"
