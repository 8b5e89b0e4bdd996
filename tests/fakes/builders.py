"""The values most tests need: two endpoints, four short tasks, fixed dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bbtui.clients.ports import AnswerSource, Connection, Probe
from bbtui.domain.answer import Answer, AnswerState, Cell, Read, ServerTimings, Warmth
from bbtui.domain.endpoint import Api, Endpoint, Options
from bbtui.domain.problem import Problem
from bbtui.domain.score import Judged, Judgement
from bbtui.domain.session import Session, SessionInfo
from bbtui.domain.task import Task
from tests.fakes.catalog import FakeCatalog
from tests.fakes.probe import StillProbe
from tests.fakes.script import EACH_MS, MS, UNTIMED, answering

#: When every made-up session began.
MORNING = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
NOWHERE = Cell("", "")

BIG = "big-brain"
LOCAL = "local"


def make_endpoint(
    name: str = BIG, label: str = "", model: str = "", api: Api = "ollama"
) -> Endpoint:
    """Return an endpoint; the two usual ones by their names alone."""
    usual = {
        BIG: ("Big Brain", "gemma3:27b", "https://abc…-11434.proxy.runpod.net", "RunPod L40S"),
        LOCAL: ("Local", "gemma3:1b", "http://127.0.0.1:11434", "Apple Silicon"),
    }
    title, default, address, hardware = usual.get(
        name, (name.title(), "gemma3:4b", f"http://{name}:11434", "")
    )
    return Endpoint(name, label or title, model or default, api, address, hardware)


def make_connection(
    name: str = BIG,
    label: str = "",
    model: str = "",
    source: AnswerSource | None = None,
    probe: Probe | None = None,
    machine: str = "",
    catalog: FakeCatalog | None = None,
) -> Connection:
    """Return a connection with a machine of its own, by default with an answer of three words."""
    return Connection(
        make_endpoint(name, label, model),
        source or answering(),
        probe or StillProbe(),
        machine or f"machine of {name}",
        catalog,
        catalog,
    )


def make_tasks() -> tuple[Task, ...]:
    """Four short tasks."""
    return tuple(
        Task(name, title, f"Prompt of {title}.", f"Expected of {title}.", (f"rubric of {title}",))
        for name, title in (
            ("webhook", "Gitea webhook"),
            ("evennia", "Evennia architecture"),
            ("burn-down", "Pod burn-down"),
            ("async-bug", "Async bug"),
        )
    )


def make_session(
    *,
    tasks: Iterable[Task] | None = None,
    endpoints: Iterable[Endpoint] | None = None,
    trials: int = 1,
    answers: Iterable[Answer] = (),
    judgements: Iterable[Judgement] = (),
    number: int = 0,
) -> Session:
    """Return a session of two endpoints and four tasks, not yet written (`number` 0)."""
    return Session(
        id="019ab1c2-3d4e-7f50-8a61-b2c3d4e5f607",
        started_at=MORNING,
        tasks=make_tasks() if tasks is None else tuple(tasks),
        endpoints=(make_endpoint(BIG), make_endpoint(LOCAL))
        if endpoints is None
        else tuple(endpoints),
        options=Options(temperature=0.3, seed=7, num_ctx=8192, num_predict=1024),
        about=SessionInfo(title="Big Brain quality benchmark"),
        trials=trials,
        program="0.1.0",
        number=number,
        answers=tuple(answers),
        judgements=tuple(judgements),
    )


def make_answer(
    cell: Cell,
    words: str = "All is well.",
    state: AnswerState = AnswerState.DONE,
    *,
    attempt: int = 1,
    first_ms: float = 120,
    each_ms: float = EACH_MS,
    cause: str = "",
    hint: str = "",
    server: ServerTimings = UNTIMED,
) -> Answer:
    """Return an answer with a read for each word, the first `first_ms` after the request."""
    parts = words.split(" ") if words else []
    parts = [part + " " for part in parts[:-1]] + parts[-1:]
    offsets = [int((first_ms + position * each_ms) * MS) for position in range(len(parts))]
    reads = tuple(
        Read(offset, len(part.encode()), len(part), 0, 1)
        for offset, part in zip(offsets, parts, strict=True)
    )
    end_ns = None if not state.final else (offsets[-1] if offsets else 0) + int(each_ms * MS)
    return Answer(
        cell,
        attempt,
        MORNING,
        state,
        words,
        "",
        reads,
        end_ns,
        Problem(cause, hint),
        Warmth.WARM,
        server=server,
    )


def make_judgement(what: Judged, cell: Cell = NOWHERE, attempt: int = 1, row: int = 1) -> Judgement:
    """A row of the log; `row` is its id, and how many minutes after the start it was made."""
    return Judgement(MORNING + timedelta(minutes=row), what, cell, attempt, row)
