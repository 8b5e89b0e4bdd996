"""Counts, means, rates, sizes and US dollars as text."""

from __future__ import annotations

from fractions import Fraction

#: Shown where a figure is unknown.
UNKNOWN = "–"


def format_count(count: int | None) -> str:
    """Return a count as ``8,192``."""
    return UNKNOWN if count is None else f"{count:,}"


def format_mean(mean: Fraction) -> str:
    """Return a mean of scores as ``3.50``."""
    return f"{float(mean):.2f}"


def format_rate(tok_s: float | None, exact: bool) -> str:
    """Return tokens per second as ``38.1``; ``~38.1`` if it is not exact."""
    if tok_s is None:
        return UNKNOWN
    return f"{'' if exact else '~'}{tok_s:,.1f}"


def format_bytes(count: int) -> str:
    """Return bytes in decimal units, as Ollama does: ``815 MB``, ``3.3 GB``."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.1f} GB" if unit == "GB" and size < 99.95 else f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def format_price(price: float | None) -> str:
    """Return ``$0.79/h``, or ``unknown``."""
    return "unknown" if price is None else f"{format_cost(price)}/h"


def format_answer_cost(cost: float | None) -> str:
    """Return the cost of an answer to a hundredth of a cent: ``$0.0121``, ``$1.25``, ``free``."""
    if cost is None:
        return UNKNOWN
    if not cost:
        return "free"
    if cost < 0.0001:
        return "<$0.0001"
    whole, _, decimals = f"{cost:,.4f}".partition(".")
    return f"${whole}.{decimals.rstrip('0'):0<2}"


def format_cost(cost: float | None) -> str:
    """Return ``$0.31``, ``$0.0008``, ``<$0.0001``, or ``unknown``."""
    if cost is None:
        return "unknown"
    if cost < 0.0001:
        return "<$0.0001"
    return f"${cost:,.2f}" if cost >= 0.01 else f"${cost:.4f}"
