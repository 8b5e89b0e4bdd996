"""Domain values as rows, and back; each function is a part of the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bbtui.domain.answer import ABANDONED, Answer, AnswerState, Cell, Read, ServerTimings, Warmth
from bbtui.domain.endpoint import Endpoint, Options
from bbtui.domain.problem import Problem
from bbtui.domain.score import Conditions, Judgement
from bbtui.domain.session import HostRecord, Mode, Schedule, Session, SessionInfo
from bbtui.domain.task import Task
from bbtui.errors import SessionNotFoundError, StoreError
from bbtui.store.codec import (
    from_column,
    from_document,
    from_judged,
    integer,
    pack_reads,
    to_column,
    to_document,
    to_judged,
    unpack_reads,
)


def load_session(connection: sqlite3.Connection, number: int, *, running: bool) -> Session:
    """Return the session of that number; raise `SessionNotFoundError` if it was deleted.

    Unless it is `running` in a live program, an answer that has not ended never will: it is
    returned as failed, with its text and reads. Raise one of `UNREADABLE` for damaged rows.
    """
    row = connection.execute("SELECT * FROM sessions WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise SessionNotFoundError(f"session #{number} was deleted")
    endpoints = connection.execute(
        "SELECT name, endpoint, seen FROM endpoints WHERE session = ? ORDER BY position", (number,)
    ).fetchall()
    tasks = connection.execute(
        "SELECT task FROM tasks WHERE session = ? ORDER BY position", (number,)
    )
    mode: Mode = "alone" if row["mode"] == "alone" else "at once"
    return Session(
        id=row["id"],
        started_at=datetime.fromisoformat(row["started_at"]),
        tasks=tuple(from_document(Task, task["task"]) for task in tasks),
        endpoints=tuple(from_document(Endpoint, endpoint["endpoint"]) for endpoint in endpoints),
        options=from_document(Options, row["options"]),
        about=from_document(SessionInfo, row["about"]),
        mode=mode,
        trials=integer(row["trials"]),
        schedule=from_document(Schedule, row["schedule"]),
        program=row["program"],
        number=number,
        answers=_answers(connection, number, running=running),
        judgements=load_judgements(connection, number),
        seen={
            endpoint["name"]: from_document(HostRecord, endpoint["seen"])
            for endpoint in endpoints
            if endpoint["seen"] is not None
        },
    )


def _answers(connection: sqlite3.Connection, number: int, *, running: bool) -> tuple[Answer, ...]:
    texts: dict[int, list[str]] = defaultdict(list)
    thinkings: dict[int, list[str]] = defaultdict(list)
    reads: dict[int, list[Read]] = defaultdict(list)
    grown = connection.execute(
        "SELECT growth.* FROM growth JOIN answers ON growth.answer = answers.key"
        " WHERE answers.session = ? ORDER BY growth.key",
        (number,),
    )
    for row in grown:
        key = row["answer"]
        texts[key].append(from_column(row["text"]))
        thinkings[key].append(from_column(row["thinking"]))
        reads[key].extend(unpack_reads(row["reads"]))

    answers = []
    for row in connection.execute(
        "SELECT * FROM answers WHERE session = ? ORDER BY key", (number,)
    ):
        key = row["key"]
        state = AnswerState(row["state"])
        abandoned = not (state.final or running)
        answers.append(
            Answer(
                cell=_cell(row),
                attempt=integer(row["attempt"]),
                started_at=datetime.fromisoformat(row["started_at"]),
                state=AnswerState.FAILED if abandoned else state,
                text="".join(texts[key]),
                thinking="".join(thinkings[key]),
                reads=tuple(reads[key]),
                end_ns=_span(row["end_ns"]),
                problem=ABANDONED
                if abandoned
                else Problem(from_column(row["cause"]), from_column(row["hint"])),
                warmth=Warmth(row["warmth"]),
                preload_ns=_span(row["preload_ns"]),
                server=from_document(ServerTimings, row["server"]),
                abandoned=abandoned or bool(row["abandoned"]),
                marker=from_column(row["marker"]),
            )
        )
    return tuple(answers)


def load_judgements(
    connection: sqlite3.Connection, number: int, after: int = 0
) -> tuple[Judgement, ...]:
    """Return the rows of a session's log after the one with this id."""
    rows = connection.execute(
        "SELECT * FROM judgements WHERE session = ? AND id > ? ORDER BY id", (number, after)
    )
    return tuple(map(judgement_of, rows))


