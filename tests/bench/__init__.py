"""The benchmarks: each module has `figures()`, and `make bench` prints them all.

Speed lives here and in no test. A figure is a ratio against a baseline of the same run wherever
the machine's own speed would otherwise decide it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: `value` must not be above `at_most`, nor below `at_least`."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Return whether the figure keeps its bounds."""
        above = self.at_most is not None and self.value > self.at_most
        below = self.at_least is not None and self.value < self.at_least
        return not above and not below
