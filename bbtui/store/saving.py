"""All of a session but its answers into rows, each function as a part of a caller's write."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Judgement
from bbtui.domain.session import HostRecord, Session
from bbtui.domain.task import Task
from bbtui.errors import StoreError
from bbtui.exchange.convert import (
    about_part,
    endpoint_part,
    host_part,
    options_part,
    task_part,
)
from bbtui.store.answers import save_answer
from bbtui.store.codec import to_document, to_judged


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
            to_document(options_part(session.options)),
            to_document(about_part(session.about)),
        ),
    ).lastrowid
    assert number is not None
    for task in session.tasks:
        save_task(connection, number, task)
    for endpoint in session.endpoints:
        save_endpoint(connection, number, endpoint)
        if endpoint.name in session.seen:
            save_seen(connection, number, endpoint.name, session.seen[endpoint.name])
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
        (number, number, task.id, to_document(task_part(task))),
    )


def save_endpoint(connection: sqlite3.Connection, number: int, endpoint: Endpoint) -> None:
    """Store one more endpoint at the end of the session's."""
    connection.execute(
        "INSERT INTO endpoints (session, position, name, endpoint)"
        " VALUES (?, (SELECT count(*) FROM endpoints WHERE session = ?), ?, ?)",
        (number, number, endpoint.name, to_document(endpoint_part(endpoint))),
    )


def change_endpoint(
    connection: sqlite3.Connection, number: int, name: str, endpoint: Endpoint
) -> None:
    """Put an endpoint in the place of the one of that name.

    Raises `StoreError` when something was asked of that, or it is not there.
    """
    asked = connection.execute(
        "SELECT 1 FROM answers WHERE session = ? AND endpoint = ?", (number, name)
    ).fetchone()
    if asked is not None:
        raise StoreError(
            f"{name} has answers in this session and keeps its model",
            "add a column for the other model",
        )
    changed = connection.execute(
        "UPDATE endpoints SET name = ?, endpoint = ?, seen = NULL WHERE session = ? AND name = ?",
        (endpoint.name, to_document(endpoint_part(endpoint)), number, name),
    ).rowcount
    _must_have(changed, name)


def save_seen(connection: sqlite3.Connection, number: int, name: str, seen: HostRecord) -> None:
    """Store what was last seen of an endpoint's machine; `StoreError` without that endpoint."""
    changed = connection.execute(
        "UPDATE endpoints SET seen = ? WHERE session = ? AND name = ?",
        (to_document(host_part(seen)), number, name),
    ).rowcount
    _must_have(changed, name)


def save_judgement(connection: sqlite3.Connection, number: int, judgement: Judgement) -> None:
    """Store one row of the log under the id it has."""
    connection.execute(
        "INSERT INTO judgements (session, id, at, kind, judged, task, endpoint, trial, attempt)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            judgement.id,
            judgement.at.isoformat(),
            *to_judged(judgement.what),
            *judgement.cell,
            judgement.attempt,
        ),
    )


def _must_have(changed: int, name: str) -> None:
    if not changed:
        raise StoreError(f"the session has no endpoint {name!r}")