def judgement_of(row: sqlite3.Row) -> Judgement:
    """Return the judgement in a row of the log."""
    return Judgement(
        at=datetime.fromisoformat(row["at"]),
        what=from_judged(row["kind"], row["judged"]),
        cell=_cell(row),
        attempt=integer(row["attempt"]),
        conditions=from_document(Conditions, row["conditions"]),
        id=row["id"],
    )


def _cell(row: sqlite3.Row) -> Cell:
    return Cell(row["task"], row["endpoint"], integer(row["trial"]))


def _span(column: object) -> int | None:
    return None if column is None else integer(column)


_OPEN = tuple(state for state in AnswerState if not state.final)


def save_session(connection: sqlite3.Connection, session: Session) -> Session:
    """Write a session with everything in it; return it with the number it was given."""
    number = connection.execute(
        "INSERT INTO sessions"
        " (id, started_at, started_us, mode, trials, program, options, about, schedule)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            session.id,
            session.started_at.isoformat(),
            int(session.started_at.timestamp() * 1_000_000),
            session.mode,
            session.trials,
            session.program,
            to_document(session.options),
            to_document(session.about),
            to_document(session.schedule),
        ),
    ).lastrowid
    assert number is not None
    for task in session.tasks:
        save_task(connection, number, task)
    for endpoint in session.endpoints:
        save_endpoint(connection, number, endpoint)
        if endpoint.name in session.seen:
            save_host(connection, number, endpoint.name, session.seen[endpoint.name])
    for answer in session.answers:
        save_answer(connection, number, answer)
    for judgement in session.judgements:
        save_judgement(connection, number, judgement)
    return replace(session, number=number)


def save_task(connection: sqlite3.Connection, number: int, task: Task) -> None:
    """Add a task at the end of the session's."""
    connection.execute(
        "INSERT INTO tasks (session, position, id, task)"
        " VALUES (?, (SELECT count(*) FROM tasks WHERE session = ?), ?, ?)",
        (number, number, task.id, to_document(task)),
    )


def save_endpoint(connection: sqlite3.Connection, number: int, endpoint: Endpoint) -> None:
    """Add an endpoint at the end of the session's."""
    connection.execute(
        "INSERT INTO endpoints (session, position, name, endpoint)"
        " VALUES (?, (SELECT count(*) FROM endpoints WHERE session = ?), ?, ?)",
        (number, number, endpoint.name, to_document(endpoint)),
    )


def change_endpoint(
    connection: sqlite3.Connection, number: int, name: str, endpoint: Endpoint
) -> None:
    """Replace the endpoint of that name, and forget the state of its host.

    Raise `StoreError` if it has answers or does not exist.
    """
    has_answers = connection.execute(
        "SELECT 1 FROM answers WHERE session = ? AND endpoint = ?", (number, name)
    ).fetchone()
    if has_answers is not None:
        raise StoreError(
            f"cannot change the model of {name}: it has answers in this session",
            "add the other model as a column",
        )
    changed = connection.execute(
        "UPDATE endpoints SET name = ?, endpoint = ?, seen = NULL WHERE session = ? AND name = ?",
        (endpoint.name, to_document(endpoint), number, name),
    ).rowcount
    _require_endpoint(changed, name)


def update_endpoint(connection: sqlite3.Connection, number: int, endpoint: Endpoint) -> None:
    """Overwrite the endpoint of that name; raise `StoreError` without one."""
    changed = connection.execute(
        "UPDATE endpoints SET endpoint = ? WHERE session = ? AND name = ?",
        (to_document(endpoint), number, endpoint.name),
    ).rowcount
    _require_endpoint(changed, endpoint.name)


def save_host(connection: sqlite3.Connection, number: int, name: str, record: HostRecord) -> None:
    """Write the last known state of an endpoint's host; raise `StoreError` without the endpoint."""
    changed = connection.execute(
        "UPDATE endpoints SET seen = ? WHERE session = ? AND name = ?",
        (to_document(record), number, name),
    ).rowcount
    _require_endpoint(changed, name)


def save_judgement(connection: sqlite3.Connection, number: int, judgement: Judgement) -> None:
    """Add a judgement to the log under the id it has."""
    connection.execute(
        "INSERT INTO judgements"
        " (session, id, at, kind, judged, task, endpoint, trial, attempt, conditions)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            judgement.id,
            judgement.at.isoformat(),
            *to_judged(judgement.what),
            *judgement.cell,
            judgement.attempt,
            to_document(judgement.conditions),
        ),
    )


def answer_key(connection: sqlite3.Connection, number: int, cell: Cell, attempt: int) -> int | None:
    """Return the key of an answer's row, None if it was never begun."""
    row = connection.execute(
        "SELECT key FROM answers WHERE (session, task, endpoint, trial, attempt) = (?, ?, ?, ?, ?)",
        (number, *cell, attempt),
    ).fetchone()
    return None if row is None else int(row["key"])


