"""The interfaces to the models of a server: list them, and pull, load and unload them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from bbtui.clients.ports import CancelToken, Probe
from bbtui.domain.endpoint import Options
from bbtui.domain.model import ModelListing, PullProgress


class ModelCatalog(Protocol):
    """The models of an endpoint's server.

    Every method of this and of `ModelManager` blocks, may be called from several threads at once,
    and raises EndpointError with cause and fix.
    """

    def list_models(self) -> ModelListing:
        """Return every model of the server, by name, in at most about 12 s."""
        ...

    def probe(self, model: str) -> Probe:
        """Return a probe of the same server for another of its models."""
        ...


class ModelManager(Protocol):
    """Changes which models a server has on its disk and in its memory."""

    def context_length(self, model: str) -> int | None:
        """Return the context a model was trained for, in tokens; None if not reported."""
        ...

    def load(self, model: str, options: Options, cancel_token: CancelToken) -> None:
        """Load a model into memory with these options; return when it is loaded.

        Cancelling aborts the load on the server too.
        """

    def unload(self, model: str) -> None:
        """Unload a model from memory; one that is generating unloads when it is done."""

    def measure(self, model: str, cancel_token: CancelToken) -> PullProgress | None:
        """Return how much a pull would download; None if nothing is missing.

        A server reports sizes only while it pulls. So this starts a pull and stops it at the first
        part that is missing; what came by then stays on the server. The total counts the parts
        named so far, of which the first is the weights.
        """
        ...

    def pull(self, model: str, cancel_token: CancelToken) -> Iterator[PullProgress]:
        """Download a model to the server; end when it is complete or cancelled.

        What was downloaded before an end of any kind stays on the server: a repeat continues it.
        """
        ...
