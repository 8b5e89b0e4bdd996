"""What answers cost: rented machines by the hour, APIs by the token.

All prices are in US dollars. None is unknown, and so is every cost computed from it. A machine's
price of 0 is unknown, too, because no provider rents one for nothing; an API's of 0 is free.
"""

from __future__ import annotations

from dataclasses import dataclass

_S_PER_H = 3600.0
_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class PodUse:
    """A session's use of a rented machine."""

    machine: str
    """Its hardware, such as "NVIDIA L40S"."""

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
    """For tokens of the prompt."""
    output: float
    """For tokens generated."""

    cached: float | None = None
    """Of input tokens that the server had in its cache; None for the same as `input`."""


def rental_cost(price: float | None, seconds: float | None) -> float | None:
    """Return the dollars of an answer or a session: price × the time the machine was used."""
    return None if not price or seconds is None else price * max(0.0, seconds) / _S_PER_H


def token_cost(
    price: TokenPrice, prompt: int | None, cached: int | None, output: int | None
) -> float | None:
    """Return the dollars of an answer by its tokens; None without the server's counts of them.

    `cached` tokens are among those of the prompt; None is not reported, and counts as none.
    """
    if not (price.input or price.output or price.cached):
        return 0.0
    if prompt is None or output is None:
        return None
    from_cache = min(cached or 0, prompt)
    at_cached = price.input if price.cached is None else price.cached
    millionths = (prompt - from_cache) * price.input + from_cache * at_cached
    return (millionths + output * price.output) / _TOKENS


def idle_cost(price: float | None, uptime_s: float | None, busy_s: float) -> float | None:
    """Return the dollars spent without a request: price × (running − busy), not below 0."""
    return None if uptime_s is None else rental_cost(price, uptime_s - busy_s)
