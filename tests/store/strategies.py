"""Random sessions of every kind."""

from __future__ import annotations

import functools
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from hypothesis import strategies as st

from bbtui.domain.answer import Answer, AnswerState, Cell, Read, ServerTimings, Warmth
from bbtui.domain.check import KINDS, Check
from bbtui.domain.cost import PodUse, TokenPrice
from bbtui.domain.endpoint import Endpoint, Options
from bbtui.domain.host import Build
from bbtui.domain.problem import Problem
from bbtui.domain.score import (
    Blinding,
    Conditions,
    Fault,
    FaultEdit,
    FaultRemoval,
    Judgement,
    Note,
    Redo,
    Remark,
    Reveal,
    Score,
    Severity,
    Tick,
    Undo,
    Verdict,
    Winner,
)
from bbtui.domain.session import HostRecord, Schedule, Session, SessionInfo
from bbtui.domain.task import Task

Value = TypeVar("Value")

# Lone surrogates too: an argument that is not UTF-8 becomes such a text.
texts = st.text(st.characters() | st.sampled_from("\udcff\ud83d\0\r"), max_size=40)
names = st.text("abcdefghij-ü", min_size=1, max_size=8)
figures = st.none() | st.integers(0, 10**13)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.builds(datetime.fromtimestamp, st.integers(0, 10**10).map(lambda ms: ms / 1000), zones)


