"""Domain values as the structs of schema.py, and back: field by field, so either may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from bbtui.domain import score
from bbtui.domain.answer import Answer, Cell, Reads, ServerTimings
from bbtui.domain.check import Check
from bbtui.domain.cost import PodUse, TokenPrice
from bbtui.domain.endpoint import Endpoint, Options
from bbtui.domain.host import Build
from bbtui.domain.problem import Problem
from bbtui.domain.session import HostRecord, Schedule, SessionInfo
from bbtui.domain.task import Task
from bbtui.exchange import schema
from bbtui.exchange.schema import AnyRow, Part

Value = TypeVar("Value")
AnyPart = TypeVar("AnyPart", bound=Part)

#: The struct of each type; a field has the same name in both unless it is in `_OTHERWISE`.
STRUCTS: dict[type, type[Part]] = {
    SessionInfo: schema.AboutPart,
    Options: schema.OptionsPart,
    Schedule: schema.SchedulePart,
    TokenPrice: schema.PricePart,
    Endpoint: schema.EndpointPart,
    Build: schema.BuildPart,
    PodUse: schema.PodPart,
    HostRecord: schema.HostPart,
    Check: schema.CheckPart,
    Task: schema.TaskPart,
    ServerTimings: schema.ServerPart,
    score.Conditions: schema.ConditionsPart,
}
_ROWS: dict[type[score.Judged], type[AnyRow]] = {
    score.Score: schema.ScoreRow,
    score.Verdict: schema.VerdictRow,
    score.Fault: schema.FaultRow,
    score.FaultEdit: schema.FaultEditRow,
    score.FaultRemoval: schema.FaultRemovalRow,
    score.Note: schema.NoteRow,
    score.Tick: schema.TickRow,
    score.Winner: schema.WinnerRow,
    score.Remark: schema.RemarkRow,
    score.Undo: schema.UndoRow,
    score.Redo: schema.RedoRow,
    score.Blinding: schema.BlindingRow,
    score.Reveal: schema.RevealRow,
}
_TYPES: dict[type[Part], type[Any]] = {struct: kind for kind, struct in (STRUCTS | _ROWS).items()}
#: Fields that a struct has under another name, or of which it has the fields under these names.
_OTHERWISE: dict[tuple[type, str], str | tuple[type[Any], dict[str, str]]] = {
    (score.Winner, "endpoint"): "winner",
    (HostRecord, "problem"): (Problem, {"cause": "words", "fix": "hint"}),
    (Answer, "problem"): (Problem, {"cause": "cause", "fix": "hint"}),
    (Answer, "cell"): (Cell, {"task": "task", "endpoint": "endpoint", "trial": "trial"}),
}


def to_part(struct: type[AnyPart], value: Any, **given: Any) -> AnyPart:
    """Return a domain value as a struct, with the values in it; `given` are fields to set too."""
    own = {}
    for name in _names(type(value)):
        item = getattr(value, name)
        match _OTHERWISE.get((type(value), name), name):
            case str(field):
                own[field] = _nested_part(item)
            case _, inner:
                own |= {field: getattr(item, name) for name, field in inner.items()}
    return struct(**own | given)


def _nested_part(value: Any) -> Any:
    if type(value) is tuple:
        return tuple(map(_nested_part, value))
    if isinstance(value, Reads):
        return tuple(value)
    if isinstance(value, Mapping):
        return {name: _nested_part(item) for name, item in value.items()}
    struct = STRUCTS.get(type(value))
    return to_part(struct, value) if struct else value


def from_part(kind: type[Value], part: Part, **given: Any) -> Value:
    """Return the domain value of a struct made by `to_part`; `given` are fields of the value."""
    own = {}
    for name in _names(kind) - given.keys():
        match _OTHERWISE.get((kind, name), name):
            case str(field):
                own[name] = _nested_value(getattr(part, field))
            case inner_kind, inner:
                values = {name: getattr(part, field) for name, field in inner.items()}
                own[name] = inner_kind(**values)
    return kind(**own, **given)


def _nested_value(part: Any) -> Any:
    if type(part) is tuple:
        return tuple(map(_nested_value, part))
    if isinstance(part, dict):
        return {name: _nested_value(item) for name, item in part.items()}
    kind = _TYPES.get(type(part))
    return from_part(kind, part) if kind else part


def _names(kind: type[Any]) -> set[str]:
    return {field.name for field in fields(kind) if field.init}


def row_of(judgement: score.Judgement) -> AnyRow:
    """Return the row of a judgement in the log."""
    return to_part(
        _ROWS[type(judgement.what)],
        judgement.what,
        id=judgement.id,
        at=judgement.at,
        attempt=judgement.attempt,
        **judgement.cell._asdict(),
        **asdict(judgement.conditions),
    )


def judgement_of(row: AnyRow) -> score.Judgement:
    """Return the judgement of a row made by `row_of`."""
    return score.Judgement(
        at=row.at,
        what=from_part(_TYPES[type(row)], row),
        cell=Cell(row.task, row.endpoint, row.trial),
        attempt=row.attempt,
        conditions=score.Conditions(row.blinding, row.order, row.took_ms),
        id=row.id,
    )
