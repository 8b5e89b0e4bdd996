"""What rented machines cost: per answer, per session, and while idle.

A price is US dollars per hour. None is unknown, and so is every cost computed from it; a price of
0 is unknown, too, because no provider rents a machine for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

_S_PER_H = 3600.0


@dataclass(frozen=True, slots=True)
class PodUse:
    """A session's use of a rented machine."""

    machine: str

    price: float | None = None
    """US dollars per hour."""

    up_s: int = 0
    """Whole seconds for which it was running while the session was open."""

    same_as: str = ""
    """The first of the endpoints on this machine, "" for that one: several share one bill."""


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """What an API charges, in US dollars per million tokens."""

    input: float
    output: float

    cached: float | None = None
    """Of input tokens that the server had in its cache; None for the same as `input`."""


def rental_cost(price: float | None, seconds: float | None) -> float | None:
    """Return the dollars of an answer or a session: price × the time the machine was used."""
    return None if not price or seconds is None else price * max(0.0, seconds) / _S_PER_H


def idle_cost(price: float | None, uptime_s: float | None, busy_s: float) -> float | None:
    """Return the dollars spent without a request: price × (running − busy), not below 0."""
    return None if uptime_s is None else rental_cost(price, uptime_s - busy_s)
