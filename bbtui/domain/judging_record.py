"""How a session was judged: which rounds blind, and what may have revealed the sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from bbtui.domain.answer import Cell, Round
from bbtui.domain.blind import blind_state
from bbtui.domain.score import Blinding, Judgement, Reveal, Score, in_force
from bbtui.domain.self_naming import names_itself
from bbtui.domain.session import Session


@dataclass(frozen=True, slots=True)
class JudgingRecord:
    """The conditions of the scores in force of a session, each of the latest answer of a cell."""

    scored: int = 0
    """The scores."""
    blind: int = 0
    """Those given while the sides were hidden."""
    unblinded: int = 0
    """Those given, or changed, after the sides of their round were revealed."""
    seeds: tuple[str, ...] = ()
    """The seeds of the order, in turn."""
    early: int = 0
    """The rounds that were revealed before each of their answers had a score."""
    hidden: int = 0
    """The rounds with answers whose sides are hidden now."""
    there_before: int = 0
    """The answers that had begun before blind mode was first turned on, and may have been seen."""
    naming: int = 0
    """The answers with a blind score that name a model."""
    took_s: float | None = None
    """The median time to a score, in s; None where it was not measured."""


def judging_record(session: Session) -> JudgingRecord:
    """Return how a session was judged."""
    scores = _scores_in_force(session)
    blinding = [row.conditions.blinding for row in scores.values()]
    turned_on = [
        row for row in session.judgements if isinstance(row.what, Blinding) and row.what.on
    ]
    reveals = {
        row.cell.round
        for row in session.judgements
        if isinstance(row.what, Reveal) and row.what.early
    }
    times = [
        row.conditions.took_ms / 1000
        for row in scores.values()
        if row.conditions.took_ms is not None
    ]
    return JudgingRecord(
        scored=len(scores),
        blind=blinding.count("blind"),
        unblinded=blinding.count("unblinded"),
        seeds=tuple(dict.fromkeys(_seed(row) for row in turned_on)),
        early=len(reveals),
        hidden=len(hidden_rounds(session)),
        there_before=sum(one.started_at < turned_on[0].at for one in session.answers)
        if turned_on
        else 0,
        naming=sum(
            _names_itself(session, cell)
            for cell, row in scores.items()
            if row.conditions.blinding == "blind"
        ),
        took_s=median(times) if times else None,
    )


def hidden_rounds(session: Session) -> list[Round]:
    """Return the rounds with answers whose sides are hidden now, in the order of the session."""
    blind = blind_state(session)
    if not blind.on:
        return []
    answered = {answer.cell.round for answer in session.answers}
    return [place for place in session.rounds() if place in answered and blind.hides(place)]


def _scores_in_force(session: Session) -> Mapping[Cell, Judgement]:
    """Return the row with the score of each cell's latest answer."""
    active, _ = in_force(session.judgements)
    rows = {}
    for row in sorted(active, key=lambda row: row.id):
        if isinstance(row.what, Score):
            latest = session.latest(row.cell)
            if latest is not None and latest.attempt == row.attempt:
                rows[row.cell] = row
    return rows


def _seed(row: Judgement) -> str:
    return row.what.seed if isinstance(row.what, Blinding) else ""


def _names_itself(session: Session, cell: Cell) -> bool:
    answer = session.latest(cell)
    prompt = session.task(cell.task).prompt
    return answer is not None and names_itself(answer.text, prompt, session.endpoints)
