"""The structs in which sessions are kept: version 1 of the JSON file, and the store's JSON columns.

docs/portable.md describes them. Fields marked *computed* are written for readers; an import ignores
whatever they hold and computes them again. Times are in ns, moments in RFC 3339 with their zone.

A struct never loses or renames a field while its version lasts. A database has these documents in
it, so a new field is a new format of the database as well (store/migrations.py): an earlier bbtui
then refuses the file instead of losing the field. What a foreign file may get wrong beyond a
field's type is checked in json_file.py: a database may hold whatever number a server has sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from bbtui.domain.answer import MOST, AnswerState, Warmth
from bbtui.domain.check import Kind
from bbtui.domain.endpoint import Api, Think
from bbtui.domain.score import Severity
from bbtui.domain.session import MOST_CELLS, Mode

VERSION = 1

Moment = Annotated[datetime, Meta(tz=True)]
#: From 1. The limit keeps a damaged file from requiring more cells than memory holds.
Ordinal = Annotated[int, Meta(ge=1, le=MOST_CELLS)]
Count = Annotated[int, Meta(ge=0, le=MOST)]
Computed = Any
Blinding = Literal["open", "blind", "unblinded"]


class Part(msgspec.Struct):
    """A part of a session; a field without a default is required."""


class AboutPart(Part):
    """What the operator entered about the session; each may be empty."""

    title: str = ""
    """Its title in lists and reports."""

    milestone: str = ""
    """The milestone it belongs to."""

    issue: str = ""
    """The issue it belongs to."""

    operator: str = ""
    """Who ran it."""

    label: str = ""
    """Distinguishes sessions with the same title."""


class OptionsPart(Part):
    """The options sent to every model, by Ollama's names; null is "not sent"."""

    temperature: float | None = None
    """The sampling temperature."""

    top_p: float | None = None
    """Nucleus sampling: the total probability to choose from, 0 to 1."""

    top_k: int | None = None
    """How many of the likeliest tokens to choose from."""

    seed: int | None = None
    """The random seed."""

    num_ctx: int | None = None
    """The context length, in tokens."""

    num_predict: int | None = None
    """The most tokens of an answer."""

    stop: tuple[str, ...] | None = None
    """The strings that end an answer."""

    think: Think | None = None
    """Whether to think, or how much."""


class SchedulePart(Part):
    """What surrounds the measured requests."""

    warmup: Count = 0
    """The requests to each endpoint before its first measured one."""

    cooldown_s: Annotated[float, Meta(ge=0)] = 0.0
    """The pause between two requests, in seconds."""

    cache_bust: bool = False
    """Whether each prompt has a marker of its own before it."""


class PricePart(Part):
    """What an API charges, in US dollars per million tokens."""

    input: Annotated[float, Meta(ge=0)]
    """Tokens of the prompt."""

    output: Annotated[float, Meta(ge=0)]
    """Tokens of the answer."""

    cached: Annotated[float, Meta(ge=0)] | None = None
    """Tokens of the prompt that were cached; null for the same as `input`."""


class EndpointPart(Part):
    """One endpoint."""

    name: str
    """What answers and commands call it."""

    label: str
    """The name shown."""

    model: str
    """The model, as the server names it."""

    api: Api
    """The API of the server."""

    address: str
    """The base URL for display, with secrets masked."""

    hardware: str = ""
    """The operator's description of the hardware."""

    base: str = ""
    """The configured endpoint whose server it uses with another model; empty for itself."""

    price: PricePart | None = None
    """What its API charges; null where that is not configured."""


class BuildPart(Part):
    """Which weights and server answered; empty and null are "not known"."""

    server: str = ""
    """The server and its version."""

    parameters: str = ""
    """The size of the model, such as "27.4B"."""

    quantisation: str = ""
    """The quantization of the weights, such as "Q4_K_M"."""

    digest: str = ""
    """The digest of the weights."""

    context_length: int | None = None
    """The context length the model runs with, in tokens."""


class PodPart(Part):
    """The use of a pod."""

    machine: str
    """The hardware of the pod."""

    price: float | None = None
    """US dollars per hour; null if unknown."""

    up_s: int = 0
    """How long it was up while the session was open, in seconds."""

    same_as: str = ""
    """The first endpoint on the same pod, which has the cost of both; empty for itself."""


class HostPart(Part):
    """The last known state of an endpoint's host."""

    build: BuildPart = msgspec.field(default_factory=BuildPart)
    """Which weights and server answered."""

    words: str = ""
    """The cause of its last problem; empty while it answered."""

    hint: str = ""
    """What to do about it."""

    pod: PodPart | None = None
    """The use of its pod; null for a host that is not one."""


