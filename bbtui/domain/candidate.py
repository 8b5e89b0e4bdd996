"""Base URLs where a model may be served, what was found there, and the models selected."""

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
    """A server that answers: its API, its name and version, and its chat models."""

    api: Api
    """The API it speaks."""
    server: str
    """Its name and version, such as "Ollama 0.33.3"."""
    models: tuple[Model, ...] = ()
    """Its chat models."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A base URL where a model may be served."""

    url: str
    """"" for a pod without such a port."""

    origin: str = ""
    """Why it is a candidate, such as "OLLAMA_HOST"."""

    pod: Pod | None = None
    """The pod behind the URL; None if it is on none."""

    known: bool = False
    """Whether the user named it: a failure is then reported, elsewhere it is ignored."""

    found: ServerFound | Problem | None = None
    """None while the check is running, or for a pod that is not running."""

    @property
    def key(self) -> str:
        """Return what identifies a candidate."""
        return self.url or (self.pod.id if self.pod else "")

    @property
    def nameable(self) -> bool:
        """Return whether a model can be entered here although none is listed."""
        if not self.url:
            return False
        silent = isinstance(self.found, Problem) and self.known
        bare = isinstance(self.found, ServerFound) and not self.found.models
        asleep = self.pod is not None and not isinstance(self.found, ServerFound)
        return silent or bare or asleep


@dataclass(frozen=True, slots=True)
class Selection:
    """A model of a candidate, which becomes an endpoint."""

    candidate: Candidate
    """Where the model is served."""
    model: str
    """Its name."""

    @property
    def api(self) -> Api:
        """Return its API; a guess by the port as long as no server has answered."""
        if isinstance(self.candidate.found, ServerFound):
            return self.candidate.found.api
        return "openai" if _OPENAI_PORT.search(self.candidate.url) else "ollama"
