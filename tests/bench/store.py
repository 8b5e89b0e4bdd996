"""A database of 10,000 sessions and 1,000,000 answers, against an empty one."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from bbtui.domain.score import Judgement, Score
from bbtui.domain.session import Session, SessionInfo
from bbtui.store.sessions import SessionStore
from bbtui.store.uuid7 import new_id
from tests.bench import Figure
from tests.bench.many import session_of
from tests.bench.terminal import run
from tests.cli.program import Program
from tests.fakes import MORNING
from tests.idle import let_pilots_wait_for_the_loop
from tests.ui.driver import AppDriver, run_app

SESSIONS = 10_000
ROUNDS = 5
#: What is typed to find a session, and deleted again; each key is handled and drawn on its own.
QUERY = ("t", "a", "s", "k", "s", "space", "number_sign", "9", "9", *["backspace"] * 9)
_MAIN_SCREEN = b"next pane"


class Took(NamedTuple):
    """How long something took, in s."""

    cpu: float
    wall: float

    def __str__(self) -> str:
        return f"{self.cpu * 1000:.0f} ms ({self.wall * 1000:.0f} ms waited)"


def figures() -> Iterator[Figure]:
    """Yield times of the processor, each the least of some rounds, and the waiting beside them."""
    let_pilots_wait_for_the_loop()
    with tempfile.TemporaryDirectory() as folder:
        empty, full = Path(folder, "empty"), Path(folder, "full")
        SessionStore.open(empty / "sessions.db").close()
        began = time.perf_counter()
        fill(full / "sessions.db", SESSIONS)
        size = (full / "sessions.db").stat().st_size / 1e6
        made = f"{size:.0f} MB, made in {time.perf_counter() - began:.0f} s"
        program = Program(Path(folder), Path(folder))
        program.configure(big="http://127.0.0.1:9", local="http://127.0.0.1:9")

        bare, grown = _best(lambda data: _first_screen(program, data), empty, full)
        yield Figure(
            "first screen, against that of an empty database",
            grown.cpu / bare.cpu,
            "×",
            at_most=1.2,
            detail=f"{grown} against {bare}; {made}",
        )
        bare, grown = _best(lambda data: _command(program, "sessions", data), empty, full)
        yield Figure(
            f"bbtui sessions with {SESSIONS:,} rows, more than with none",
            grown.cpu - bare.cpu,
            "s",
            at_most=0.3,
            detail=f"{grown} against {bare}",
        )
        opening, keys = asyncio.run(_list(full / "sessions.db"))
        yield Figure(
            "o until the list is drawn", opening.cpu, "s", at_most=0.2, detail=f"{opening}"
        )
        slowest = max(keys)
        yield Figure(
            "a key of its search until that is drawn, the slowest",
            slowest.cpu * 1000,
            "ms",
            at_most=50,
            detail=f"{slowest}",
        )


def fill(path: Path, sessions: int) -> None:
    """Make a database of so many sessions of 100 answers, by copying the rows of one."""
    session = _session()
    with SessionStore.open(path) as store:
        store.create(session)
    copies = (
        ("sessions", {"number": "number + copy", "id": "printf('%.24s%012x', id, copy)"}),
        ("tasks", {"session": "session + copy"}),
        ("endpoints", {"session": "session + copy"}),
        ("answers", {"session": "session + copy", "key": "key + 100 * copy"}),
        ("growth", {"key": "key + 100 * copy", "answer": "answer + 100 * copy"}),
        ("judgements", {"session": "session + copy"}),
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        connection.execute(
            "CREATE TEMP TABLE copies AS WITH RECURSIVE counting (copy) AS"
            " (SELECT 1 UNION ALL SELECT copy + 1 FROM counting WHERE copy < ?)"
            " SELECT copy FROM counting",
            (sessions - 1,),
        )
        for table, changed in copies:
            columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changed.get(name, name) for name in columns)
            connection.execute(
                f"INSERT INTO {table} SELECT {values} FROM copies"
                f" CROSS JOIN (SELECT * FROM {table}) ORDER BY copy"
            )
        connection.execute("COMMIT")
    SessionStore.open(path).close()  # counts them, as each program counts what it wrote


def _session() -> Session:
    """Return 10 tasks × 2 endpoints × 5 trials, all but two answers scored."""
    session = session_of(11, 2, 5)
    tasks = session.tasks[:10]
    answers = session.answers
    scores = tuple(
        Judgement(MORNING, Score(1 + at % 5), one.cell, 1, id=at + 1)
        for at, one in enumerate(answers[2:])
    )
    about = SessionInfo(title="Tasks of the week")
    return replace(session, id=new_id(), about=about, tasks=tasks, judgements=scores)


def _best(measure: Callable[[Path], Took], empty: Path, full: Path) -> tuple[Took, Took]:
    """Return the least of both, measured in turns."""
    times = [(measure(empty), measure(full)) for _ in range(ROUNDS)]
    bare, grown = zip(*times, strict=True)
    return min(bare), min(grown)


def _first_screen(program: Program, data: Path) -> Took:
    """Return how long it takes until the screen of a new session is drawn."""
    before = _children_cpu()
    recording = run(
        [sys.executable, "-m", "bbtui", "--data-dir", str(data)],
        environment=program.env(),
        until=(_MAIN_SCREEN,),
    )
    shown = recording.first(_MAIN_SCREEN)
    if shown is None:
        raise RuntimeError(recording.output[-2000:].decode(errors="replace"))
    return Took(_children_cpu() - before, shown)


def _command(program: Program, command: str, data: Path) -> Took:
    """Return how long a command takes."""
    began, before = time.perf_counter(), _children_cpu()
    ended = program(command, "--data-dir", data, launcher=("bbtui",))
    if ended.code:
        raise RuntimeError(ended.err)
    return Took(_children_cpu() - before, time.perf_counter() - began)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _list(path: Path) -> tuple[Took, list[Took]]:
    """Return how long it takes to open the list, and each key of its search."""
    opening: list[Took] = []
    searches: list[list[Took]] = []

    async def timed(*deeds: Coroutine[object, object, None]) -> Took:
        began, before = time.perf_counter(), time.process_time()
        for deed in deeds:
            await deed
        return Took(time.process_time() - before, time.perf_counter() - began)

    async with _over(path) as app:
        for _ in range(ROUNDS):
            opening.append(await timed(app.press("o"), app.shows("enter opens")))
            await app.press("slash")
            searches.append([await timed(app.press(key)) for key in QUERY])
            await app.press("escape", "escape")
            await app.until(lambda: app.top is app.main)
    return min(opening), [min(takes) for takes in zip(*searches, strict=True)]


@asynccontextmanager
async def _over(path: Path) -> AsyncIterator[AppDriver]:
    with SessionStore.open(path) as store:
        async with run_app() as app:
            app.main.workspace = app.main.workspace._replace(summaries=store.summaries)
            yield app
