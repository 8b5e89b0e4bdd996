"""All of a session but its answers into rows, each function as a part of a caller's write."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Judgement
from bbtui.domain.session import Session
from bbtui.domain.task import Task
from bbtui.store.answers import save_answer
from bbtui.store.kinds import kind_of
from bbtui.store.packing import to_document


def save_session(connection: sqlite3.Connection, session: Session) -> Session:
    """Store a session with everything in it; the session with the number it was given."""
    number = connection.execute(
        "INSERT INTO sessions (id, started_at, started_us, mode, trials, program, options, about)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            session.id,
            session.started_at.isoformat(),
            int(session.started_at.timestamp() * 1_000_000),
            session.mode,
            session.trials,
            session.program,
            to_document(session.options),
            to_document(session.about),
        ),
    ).lastrowid
    assert number is not None
    for task in session.tasks:
        save_task(connection, number, task)
    for endpoint in session.endpoints:
        save_endpoint(connection, number, endpoint)
        if endpoint.name in session.seen:
            connection.execute(
                "UPDATE endpoints SET seen = ? WHERE session = ? AND name = ?",
                (to_document(session.seen[endpoint.name]), number, endpoint.name),
            )
    for answer in session.answers:
        save_answer(connection, number, answer)
    for judgement in session.judgements:
        save_judgement(connection, number, judgement)
    return replace(session, number=number)


def save_task(connection: sqlite3.Connection, number: int, task: Task) -> None:
    """Store one more task at the end of the session's."""
    connection.execute(
        "INSERT INTO tasks (session, position, id, task)"
        " VALUES (?, (SELECT count(*) FROM tasks WHERE session = ?), ?, ?)",
        (number, number, task.id, to_document(task)),
    )


def save_endpoint(connection: sqlite3.Connection, number: int, endpoint: Endpoint) -> None:
    """Store one more endpoint at the end of the session's."""
    connection.execute(
        "INSERT INTO endpoints (session, position, name, endpoint)"
        " VALUES (?, (SELECT count(*) FROM endpoints WHERE session = ?), ?, ?)",
        (number, number, endpoint.name, to_document(endpoint)),
    )


def save_judgement(connection: sqlite3.Connection, number: int, judgement: Judgement) -> None:
    """Store one row of the log under the id it has."""
    connection.execute(
        "INSERT INTO judgements (session, id, at, kind, judged, task, endpoint, trial, attempt)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            judgement.id,
            judgement.at.isoformat(),
            kind_of(judgement.what),
            to_document(judgement.what),
            *judgement.cell,
            judgement.attempt,
        ),
    )
