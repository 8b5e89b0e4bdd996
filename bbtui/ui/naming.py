"""Names of endpoints on screen: label, model, address and accent colour, read here alone.

A comparison whose columns must not be recognised changes this module and no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bbtui.domain.address import mask_url, through_pod_proxy
from bbtui.domain.endpoint import Endpoint, names_model

#: The accents of the columns in order, each a class and a colour (``$endpoint-1``) of the style
#: sheet; the seventh column has the first one again.
ACCENTS = tuple(f"endpoint-{position}" for position in range(1, 7))


def accent(index: int) -> str:
    """Return the accent of the column at an index from 0."""
    return ACCENTS[index % len(ACCENTS)]


@dataclass(frozen=True, slots=True)
class Naming:
    """The names of a session's endpoints; every method takes the endpoint's name in the session.

    An unknown name is a KeyError.
    """

    endpoints: Sequence[Endpoint]

    def label(self, name: str) -> str:
        """Return the label."""
        return self._endpoint(name).label

    def model(self, name: str) -> str:
        """Return the name of the model."""
        return self._endpoint(name).model

    def other_model(self, name: str) -> str:
        """Return the name of the model, or "" where the label contains it."""
        endpoint = self._endpoint(name)
        return "" if names_model(endpoint.label, endpoint.model) else endpoint.model

    def title(self, name: str) -> str:
        """Return label and model, or the label alone where it contains the model."""
        return self._endpoint(name).title

    def address(self, name: str) -> str:
        """Return the address without what gives access."""
        return mask_url(self._endpoint(name).address)

    def behind_pod_proxy(self, name: str) -> bool:
        """Return whether requests pass the proxy of a pod's provider."""
        return through_pod_proxy(self._endpoint(name).address)

    def text(self, text: str) -> str:
        """Return a cause, a fix or a state as it is shown; it may name hosts and models."""
        return text

    def accent(self, name: str) -> str:
        """Return the accent of the column."""
        return accent(self.endpoints.index(self._endpoint(name)))

    def _endpoint(self, name: str) -> Endpoint:
        for endpoint in self.endpoints:
            if endpoint.name == name:
                return endpoint
        raise KeyError(name)
