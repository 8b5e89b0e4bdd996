"""A session: the tasks, the endpoints, every answer and every judgement, under one id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeVar

from bbtui.domain.answer import Answer, Cell, Need, Round, need_of
from bbtui.domain.cost import PodUse
from bbtui.domain.endpoint import Api, Endpoint, Options
from bbtui.domain.host import Build
from bbtui.domain.problem import NO_PROBLEM, Problem
from bbtui.domain.score import Judgement
from bbtui.domain.task import Task

T = TypeVar("T")

#: Whether the endpoints answered at the same time or one after the other.
Mode = Literal["at once", "alone"]

#: The most cells of a session; more are a mistake, and would freeze the screen.
MOST_CELLS = 20_000


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What the operator enters about the session; printed in the report if set."""

    title: str = ""
    """The title of the session."""
    milestone: str = ""
    """The milestone it belongs to."""
    issue: str = ""
    """The issue it belongs to."""
    operator: str = ""
    """Who runs it."""
    label: str = ""
    """A text that distinguishes sessions with the same title."""


@dataclass(frozen=True, slots=True)
class HostRecord:
    """The last known state of an endpoint's host."""

    build: Build = Build()
    """Which weights and server it had."""

    problem: Problem = NO_PROBLEM
    """Why it does not answer."""

    pod: PodUse | None = None
    """The use of its pod, if it is one."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What surrounds the measured requests of a session."""

    warmup: int = 0
    """The requests to each endpoint before its first measured one; their answers are dropped."""

    cooldown_s: float = 0.0
    """The pause between two requests, in s."""

    cache_bust: bool = False
    """Whether each prompt has a marker of its own before it (`Answer.marker`)."""


