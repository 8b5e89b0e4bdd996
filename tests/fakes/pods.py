"""A pod provider that returns the pod a test sets."""

from __future__ import annotations

from dataclasses import replace

from bbtui.clients.ports import PodBinding
from bbtui.domain.host import Host, HostState
from bbtui.domain.observation import ErrorReply, Observation, Target
from bbtui.domain.pod import Pod, PodAction, PodStatus
from bbtui.domain.pod_polling import Quota
from bbtui.domain.problem import Problem

STOPPED = Pod(
    "abc123",
    "ollama-box",
    PodStatus.EXITED,
    (PodAction.START,),
    "NVIDIA L40S",
    1,
    last_cost_per_hour=0.79,
)
RUNNING = replace(
    STOPPED,
    status=PodStatus.RUNNING,
    actions=(PodAction.STOP,),
    cost_per_hour=0.79,
    uptime_s=7800,
    gpu_util=71,
)
BOOTING = replace(RUNNING, uptime_s=40, gpu_util=0)
#: The reply of a pod's proxy while the server does not listen yet.
NOT_LISTENING = Host(
    HostState.UNREACHABLE,
    Problem("nothing listens", "wait"),
    observed=Observation(
        Target("abc…-11434.proxy.runpod.net", "abc…-11434.proxy.runpod.net"),
        error_reply=ErrorReply(502, "text/html", "502: Bad gateway", page=True),
    ),
)


class StillControl:
    """See `PodControl`: one pod, which stays as it is."""

    def __init__(self, pod: Pod) -> None:
        self.pod_now = pod
        self.quotas: tuple[Quota, ...] = ()

    def pods(self) -> tuple[Pod, ...]:
        return (self.pod_now,)

    def pod(self, pod_id: str) -> Pod:
        return self.pod_now

    def perform(self, pod_id: str, action: PodAction) -> Pod:
        return self.pod_now


def still(pod: Pod) -> PodBinding:
    """Return an endpoint's pod that stays as it is."""
    return PodBinding(pod.id, "account", lambda: StillControl(pod))
