"""A pod as text: a row of the list, its details, its JSON, and the cost of an action."""

from __future__ import annotations

from dataclasses import asdict

from bbtui.domain.cost import session_cost
from bbtui.domain.pod import Pod, PodAction, find_blocker
from bbtui.formatting.durations import format_uptime
from bbtui.formatting.money import format_cost, format_price

#: The head of the list.
HEAD = ("endpoint", "pod", "id", "state", "machine", "price", "up", "")


def row(pod: Pod, endpoints: list[str]) -> tuple[str, ...]:
    """Return the cells below `HEAD`."""
    return (
        ", ".join(endpoints) or "–",
        pod.name,
        pod.id,
        pod.state_text,
        pod.hardware_text,
        price(pod),
        format_uptime(pod.uptime_s),
        _note(pod),
    )


def details(pod: Pod, endpoints: list[str]) -> list[tuple[str, str]]:
    """Return everything that is known of a pod, as names and values."""
    utilization = [
        f"{what} {percent} %"
        for what, percent in (("GPU", pod.gpu_util), ("mem", pod.memory_util))
        if percent is not None
    ]
    facts = [
        ("pod", f"{pod.name} ({pod.id})"),
        ("endpoint", ", ".join(endpoints) or "–"),
        ("state", pod.state_text),
        ("machine", "  ".join([pod.hardware_text, *utilization])),
        ("price", price(pod)),
        ("up", uptime(pod)),
        ("actions", ", ".join(_possible_actions(pod)) or "none"),
        ("note", _note(pod)),
    ]
    return [fact for fact in facts if fact[1]]


def to_json(pod: Pod, endpoints: list[str]) -> dict[str, object]:
    """Return the value of --json, under the names of `Pod`."""
    return {
        "endpoints": endpoints,
        **asdict(pod),
        "state": pod.state_text,
        "actions": _possible_actions(pod),
        "started_at": pod.started_at.isoformat() if pod.started_at else None,
    }


def price(pod: Pod) -> str:
    """Return ``$0.79/h``, ``$0.79/h when it last ran``, or ``unknown``."""
    if pod.cost_per_hour is None and pod.last_cost_per_hour is not None:
        return f"{format_price(pod.last_cost_per_hour)} when it last ran"
    return format_price(pod.cost_per_hour)


def uptime(pod: Pod) -> str:
    """Return how long it has been up and what that cost: ``2 h 10 min, cost $1.71 so far``."""
    if pod.uptime_s is None:
        return "–"
    cost = session_cost(pod.cost_per_hour, pod.uptime_s)
    return f"{format_uptime(pod.uptime_s)}, cost {format_cost(cost)} so far"


def proposal(name: str, pod: Pod, action: PodAction) -> str:
    """Return the action and its price: ``start big-brain (NVIDIA L40S, $0.79/h)``."""
    if action is PodAction.STOP:
        facts = [price(pod), *([f"up {uptime(pod)}"] if pod.uptime_s is not None else [])]
    else:
        known = pod.last_cost_per_hour is not None
        facts = [pod.hardware_text, price(pod) if known else "price unknown until it runs"]
    return f"{action} {name} ({', '.join(facts)})"


def _possible_actions(pod: Pod) -> list[str]:
    return [str(action) for action in PodAction if find_blocker(pod, action) is None]


def _note(pod: Pod) -> str:
    notes = {"part of a cluster": pod.in_cluster, "locked": pod.locked}
    return ", ".join(note for note, applies in notes.items() if applies)
