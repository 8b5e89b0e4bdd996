"""Durations and times as text; every conversion of nanoseconds is here."""

from __future__ import annotations

from datetime import UTC, datetime

from bbtui.formatting.numbers import UNKNOWN

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


def format_ns(ns: int | None) -> str:
    """Return a short duration: ``412 ms``, ``3.7 s``, ``12 min``; ``–`` if unknown."""
    if ns is None:
        return "–"
    if round(ns / NS_PER_MS) < 1000:
        return f"{ns / NS_PER_MS:.0f} ms"
    seconds = ns / NS_PER_S
    if round(seconds, 1) < 600:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"


def milliseconds(ns: int) -> int:
    """Return whole milliseconds, halves up: the figures a reader adds up are the figures shown."""
    return (ns + NS_PER_MS // 2) // NS_PER_MS


def format_ms(ns: int | None) -> str:
    """Return a time in ns as ``2,871 ms``."""
    return UNKNOWN if ns is None else f"{milliseconds(ns):,} ms"


def format_uptime(seconds: float | None) -> str:
    """Return ``45 s``, ``12 min``, ``2 h 10 min``, ``3 d 4 h``; ``–`` if unknown."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{max(0, int(seconds))} s"
    minutes = int(seconds) // 60
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def format_left(seconds: float) -> str:
    """Return a remaining time: ``12 s left``, ``3 min left``, ``1.5 h left``."""
    if seconds < 90:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left" if seconds < 5400 else f"{seconds / 3600:.1f} h left"


def format_when(at: datetime) -> str:
    """Return a time as ``2026-11-24 22:41 UTC``, whatever its zone."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
