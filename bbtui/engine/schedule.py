"""Which cells may start now: endpoints on one machine wait for each other, others do not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bbtui.domain.answer import Cell
from bbtui.domain.session import Mode

#: auto: one request at a time on each machine; parallel: all endpoints; serial: one at a time.
Order = Literal["auto", "parallel", "serial"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How cells are ordered."""

    lanes: Mapping[str, int]
    """The lane of each endpoint, by name; a lane has one request in flight."""

    in_step: bool
    """Whether the next round starts only when the last one is over: where several lanes load one
    machine, all sides of a round are then measured under the same load."""

    @property
    def mode(self) -> Mode:
        """How the endpoints run, as stored in the session."""
        return "at once" if len(set(self.lanes.values())) > 1 else "alone"


def plan(machines: Mapping[str, str], order: Order) -> Plan:
    """Return the lanes of the endpoints; `machines` has the machine of each, by name."""
    if order == "serial":
        return Plan(dict.fromkeys(machines, 0), in_step=False)
    if order == "parallel":
        shared = len(set(machines.values())) < len(machines)
        return Plan({name: lane for lane, name in enumerate(machines)}, in_step=shared)
    known: dict[str, int] = {}
    lanes = {name: known.setdefault(machine, len(known)) for name, machine in machines.items()}
    return Plan(lanes, in_step=False)


def startable(waiting: Sequence[Cell], active: Collection[Cell], plan: Plan) -> list[Cell]:
    """Return the waiting cells that may start beside the active ones, in order."""
    if not waiting:
        return []
    busy = {plan.lanes[cell.endpoint] for cell in active}
    rounds = {(cell.task, cell.trial) for cell in active} or {(waiting[0].task, waiting[0].trial)}
    cells = []
    for cell in waiting:
        lane = plan.lanes[cell.endpoint]
        if lane in busy or (plan.in_step and (cell.task, cell.trial) not in rounds):
            continue
        busy.add(lane)
        cells.append(cell)
    return cells
