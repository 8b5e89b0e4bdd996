"""Texts for pods: the state, the cost, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bbtui.domain.cost import idle_cost, rental_cost
from bbtui.domain.host import Host, HostState
from bbtui.domain.pod import Pod, PodAction, find_blocker
from bbtui.engine.hosts import HostSnapshot
from bbtui.engine.pod_check import PodCheck
from bbtui.engine.pods import PodSnapshot
from bbtui.formatting.durations import NS_PER_S, format_uptime
from bbtui.formatting.numbers import format_cost, format_price

LOST_ON_STOP = (
    "Stopping wipes the container disk: models outside a persistent volume must be pulled again "
    "after the next start."
)
_NOT_YET = (HostState.STOPPED, HostState.PREPARING, HostState.LOADING)


class PodView(NamedTuple):
    """A pod and the host on it at one moment."""

    pod: PodSnapshot
    """The pod: what its provider reported, and its use in this session."""
    host: Host
    """The host on it."""
    start_key: str
    """The key that leads to its start."""
    models_key: str
    """The key that leads to its models."""

    @property
    def last_check(self) -> PodCheck:
        """What its provider last reported."""
        return self.pod.last_check

    @property
    def now(self) -> float:
        """The time of this moment, in s, by the clock that dates the check."""
        return self.pod.now_s

    @property
    def price(self) -> float | None:
        """Dollars an hour; None if unknown."""
        return self.last_check.price

    @property
    def stale(self) -> bool:
        """Whether that check is too old to be relied on."""
        return self.last_check.stale(self.now)


def pod_view(at: HostSnapshot, key: Callable[[str], str]) -> PodView | None:
    """Return the pod a host is on, None where it is on none; `key` returns an action's key."""
    if at.pod is None:
        return None
    return PodView(at.pod, at.host, key("pod.manage"), key("endpoint.model"))


def state_parts(at: PodView) -> list[str]:
    """Return the parts of ``ready  L40S  $0.79/h  up 2 h 10  GPU 71 %``, the state first."""
    pod = at.last_check.pod
    if pod is None:
        return [""]
    parts = [_state(at, pod)]
    if pod.stopped or not at.last_check.billing:
        return parts
    parts += [machine_name(pod), price_text(at.price)]
    up_s = at.last_check.uptime_s(at.now)
    if up_s is not None and not at.stale:
        # With hours before them, figures without a unit are minutes: the line has little room.
        up = format_uptime(up_s)
        parts.append(f"up {up.removesuffix(' min') if ' h ' in up else up}")
    if pod.gpu_util is not None and not at.stale and at.host.state is HostState.READY:
        parts.append(f"GPU {pod.gpu_util} %")
    return parts


def next_or_cost_parts(at: PodView, answer_ns: int | None) -> list[str]:
    """Return what comes next while the pod is off or starting, else what it cost.

    The costs are the parts of ``this answer $0.0008 · session $0.31``, without those of nothing.
    """
    if following := _next_text(at):
        return [following]
    parts = []
    if answer_ns is not None:
        parts.append(f"this answer {format_cost(rental_cost(at.price, answer_ns / NS_PER_S))}")
    if at.pod.paid_s:
        parts.append(f"session {format_cost(rental_cost(at.price, at.pod.paid_s))}")
    return parts


def problem_lines(at: PodView) -> list[str]:
    """Return what is wrong, and the fix; an empty list while nothing is.

    An action that failed comes first, then the server on the pod, then a silent provider.
    """
    last_check, host = at.last_check, at.host
    if last_check.action_error is not None:
        return _lines(last_check.action_error.message, last_check.action_error.fix)
    off = host.state is HostState.STOPPED and PodAction.START in allowed_actions(last_check.pod)
    on_its_way = host.state in (HostState.PREPARING, HostState.LOADING)
    if host.problem.fix and not off and not on_its_way:
        without_model = host.state is HostState.FAILED and host.loaded is False
        here = f"{at.models_key} pulls it, or: " if without_model else ""
        return _lines(host.description, here + host.problem.fix)
    return unknown_state_lines(last_check)


def _next_text(at: PodView) -> str:
    pod = at.last_check.pod
    acted = at.last_check.requested or at.last_check.accepted
    if pod is not None and pod.stopped and acted is None:
        return f"{machine_name(pod)}  {start_price_text(pod)}"
    if at.pod.awaited and at.host.state is not HostState.READY:
        return "pending prompts run when it is ready"
    return ""


