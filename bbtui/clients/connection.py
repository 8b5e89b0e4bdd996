"""An endpoint with the clients that reach it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from bbtui.clients.ports import AnswerSource, ModelCatalog, ModelManager, PodControl, Probe
from bbtui.domain.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class PodBinding:
    """The pod an endpoint runs on, and how to reach its provider."""

    id: str

    account: Hashable
    """Identifies the account: the pods of one account are polled together."""

    control: Callable[[], PodControl]
    """Returns the client of the provider, or raises PodKeyError where there is no key."""

    here: bool = False
    """Whether this program runs on the pod, and would end with it."""


@dataclass(frozen=True, slots=True)
class Connection:
    """An endpoint with the clients that send requests to it and check its host."""

    endpoint: Endpoint
    source: AnswerSource
    probe: Probe

    machine: str
    """Identifies the machine: requests to one machine in parallel skew each other's timings."""

    catalog: ModelCatalog | None = None
    """The models of its server; None where there is no choice."""

    manager: ModelManager | None = None
    """Loads, unloads and pulls models; None where the server cannot."""

    pod: PodBinding | None = None
    """The pod that the server runs on; None if it is on none."""
