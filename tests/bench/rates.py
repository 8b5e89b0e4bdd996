"""tok/s against the server's own (n − 1) / eval_duration, over all recorded exchanges."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from tests.bench import Figure
from tests.rates import recorded_rates


def figures() -> Iterable[Figure]:
    """Yield the median and the worst deviation in per cent; the worst of those not flagged."""
    rates = recorded_rates()
    counts = [rate.tokens for rate in rates]
    yield Figure(
        f"tok/s: deviation from the server, median of {len(rates)}",
        100 * statistics.median(abs(rate.ratio - 1) for rate in rates),
        "%",
        at_most=2.0,
        detail=f"{min(counts)} to {max(counts)} tokens",
    )
    worst = max((rate for rate in rates if not rate.flagged), key=lambda one: abs(one.ratio - 1))
    flagged = [f"{rate.name} {rate.ratio:.2f} ×" for rate in rates if rate.flagged]
    yield Figure(
        "tok/s: deviation from the server, worst without a flag",
        100 * abs(worst.ratio - 1),
        "%",
        at_most=10.0,
        detail=f"{worst.name}; flagged: {', '.join(flagged) or 'none'}",
    )
