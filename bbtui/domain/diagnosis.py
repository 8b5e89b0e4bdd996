"""From what was observed of an endpoint to what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from bbtui.domain.diagnosis_messages import message_values
from bbtui.domain.diagnosis_rules import RULES, Hop
from bbtui.domain.observation import Observation
from bbtui.domain.problem import Problem

__all__ = ["Diagnosis", "Hop", "diagnose"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with an endpoint, worded alike for pane, report and doctor."""

    hop: Hop
    """The connection step that is concerned."""

    problem: Problem
    """The cause and the fix."""

    blocks: bool = True
    """Whether the endpoint cannot answer like this; otherwise it answers, but not as it should."""


def diagnose(observed: Observation) -> Diagnosis | None:
    """Return the diagnosis by the first rule that applies; None if nothing is wrong."""
    for row in RULES:
        if row.when(observed):
            filled = message_values(observed)
            problem = Problem(row.cause.format_map(filled), row.fix.format_map(filled))
            return Diagnosis(row.hop, problem, row.blocks)
    return None
