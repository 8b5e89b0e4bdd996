from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
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
from bbtui.errors import UsageError
from bbtui.exchange import schema
from bbtui.exchange.json_file import from_json, to_json
from tests.report import samples
from tests.store.strategies import every

TEXT = st.text(max_size=20)
COUNT = st.integers(0, 2**62)
MAYBE = st.none() | COUNT
MOMENT = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - `timezones` adds the zone
    timezones=st.just(UTC),
)
TASK_IDS = ("one", "two")
NAMES = ("big", "local")
CELL = st.builds(Cell, st.sampled_from(TASK_IDS), st.sampled_from(NAMES), st.integers(1, 3))
JUDGED = st.one_of(
    every(Score, value=st.integers(1, 5)),
    every(Verdict, word=TEXT, why=TEXT),
    every(Fault, severity=st.sampled_from(Severity), text=TEXT),
    every(FaultEdit, of=COUNT, severity=st.sampled_from(Severity), text=TEXT),
    every(FaultRemoval, of=COUNT),
    every(Note, text=TEXT),
    every(Tick, point=st.integers(1, 9), met=st.booleans()),
    every(Winner, outcome=st.sampled_from(["endpoint", "tie", "both bad"]), endpoint=TEXT),
    every(Remark, about=st.sampled_from(["summary", "finding"]), text=TEXT),
    every(Undo, of=COUNT),
    every(Redo, of=COUNT),
    every(Blinding, on=st.booleans(), seed=TEXT),
    every(Reveal, early=st.booleans()),
)
CHECK = every(
    Check,
    kind=st.sampled_from([kind for kind in KINDS if kind != "words"]),
    value=TEXT.filter(lambda text: not text.startswith("re:")),
    on=st.sampled_from(["answer", "code"]),
    label=TEXT,
)
PRICE = every(
    TokenPrice,
    input=st.floats(0, 99),
    output=st.floats(0, 99),
    cached=st.none() | st.floats(0, 99),
)
SCHEDULE = every(Schedule, warmup=COUNT, cooldown_s=st.floats(0, 600), cache_bust=st.booleans())
CONDITIONS = every(
    Conditions,
    blinding=st.sampled_from(["open", "blind", "unblinded"]),
    order=st.lists(TEXT, max_size=3).map(tuple),
    took_ms=MAYBE,
)


def tasks() -> st.SearchStrategy[tuple[Task, ...]]:
    def task(task_id: str) -> st.SearchStrategy[Task]:
        return every(
            Task,
            id=st.just(task_id),
            title=TEXT,
            prompt=TEXT,
            expected=TEXT,
            rubric=st.lists(TEXT, max_size=2).map(tuple),
            checks=st.lists(CHECK, max_size=2).map(tuple),
            wrong=st.lists(TEXT, max_size=2).map(tuple),
        )

    return st.tuples(*(task(task_id) for task_id in TASK_IDS))


def endpoints() -> st.SearchStrategy[tuple[Endpoint, ...]]:
    def endpoint(name: str) -> st.SearchStrategy[Endpoint]:
        return every(
            Endpoint,
            name=st.just(name),
            label=TEXT,
            model=TEXT,
            api=st.sampled_from(["ollama", "openai"]),
            address=TEXT,
            hardware=TEXT,
            base=TEXT,
            price=st.none() | PRICE,
        )

    return st.tuples(*(endpoint(name) for name in NAMES))


OPTIONS = every(
    Options,
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    top_k=MAYBE,
    seed=st.none() | st.integers(-(2**31), 2**31),
    num_ctx=MAYBE,
    num_predict=st.none() | st.integers(-1, 10**6),
    stop=st.none() | st.lists(TEXT, max_size=2).map(tuple),
    think=st.sampled_from([None, True, False, "low", "max"]),
)
ANSWER = every(
    Answer,
    cell=CELL,
    attempt=st.integers(1, 9),
    started_at=MOMENT,
    state=st.sampled_from(AnswerState),
    text=st.text(),
    thinking=TEXT,
    reads=st.lists(st.builds(Read, COUNT, COUNT, COUNT, COUNT, COUNT), max_size=4).map(tuple),
    end_ns=MAYBE,
    problem=every(Problem, cause=TEXT, fix=TEXT),
    warmth=st.sampled_from(Warmth),
    preload_ns=MAYBE,
    server=every(ServerTimings, **{field.name: MAYBE for field in fields(ServerTimings)}),
    abandoned=st.booleans(),
    marker=TEXT,
)
USE = every(PodUse, machine=TEXT, price=st.none() | st.floats(0.01, 99), up_s=COUNT, same_as=TEXT)
BUILD = every(
    Build, server=TEXT, parameters=TEXT, quantisation=TEXT, digest=TEXT, context_length=MAYBE
)
JUDGEMENT = every(
    Judgement,
    at=MOMENT,
    what=JUDGED,
    cell=CELL,
    attempt=st.integers(1, 9),
    id=COUNT,
    conditions=CONDITIONS,
)
SESSION = every(
    Session,
    id=st.uuids().map(str),
    number=st.integers(0, 10**6),
    started_at=MOMENT,
    tasks=tasks(),
    endpoints=endpoints(),
    options=OPTIONS,
    about=every(SessionInfo, **{field.name: TEXT for field in fields(SessionInfo)}),
    mode=st.sampled_from(["at once", "alone"]),
    trials=st.just(3),
    schedule=SCHEDULE,
    program=TEXT,
    answers=st.lists(ANSWER, max_size=4, unique_by=lambda a: (a.cell, a.attempt)).map(tuple),
    judgements=st.lists(JUDGEMENT, max_size=5).map(tuple),
    seen=st.dictionaries(
        TEXT,
        every(HostRecord, build=BUILD, problem=st.builds(Problem, TEXT, TEXT), pod=st.none() | USE),
        max_size=2,
    ),
)


