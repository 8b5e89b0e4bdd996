"""The names under which the kinds of judgement are stored."""

from __future__ import annotations

from bbtui.domain.score import (
    Fault,
    Judged,
    Note,
    Redo,
    Remark,
    Score,
    Undo,
    Verdict,
    Winner,
)
from bbtui.store.codec import of_document

_KINDS: dict[str, type[Judged]] = {
    "score": Score,
    "verdict": Verdict,
    "fault": Fault,
    "note": Note,
    "winner": Winner,
    "remark": Remark,
    "undo": Undo,
    "redo": Redo,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def kind_of(judged: Judged) -> str:
    """The name of its kind."""
    return _NAMES[type(judged)]


def judged_of(kind: str, document: str) -> Judged:
    """The judgement of that kind; a ValueError for a name that is none."""
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is no kind of judgement")
    return of_document(_KINDS[kind], document)
