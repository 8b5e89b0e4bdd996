"""Counts, means, rates and sizes as text."""

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
    """Return tokens per second as ``38.1``; ``~38.1`` where chunks were counted and not tokens."""
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
