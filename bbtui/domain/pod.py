"""Rented machines (pods): their state as the provider reports it, and the actions on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bbtui.domain.problem import Problem
from bbtui.errors import PodError
from bbtui.formatting.durations import format_uptime


class PodStatus(StrEnum):
    """The status of a pod (RunPod REST v2, schema PodStatus).

    `RUNNING` means that the container runs, not that a server in it answers.
    """

    PROVISIONING = "PROVISIONING"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    EXITED = "EXITED"
    ERROR = "ERROR"
    TERMINATED = "TERMINATED"


class PodAction(StrEnum):
    """The actions that this program can request of a pod. Each undoes the other."""

    START = "start"
    STOP = "stop"

    @property
    def aims(self) -> frozenset[str]:
        """Return the statuses that this action leads to or passes through."""
        return _ON if self is PodAction.START else _OFF

    @property
    def done(self) -> str:
        """Return the past participle: ``started``."""
        return "started" if self is PodAction.START else "stopped"


#: A pod reported as stopped right after its start may only be late to report that it is starting.
LATE_S = 60.0
SEE_POD_LOG = "see its log in the provider's console"

_CHANGING = frozenset({PodStatus.PROVISIONING, PodStatus.STARTING})
_ON = _CHANGING | {PodStatus.RUNNING}
_OFF = frozenset({PodStatus.EXITED, PodStatus.TERMINATED})

_STATUS_TEXTS: dict[str, str] = {
    PodStatus.PROVISIONING: "provisioning",
    PodStatus.STARTING: "starting",
    PodStatus.RUNNING: "running",
    PodStatus.EXITED: "stopped",
    PodStatus.ERROR: "in error",
    PodStatus.TERMINATED: "gone",
}


@dataclass(frozen=True, slots=True)
class Pod:
    """One state of a pod, as its provider reported it.

    Its environment, which holds secrets, is not kept.
    """

    id: str
    """Its id at the provider."""
    name: str
    """Its name."""

    status: str
    """Compared with `PodStatus`; an undocumented one is kept as it came."""

    actions: tuple[PodAction, ...] = ()
    """The actions that the provider allows now, of those this program has."""

    gpu: str = ""
    """The type of its GPU; "" if unknown."""
    gpu_count: int | None = None
    """The number of its GPUs; None if unknown."""

    cost_per_hour: float | None = None
    """US dollars; None where the provider reports 0 or nothing, as for a stopped pod."""

    last_cost_per_hour: float | None = None
    """The last price that was reported, in US dollars."""

    locked: bool = False
    """Whether the provider refuses to stop or reset it."""
    in_cluster: bool = False
    """Whether it is part of a cluster, which starts and stops as a whole."""

    uptime_s: int | None = None
    """Seconds since the start of the container, by the provider's clock."""

    gpu_util: int | None = None
    """Percent, over all its GPUs."""

    memory_util: int | None = None
    """Percent, over all its GPUs."""

    started_at: datetime | None = None
    """With a zone."""

    http_ports: tuple[int, ...] = ()
    """The ports that its proxy exposes, also while it is stopped."""

    @property
    def state_text(self) -> str:
        """Return its status in plain words; an undocumented one as it is."""
        return _STATUS_TEXTS.get(self.status, self.status)

    @property
    def running(self) -> bool:
        """Return whether its container runs; a server in it may need a minute more."""
        return self.status == PodStatus.RUNNING

    @property
    def stopped(self) -> bool:
        """Return whether it is stopped and could be started."""
        return self.status == PodStatus.EXITED

    @property
    def changing(self) -> bool:
        """Return whether it is starting."""
        return self.status in _CHANGING

    @property
    def bills(self) -> bool:
        """Whether its GPU is billed; the disk of a stopped pod costs something, too."""
        return self.cost_per_hour is not None or self.status in _ON

    @property
    def hardware_text(self) -> str:
        """Return its hardware: ``2 × NVIDIA L40S``, ``NVIDIA L40S``, ``no GPU``."""
        if not self.gpu or self.gpu_count == 0:
            return "no GPU"
        many = self.gpu_count is not None and self.gpu_count > 1
        return f"{self.gpu_count} × {self.gpu}" if many else self.gpu


def action_result(pod: Pod, action: PodAction, *, began: bool, waited_s: float) -> bool | None:
    """Return whether an accepted action succeeded, or None while it still may.

    `began` is whether the pod was seen changing before, `waited_s` how long ago the action was
    accepted.
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
    """Return what prevents an action on a pod, by its last known state; None if nothing does.

    The provider's own list of actions decides; membership of a cluster and the lock are checked
    first because that list does not reflect them.
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
