"""Reads domain values from rows."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from datetime import datetime

from bbtui.domain.answer import ABANDONED, Answer, AnswerState, Cell, Read, ServerTimings, Warmth
from bbtui.domain.endpoint import Endpoint, Options
from bbtui.domain.problem import Problem
from bbtui.domain.score import Judgement
from bbtui.domain.session import HostRecord, Mode, Session, SessionInfo
from bbtui.domain.task import Task
from bbtui.errors import SessionNotFoundError
from bbtui.store.codec import from_column, from_document, from_judged, integer, unpack_reads


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
    judgements = connection.execute(
        "SELECT * FROM judgements WHERE session = ? ORDER BY id", (number,)
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
        program=row["program"],
        number=number,
        answers=_answers(connection, number, running=running),
        judgements=tuple(judgement_of(judgement) for judgement in judgements),
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
            )
        )
    return tuple(answers)


def judgement_of(row: sqlite3.Row) -> Judgement:
    """Return the judgement in a row of the log."""
    return Judgement(
        at=datetime.fromisoformat(row["at"]),
        what=from_judged(row["kind"], row["judged"]),
        cell=_cell(row),
        attempt=integer(row["attempt"]),
        id=row["id"],
    )


def _cell(row: sqlite3.Row) -> Cell:
    return Cell(row["task"], row["endpoint"], integer(row["trial"]))


def _span(column: object) -> int | None:
    return None if column is None else integer(column)
