"""Rented machines: what their provider says of one, and what may be asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bbtui.domain.problem import Problem
from bbtui.errors import PodError
from bbtui.formatting.durations import format_uptime


class PodStatus(StrEnum):
    """The provider's own words for a pod (RunPod REST v2, schema PodStatus).

    `RUNNING` means that the container runs, not that a server in it answers.
    """

    PROVISIONING = "PROVISIONING"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    EXITED = "EXITED"
    ERROR = "ERROR"
    TERMINATED = "TERMINATED"


class PodAction(StrEnum):
    """All that this program can ask of a pod. Both can be undone by the other."""

    START = "start"
    STOP = "stop"

    @property
    def aims(self) -> frozenset[str]:
        """The states of a pod that this action has reached, or is on its way through."""
        return _ON if self is PodAction.START else _OFF

    @property
    def done(self) -> str:
        """What the pod then has been: ``started``."""
        return "started" if self is PodAction.START else "stopped"


#: A pod that is stopped right after its start may only be late to say that it is on its way.
LATE_S = 60.0
SEE_POD_LOG = "see its log in the provider's console"

_CHANGING = frozenset({PodStatus.PROVISIONING, PodStatus.STARTING})
_ON = _CHANGING | {PodStatus.RUNNING}
_OFF = frozenset({PodStatus.EXITED, PodStatus.TERMINATED})

_WORDS: dict[str, str] = {
    PodStatus.PROVISIONING: "provisioning",
    PodStatus.STARTING: "starting",
    PodStatus.RUNNING: "running",
    PodStatus.EXITED: "stopped",
    PodStatus.ERROR: "in error",
    PodStatus.TERMINATED: "gone",
}


@dataclass(frozen=True, slots=True)
class Pod:
    """One look at a pod, as its provider tells it. Its environment, which holds secrets, is not
    kept.

    `status` is compared with `PodStatus`; one that is not documented is kept as it came. `actions`
    are those the provider allows now and this program has. `cost_per_hour` is US dollars and None
    where the provider says 0 or nothing, as it does for a stopped pod; `last_cost_per_hour` is the
    last price that was seen. `uptime_s` counts from the start of the container, by the provider's
    clock. `gpu_util` and `memory_util` are percent, over all its GPUs. `started_at` has a zone.
    `http_ports` are those its proxy passes on, also while it is stopped.
    """

    id: str
    name: str
    status: str
    actions: tuple[PodAction, ...] = ()
    gpu: str = ""
    gpu_count: int | None = None
    cost_per_hour: float | None = None
    last_cost_per_hour: float | None = None
    locked: bool = False
    in_cluster: bool = False
    uptime_s: int | None = None
    gpu_util: int | None = None
    memory_util: int | None = None
    started_at: datetime | None = None
    http_ports: tuple[int, ...] = ()

    @property
    def state_text(self) -> str:
        """Its status in a word; one that is not documented is shown raw."""
        return _WORDS.get(self.status, self.status)

    @property
    def running(self) -> bool:
        """Whether its container runs; a server in it may need a minute more."""
        return self.status == PodStatus.RUNNING

    @property
    def stopped(self) -> bool:
        """Whether it is off and could be on."""
        return self.status == PodStatus.EXITED

    @property
    def changing(self) -> bool:
        """Whether it is on its way to running."""
        return self.status in _CHANGING

    @property
    def bills(self) -> bool:
        """Whether its GPU is being paid for. (The disk of a stopped pod costs something too.)"""
        return self.cost_per_hour is not None or self.status in _ON

    @property
    def hardware_text(self) -> str:
        """What it computes with: ``2 × NVIDIA L40S``, ``NVIDIA L40S``, ``no GPU``."""
        if not self.gpu or self.gpu_count == 0:
            return "no GPU"
        many = self.gpu_count is not None and self.gpu_count > 1
        return f"{self.gpu_count} × {self.gpu}" if many else self.gpu


def action_result(pod: Pod, action: PodAction, *, began: bool, waited_s: float) -> bool | None:
    """Whether an accepted action has come to its end (True), or to another one (False).

    None while it may still get there. `began` says whether the pod was seen on its way before this
    look, `waited_s` how long ago the action was accepted.
    """
    starts = action is PodAction.START
    if pod.running if starts else pod.status in action.aims:
        return True
    fell = starts and pod.stopped and (began or waited_s >= LATE_S)
    return False if fell or pod.status in (PodStatus.ERROR, PodStatus.TERMINATED) else None


def action_failed(name: str, pod: Pod, action: PodAction, *, waited_s: float) -> PodError:
    """Return the error for an accepted action that did not take effect on the pod `name`."""
    after = format_uptime(waited_s)
    words = f"{name} was {action.done} but is {pod.state_text} after {after}"
    return PodError(words, SEE_POD_LOG, "refused")


def find_blocker(pod: Pod, action: PodAction) -> Problem | None:
    """What speaks against an action on a pod as it was last seen; None if nothing does.

    The provider's own list of actions decides; membership of a cluster and the lock come first
    because that list does not tell them.
    """
    if pod.in_cluster:
        return Problem(
            f"the pod {pod.name} is part of a cluster and cannot be {action.done} by itself",
            "act on its cluster in the provider's console",
        )
    if pod.locked and action is PodAction.STOP:
        return Problem(
            f"the pod {pod.name} is locked: it cannot be stopped",
            "unlock it in the provider's console, then stop it",
        )
    if pod.status == PodStatus.TERMINATED:
        return Problem(
            f"the pod {pod.name} no longer exists",
            "create another one in the provider's console, and set its id and url in the "
            "configuration",
        )
    if action not in pod.actions:
        return Problem(
            f"the pod {pod.name} is {pod.state_text}; it cannot be {action.done} now",
            "try again in a moment",
        )
    return None
