"""Judgements of the answers: an append-only log, and its current result.

Nothing in the log is ever changed: scoring again adds a row, undo and redo add a row that names
another. `scorecard` folds the log into the current scores.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from bbtui.domain.answer import Cell

SCORES = range(1, 6)
#: The most characters of a verdict's word that is typed; a file may have a longer one.
LONGEST_VERDICT = 40

_VERDICT = re.compile(r"[\s:;,.—–-]*([^\s:;—–]*)\s*(?:[:;—–]\s*|-+\s+)?(.*)", re.DOTALL)


class Severity(StrEnum):
    """How bad a fault is, worst first. Its key is its first letter."""

    FATAL = "FATAL"
    WRONG = "WRONG"
    INACCURATE = "INACCURATE"
    VAGUE = "VAGUE"
    MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class Score:
    """1 (useless) to 5 (as good as it gets), of one answer."""

    value: int
    """The score."""

    def __post_init__(self) -> None:
        if self.value not in SCORES:
            raise ValueError(f"a score is 1 to 5, not {self.value}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A short word in capitals and one line of explanation, of one answer."""

    word: str
    """The word, such as "SOLID"."""
    why: str = ""
    """The reason; "" without one."""

    @classmethod
    def of_line(cls, line: str) -> Verdict:
        """Parse a typed line: the first word is the verdict, the rest is the explanation.

        A dash or colon between the two is punctuation; the explanation itself is not changed
        (``WRONG -1 is no index``). A line without a word is no verdict.
        """
        [(word, why), *_] = _VERDICT.findall(line)
        return cls(word.rstrip(",.-").upper(), why.strip())


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an answer."""

    severity: Severity
    """How bad it is."""
    text: str
    """What is wrong."""


@dataclass(frozen=True, slots=True)
class FaultEdit:
    """A fault in other words, or of another severity."""

    of: int
    """The id of the fault's row."""
    severity: Severity
    """The new severity."""
    text: str
    """The new text."""


@dataclass(frozen=True, slots=True)
class FaultRemoval:
    """The removal of a fault."""

    of: int
    """The id of the fault's row."""


@dataclass(frozen=True, slots=True)
class Note:
    """A free note on one answer; a later one replaces it, an empty one removes it."""

    text: str
    """The text of the note."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A point of the task's rubric that one answer meets, or that it was found not to meet."""

    point: int
    """Its place in the rubric, from 1."""

    met: bool = True
    """False takes an earlier tick away."""


@dataclass(frozen=True, slots=True)
class Winner:
    """The winner of a task, set by hand."""

    outcome: Literal["endpoint", "tie", "both bad"]
    """One endpoint, a tie, or none."""
    endpoint: str = ""
    """The name of the endpoint, if one won."""


@dataclass(frozen=True, slots=True)
class Remark:
    """The operator's own text on the whole session."""

    about: Literal["summary", "finding"]
    """Which part of the report it is."""
    text: str
    """The text; "" removes it."""


@dataclass(frozen=True, slots=True)
class Undo:
    """The undo of a judgement."""

    of: int
    """The id of its row."""


@dataclass(frozen=True, slots=True)
class Redo:
    """The redo of an undone judgement."""

    of: int
    """The id of its row."""


@dataclass(frozen=True, slots=True)
class Blinding:
    """Blind mode turned on or off, for the rounds from here on; it cannot be undone."""

    on: bool
    """Whether it is turned on."""

    seed: str = ""
    """What the order of the sides is made from while it is on."""


@dataclass(frozen=True, slots=True)
class Reveal:
    """The sides of a blind round were shown, for good; it cannot be undone."""

    early: bool = False
    """Whether that was before every side of the round had its score."""


