"""Names of endpoints on screen: label, model, address and accent colour, read here alone.

In a blind round a side has a letter by its place, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bbtui.domain.address import mask_url, through_pod_proxy
from bbtui.domain.answer import Cell, Round
from bbtui.domain.blind import Blind, side_letter
from bbtui.domain.endpoint import Endpoint, names_model

#: The accents of the columns in order, each a class and a colour (``$endpoint-1``) of the style
#: sheet; the seventh column has the first one again.
ACCENTS = tuple(f"endpoint-{position}" for position in range(1, 7))
#: The accent of every side of a blind round, also a class and a colour.
NEUTRAL = "foreground"
#: What replaces a name in a text that is shown in a blind round.
_MASK = "▒▒▒"
_PRICE = re.compile(r"\$\d[\d.,]*\d(?:/h)?")


def accent(index: int) -> str:
    """Return the accent of the column at an index from 0."""
    return ACCENTS[index % len(ACCENTS)]


class Naming(NamedTuple):
    """The names of a session's endpoints; every method takes the endpoint's name in the session.

    An unknown name is a KeyError.
    """

    endpoints: Sequence[Endpoint]
    """In the order of the session."""
    blind: Blind = Blind()
    """Which rounds are blind, and the order of the sides in each."""
    place: Round = Round("", 1)
    """The round in view."""

    @property
    def hidden(self) -> bool:
        """Whether the round in view is blind."""
        return self.blind.hides(self.place)

    def label(self, name: str) -> str:
        """Return the label; in a blind round the letter of the side."""
        endpoint = self._endpoint(name)
        if self.hidden:
            return side_letter(self.blind.order(self.place).index(name))
        return endpoint.label

    def side(self, cell: Cell) -> str:
        """Return the label of an answer's endpoint as it is shown in the round of that answer."""
        return Naming(self.endpoints, self.blind, cell.round).label(cell.endpoint)

    def model(self, name: str) -> str:
        """Return the name of the model; "" in a blind round."""
        return "" if self.hidden else self._endpoint(name).model

    def other_model(self, name: str) -> str:
        """Return the name of the model, or "" where the label contains it or a round is blind."""
        endpoint = self._endpoint(name)
        return "" if names_model(endpoint.label, endpoint.model) else self.model(name)

    def title(self, name: str) -> str:
        """Return label and model, or the label alone where it contains the model."""
        return self.label(name) if self.hidden else self._endpoint(name).title

    def address(self, name: str) -> str:
        """Return the address without what gives access; "" in a blind round."""
        return "" if self.hidden else mask_url(self._endpoint(name).address)

    def configured(self, name: str) -> str:
        """Return the endpoint's name in the configuration; "" in a blind round."""
        return "" if self.hidden else self._endpoint(name).configured

    def hardware(self, name: str) -> str:
        """Return the hardware in the user's words; "" in a blind round."""
        return "" if self.hidden else self._endpoint(name).hardware

    def behind_pod_proxy(self, name: str) -> bool:
        """Return whether requests pass the proxy of a pod's provider."""
        return through_pod_proxy(self._endpoint(name).address)

    def text(self, text: str) -> str:
        """Return a cause, a fix or a state as it is shown; it may name hosts and models.

        In a blind round what names a side is masked, and so is every price.
        """
        if not self.hidden:
            return text
        names = {name for endpoint in self.endpoints for name in _names(endpoint)}
        for name in sorted(names, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _MASK, text, flags=re.IGNORECASE)
        return _PRICE.sub(_MASK, text)

    def accent(self, name: str) -> str:
        """Return the accent of the endpoint, the same in every round that is not blind."""
        index = self.endpoints.index(self._endpoint(name))
        return NEUTRAL if self.hidden else accent(index)

    def _endpoint(self, name: str) -> Endpoint:
        for endpoint in self.endpoints:
            if endpoint.name == name:
                return endpoint
        raise KeyError(name)


def _names(endpoint: Endpoint) -> Iterator[str]:
    """Yield what an endpoint may be called in a text."""
    addresses = endpoint.address, mask_url(endpoint.address)
    authorities = [address.rpartition("://")[2].partition("/")[0] for address in addresses]
    hosts = [authority.partition(":")[0] for authority in authorities]
    names = (endpoint.label, endpoint.name, endpoint.configured, endpoint.model, endpoint.hardware)
    yield from (name for name in (*names, *addresses, *authorities, *hosts) if name.strip())
