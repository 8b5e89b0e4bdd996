"""An endpoint with all the means to reach it: what is handed to the engine."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from bbtui.clients.model_catalog import ModelCatalog, ModelManager
from bbtui.clients.ports import AnswerSource, PodControl, Probe
from bbtui.domain.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class PodBinding:
    """The pod behind an endpoint, and how to reach its provider.

    `account` says which account it is of: those of one are looked at together. `control` makes the
    means to steer it; PodKeyError where the environment has no key. `here`: this program runs on
    it, and would end with it.
    """

    id: str
    account: Hashable
    control: Callable[[], PodControl]
    here: bool = False


@dataclass(frozen=True, slots=True)
class Connection:
    """An endpoint with the means to ask it and to look at its machine.

    `machine` says which machine answers: two connections with the same one would measure each
    other if they ran at once. `catalog` is the models of its server, `manager` what changes them;
    None where there is no choice, or nothing that could be changed. `pod` is the rented machine.
    """

    endpoint: Endpoint
    source: AnswerSource
    probe: Probe
    machine: str
    catalog: ModelCatalog | None = None
    manager: ModelManager | None = None
    pod: PodBinding | None = None
