"""Databases of the formats before this one: brought up to date as they are opened."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from bbtui.domain.answer import AnswerState, Cell
from bbtui.store.migrations import APPLICATION, FORMAT
from bbtui.store.sessions import SessionStore

#: A session as format 1 kept it: one answer was cut off by the program's end, one failed.
SESSION = """
INSERT INTO sessions VALUES (1, '019ab1c2-3d4e-7f50-8a61-b2c3d4e5f607',
    '2026-11-24T12:00:00+00:00', 1795521600000000, 'alone', 1, '0.1.0', '{}', '{"title": "old"}');
INSERT INTO tasks VALUES (1, 0, 'one', '{"id": "one", "title": "One", "prompt": "One?"}');
INSERT INTO tasks VALUES (1, 1, 'two', '{"id": "two", "title": "Two", "prompt": "Two?"}');
INSERT INTO endpoints VALUES (1, 0, 'big', '{"name": "big", "label": "Big", "model": "m",
    "api": "ollama", "address": "http://127.0.0.1"}', NULL);
INSERT INTO answers VALUES (1, 1, 'one', 'big', 1, 1, '2026-11-24T12:00:00+00:00', 'failed', NULL,
    'bbtui ended while this was streaming', 'run it again', 'warm', NULL, '{}');
INSERT INTO answers VALUES (2, 1, 'two', 'big', 1, 1, '2026-11-24T12:00:00+00:00', 'failed', NULL,
    'the connection was lost', 'run it again', 'warm', NULL, '{}');
INSERT INTO growth VALUES (1, 1, 'So far.', '', x'', 0, NULL);
"""


def of_format_1(path: Path) -> None:
    schema = files("bbtui.store").joinpath("schema.sql").read_text("utf-8")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(schema + SESSION)
        connection.execute("PRAGMA user_version = 1")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.commit()


def test_format_1_told_only_in_words_what_the_programs_end_cut_off(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    of_format_1(path)
    with SessionStore.open(path) as store:
        session = store.load()
        assert session.about.title == "old"
        assert session.latest(Cell("one", "big")).text == "So far."
        assert [(answer.state, answer.abandoned) for answer in session.answers] == [
            (AnswerState.FAILED, True),
            (AnswerState.FAILED, False),
        ]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (FORMAT,)