def every(kind: type[Value], /, **strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[Value]:
    """Values of a dataclass with each of its fields drawn: a new field must be thought of here."""
    given = {field.name for field in fields(kind) if field.init}  # type: ignore[arg-type]
    assert strategies.keys() == given
    return st.builds(kind, **strategies)


options = every(
    Options,
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    top_k=st.none() | st.integers(),
    seed=st.none() | st.integers(),
    num_ctx=st.none() | st.integers(),
    num_predict=st.none() | st.integers(),
    stop=st.none() | st.lists(texts, max_size=3).map(tuple),
    think=st.sampled_from((None, True, False, "low", "medium", "high", "max")),
)
abouts = every(SessionInfo, **{field.name: texts for field in fields(SessionInfo)})
checks = every(
    Check,
    kind=st.sampled_from(KINDS),
    value=texts,
    on=st.sampled_from(("answer", "code")),
    label=texts,
)
prices = every(
    TokenPrice,
    input=st.floats(0, 99),
    output=st.floats(0, 99),
    cached=st.none() | st.floats(0, 99),
)
schedules = every(
    Schedule,
    warmup=st.integers(0, 9),
    cooldown_s=st.floats(0, 600),
    cache_bust=st.booleans(),
)
conditions = every(
    Conditions,
    blinding=st.sampled_from(("open", "blind", "unblinded")),
    order=st.lists(texts, max_size=3).map(tuple),
    took_ms=st.none() | st.integers(0, 10**9),
)
builds = every(
    Build,
    server=texts,
    parameters=texts,
    quantisation=texts,
    digest=texts,
    context_length=st.none() | st.integers(),
)
uses = every(
    PodUse,
    machine=texts,
    price=st.none() | st.floats(0.01, 99),
    up_s=st.integers(0, 10**9),
    same_as=texts,
)
problems = every(Problem, cause=texts, fix=texts)
seens = every(HostRecord, build=builds, problem=problems, pod=st.none() | uses)
counts = st.integers(0, 5000)
reads = st.lists(
    st.builds(Read, st.integers(0, 10**12), counts, counts, counts, st.integers(0, 9)), max_size=12
).map(lambda found: tuple(sorted(found)))


tasks = every(
    Task,
    id=st.just(""),
    title=texts,
    prompt=texts,
    expected=texts,
    rubric=st.lists(texts, max_size=3).map(tuple),
    checks=st.lists(checks, max_size=3).map(tuple),
    wrong=st.lists(texts, max_size=2).map(tuple),
)
endpoints = every(
    Endpoint,
    name=st.just(""),
    label=texts,
    model=texts,
    api=st.sampled_from(("ollama", "openai")),
    address=texts,
    hardware=texts,
    base=texts,
    price=st.none() | prices,
)
# A server may send any number; its own clocks and ours are bounded.
server_timings = every(
    ServerTimings, **{field.name: st.none() | st.integers() for field in fields(ServerTimings)}
)


@functools.cache
def _answers(states: st.SearchStrategy[AnswerState]) -> st.SearchStrategy[Answer]:
    """Answers of no cell: a strategy that is built once is drawn from at half the cost."""
    return every(
        Answer,
        cell=st.just(Cell("", "")),
        attempt=st.just(1),
        started_at=times,
        state=states,
        text=texts,
        thinking=texts,
        reads=reads,
        end_ns=figures,
        problem=problems,
        warmth=st.sampled_from(Warmth),
        preload_ns=figures,
        server=server_timings,
        abandoned=st.booleans(),
        marker=texts,
    )


def answers_of(
    cell: Cell, attempt: int, states: st.SearchStrategy[AnswerState]
) -> st.SearchStrategy[Answer]:
    return _answers(states).map(lambda answer: replace(answer, cell=cell, attempt=attempt))


final_states = st.sampled_from([state for state in AnswerState if state.final])

judged = st.one_of(
    every(Score, value=st.integers(1, 5)),
    every(Verdict, word=texts, why=texts),
    every(Fault, severity=st.sampled_from(Severity), text=texts),
    every(FaultEdit, of=st.integers(1, 9), severity=st.sampled_from(Severity), text=texts),
    every(FaultRemoval, of=st.integers(1, 9)),
    every(Note, text=texts),
    every(Tick, point=st.integers(1, 9), met=st.booleans()),
    every(Winner, outcome=st.sampled_from(("endpoint", "tie", "both bad")), endpoint=texts),
    every(Remark, about=st.sampled_from(("summary", "finding")), text=texts),
    every(Undo, of=st.integers(1, 9)),
    every(Redo, of=st.integers(1, 9)),
    every(Blinding, on=st.booleans(), seed=texts),
    every(Reveal, early=st.booleans()),
)


named = st.lists(names, min_size=1, max_size=3, unique=True)
#: Sessions without what depends on the names of their tasks and endpoints.
frames = every(
    Session,
    id=st.uuids().map(str),
    started_at=times,
    tasks=st.just(()),
    endpoints=st.just(()),
    options=options,
    about=abouts,
    mode=st.sampled_from(("at once", "alone")),
    trials=st.integers(1, 2),
    schedule=schedules,
    program=names,
    number=st.just(0),
    answers=st.just(()),
    judgements=st.just(()),
    seen=st.just({}),
)
judged_at = st.tuples(times, judged, conditions)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Return a session with answers that have ended and judgements of every kind."""
    frame, task_names, endpoint_names = draw(frames), draw(named), draw(named)
    keys = [
        (Cell(task, endpoint, trial), attempt)
        for task in task_names
        for endpoint in endpoint_names
        for trial in range(1, frame.trials + 1)
        for attempt in (1, 2)
    ]
    begun = draw(st.permutations(keys))[: len(keys) // 2]
    rows = draw(st.lists(st.tuples(judged_at, st.sampled_from(keys)), max_size=9))
    return replace(
        frame,
        tasks=tuple(replace(draw(tasks), id=name) for name in task_names),
        endpoints=tuple(replace(draw(endpoints), name=name) for name in endpoint_names),
        answers=tuple(draw(answers_of(cell, attempt, final_states)) for cell, attempt in begun),
        judgements=tuple(
            Judgement(at, what, cell, attempt, number, conditions)
            for number, ((at, what, conditions), (cell, attempt)) in enumerate(rows, 1)
        ),
        seen=draw(st.dictionaries(st.sampled_from(endpoint_names), seens)),
    )
