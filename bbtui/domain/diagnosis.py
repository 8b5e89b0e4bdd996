"""From what was observed of an endpoint to what is wrong with it: the hop, the cause, the fix."""

from __future__ import annotations

from dataclasses import dataclass

from bbtui.domain.diagnosis_messages import words
from bbtui.domain.diagnosis_rules import TABLE, Hop
from bbtui.domain.observation import Observation

__all__ = ["Diagnosis", "Hop", "diagnose"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong, in the words of pane, report and doctor alike.

    `cause` and `fix` are a line each. `blocks`: the endpoint cannot answer like this; otherwise
    it can, though not as it should.
    """

    hop: Hop
    cause: str
    fix: str
    blocks: bool = True


def diagnose(observed: Observation) -> Diagnosis | None:
    """What is wrong, by the first row of the diagnosis table that fits; None if nothing is."""
    for row in TABLE:
        if row.when(observed):
            filled = words(observed)
            return Diagnosis(
                row.hop, row.cause.format_map(filled), row.fix.format_map(filled), row.blocks
            )
    return None
