"""CPU of a blind round while two answers stream, relative to the same round open."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from tests.bench import Figure
from tests.bench.ticks import compare, tick_s
from tests.ui.driver import AppDriver


def figures() -> Iterator[Figure]:
    """Yield the ratio; about 40 s."""
    blind, plain = asyncio.run(compare(_turn))
    yield Figure(
        "CPU per tick of a blind round to an open one",
        blind / plain,
        "ratio",
        at_most=1.05,
        detail=f"{blind * 1000:.1f} and {plain * 1000:.1f} ms",
    )


async def _turn(app: AppDriver, blind: bool) -> float:
    app.comparison.set_blind(blind, "7")
    assert app.main.naming.hidden == blind
    return await tick_s(app)
