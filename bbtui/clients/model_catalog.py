"""What is asked of a server about its models: which it has, and to fetch, load and drop them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from bbtui.clients.ports import CancelToken, Probe
from bbtui.domain.endpoint import Options
from bbtui.domain.model import ModelListing, PullProgress


class ModelCatalog(Protocol):
    """The models of an endpoint's server.

    Every method of this and of `ModelManager` blocks and may be called from any thread, one call
    beside another; what goes wrong is an EndpointError with cause and fix.
    """

    def list_models(self) -> ModelListing:
        """Every model it has, by name, in at most about 12 s."""
        ...

    def probe(self, model: str) -> Probe:
        """Looks at the same machine for another of its models."""
        ...


class ModelManager(Protocol):
    """Changes what a server has on its disk and in its memory."""

    def context_length(self, model: str) -> int | None:
        """The context a model was trained for, in tokens; None if the server does not tell."""
        ...

    def load(self, model: str, options: Options, cancel_token: CancelToken) -> None:
        """Bring a model into memory as these options want it; returns when it is there.

        Cutting the line ends the load on the server too.
        """

    def unload(self, model: str) -> None:
        """Drop a model from memory; one that is answering goes when it has answered."""

    def measure(self, model: str, cancel_token: CancelToken) -> PullProgress | None:
        """What a pull would have to fetch; None if nothing is missing, and then it is done.

        A server tells sizes only while it pulls. So this begins to, and stops as soon as a part is
        named that is not there yet: the little that came by then stays with the server, for the
        pull proper. The total counts the parts named so far, of which the first is the weights.
        """
        ...

    def pull(self, model: str, cancel_token: CancelToken) -> Iterator[PullProgress]:
        """Fetch a model; ends when it is there, or when the line was cut.

        What was fetched before an end of any kind stays with the server: a repeat goes on there.
        """
        ...
