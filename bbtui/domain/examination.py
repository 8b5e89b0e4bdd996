"""A connection check of an endpoint, step by step, as doctor and the diagnosis dialog show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bbtui.domain.diagnosis import Diagnosis, Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.problem import Problem

NOT_REACHED = "not reached"


class HopState(StrEnum):
    """The result of a step. `OPEN`: not reached, not present, or unknown; the detail has more."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"

    @property
    def mark(self) -> str:
        """Return its symbol."""
        return _MARKS[self]


_MARKS = {HopState.PASSED: "✓", HopState.FAILED: "✗", HopState.OPEN: "·"}


@dataclass(frozen=True, slots=True)
class Step:
    """The result of one connection step."""

    hop: Hop
    """The step."""
    state: HopState
    """How it went."""
    detail: str = ""
    """What was found, such as the address that accepted."""

    ms: float | None = None
    """How long it took in milliseconds, where that is meaningful."""

    fix: str = ""
    """What to do about a step that is open and need not be."""

    @property
    def text(self) -> str:
        """Return the detail, and the time if there is one."""
        if self.ms is None:
            return self.detail
        time = f"{self.ms:.0f} ms" if self.ms >= 10 else f"{self.ms:.1f} ms"
        return f"{self.detail}, {time}" if self.detail else time


#: Takes each step as soon as it is known; a later one of the same hop replaces it.
OnStep = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Examination:
    """Every connection step of one endpoint, in order, and the diagnosis."""

    endpoint: Endpoint
    """The endpoint."""
    steps: tuple[Step, ...]
    """The steps, in the order of the connection."""
    diagnosis: Diagnosis | None = None
    """The cause and the fix of the step that failed; None if all passed."""

    @property
    def can_answer(self) -> bool:
        """Return whether a prompt would be answered."""
        return self.diagnosis is None or not self.diagnosis.blocks


def completed(
    endpoint: Endpoint, steps: Iterable[Step], diagnosis: Diagnosis | None
) -> Examination:
    """Return the examination of these steps; missing ones were not reached."""
    known = {step.hop: step for step in steps}
    return Examination(
        endpoint,
        tuple(known.get(hop, Step(hop, HopState.OPEN, NOT_REACHED)) for hop in Hop),
        diagnosis,
    )


def unexamined(endpoint: Endpoint, problem: Problem) -> Examination:
    """Return the examination of an endpoint that no request can be sent to."""
    steps = [Step(Hop.SERVER, HopState.FAILED, problem.cause)]
    return completed(endpoint, steps, Diagnosis(Hop.SERVER, problem))