Judged = (
    Score
    | Verdict
    | Fault
    | FaultEdit
    | FaultRemoval
    | Note
    | Tick
    | Winner
    | Remark
    | Undo
    | Redo
    | Blinding
    | Reveal
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the judge could know of the sides as a judgement was made."""

    blinding: Literal["open", "blind", "unblinded"] = "open"
    """Whether the sides were shown, hidden, or had been hidden until then."""

    order: tuple[str, ...] = ()
    """The names of the endpoints from left to right; empty where it was not recorded."""

    took_ms: int | None = None
    """The time from when every answer of the round was complete and in view to this judgement,
    in ms, without pauses of more than two minutes; None where it was not measured."""


NO_CONDITIONS = Conditions()


@dataclass(frozen=True, slots=True)
class Judgement:
    """One row of the log."""

    at: datetime
    """When it was given, in UTC."""
    what: Judged
    """What was given."""

    cell: Cell = Cell("", "")
    """Which answer it is about, with `attempt`.

    Of a winner only the task counts, of a reveal task and trial; remark, undo, redo and blinding
    have none.
    """

    attempt: int = 1
    """The attempt of the cell that was judged, from 1."""

    id: int = 0
    """Unique in its session and increasing; 0: not stored yet."""

    conditions: Conditions = NO_CONDITIONS
    """What the judge could know."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The current judgement of one answer."""

    score: int | None = None
    """The score, 1 to 5; None without one."""
    verdict: Verdict | None = None
    """The verdict; None without one."""
    faults_by_row: Mapping[int, Fault] = field(default_factory=dict)
    """Its faults as they are now, in the order they were added, by the ids of their rows."""
    note: str = ""
    """The note; "" without one."""

    ticks: frozenset[int] = frozenset()
    """The points of the rubric that it meets, from 1."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Its faults as they are now, in the order they were added."""
        return tuple(self.faults_by_row.values())

    def ticked(self, points: int) -> str:
        """Return how many of the rubric's points it meets: ``4/7``; "" while none was ticked."""
        met = sum(point <= points for point in self.ticks)
        return f"{met}/{points}" if met else ""


NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The current judgements of a whole session."""

    marks: Mapping[tuple[Cell, int], Marks] = field(default_factory=dict)
    """The judgements by cell and attempt."""
    winners: Mapping[str, Winner] = field(default_factory=dict)
    """The winners set by hand, by the task's id."""
    summary: str = ""
    """The operator's summary; "" without one."""
    finding: str = ""
    """The operator's key finding; "" without one."""

    undoable: Judgement | None = None
    """The judgement that undo would undo."""

    redoable: Judgement | None = None
    """The judgement that redo would restore."""

    def of(self, cell: Cell, attempt: int) -> Marks:
        """Return the marks of one answer; empty ones without a judgement."""
        return self.marks.get((cell, attempt), NO_MARKS)


def in_force(judgements: Iterable[Judgement]) -> tuple[list[Judgement], list[Judgement]]:
    """Return the judgements that are in force and those that could be redone, the latest last.

    The log is folded in the order of its rows. A new judgement clears what could be redone.
    """
    active: list[Judgement] = []
    undone: list[Judgement] = []
    for row in judgements:
        match row.what:
            case Undo(of):
                _move(of, active, undone)
            case Redo(of):
                _move(of, undone, active)
            case Blinding() | Reveal():
                pass  # what was seen cannot be unseen
            case _:
                active.append(row)
                undone.clear()
    return active, undone


def scorecard(judgements: Iterable[Judgement]) -> Scorecard:
    """Return the current judgements of a session by its log."""
    active, undone = in_force(judgements)
    marks: dict[tuple[Cell, int], Marks] = {}
    winners: dict[str, Winner] = {}
    remarks = {"summary": "", "finding": ""}
    for row in sorted(active, key=lambda row: row.id):
        match row.what:
            case Winner() as winner:
                winners[row.cell.task] = winner
            case Remark(about, text):
                remarks[about] = text
            case what:
                key = (row.cell, row.attempt)
                marks[key] = _marked(marks.get(key, NO_MARKS), what, row.id)
    return Scorecard(
        marks=marks,
        winners=winners,
        summary=remarks["summary"],
        finding=remarks["finding"],
        undoable=active[-1] if active else None,
        redoable=undone[-1] if undone else None,
    )


def _move(of: int, source: list[Judgement], target: list[Judgement]) -> None:
    """Move the row with the id `of`, if it is there: two programs may undo the same one."""
    for position, row in enumerate(source):
        if row.id == of:
            target.append(source.pop(position))
            return


def _marked(marks: Marks, what: Judged, row: int) -> Marks:
    """Return the marks with the judgement of a row added to them.

    What edits or removes a fault that is not there changes nothing: its row may be undone.
    """
    faults = marks.faults_by_row
    match what:
        case Score(value):
            return replace(marks, score=value)
        case Verdict() as verdict:
            return replace(marks, verdict=verdict if verdict.word else None)
        case Fault() as fault:
            return replace(marks, faults_by_row={**faults, row: fault})
        case FaultEdit(of, severity, text) if of in faults:
            return replace(marks, faults_by_row={**faults, of: Fault(severity, text)})
        case FaultRemoval(of):
            kept = {known: fault for known, fault in faults.items() if known != of}
            return replace(marks, faults_by_row=kept)
        case Note(text):
            return replace(marks, note=text)
        case Tick(point, met):
            return replace(marks, ticks=marks.ticks | {point} if met else marks.ticks - {point})
        case _:
            return marks