@dataclass(frozen=True, slots=True)
class Session:
    """Rounds and judgements under one id."""

    id: str
    """A UUIDv7."""

    started_at: datetime
    """When it was created, in UTC."""
    tasks: tuple[Task, ...]
    """The tasks, in order; prompts typed later come last."""
    endpoints: tuple[Endpoint, ...]
    """The endpoints, in the order of the columns."""
    options: Options = Options()
    """The sampling options of every request."""
    about: SessionInfo = SessionInfo()
    """What the operator entered."""
    mode: Mode = "at once"
    """Whether the endpoints run in parallel or one after the other."""
    trials: int = 1
    """How often each task runs."""
    schedule: Schedule = Schedule()
    """Warm-up, cooldown and cache busting."""

    program: str = ""
    """The version of bbtui."""

    number: int = 0
    """The short local alias of the id (``#12``)."""

    answers: tuple[Answer, ...] = ()
    """Every attempt, in the order of their start."""

    judgements: tuple[Judgement, ...] = ()
    """The log of judgements, oldest first."""

    seen: Mapping[str, HostRecord] = field(default_factory=dict)
    """By endpoint name."""

    #: The answers of each cell, made once: `missing` reads those of every cell.
    _by_cell: dict[Cell, tuple[Answer, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    #: What `once` has returned, by what made it.
    _made: dict[tuple[object, ...], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def once(self, make: Callable[..., T], *args: str) -> T:
        """Return what `make` returns for this session and the arguments; call it only once.

        What each answer of a task is compared with is made of all of them.
        """
        key = (make, *args)
        if key not in self._made:
            self._made[key] = make(self, *args)
        made: T = self._made[key]
        return made

    def task(self, task_id: str) -> Task:
        """Return the task with this id; raise KeyError if there is none."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise KeyError(task_id)

    def endpoint(self, name: str) -> Endpoint:
        """Return the endpoint of this name; raise KeyError if there is none."""
        for endpoint in self.endpoints:
            if endpoint.name == name:
                return endpoint
        raise KeyError(name)

    def host_record(self, endpoint: Endpoint) -> HostRecord:
        """Return what was last seen of an endpoint's machine; an empty record if nothing was."""
        return self.seen.get(endpoint.name, HostRecord())

    @property
    def embedded(self) -> bool:
        """Return whether it is a demo: the program itself serves its models."""
        return any(endpoint.embedded for endpoint in self.endpoints)

    @property
    def size(self) -> int:
        """Return the number of cells."""
        return len(self.tasks) * len(self.endpoints) * self.trials

    def rounds(self) -> tuple[Round, ...]:
        """Return every round in the order they run: by trial, then task."""
        trials = range(1, self.trials + 1)
        return tuple(Round(task.id, trial) for trial in trials for task in self.tasks)

    def cells(self) -> tuple[Cell, ...]:
        """Return every cell: by trial, then task, then endpoint."""
        return tuple(self._cells(self.endpoints))

    def _cells(self, endpoints: tuple[Endpoint, ...]) -> Iterator[Cell]:
        return (
            Cell(task.id, endpoint.name, trial)
            for trial in range(1, self.trials + 1)
            for task in self.tasks
            for endpoint in endpoints
        )

    def attempts(self, cell: Cell) -> tuple[Answer, ...]:
        """Return every answer of a cell, the first attempt first."""
        if self.answers and not self._by_cell:
            found: dict[Cell, list[Answer]] = {}
            for answer in sorted(self.answers, key=lambda answer: answer.attempt):
                found.setdefault(answer.cell, []).append(answer)
            self._by_cell.update((cell, tuple(answers)) for cell, answers in found.items())
        return self._by_cell.get(cell, ())

    def latest(self, cell: Cell) -> Answer | None:
        """Return the answer that counts: the last attempt, or None if the cell was never run."""
        attempts = self.attempts(cell)
        return attempts[-1] if attempts else None

    def need(self, cell: Cell) -> Need:
        """Return how much a cell needs an answer."""
        latest = self.latest(cell)
        if latest is None:
            return Need.NOT_RUN
        return need_of(latest.state, abandoned=latest.abandoned)

    def is_unavailable(self, cell: Cell) -> bool:
        """Return whether there is nothing of an answer: it was not run, or ended without text."""
        latest = self.latest(cell)
        return latest is None or (not latest.text and not latest.state.answered)

    def missing(self, least: Need = Need.FAILED) -> tuple[Cell, ...]:
        """Return the cells that need an answer at least this much.

        By default not those that the user stopped: that was on purpose.
        """
        return tuple(self.iter_missing(least))

    def iter_missing(self, least: Need = Need.FAILED, name: str = "") -> Iterator[Cell]:
        """Yield the same cells one by one; of one endpoint only, if it is named."""
        endpoints = tuple(one for one in self.endpoints if name in ("", one.name))
        return (cell for cell in self._cells(endpoints) if self.need(cell) >= least)

    def with_answer(self, answer: Answer) -> Session:
        """Return the session with this answer in place of its earlier value, or added."""
        for position, known in enumerate(self.answers):
            if known.cell == answer.cell and known.attempt == answer.attempt:
                answers = (*self.answers[:position], answer, *self.answers[position + 1 :])
                return replace(self, answers=answers)
        earlier = [known for known in self.answers if known.started_at <= answer.started_at]
        later = [known for known in self.answers if known.started_at > answer.started_at]
        return replace(self, answers=(*earlier, answer, *later))

    def with_judgement(self, judgement: Judgement) -> Session:
        """Return the session with this row at the end of its log."""
        return replace(self, judgements=(*self.judgements, judgement))

    def with_task(self, task: Task) -> Session:
        """Return the session with one more task at the end."""
        return replace(self, tasks=(*self.tasks, task))

    def with_endpoint(self, endpoint: Endpoint, instead_of: str = "") -> Session:
        """Return the session with one more column at the right, or in place of another.

        The host record of the replaced one is dropped.
        """
        if not instead_of:
            return replace(self, endpoints=(*self.endpoints, endpoint))
        endpoints = tuple(endpoint if one.name == instead_of else one for one in self.endpoints)
        seen = {name: seen for name, seen in self.seen.items() if name != instead_of}
        return replace(self, endpoints=endpoints, seen=seen)

    def with_api(self, name: str, api: Api) -> Session:
        """Return the session with the API that an endpoint was found to speak."""
        endpoints = (replace(one, api=api) if one.name == name else one for one in self.endpoints)
        return replace(self, endpoints=tuple(endpoints))

    def with_host_record(self, name: str, seen: HostRecord) -> Session:
        """Return the session with the last known state of one host."""
        return replace(self, seen={**self.seen, name: seen})


def too_large(tasks: int, endpoints: int, trials: int) -> str:
    """Return why a session of this size is not allowed; "" if it is."""
    cells = tasks * endpoints * trials
    if cells <= MOST_CELLS:
        return ""
    return (
        f"tasks × endpoints × trials = {tasks:,} × {endpoints:,} × {trials:,} = {cells:,} answers; "
        f"a session can have at most {MOST_CELLS:,}"
    )
