"""An endpoint examined hop by hop, as doctor and the diagnosis sheet show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bbtui.domain.diagnosis import Diagnosis, Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.problem import Problem

NOT_REACHED = "not reached"


class HopState(StrEnum):
    """What became of a hop. `OPEN`: not reached, not there, or not told; the detail says it."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"

    @property
    def mark(self) -> str:
        """Its sign in front of a hop."""
        return _MARKS[self]


_MARKS = {HopState.PASSED: "✓", HopState.FAILED: "✗", HopState.OPEN: "·"}


@dataclass(frozen=True, slots=True)
class Step:
    """One hop as it was found; `ms` is how long it took, where that means something.

    `fix` helps where it was left open and need not be.
    """

    hop: Hop
    state: HopState
    detail: str = ""
    ms: float | None = None
    fix: str = ""

    @property
    def text(self) -> str:
        """The detail, and the time if it took one."""
        if self.ms is None:
            return self.detail
        time = f"{self.ms:.0f} ms" if self.ms >= 10 else f"{self.ms:.1f} ms"
        return f"{self.detail}, {time}" if self.detail else time


#: Takes each step as soon as it is known; a later one of the same hop replaces it.
OnStep = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Examination:
    """Every hop of one endpoint in the order of travel, and what is wrong if something is."""

    endpoint: Endpoint
    steps: tuple[Step, ...]
    diagnosis: Diagnosis | None = None

    @property
    def can_answer(self) -> bool:
        """Whether a prompt would be answered, if not as it should be."""
        return self.diagnosis is None or not self.diagnosis.blocks


def completed(
    endpoint: Endpoint, steps: Iterable[Step], diagnosis: Diagnosis | None
) -> Examination:
    """An examination of these steps; the hops that have none were not reached."""
    known = {step.hop: step for step in steps}
    return Examination(
        endpoint,
        tuple(known.get(hop, Step(hop, HopState.OPEN, NOT_REACHED)) for hop in Hop),
        diagnosis,
    )


def unexamined(endpoint: Endpoint, problem: Problem) -> Examination:
    """An endpoint that nothing can be sent to: a key that is not set, a header that is none."""
    steps = [Step(Hop.SERVER, HopState.FAILED, problem.cause)]
    return completed(endpoint, steps, Diagnosis(Hop.SERVER, problem))