def not_ready_lines(at: PodView) -> list[str]:
    """Return why the pod cannot answer yet, and what comes next; an empty list if it can."""
    pod = at.last_check.pod
    if pod is None or at.host.state not in _NOT_YET:
        return []
    price_then = start_price_text(pod) if PodAction.START in allowed_actions(pod) else ""
    return _lines(_state(at, pod), _next_text(at) if at.pod.awaited else price_then)


def detail_lines(at: PodView) -> list[str]:
    """Return everything to know before an action, a line each."""
    pod = at.last_check.pod
    if pod is None:
        return []
    price = price_text(pod.cost_per_hour) if pod.bills else start_price_text(pod)
    first = f"{pod.state_text} · {pod.hardware_text} · {price}"
    up_s = at.last_check.uptime_s(at.now)
    if up_s is not None:
        so_far = rental_cost(pod.cost_per_hour, up_s)
        first += f" · up {format_uptime(up_s)}, {format_cost(so_far)} so far"
    lines = [first]
    if at.pod.paid_s:
        idle = idle_cost(at.price, at.pod.paid_s, at.pod.busy_s)
        spent = rental_cost(at.price, at.pod.paid_s)
        if at.price is None:
            lines.append("session cost unknown: the provider reports no price")
        else:
            idling = f"; idling costs {format_price(at.price)}" if at.last_check.billing else ""
            lines.append(f"session {format_cost(spent)} (idle {format_cost(idle)}){idling}")
    if at.last_check.action_error is not None:
        lines += _lines(at.last_check.action_error.message, at.last_check.action_error.fix)
    return lines + unknown_state_lines(at.last_check)


def blocker_lines(pod: Pod) -> list[str]:
    """Return the cause and the fix of what blocks the next action on a pod."""
    action = PodAction.STOP if pod.bills else PodAction.START
    against = find_blocker(pod, action)
    return [] if against is None else [against.cause, against.fix]


def allowed_actions(pod: Pod | None) -> list[PodAction]:
    """Return the actions that the provider allows and nothing blocks."""
    if pod is None:
        return []
    return [action for action in PodAction if find_blocker(pod, action) is None]


def unknown_state_lines(seen: PodCheck) -> list[str]:
    """Return why the state of a pod is unknown, and the fix; an empty list if it is known."""
    if not seen.unknown:
        return []
    if seen.check_error is None:
        return ["pod state unknown: waiting for the provider"]
    return _lines(f"pod state unknown: {seen.check_error.message}", seen.check_error.fix)


def billing_text(label: str, at: PodView) -> str:
    """Return whether a pod is, will be or may be billed, with its price and cost so far."""
    pod = at.last_check.pod
    if pod is None or not at.last_check.billing:
        if at.last_check.starting:
            return f"{label}'s pod is starting and will be billed: {price_text(at.price)}"
        seen = "" if pod is None else f" (last seen {pod.state_text})"
        return f"cannot tell whether {label}'s pod is still billing{seen}"
    up_s = at.last_check.uptime_s(at.now)
    parts = [price_text(at.price)]
    if up_s is not None:
        so_far = rental_cost(at.price, up_s)
        parts += [f"up {format_uptime(up_s)}", f"{format_cost(so_far)} so far"]
    return f"{label}'s pod is {pod.state_text} and billing: {', '.join(parts)}"


def machine_name(pod: Pod) -> str:
    """Return the GPU type without its maker: ``L40S``, ``2 × L40S``."""
    return pod.hardware_text.replace("NVIDIA ", "")


def price_text(dollars: float | None) -> str:
    """Return ``$0.79/h``, or ``price unknown``: never $0."""
    return "price unknown" if dollars is None else format_price(dollars)


def start_price_text(pod: Pod) -> str:
    """Return what the pod will cost after a start, as far as it is known."""
    if pod.last_cost_per_hour is None:
        return "price unknown until it runs"
    return f"{format_price(pod.last_cost_per_hour)} when it last ran"


def _lines(*lines: str) -> list[str]:
    return [line for line in lines if line]


def _state(at: PodView, pod: Pod) -> str:
    last_check = at.last_check
    since = format_uptime(at.now - last_check.since)
    if last_check.requested is not None:
        return f"requesting {last_check.requested} …"
    if last_check.accepted is PodAction.START and pod.stopped:
        return f"start accepted {since}"
    if pod.stopped:
        can = find_blocker(pod, PodAction.START) is None
        return f"pod is stopped · {at.start_key} starts it" if can else "pod is stopped"
    if pod.changing:
        return f"{pod.state_text} {since}"
    if not pod.running:
        return f"pod is {pod.state_text}"
    match at.host.state:
        case HostState.READY:
            return "ready"
        case HostState.LOADING if at.host.observed is not None:
            return "booting"
        case _:
            return "running"
