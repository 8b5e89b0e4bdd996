"""Which cells may start now: endpoints on one machine wait for each other, others do not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bbtui.domain.answer import Cell
from bbtui.domain.session import Mode

#: auto: endpoints of one machine one after the other; parallel: all at once; serial: one at a time.
Order = Literal["auto", "parallel", "serial"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How cells are ordered.

    `lanes` gives each endpoint its lane; a lane has one request in flight. `in_step` starts the
    next round only when the last one is over: where several lanes load one machine, both sides
    of a round are then measured under the same load.
    """

    lanes: Mapping[str, int]
    in_step: bool

    @property
    def mode(self) -> Mode:
        """What the report says of it."""
        return "at once" if len(set(self.lanes.values())) > 1 else "alone"


def plan(machines: Mapping[str, str], order: Order) -> Plan:
    """Lay out the lanes; `hosts` maps each endpoint's name to the machine that answers."""
    if order == "serial":
        return Plan(dict.fromkeys(machines, 0), in_step=False)
    if order == "parallel":
        shared = len(set(machines.values())) < len(machines)
        return Plan({name: lane for lane, name in enumerate(machines)}, in_step=shared)
    known: dict[str, int] = {}
    lanes = {name: known.setdefault(machine, len(known)) for name, machine in machines.items()}
    return Plan(lanes, in_step=False)


def startable(queue: Sequence[Cell], active: Collection[Cell], plan: Plan) -> list[Cell]:
    """The cells of `queue` that may start beside the `active` ones, in the queue's order."""
    if not queue:
        return []
    busy = {plan.lanes[cell.endpoint] for cell in active}
    rounds = {(cell.task, cell.trial) for cell in active} or {(queue[0].task, queue[0].trial)}
    found = []
    for cell in queue:
        lane = plan.lanes[cell.endpoint]
        if lane in busy or (plan.in_step and (cell.task, cell.trial) not in rounds):
            continue
        busy.add(lane)
        found.append(cell)
    return found
