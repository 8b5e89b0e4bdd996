"""US dollars as text."""

from __future__ import annotations


def format_price(price: float | None) -> str:
    """Return ``$0.79/h``, or ``unknown``."""
    return "unknown" if price is None else f"{format_cost(price)}/h"


def format_cost(cost: float | None) -> str:
    """Return ``$0.31``, ``$0.0008``, ``<$0.0001``, or ``unknown``."""
    if cost is None:
        return "unknown"
    if cost < 0.0001:
        return "<$0.0001"
    return f"${cost:,.2f}" if cost >= 0.01 else f"${cost:.4f}"
