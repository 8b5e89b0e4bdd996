"""The structs in which sessions are kept: version 1 of the JSON file, and the store's JSON columns.

docs/portable.md describes them. Fields marked *computed* are written for readers; an import ignores
whatever they hold and computes them again. Times are in ns, moments in RFC 3339 with their zone.

A struct never loses or renames a field while its version lasts. A database has these documents in
it, so a new field is a new format of the database as well (store/migrations.py): an earlier bbtui
then refuses the file instead of losing the field. What a foreign file may get wrong beyond a
field's type is checked in validate.py: a database may hold whatever number a server has sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from bbtui.domain.answer import AnswerState, Warmth
from bbtui.domain.check import Kind
from bbtui.domain.endpoint import Api, Think
from bbtui.domain.score import Severity
from bbtui.domain.session import MOST_CELLS, Mode

VERSION = 1

Moment = Annotated[datetime, Meta(tz=True)]
#: From 1. The limit keeps a damaged file from asking for more cells than memory holds.
Ordinal = Annotated[int, Meta(ge=1, le=MOST_CELLS)]
#: The largest count or time in ns: a sum of some of them still fits SQLite's integers.
MOST = 2**62
Count = Annotated[int, Meta(ge=0, le=MOST)]
Computed = Any


class Part(msgspec.Struct):
    """A part of the document; a field without a default must be there."""


class AboutPart(Part):
    """What the operator says of the session."""

    title: str = ""
    milestone: str = ""
    issue: str = ""
    operator: str = ""
    label: str = ""


class OptionsPart(Part):
    """What was asked of every model alike; null is "not sent"."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    num_ctx: int | None = None
    num_predict: int | None = None
    stop: tuple[str, ...] | None = None
    think: Think | None = None


class EndpointPart(Part):
    """One endpoint; `address` is masked."""

    name: str
    label: str
    model: str
    api: Api
    address: str
    hardware: str = ""
    base: str = ""


class BuildPart(Part):
    """Which weights and server answered."""

    server: str = ""
    parameters: str = ""
    quantisation: str = ""
    digest: str = ""
    context_length: int | None = None


class PodPart(Part):
    """What was had of a rented machine."""

    machine: str
    price: float | None = None
    up_s: int = 0
    same_as: str = ""


class HostPart(Part):
    """What was last seen of an endpoint's machine."""

    build: BuildPart = msgspec.field(default_factory=BuildPart)
    words: str = ""
    hint: str = ""
    pod: PodPart | None = None


class CheckPart(Part):
    """One check of a task."""

    kind: Kind
    value: str
    on: Literal["answer", "code"] = "answer"


class TaskPart(Part):
    """One task."""

    id: str
    title: str
    prompt: str
    expected: str = ""
    rubric: tuple[str, ...] = ()
    checks: tuple[CheckPart, ...] = ()


class ServerPart(Part):
    """The server's own account of an answer."""

    total_ns: int | None = None
    load_ns: int | None = None
    prompt_eval_ns: int | None = None
    prompt_eval_count: int | None = None
    cached_count: int | None = None
    eval_ns: int | None = None
    eval_count: int | None = None


class AnswerPart(Part, kw_only=True):
    """One attempt at a cell. `reads` are rows of offset_ns, size, text, thinking, chunks."""

    task: str
    endpoint: str
    trial: Ordinal = 1
    attempt: Ordinal = 1
    state: AnswerState
    score: Computed = None
    verdict: Computed = None
    faults: Computed = ()
    note: Computed = ""
    text: str = ""
    thinking: str = ""
    cause: str = ""
    hint: str = ""
    started_at: Moment
    end_ns: Count | None = None
    warmth: Warmth = Warmth.UNKNOWN
    preload_ns: Count | None = None
    timing: Computed = None
    server: ServerPart = msgspec.field(default_factory=ServerPart)
    abandoned: bool = False
    reads: tuple[tuple[Count, Count, Count, Count, Count], ...] = ()


class Row(Part, tag_field="what", kw_only=True):
    """One row of the log of judgements; `what` says which of the kinds below it is."""

    id: Count
    at: Moment
    task: str = ""
    endpoint: str = ""
    trial: Ordinal = 1
    attempt: Ordinal = 1


class ScoreRow(Row, tag="score", kw_only=True):
    """A score."""

    value: Annotated[int, Meta(ge=1, le=5)]


class VerdictRow(Row, tag="verdict", kw_only=True):
    """A word in capitals, and why."""

    word: str
    why: str = ""


class FaultRow(Row, tag="fault", kw_only=True):
    """A fault."""

    severity: Severity
    text: str


class NoteRow(Row, tag="note", kw_only=True):
    """A note."""

    text: str


class WinnerRow(Row, tag="winner", kw_only=True):
    """A winner set by hand; `winner` names the endpoint if one won."""

    outcome: Literal["endpoint", "tie", "both bad"]
    winner: str = ""


class RemarkRow(Row, tag="remark", kw_only=True):
    """The operator's text on the whole session."""

    about: Literal["summary", "finding"]
    text: str


class UndoRow(Row, tag="undo", kw_only=True):
    """Takes back the row with the id `of`."""

    of: Count


class RedoRow(Row, tag="redo", kw_only=True):
    """Sets the row with the id `of` in force again."""

    of: Count


AnyRow = ScoreRow | VerdictRow | FaultRow | NoteRow | WinnerRow | RemarkRow | UndoRow | RedoRow


class Head(msgspec.Struct):
    """What is looked at first: whether this is a session, and in which version."""

    bbtui: Any = None


class Document(Part, kw_only=True):
    """A whole session."""

    bbtui: int
    id: Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{1,64}$")]
    number: Count = 0
    program: str = ""
    started_at: Moment
    about: AboutPart = msgspec.field(default_factory=AboutPart)
    mode: Mode = "at once"
    trials: Ordinal = 1
    options: OptionsPart = msgspec.field(default_factory=OptionsPart)
    endpoints: Annotated[tuple[EndpointPart, ...], Meta(min_length=1)]
    seen: dict[str, HostPart] = msgspec.field(default_factory=dict)
    results: Computed = None
    tasks: tuple[TaskPart, ...]
    answers: tuple[AnswerPart, ...] = ()
    judgements: tuple[AnyRow, ...] = ()
