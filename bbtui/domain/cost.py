"""What rented machines cost: of an answer, of a session, of doing nothing.

A price is US dollars per hour. None is "not known", and so is every cost made of it: a provider
that says 0 does not give its machine away.
"""

from __future__ import annotations

from dataclasses import dataclass

_S_PER_H = 3600.0


@dataclass(frozen=True, slots=True)
class PodUse:
    """What a session had of a rented machine: which, its price, and how long it was up for it.

    `up_s` counts only while the session was open; it is in whole seconds. `same_as` names the first
    of the endpoints that are on it, "" for that one itself: several share one bill.
    """

    machine: str
    price: float | None = None
    up_s: int = 0
    same_as: str = ""


def answer_cost(price: float | None, seconds: float) -> float | None:
    """The dollars of one answer: price × the time its request took."""
    return _cost(price, seconds)


def session_cost(price: float | None, uptime_s: float | None) -> float | None:
    """The dollars of a session: price × the time the machine was up for it."""
    return None if uptime_s is None else _cost(price, uptime_s)


def idle_cost(price: float | None, uptime_s: float | None, busy_s: float) -> float | None:
    """The dollars spent while nothing was asked: price × (up − busy), not below 0."""
    return None if uptime_s is None else _cost(price, uptime_s - busy_s)


def _cost(price: float | None, seconds: float) -> float | None:
    return None if not price else price * max(0.0, seconds) / _S_PER_H
