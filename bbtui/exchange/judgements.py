"""Judgements as rows of the portable form, and back."""

from __future__ import annotations

from typing import TypedDict

from bbtui.domain.answer import Cell
from bbtui.domain.score import (
    Fault,
    Judged,
    Judgement,
    Note,
    Redo,
    Remark,
    Score,
    Undo,
    Verdict,
    Winner,
)
from bbtui.exchange.schema import (
    AnyRow,
    FaultRow,
    Moment,
    NoteRow,
    RedoRow,
    RemarkRow,
    ScoreRow,
    UndoRow,
    VerdictRow,
    WinnerRow,
)


class _Place(TypedDict):
    """What every row says, whatever it is."""

    id: int
    at: Moment
    task: str
    endpoint: str
    trial: int
    attempt: int


def row_of(judgement: Judgement) -> AnyRow:
    """The row of a judgement."""
    cell = judgement.cell
    place = _Place(
        id=judgement.id,
        at=judgement.at,
        task=cell.task,
        endpoint=cell.endpoint,
        trial=cell.trial,
        attempt=judgement.attempt,
    )
    match judgement.what:
        case Score(value):
            return ScoreRow(**place, value=value)
        case Verdict(word, why):
            return VerdictRow(**place, word=word, why=why)
        case Fault(severity, text):
            return FaultRow(**place, severity=severity, text=text)
        case Note(text):
            return NoteRow(**place, text=text)
        case Winner(outcome, endpoint):
            return WinnerRow(**place, outcome=outcome, winner=endpoint)
        case Remark(about, text):
            return RemarkRow(**place, about=about, text=text)
        case Undo(of):
            return UndoRow(**place, of=of)
        case Redo(of):
            return RedoRow(**place, of=of)


def judgement_of(row: AnyRow) -> Judgement:
    """The judgement of a row."""
    cell = Cell(row.task, row.endpoint, row.trial)
    return Judgement(row.at, _judged(row), cell, row.attempt, row.id)


def _judged(row: AnyRow) -> Judged:
    match row:
        case ScoreRow():
            return Score(row.value)
        case VerdictRow():
            return Verdict(row.word, row.why)
        case FaultRow():
            return Fault(row.severity, row.text)
        case NoteRow():
            return Note(row.text)
        case WinnerRow():
            return Winner(row.outcome, row.winner)
        case RemarkRow():
            return Remark(row.about, row.text)
        case UndoRow():
            return Undo(row.of)
        case RedoRow():
            return Redo(row.of)
