"""The state of a running session at one moment: the only thing a display needs to read.

The values are frozen and built from references, in time proportional to the endpoints and the
answers under way. Only what is live stays live: the text of a `LiveAnswer` and the progress of a
`Job` are read by reference, so a snapshot shows them as they are when it is read.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from bbtui.domain.answer import Answer, Cell, LiveAnswer
from bbtui.domain.blind import Blind
from bbtui.domain.estimate import Estimate, estimate
from bbtui.domain.host import HostState
from bbtui.domain.problem import Problem
from bbtui.domain.score import Scorecard
from bbtui.domain.session import Session
from bbtui.engine.hosts import HostSnapshot
from bbtui.engine.jobs import Job
from bbtui.engine.pauses import Pause
from bbtui.engine.pods import PodSnapshot
from bbtui.engine.run_queue import WarmUp
from bbtui.errors import StoreError


class Snapshot(NamedTuple):
    """Everything a display shows of a session; see `Comparison.snapshot`."""

    session: Session
    """The session with its answers as they are saved: those that have ended."""

    scorecard: Scorecard
    """All judgements of the session, added up."""

    blind: Blind
    """Which rounds hide their sides, and the order of the columns in each."""

    waiting: Collection[Cell]
    """The cells that wait for their turn, in the order they will run; membership is O(1)."""

    warming: Mapping[Cell, WarmUp]
    """The warm-ups under way, by the waiting cell that comes after them."""

    cooling: Mapping[Cell, float]
    """The waiting cells that are next once their machine has cooled down, and when that is, by the
    clock of `now_s`."""

    live: Mapping[Cell, LiveAnswer]
    """The answers under way, in the order they were begun; `waits_for` has what each waits for."""

    paused: Mapping[str, Pause]
    """The endpoints whose cells wait because their server does not take requests, by name."""

    given_up: Mapping[str, Problem]
    """Why cells of an endpoint were not run: its server took no requests for too long."""

    now_s: float
    """When the snapshot was made, by the clock that the pauses and checks are dated by."""

    lanes: Mapping[str, int]
    """The lane of each endpoint that can be run, by its name: a lane runs one request at a time."""

    hosts: Mapping[str, HostSnapshot]
    """The machine of each endpoint by its name, without those that are no longer configured."""

    jobs: Mapping[Hashable, Job[object]]
    """The background jobs under way, by the server they work on (`Endpoint.configured`)."""

    saved_at: datetime | None
    """When something was last saved in this run of the program; None before that."""

    write_error: StoreError | None
    """Why the last write failed; None when everything is saved."""

    busy: bool
    """Whether anything runs, waits for its turn, or is still to be saved."""

    def latest(self, cell: Cell) -> LiveAnswer | Answer | None:
        """Return the latest answer of a cell, live or ended; None if it was never run."""
        return self.live.get(cell) or self.session.latest(cell)

    def is_queued(self, cell: Cell) -> bool:
        """Return whether a cell runs or waits for its turn."""
        return cell in self.live or cell in self.waiting

    def missing_cells(self) -> Iterator[Cell]:
        """Iterate over the cells that need an answer, can be run, and are not queued."""
        return (
            cell
            for cell in self.session.iter_missing()
            if cell.endpoint in self.hosts and not self.is_queued(cell)
        )

    @property
    def hosts_ready(self) -> bool:
        """Whether the last check of every server found it ready."""
        return all(one.last_check.host.state is HostState.READY for one in self.hosts.values())

    @property
    def pods(self) -> dict[str, PodSnapshot]:
        """The pods by the names of their endpoints, one for each endpoint that is on a pod."""
        return {name: one.pod for name, one in self.hosts.items() if one.pod is not None}

    def paid_estimates(self, cells: Collection[Cell]) -> dict[str, Estimate]:
        """Return what cells will take and cost, for each endpoint of theirs on a priced pod."""
        estimates = {
            name: estimate(self.session, cells, name, pod.last_check.price)
            for name, pod in self.pods.items()
        }
        return {name: one for name, one in estimates.items() if one.price and one.answers}

    @property
    def pods_checked(self) -> bool:
        """Whether every pod was checked at least once, successfully or not."""
        return all(pod.last_check.checked for pod in self.pods.values())

    @property
    def pods_that_may_bill(self) -> tuple[str, ...]:
        """One endpoint for each pod that is, will be or may be billed after the program ends."""
        return tuple(
            name for name, pod in self.pods.items() if pod.may_bill and name == pod.endpoints[0]
        )
