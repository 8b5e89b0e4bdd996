"""An endpoint with the clients that reach it."""

from __future__ import annotations

from dataclasses import dataclass

from bbtui.clients.model_catalog import ModelCatalog, ModelManager
from bbtui.clients.pod_binding import PodBinding
from bbtui.clients.ports import AnswerSource, Probe
from bbtui.domain.endpoint import Endpoint


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
