"""What rented machines cost: each answer, the session, and the time nothing was asked."""

from __future__ import annotations

from bbtui.domain.cell_results import CellResult, SessionResults
from bbtui.domain.cost import answer_cost, idle_cost, session_cost
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.session import HostRecord
from bbtui.formatting.durations import NS_PER_S, format_uptime
from bbtui.formatting.money import format_cost, format_price


def pod_words(results: SessionResults, endpoint: Endpoint) -> str:
    """The rented machine and its price; empty for one that is not rented, or was never seen."""
    pod = _seen(results, endpoint).pod
    if pod is None:
        return ""
    price = "price unknown" if pod.price is None else format_price(pod.price)
    return f"{pod.machine}, {price}"


def session_words(results: SessionResults, endpoint: Endpoint) -> str:
    """What the pod cost while the session was open, and how much of that it idled.

    Of endpoints that share one the first has its cost, and the others say so.
    """
    pod = _seen(results, endpoint).pod
    if pod is None:
        return ""
    first, *others = _sharing(results, endpoint)
    if endpoint != first:
        return f"in that of {results.label(first)}: it is the same pod"
    up = f"for the {format_uptime(pod.up_s)} the pod was up in this session"
    cost = session_cost(pod.price, pod.up_s)
    if cost is None:
        return f"unknown {up}"
    busy_s = sum(
        (answer.end_ns or 0) / NS_PER_S
        for answer in results.session.answers
        if answer.cell.endpoint in {one.name for one in (first, *others)}
    )
    idle = idle_cost(pod.price, pod.up_s, busy_s)
    return f"{format_cost(cost)} {up}; of it {format_cost(idle)} while nothing was asked here"


def answer_words(results: SessionResults, one: CellResult) -> str:
    """``cost $0.0008``: the price times the time to the end; empty where no pod is."""
    pod = _seen(results, one.endpoint).pod
    end_ns = None if one.answer is None else one.answer.end_ns
    if pod is None or end_ns is None:
        return ""
    return f"cost {format_cost(answer_cost(pod.price, end_ns / NS_PER_S))}"


def rented(results: SessionResults) -> bool:
    """Whether any endpoint of the session was on a pod."""
    return any(_seen(results, one).pod is not None for one in results.session.endpoints)


def _sharing(results: SessionResults, endpoint: Endpoint) -> list[Endpoint]:
    """The endpoints on the pod of one that is on a pod, in their order."""
    pods = {one: _seen(results, one).pod for one in results.session.endpoints}
    first_on = {one: pod.same_as or one.name for one, pod in pods.items() if pod is not None}
    return [one for one in first_on if first_on[one] == first_on[endpoint]]


def _seen(results: SessionResults, endpoint: Endpoint) -> HostRecord:
    return results.session.seen.get(endpoint.name, HostRecord())
