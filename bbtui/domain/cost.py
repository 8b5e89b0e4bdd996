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


def price_words(price: float | None) -> str:
    """``$0.79/h``, or ``unknown``."""
    return "unknown" if price is None else f"{cost_words(price)}/h"


def cost_words(cost: float | None) -> str:
    """``$0.31``, ``$0.0008``, ``<$0.0001``, or ``unknown``."""
    if cost is None:
        return "unknown"
    if cost < 0.0001:
        return "<$0.0001"
    return f"${cost:,.2f}" if cost >= 0.01 else f"${cost:.4f}"


def uptime_words(seconds: float | None) -> str:
    """``45 s``, ``12 min``, ``2 h 10 min``, ``3 d 4 h``; ``–`` where not known."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{max(0, int(seconds))} s"
    minutes = int(seconds) // 60
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _cost(price: float | None, seconds: float) -> float | None:
    return None if not price else price * max(0.0, seconds) / _S_PER_H