@given(SESSION)
def test_any_session_is_read_as_it_was_written(session: Session) -> None:
    assert from_json(to_json(session), "s.json") == session


@pytest.mark.parametrize(
    "sample", [samples.complete, samples.three_endpoints, samples.hostile, samples.trials]
)
def test_sample_session_is_read_as_it_was_written(sample: Callable[[], Session]) -> None:
    assert from_json(to_json(sample()), "s.json") == sample()


def test_text_is_written_raw_except_for_surrogates() -> None:
    session = samples.empty(samples.LOCAL, tasks=(samples.HARBOUR,))
    cell = Cell("harbour", "local")
    session = session.with_answer(samples.answer(cell, "bell \x07, nul \x00, half \ud800, whole 🜂"))
    text = to_json(session)
    text.encode("utf-8")
    latest = from_json(text, "s.json").latest(cell)
    assert latest is not None
    assert latest.text == "bell \x07, nul \x00, half �, whole 🜂"


def test_judgements_and_timings_are_written_beside_each_answer() -> None:
    loaded = json.loads(to_json(samples.complete()))
    assert loaded["bbtui"] == 1
    answer = loaded["answers"][1]
    assert (answer["task"], answer["endpoint"], answer["state"]) == ("webhook", "local", "done")
    assert answer["score"] == 1
    assert answer["verdict"] == {"word": "BROKEN", "why": "cannot run"}
    assert answer["faults"][0] == {"severity": "FATAL", "text": "`utf-64` is no encoding"}
    assert answer["timing"]["ttft_ns"] == 98_000_000
    assert loaded["results"]["endpoints"][1]["mean_score"] == pytest.approx(7 / 3)
    assert loaded["results"]["winners"][1] == {
        "task": "harbour",
        "winner": "Big Brain (set by hand)",
    }


def test_flags_are_written_beside_each_answer() -> None:
    session = samples.empty(samples.BIG, tasks=(samples.HARBOUR,))
    one = replace(
        samples.answer(Cell("harbour", samples.BIG.name), "Lamps."),
        reads=(Read(270_000_000, 4096, 3, 0, 30), Read(340_000_000, 1300, 3, 0, 10)),
        server=ServerTimings(eval_count=40),
    )
    record = HostRecord(Build("Ollama 0.33.0", context_length=4096))
    session = session.with_answer(one).with_host_record(samples.BIG.name, record)
    [answer] = json.loads(to_json(session))["answers"]
    assert answer["flags"] == [
        "gemma3:27b runs with a context of 4,096 tokens, not the requested 8192",
        "30 tokens came in the first read: the time to the first token is the proxy's, "
        "and tok/s rests on the 10 after it",
        "about 10 tokens came in each later read: the chunk gaps are the proxy's",
    ]
    assert answer["start"] == "warm"
    assert (answer["timing"]["first_tokens"], answer["timing"]["rough"]) == (30, True)


def test_computed_fields_are_ignored_when_read() -> None:
    loaded = json.loads(to_json(samples.complete()))
    loaded["results"] = "we won"
    for answer in loaded["answers"]:
        answer |= {"score": 5, "timing": [], "verdict": 3, "faults": None, "note": {}}
    assert from_json(json.dumps(loaded), "s.json") == samples.complete()


def test_unknown_fields_are_ignored() -> None:
    loaded = json.loads(to_json(samples.complete())) | {"comment": "hello"}
    assert from_json(json.dumps(loaded), "s.json") == samples.complete()


def test_absent_options_were_not_sent() -> None:
    loaded = json.loads(to_json(samples.complete()))
    loaded["options"] = {}
    assert from_json(json.dumps(loaded), "s.json").options == replace(Options(), think=None)


