"""The time limit of a pod's proxy: it ends a request that receives no data for too long."""

from __future__ import annotations

from dataclasses import dataclass

from bbtui.domain.answer import LiveAnswer
from bbtui.domain.diagnosis import diagnose
from bbtui.domain.endpoint import Api
from bbtui.domain.observation import Observation, ServerFacts, Target
from bbtui.formatting.durations import NS_PER_S


@dataclass(frozen=True, slots=True)
class ProxyTimeout:
    """The time limit of a pod's proxy, in seconds.

    100 s is what the provider documents; the maker of the proxy has moved to 120 since.
    """

    limit_s: float = 100.0
    """How long it waits for the next byte."""

    warn_after_s: float = 60.0
    """The idle time from which on the user is warned."""


POD_PROXY = ProxyTimeout()


def idle_ns(live: LiveAnswer, now_ns: int) -> int:
    """Return the time since the last read, or else since the request."""
    if live.reads and live.sent_ns is not None:
        return now_ns - live.sent_ns - live.reads[-1].offset_ns
    return now_ns - (live.sent_ns or live.since_ns)


def countdown(live: LiveAnswer, now_ns: int, timeout: ProxyTimeout) -> str:
    """Return a warning with the time left; "" while there is enough, and after the end."""
    silent_s = idle_ns(live, now_ns) / NS_PER_S
    if live.state.final or silent_s < timeout.warn_after_s:
        return ""
    left = round(timeout.limit_s - silent_s)
    return f"the proxy gives up in {left} s" if left > 0 else "the proxy gives up any moment now"


def preload_advice(model: str, api: Api) -> str:
    """Return how to avoid a load that outlasts a pod's proxy, as the diagnosis has it.

    "" for a server that has its model from its start.
    """
    if api != "ollama":
        return ""
    target = Target("", "", model=model, through_pod_proxy=True)
    found = diagnose(Observation(target, server=ServerFacts(loaded=False)))
    return found.problem.fix if found is not None else ""