class CheckPart(Part):
    """One automatic check of a task."""

    kind: Kind
    """What is checked."""

    value: str
    """What is expected: "min..max" words, a text or a pattern after "re:", or "parses"."""

    on: Literal["answer", "code"] = "answer"
    """Whether the whole answer is checked or its code blocks."""

    label: str = ""
    """The author's own words for it; empty for none."""


class TaskPart(Part):
    """One task."""

    id: str
    """What answers and commands call it."""

    title: str
    """The name shown."""

    prompt: str
    """The text sent."""

    expected: str = ""
    """What a good answer holds."""

    rubric: tuple[str, ...] = ()
    """What to look for when scoring."""

    checks: tuple[CheckPart, ...] = ()
    """Its automatic checks."""

    wrong: tuple[str, ...] = ()
    """Wrong answers, each of which must fail a check."""


class ServerPart(Part):
    """The server's own timings of an answer, in ns, and counts, in tokens; null is "not known"."""

    total_ns: int | None = None
    """The whole request."""

    load_ns: int | None = None
    """Loading the model."""

    prompt_eval_ns: int | None = None
    """Reading the prompt."""

    prompt_eval_count: int | None = None
    """The tokens of the prompt."""

    cached_count: int | None = None
    """Those of them that were not computed again."""

    eval_ns: int | None = None
    """Generating the answer."""

    eval_count: int | None = None
    """The tokens of the answer."""


class AnswerPart(Part, kw_only=True):
    """One attempt at a cell."""

    task: str
    """The task's id."""

    endpoint: str
    """The endpoint's name."""

    trial: Ordinal = 1
    """The trial, from 1."""

    attempt: Ordinal = 1
    """The run of this cell, from 1; only the highest counts."""

    state: AnswerState
    """How it ended, or what it is doing."""

    score: Computed = None
    """*Computed* from the log."""

    verdict: Computed = None
    """*Computed* from the log."""

    faults: Computed = ()
    """*Computed* from the log."""

    note: Computed = ""
    """*Computed* from the log."""

    ticks: Computed = ()
    """*Computed* from the log: the points of the rubric that it meets, from 1."""

    text: str = ""
    """The raw text."""

    thinking: str = ""
    """The raw thinking."""

    cause: str = ""
    """Why it ended; of a done one, what is noted of it."""

    hint: str = ""
    """What to do about it."""

    started_at: Moment
    """When it was started."""

    end_ns: Count | None = None
    """From the request written to the end; null while it runs or when nothing was sent."""

    warmth: Warmth = Warmth.UNKNOWN
    """Whether the model was in memory before the request."""

    preload_ns: Count | None = None
    """How long the load step before the request took; null without one."""

    timing: Computed = None
    """*Computed* from the reads and the server's timings."""

    start: Computed = ""
    """*Computed*: how it started, by the server's own load time; empty if that is not known."""

    flags: Computed = ()
    """*Computed*: what affects its figures or its text, a sentence each."""

    server: ServerPart = msgspec.field(default_factory=ServerPart)
    """The server's own timings."""

    abandoned: bool = False
    """Whether it failed only because bbtui ended before it did."""

    marker: str = ""
    """What was put before the prompt so that no server has it in its cache; empty for nothing."""

    reads: tuple[tuple[Count, Count, Count, Count, Count], ...] = ()
    """Every read of the socket: offset_ns, size, text, thinking, chunks."""


class ConditionsPart(Part):
    """What the judge could know of the sides as a judgement was made."""

    blinding: Blinding = "open"
    """Whether the sides were shown, hidden ("blind"), or had been hidden until then
    ("unblinded")."""

    order: tuple[str, ...] = ()
    """The names of the endpoints from left to right; empty where it was not recorded."""

    took_ms: Count | None = None
    """The time from when every answer of the round was complete and in view, in ms; null where it
    was not measured."""


class JudgedRow(Part, tag_field="what", kw_only=True):
    """One row of the log of judgements; `what` is its kind, one of those below."""

    id: Count
    """Unique in its session, and increasing."""

    at: Moment
    """When it was made."""

    task: str = ""
    """The task of the answer or round it is about."""

    endpoint: str = ""
    """The endpoint of the answer."""

    trial: Ordinal = 1
    """The trial of the answer."""

    attempt: Ordinal = 1
    """The attempt of the answer."""

    blinding: Blinding = "open"
    """Whether the sides were shown, hidden ("blind"), or had been hidden until then
    ("unblinded")."""

    order: tuple[str, ...] = ()
    """The names of the endpoints from left to right; empty where it was not recorded."""

    took_ms: Count | None = None
    """The time from when every answer of the round was complete and in view, in ms; null where it
    was not measured."""


