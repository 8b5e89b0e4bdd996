"""Judgements as rows of the portable form and as columns of the store, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypedDict

import msgspec

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
    Row,
    ScoreRow,
    UndoRow,
    VerdictRow,
    WinnerRow,
)

#: The fields of a row that the store keeps in columns of their own, beside the kind and its fields.
_COLUMNS = ("what", *Row.__struct_fields__)
_NO_TIME = datetime.fromtimestamp(0, UTC)


class _Place(TypedDict):
    """The fields of every row."""

    id: int
    at: Moment
    task: str
    endpoint: str
    trial: int
    attempt: int


def row_of(judgement: Judgement) -> AnyRow:
    """Return the row of a judgement."""
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
    """Return the judgement of a row."""
    cell = Cell(row.task, row.endpoint, row.trial)
    return Judgement(row.at, _judged(row), cell, row.attempt, row.id)


def judged_columns(judged: Judged) -> tuple[str, dict[str, Any]]:
    """Return the kind of a judgement and the fields of that kind, as the store keeps them."""
    fields = msgspec.to_builtins(row_of(Judgement(_NO_TIME, judged)))
    kind = fields["what"]
    for name in _COLUMNS:
        del fields[name]
    # A row has the endpoint of its cell beside the winner; in a column of its own it has its name.
    if isinstance(judged, Winner):
        fields["endpoint"] = fields.pop("winner")
    return kind, fields


def judged_of(kind: str, fields: dict[str, Any]) -> Judged:
    """Return what `judged_columns` was given; raise ValueError for any other kind or field."""
    own = {**fields}
    if kind == "winner" and "endpoint" in own:
        own["winner"] = own.pop("endpoint")
    row = msgspec.convert({**own, "what": kind, "id": 0, "at": _NO_TIME}, AnyRow)
    for name in own:
        if name in _COLUMNS or name not in row.__struct_fields__:
            raise ValueError(f"{name!r} is not a field of a {kind}")
    return _judged(row)


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