def save_answer(connection: sqlite3.Connection, number: int, answer: Answer) -> None:
    """Add an answer, with its text and reads so far."""
    key = connection.execute(
        "INSERT INTO answers (session, task, endpoint, trial, attempt, started_at, state, end_ns,"
        " cause, hint, warmth, preload_ns, server, abandoned, marker)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, *answer.cell, answer.attempt, answer.started_at.isoformat(), *_end(answer)),
    ).lastrowid
    assert key is not None
    save_growth(connection, key, answer.text, answer.thinking, answer.reads)


def save_end(connection: sqlite3.Connection, key: int, answer: Answer) -> None:
    """Set the answer with that key to `answer`, adding the part of it that was not written yet.

    What was written as it grew is its beginning, unless a part of it was lost, for example in a
    write that failed; then all of it is written again.
    """
    connection.execute(
        "UPDATE answers SET state = ?, end_ns = ?, cause = ?, hint = ?, warmth = ?,"
        " preload_ns = ?, server = ?, abandoned = ?, marker = ?, started_at = ? WHERE key = ?",
        (*_end(answer), answer.started_at.isoformat(), key),
    )
    rows = connection.execute(
        "SELECT text, thinking, read_count, last_ns FROM growth WHERE answer = ? ORDER BY key",
        (key,),
    ).fetchall()
    text = "".join(from_column(row["text"]) for row in rows)
    thinking = "".join(from_column(row["thinking"]) for row in rows)
    count = _count_reads(rows, answer.reads)
    if count is None or not (answer.text.startswith(text) and answer.thinking.startswith(thinking)):
        connection.execute("DELETE FROM growth WHERE answer = ?", (key,))
        text, thinking, count = "", "", 0
    save_growth(
        connection,
        key,
        answer.text[len(text) :],
        answer.thinking[len(thinking) :],
        answer.reads[count:],
    )


def delete_answer(connection: sqlite3.Connection, number: int, cell: Cell, attempt: int) -> None:
    """Delete an answer with its text; nothing is left of an attempt that never reached a server."""
    key = answer_key(connection, number, cell, attempt)
    connection.execute("DELETE FROM growth WHERE answer = ?", (key,))
    connection.execute("DELETE FROM answers WHERE key = ?", (key,))


def save_state(connection: sqlite3.Connection, key: int, state: AnswerState) -> None:
    """Set the state of an answer; write nothing if it has not changed."""
    connection.execute(
        "UPDATE answers SET state = ? WHERE key = ? AND state <> ?", (state, key, state)
    )


def save_growth(
    connection: sqlite3.Connection, key: int, text: str, thinking: str, reads: Sequence[Read]
) -> None:
    """Add text, thinking and reads to an answer; write nothing if there are none."""
    if not (text or thinking or reads):
        return
    connection.execute(
        "INSERT INTO growth (answer, text, thinking, reads, read_count, last_ns)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            key,
            to_column(text),
            to_column(thinking),
            pack_reads(reads),
            len(reads),
            reads[-1].offset_ns if reads else None,
        ),
    )


def end_abandoned(connection: sqlite3.Connection, number: int) -> None:
    """End the open answers of a session that no program runs: they failed, abandoned."""
    connection.executemany(
        "UPDATE answers SET state = ?, cause = ?, hint = ?, abandoned = 1"
        " WHERE session = ? AND state = ?",
        [(AnswerState.FAILED, ABANDONED.cause, ABANDONED.fix, number, state) for state in _OPEN],
    )


def _end(answer: Answer) -> tuple[object, ...]:
    """Return the columns that the end of an answer sets, in the order of the table."""
    return (
        answer.state,
        answer.end_ns,
        to_column(answer.problem.cause),
        to_column(answer.problem.fix),
        answer.warmth,
        answer.preload_ns,
        to_document(answer.server),
        answer.abandoned,
        to_column(answer.marker),
    )


def _count_reads(rows: Sequence[sqlite3.Row], reads: Sequence[Read]) -> int | None:
    """Return how many of `reads` the rows hold, None if they hold others.

    Offsets are in ns and ascend, so the last one of each row shows whether an earlier one is
    missing; nothing is unpacked for it.
    """
    count = 0
    for row in rows:
        count += row["read_count"]
        if row["last_ns"] is not None and (
            count > len(reads) or reads[count - 1].offset_ns != row["last_ns"]
        ):
            return None
    return count


def _require_endpoint(changed: int, name: str) -> None:
    if not changed:
        raise StoreError(f"the session has no endpoint {name!r}")