class ScoreRow(JudgedRow, tag="score", kw_only=True):
    """A score."""

    value: Annotated[int, Meta(ge=1, le=5)]
    """1 is worst, 5 best."""


class VerdictRow(JudgedRow, tag="verdict", kw_only=True):
    """A verdict."""

    word: str
    """A word in capitals; an empty one removes the verdict."""

    why: str = ""
    """The reason."""


class FaultRow(JudgedRow, tag="fault", kw_only=True):
    """A fault."""

    severity: Severity
    """How bad it is."""

    text: str
    """What is wrong."""


class FaultEditRow(JudgedRow, tag="fault edit", kw_only=True):
    """A fault in other words, or of another severity."""

    of: Count
    """The id of the fault's row."""

    severity: Severity
    """How bad it is now."""

    text: str
    """What is wrong, as it is written now."""


class FaultRemovalRow(JudgedRow, tag="fault removal", kw_only=True):
    """The removal of a fault."""

    of: Count
    """The id of the fault's row."""


class NoteRow(JudgedRow, tag="note", kw_only=True):
    """A note; it replaces an earlier one."""

    text: str
    """The note; an empty one removes it."""


class TickRow(JudgedRow, tag="tick", kw_only=True):
    """A point of the task's rubric that the answer meets."""

    point: Ordinal
    """Its place in the rubric, from 1."""

    met: bool = True
    """False takes an earlier tick away."""


class WinnerRow(JudgedRow, tag="winner", kw_only=True):
    """The winner of a round, set by hand."""

    outcome: Literal["endpoint", "tie", "both bad"]
    """Whether an endpoint won, and if not, why."""

    winner: str = ""
    """The endpoint that won."""


class RemarkRow(JudgedRow, tag="remark", kw_only=True):
    """The operator's text on the whole session."""

    about: Literal["summary", "finding"]
    """Which of the two texts it is."""

    text: str
    """The text."""


class UndoRow(JudgedRow, tag="undo", kw_only=True):
    """An undo."""

    of: Count
    """The id of the row it undoes."""


class RedoRow(JudgedRow, tag="redo", kw_only=True):
    """A redo."""

    of: Count
    """The id of the row it redoes."""


class BlindingRow(JudgedRow, tag="blinding", kw_only=True):
    """Blind mode turned on or off, for the rounds from here on."""

    on: bool
    """Whether it was turned on."""

    seed: str = ""
    """What the order of the sides is made from while it is on."""


class RevealRow(JudgedRow, tag="reveal", kw_only=True):
    """The sides of a blind round were shown."""

    early: bool = False
    """Whether that was before every side of the round had its score."""


AnyRow = (
    ScoreRow
    | VerdictRow
    | FaultRow
    | FaultEditRow
    | FaultRemovalRow
    | NoteRow
    | TickRow
    | WinnerRow
    | RemarkRow
    | UndoRow
    | RedoRow
    | BlindingRow
    | RevealRow
)


class Head(msgspec.Struct):
    """What is read first: whether this is a session, and in which version."""

    bbtui: Any = None
    """The version, in a document of bbtui."""


class Document(Part, kw_only=True):
    """A whole session."""

    bbtui: int
    """The version of this form."""

    id: Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{1,64}$")]
    """Its UUIDv7."""

    number: Count = 0
    """Its number on the machine that ran it, 0 for none."""

    program: str = ""
    """The version of bbtui that ran it."""

    started_at: Moment
    """When it was started."""

    about: AboutPart = msgspec.field(default_factory=AboutPart)
    """What the operator entered about it."""

    mode: Mode = "at once"
    """Whether its answers ran in parallel or one after the other."""

    trials: Ordinal = 1
    """How often each endpoint runs each task."""

    schedule: SchedulePart = msgspec.field(default_factory=SchedulePart)
    """What surrounds the measured requests."""

    options: OptionsPart = msgspec.field(default_factory=OptionsPart)
    """The options sent to every model."""

    endpoints: Annotated[tuple[EndpointPart, ...], Meta(min_length=1)]
    """Its endpoints, in the order of their columns."""

    seen: dict[str, HostPart] = msgspec.field(default_factory=dict)
    """The last known state of each endpoint's host, by the endpoint's name."""

    results: Computed = None
    """*Computed*: counts, mean scores and winners."""

    tasks: tuple[TaskPart, ...]
    """Its tasks, in their order."""

    answers: tuple[AnswerPart, ...] = ()
    """Every attempt, in the order in which they started."""

    judgements: tuple[AnyRow, ...] = ()
    """The log of judgements, in its order."""