def refused(text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        from_json(text, "bbtui-12.json")
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("text", ["", "not JSON", "{", '{"bbtui": 1', "\ud800", "[" * 100_000])
def test_text_that_is_not_json_is_refused(text: str) -> None:
    assert refused(text).message.startswith("bbtui-12.json: not ")


@pytest.mark.parametrize("text", ["[]", "3", "{}", '{"bbtui": "1"}', '{"bbtui": true}'])
def test_json_that_is_not_a_session_is_refused(text: str) -> None:
    message = refused(text).message
    assert message.startswith("bbtui-12.json: not a bbtui session")


def test_newer_version_is_refused() -> None:
    error = refused('{"bbtui": 2}')
    assert error.message == (
        "bbtui-12.json: version 2, written by a newer bbtui; this one reads versions up to 1"
    )
    assert error.fix == "update bbtui"


Change = Callable[[dict], object]
FAULTS: list[tuple[str, Change]] = [
    ("id is missing", lambda d: d.pop("id")),
    ("tasks[1].title is missing", lambda d: d["tasks"][1].pop("title")),
    (
        "tasks[0].title: expected a string, got an integer",
        lambda d: d["tasks"][0].update(title=3),
    ),
    ("answers[0].state: invalid enum value 'dne'", lambda d: d["answers"][0].update(state="dne")),
    (
        "answers[0].reads[0][0]: expected an integer >= 0",
        lambda d: d["answers"][0].update(reads=[[-1, 0, 0, 0, 0]]),
    ),
    (
        "options.temperature: expected a number or null, got a string",
        lambda d: d["options"].update(temperature="hot"),
    ),
    (
        "judgements[0].value: expected an integer <= 5",
        lambda d: d["judgements"][0].update(value=9),
    ),
    ("judgements[0].what is missing", lambda d: d["judgements"][0].pop("what")),
    (
        "started_at: expected datetime with a timezone component",
        lambda d: d.update(started_at="2026-11-24T22:41:07"),
    ),
    (
        "answers[0].endpoint: no endpoint 'nobody' in this file",
        lambda d: d["answers"][0].update(endpoint="nobody"),
    ),
    (
        "answers[0].task: no task 'nothing' in this file",
        lambda d: d["answers"][0].update(task="nothing"),
    ),
    ("answers[0].trial: 2 is more than trials (1)", lambda d: d["answers"][0].update(trial=2)),
    (
        "tasks[1].id: duplicate 'webhook'",
        lambda d: d["tasks"][1].update(id="webhook"),
    ),
    (
        "answers[1].attempt: duplicate attempt at the same cell",
        lambda d: d["answers"].insert(0, d["answers"][0]),
    ),
    (
        "tasks[0].id: expected a single line",
        lambda d: d["tasks"][0].update(id="web\x1b[2Jhook"),
    ),
    (
        "endpoints[1].name: expected a single line",
        lambda d: d["endpoints"][1].update(name="local\n"),
    ),
    (
        "tasks[1].checks[0].value: 'few' is not valid for words",
        lambda d: d["tasks"][1]["checks"][0].update(value="few"),
    ),
    (
        "tasks[0].checks[1].value: 're:(' is not valid for mentions",
        lambda d: d["tasks"][0]["checks"][1].update(value="re:("),
    ),
    (
        "trials: expected an integer <= 20000",
        lambda d: d.update(trials=10**9),
    ),
    (
        "trials: tasks × endpoints × trials = 3 × 2 × 4,000 = 24,000 answers; "
        "a session can have at most 20,000",
        lambda d: d.update(trials=4000),
    ),
    ("endpoints: expected an array of length >= 1", lambda d: d.update(endpoints=[])),
    (
        f"answers[0].server.eval_ns: expected an integer from 0 to {2**62}",
        lambda d: d["answers"][0]["server"].update(eval_ns=-1),
    ),
    (
        f"seen.local.build.context_length: expected an integer from 0 to {2**62}",
        lambda d: d["seen"]["local"]["build"].update(context_length=2**70),
    ),
    (
        f"seen.local.pod.up_s: expected an integer from 0 to {2**62}",
        lambda d: d["seen"]["local"].update(pod={"machine": "L40S", "up_s": -5}),
    ),
    (
        "seen.local.pod.price: expected a number > 0",
        lambda d: d["seen"]["local"].update(pod={"machine": "L40S", "price": 0}),
    ),
]


@pytest.mark.parametrize(("told", "change"), FAULTS, ids=[told for told, _ in FAULTS])
def test_error_names_file_and_field(told: str, change: Change) -> None:
    loaded = json.loads(to_json(samples.complete()))
    change(loaded)
    assert refused(json.dumps(loaded)).message == f"bbtui-12.json: {told}"


def test_id_with_path_separators_is_refused() -> None:
    loaded = json.loads(to_json(samples.complete())) | {"id": "../../etc/x"}
    assert refused(json.dumps(loaded)).message.startswith("bbtui-12.json: id: ")


def test_every_field_is_documented() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "portable.md").read_text(encoding="utf-8")
    shapes = [
        shape
        for shape in vars(schema).values()
        if isinstance(shape, type) and issubclass(shape, msgspec.Struct)
    ]
    fields = {field for shape in shapes for field in shape.__struct_fields__}
    assert len(fields) > 50
    assert not {field for field in fields if f"`{field}`" not in documented}
