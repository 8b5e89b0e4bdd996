"""Numbers, times and lists in words: the one place where nanoseconds become milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from bbtui.domain.timing import NS_PER_MS, NS_PER_S

#: Stands where a figure is not known.
UNKNOWN = "–"


def milliseconds(ns: int) -> int:
    """Whole milliseconds, halves up: the figures a reader adds up are the figures shown."""
    return (ns + NS_PER_MS // 2) // NS_PER_MS


def format_ms(ns: int | None) -> str:
    """A time in ns as ``2,871 ms``."""
    return UNKNOWN if ns is None else f"{milliseconds(ns):,} ms"


def format_s(ns: int) -> str:
    """A time in ns as ``1.6 s``, to a tenth of a second."""
    return f"{ns / NS_PER_S:,.1f} s"


def format_rate(tok_s: float | None, exact: bool) -> str:
    """Tokens per second as ``38.1``; ``~38.1`` where chunks were counted and not tokens."""
    if tok_s is None:
        return UNKNOWN
    return f"{'' if exact else '~'}{tok_s:,.1f}"


def format_count(count: int | None) -> str:
    """A count as ``8,192``."""
    return UNKNOWN if count is None else f"{count:,}"


def format_mean(mean: Fraction) -> str:
    """A mean of scores as ``3.50``."""
    return f"{float(mean):.2f}"


def format_when(at: datetime) -> str:
    """A moment as ``2026-11-24 22:41 UTC``, whatever its zone."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def counted(count: int, one: str, many: str = "") -> str:
    """``1 task``, ``4 tasks``; `many` where an s does not make the plural."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def clipped(text: str, length: int = 56) -> str:
    """The text on one line, cut at a word with … where it is longer than `length` characters."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    head = line[: length - 1]
    at_word, _, _ = head.rpartition(" ")
    return (at_word if len(at_word) > length // 2 else head).rstrip(" ,;:.") + "…"


def sentence(text: str) -> str:
    """The text on one line, ended with a full stop unless it ends by itself."""
    line = " ".join(text.split())
    return line if not line or line[-1] in ".!?…" else line + "."


def sentences(cause: str, hint: str) -> str:
    """A cause, and the hint behind it (may be empty) as a sentence of its own."""
    follows = sentence(hint)
    return f"{sentence(cause)} {follows[:1].upper()}{follows[1:]}".strip()
