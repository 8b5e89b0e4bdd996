"""Databases that earlier commits wrote open with every value they held.

``fixtures/write-format-N.py.txt`` is the program that wrote ``format-N.db`` and its listing, run
with the code of the commit it names: the files are never made anew.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import pytest

from bbtui.domain.answer import ABANDONED, AnswerState, Cell, Warmth
from bbtui.domain.score import Fault, Judged, Severity, Winner, scorecard
from bbtui.exchange import schema
from bbtui.store.migrations import FORMAT
from bbtui.store.sessions import SessionStore
from tests.session_values import session_values, with_format_3

FIXTURES = Path(__file__).parent / "fixtures"


def copied(name: str, path: Path) -> Path:
    """Copy the database of that name to `path`."""
    path.parent.mkdir(exist_ok=True)
    shutil.copyfile(FIXTURES / name, path)
    return path


def listed(name: str) -> list[dict[str, Any]]:
    """Return the values of each session in the database of that name."""
    return json.loads((FIXTURES / name).read_text("utf-8"))


def columns(database: Path) -> dict[str, list[Any]]:
    """Return the values of each column, and of each field of the JSON in it, by name."""
    found: dict[str, list[Any]] = defaultdict(list)

    def add(name: str, value: Any) -> None:
        found[name].append(value)
        if isinstance(value, str) and value.startswith("{"):
            value = json.loads(value)
        if isinstance(value, dict):
            for field, item in value.items():
                add(f"{name}.{field}", item)
        elif isinstance(value, list):
            for item in value:
                add(f"{name}[]", item)

    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro&immutable=1", uri=True)) as file:
        file.row_factory = sqlite3.Row
        tables = file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for (column,) in file.execute("SELECT name FROM pragma_table_info(?)", (table,)):
                found[f"{table}.{column}"] = []
            for row in file.execute(f"SELECT * FROM {table}"):
                for column in row.keys():  # noqa: SIM118 - a row iterates over its values
                    add(f"{table}.{column}", row[column])
    return found


@pytest.mark.parametrize("name", ["format-2.db", "format-3.db", "format-4.db"])
def test_fixture_fills_every_column_and_field(name: str) -> None:
    filled = columns(FIXTURES / name)
    assert len(filled) > 100
    assert not [name for name, values in filled.items() if not any(values)]


STORED = {
    "sessions.options": schema.OptionsPart,
    "sessions.about": schema.AboutPart,
    "sessions.schedule": schema.SchedulePart,
    "tasks.task": schema.TaskPart,
    "tasks.task.checks[]": schema.CheckPart,
    "endpoints.endpoint": schema.EndpointPart,
    "endpoints.endpoint.price": schema.PricePart,
    "endpoints.seen": schema.HostPart,
    "endpoints.seen.build": schema.BuildPart,
    "endpoints.seen.pod": schema.PodPart,
    "answers.server": schema.ServerPart,
    "judgements.conditions": schema.ConditionsPart,
}


@pytest.mark.parametrize("column", STORED)
def test_new_field_of_a_stored_document_needs_a_new_format(column: str) -> None:
    """A program of the current format would refuse the field: give it a format, and a fixture."""
    names = (name for name in columns(FIXTURES / f"format-{FORMAT}.db") if "." in name)
    parts = (name.removesuffix("[]").rpartition(".") for name in names)
    fields = {field for parent, _, field in parts if parent == column}
    assert fields == set(STORED[column].__struct_fields__)


def test_format_2_opens_with_every_value_it_held(path: Path) -> None:
    with SessionStore.open(copied("format-2.db", path)) as store:
        sessions = [store.load("1"), store.load("2")]
        summaries = store.summaries()
    held = map(with_format_3, listed("format-2.json"))
    assert [session_values(session) for session in sessions] == list(held)
    assert [
        (one.number, one.title, one.answered, one.cells, one.scored, one.unfinished, one.running)
        for one in summaries
    ] == [(2, "Big Brain quality", 5, 24, 3, True, False), (1, "", 1, 1, 1, False, False)]


def test_format_2_fixture_holds_every_kind_of_value(path: Path) -> None:
    with SessionStore.open(copied("format-2.db", path)) as store:
        session = store.load("2")
    states = {answer.state for answer in session.answers}
    assert states == {state for state in AnswerState if state.final}
    assert {answer.warmth for answer in session.answers} == set(Warmth)
    kinds = {type(row.what).__name__ for row in session.judgements}
    assert kinds == {"Score", "Verdict", "Fault", "Note", "Winner", "Remark", "Undo", "Redo"}
    faults = {row.what.severity for row in session.judgements if isinstance(row.what, Fault)}
    assert faults == set(Severity)
    winners = {row.what.outcome for row in session.judgements if isinstance(row.what, Winner)}
    assert winners == {"endpoint", "tie", "both bad"}
    assert scorecard(session.judgements).undoable is not None


@pytest.mark.parametrize("name", ["format-3", "format-4"])
def test_format_3_or_4_opens_with_every_value_it_held(path: Path, name: str) -> None:
    with SessionStore.open(copied(f"{name}.db", path)) as store:
        sessions = [store.load("1"), store.load("2")]
    assert [session_values(session) for session in sessions] == listed(f"{name}.json")


@pytest.mark.parametrize("name", ["format-1.db", "format-2.db", "format-3.db", "format-4.db"])
def test_counts_kept_in_a_database_are_those_of_its_rows(path: Path, name: str) -> None:
    with SessionStore.open(copied(name, path)) as store:
        kept, unscored = store.summaries(), store.unscored()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM summaries").fetchone()
        assert rows == len(kept)
        connection.execute("DELETE FROM summaries")
    with SessionStore.open(path) as store:
        assert (store.summaries(), store.unscored()) == (kept, unscored)


@pytest.mark.parametrize("name", ["format-3.db", "format-4.db"])
def test_fixture_holds_every_kind_of_judgement(path: Path, name: str) -> None:
    with SessionStore.open(copied(name, path)) as store:
        judgements = store.load("2").judgements
    assert {type(row.what) for row in judgements} == set(get_args(Judged))
    assert {row.conditions.blinding for row in judgements} == {"open", "blind", "unblinded"}


def test_answers_cut_short_by_a_kill_are_abandoned_with_what_had_come(path: Path) -> None:
    with SessionStore.open(copied("format-2.db", path)) as store:
        session = store.load("2")
    settled = session.latest(Cell("webhook", "small", 2))
    streaming = session.latest(Cell("prompt-1", "big-brain"))
    assert settled is not None
    assert streaming is not None
    for answer, text, thinking in (
        (settled, "So far, ✓", "Hm.  so good."),
        (streaming, "A write-ahead log and a lo", "What remains? A log."),
    ):
        assert (answer.text, answer.thinking) == (text, thinking)
        assert (answer.state, answer.abandoned) == (AnswerState.FAILED, True)
        assert (answer.problem.cause, answer.end_ns) == (ABANDONED.cause, None)
        assert len(answer.reads) == 3


def test_format_1_is_upgraded_with_every_value_it_held(path: Path) -> None:
    with SessionStore.open(copied("format-1.db", path)) as store:
        values = session_values(store.load())
    abandoned = {answer["cell"][0]: answer.pop("abandoned") for answer in values["answers"]}
    assert [values] == list(map(with_format_3, listed("format-1.json")))
    # Format 1 had no column for it: only the cause showed that the program had ended.
    assert abandoned == {"one": True, "two": False, "three": True}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (FORMAT,)


@pytest.mark.parametrize("name", ["format-1.db", "format-2.db", "format-3.db", "format-4.db"])
def test_upgraded_database_can_be_written(path: Path, name: str) -> None:
    with SessionStore.open(copied(name, path)) as store:
        session = store.load()
        store.lock(session.id)
        assert store.rename("", "another") == session.number
        assert store.load().about.title == "another"
