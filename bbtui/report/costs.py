"""What pods cost: each answer, the session, and the part of it in which the pod was idle."""

from __future__ import annotations

from collections.abc import Sequence

from bbtui.domain.cell_results import CellResult, SessionResults
from bbtui.domain.cost import idle_cost, rental_cost
from bbtui.domain.endpoint import Endpoint
from bbtui.formatting.durations import NS_PER_S, format_uptime
from bbtui.formatting.numbers import UNKNOWN, format_cost, format_price
from bbtui.formatting.text import counted


def pod_text(results: SessionResults, endpoint: Endpoint) -> str:
    """Return an endpoint's pod and its price; empty without a pod."""
    pod = results.session.host_record(endpoint).pod
    if pod is None:
        return ""
    price = "price unknown" if pod.price is None else format_price(pod.price)
    return f"{pod.machine}, {price}"


def session_cost_text(results: SessionResults, endpoint: Endpoint) -> str:
    """Return what an endpoint's pod cost during the session and how much of it idle.

    Endpoints that share a pod share its cost: it is at the first, and the others refer to it.
    Empty without a pod.
    """
    session = results.session
    pod = session.host_record(endpoint).pod
    if pod is None:
        return ""
    sharing = _sharing(results, endpoint)
    if endpoint != sharing[0]:
        return f"included in {results.label(sharing[0])} (same pod)"
    up = f"pod up {format_uptime(pod.up_s)}"
    cost = rental_cost(pod.price, pod.up_s)
    if cost is None:
        return f"unknown ({up})"
    names = {other.name for other in sharing}
    busy_s = sum(
        (answer.end_ns or 0) / NS_PER_S
        for answer in session.answers
        if answer.cell.endpoint in names
    )
    idle = idle_cost(pod.price, pod.up_s, busy_s)
    return f"{format_cost(cost)} ({up}, idle {format_cost(idle)})"


def answer_cost(results: SessionResults, result: CellResult) -> float | None:
    """Return the dollars of one answer: the price times the time to the end; None if unknown."""
    pod = results.session.host_record(result.endpoint).pod
    end_ns = None if result.answer is None else result.answer.end_ns
    return None if pod is None or end_ns is None else rental_cost(pod.price, end_ns / NS_PER_S)


def answer_cost_text(results: SessionResults, result: CellResult) -> str:
    """Return ``cost $0.0008``; empty where nothing is paid for."""
    pod = results.session.host_record(result.endpoint).pod
    if pod is None or result.answer is None or result.answer.end_ns is None:
        return ""
    return f"cost {format_cost(answer_cost(results, result))}"


def mean_cost_text(results: SessionResults, cells: Sequence[CellResult]) -> str:
    """Return the mean cost of these answers and their number: ``$0.0008 (4 answers)``."""
    known = [cost for one in cells if (cost := answer_cost(results, one)) is not None]
    if not known:
        return UNKNOWN
    return f"{format_cost(sum(known) / len(known))} ({counted(len(known), 'answer')})"


def costs_known(results: SessionResults) -> bool:
    """Return whether the cost of any answer is known."""
    return any(answer_cost(results, one) is not None for one in results.cells)


def uses_pods(results: SessionResults) -> bool:
    """Return whether any endpoint of the session was on a pod."""
    session = results.session
    return any(session.host_record(endpoint).pod is not None for endpoint in session.endpoints)


def _sharing(results: SessionResults, endpoint: Endpoint) -> list[Endpoint]:
    """Return the endpoints on the same pod as an endpoint that is on one, in their order."""
    pods = {other: results.session.host_record(other).pod for other in results.session.endpoints}
    first_on = {other: pod.same_as or other.name for other, pod in pods.items() if pod is not None}
    return [other for other in first_on if first_on[other] == first_on[endpoint]]
