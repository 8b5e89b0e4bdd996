"""What pods and APIs cost: each answer, the session, and the part of it that a pod was idle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from bbtui.domain.cell_results import CellResult, SessionResults
from bbtui.domain.conclusions import answer_cost
from bbtui.domain.cost import idle_cost, rental_cost
from bbtui.domain.endpoint import Endpoint
from bbtui.formatting.durations import NS_PER_S, format_uptime
from bbtui.formatting.numbers import UNKNOWN, format_answer_cost, format_cost, format_price
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

    Endpoints that share a pod share its cost: it is at the first, and the others refer to it. An
    API costs its tokens, those of earlier attempts included. Empty where nothing is paid for.
    """
    session = results.session
    pod = session.host_record(endpoint).pod
    if pod is None:
        return _tokens_text(results, endpoint)
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


def price_text(endpoint: Endpoint) -> str:
    """Return what an API charges: ``$0.25 in, $1.25 out per million tokens``; "" if nothing."""
    price = endpoint.price
    if price is None:
        return ""
    cached = "" if price.cached is None else f", {format_cost(price.cached)} cached"
    rates = f"{format_cost(price.input)} in{cached}, {format_cost(price.output)} out"
    return f"{rates} per million tokens"


def _tokens_text(results: SessionResults, endpoint: Endpoint) -> str:
    """Return what the answers of an API cost, and of how many that is not known."""
    if endpoint.price is None:
        return ""
    found = [
        answer_cost(results, replace(one, answer=answer))[0]
        for one in results.of_endpoint(endpoint)
        for answer in (*(attempt.answer for attempt in one.earlier), one.answer)
        if answer is not None
    ]
    known = [cost for cost in found if cost is not None]
    if not known:
        return "unknown" if found else ""
    missing = len(found) - len(known)
    rest = f", {counted(missing, 'answer')} unknown" if missing else ""
    return f"{format_answer_cost(sum(known))} (tokens{rest})"


def answer_cost_text(results: SessionResults, result: CellResult) -> str:
    """Return ``cost $0.0008``; empty where nothing is paid for, or the answer has not ended."""
    if not is_paid(results, result.endpoint) or result.answer is None:
        return ""
    if result.answer.end_ns is None:
        return ""
    cost, _ = answer_cost(results, result)
    return f"cost {'unknown' if cost is None else format_answer_cost(cost)}"


def mean_cost_text(results: SessionResults, cells: Sequence[CellResult]) -> str:
    """Return the mean cost of these answers and their number: ``$0.0008 (4 answers)``."""
    known = [cost for one in cells if (cost := answer_cost(results, one)[0]) is not None]
    if not known:
        return UNKNOWN
    return f"{format_answer_cost(fmean(known))} ({counted(len(known), 'answer')})"


def costs_known(results: SessionResults) -> bool:
    """Return whether the cost of any answer is known."""
    return any(answer_cost(results, one)[0] is not None for one in results.cells)


def is_paid(results: SessionResults, endpoint: Endpoint) -> bool:
    """Return whether an endpoint is on a pod or has a price per token."""
    pod = results.session.host_record(endpoint).pod
    return pod is not None or endpoint.price is not None


def uses_pods(results: SessionResults) -> bool:
    """Return whether any endpoint of the session was on a pod."""
    session = results.session
    return any(session.host_record(endpoint).pod is not None for endpoint in session.endpoints)


def _sharing(results: SessionResults, endpoint: Endpoint) -> list[Endpoint]:
    """Return the endpoints on the same pod as an endpoint that is on one, in their order."""
    pods = {other: results.session.host_record(other).pod for other in results.session.endpoints}
    first_on = {other: pod.same_as or other.name for other, pod in pods.items() if pod is not None}
    return [other for other in first_on if first_on[other] == first_on[endpoint]]
