"""The list of sessions: the contents of each, counted without reading a text."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bbtui.domain.answer import AnswerState, Cell, Need, need_of
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Blinding, Judgement, scorecard
from bbtui.domain.session import SessionInfo
from bbtui.store.codec import from_document, from_judged, integer
from bbtui.store.save_load import judgement_of


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One line of the list of sessions; of a cell that was run again the last attempt counts."""

    id: str
    """Its UUID."""

    number: int
    """Its short name on this machine."""

    started_at: datetime
    """When it was started, with its zone."""

    title: str
    """The operator's title; may be empty."""

    tasks: int
    """The number of tasks."""

    endpoints: tuple[str, ...]
    """The label of each endpoint."""

    answered: int
    """The number of cells with a whole answer."""

    cells: int
    """The number of cells: tasks × endpoints × trials."""

    scored: int
    """The number of cells whose answer has a score."""

    unfinished: bool
    """Whether a cell still needs an answer, as in `Session.missing`."""

    running: bool
    """Whether a live program has the session open."""

    blind: bool = False
    """Whether blind mode is on and an answer has no score yet: its sides are not to be named."""


def summarise(
    connection: sqlite3.Connection, running: Collection[int], latest: int | None
) -> list[SessionSummary]:
    """Return a summary of every session, the last created first; `running` holds those with a lock.

    With `latest`, only those of the last so many numbers. Makes a handful of queries however many
    there are. Raise one of `UNREADABLE` for damaged rows.
    """
    first = 0
    if latest is not None:
        (last,) = connection.execute("SELECT max(number) FROM sessions").fetchone()
        first = max(0, (last or 0) - latest + 1)
    labels: dict[int, list[str]] = defaultdict(list)
    for number, endpoint in connection.execute(
        "SELECT session, endpoint FROM endpoints WHERE session >= ? ORDER BY session, position",
        (first,),
    ):
        labels[number].append(from_document(Endpoint, endpoint).label)
    attempts = _latest(connection, first)
    scored = _scored(connection, first)
    blind = _blind(connection, first)

    summaries = []
    for row in connection.execute(
        "SELECT *, (SELECT count(*) FROM tasks WHERE session = number) AS tasks"
        " FROM sessions WHERE number >= ? ORDER BY number DESC",
        (first,),
    ):
        number = row["number"]
        answers = attempts[number]
        states = [state for _, state in answers.values()]
        cells = row["tasks"] * len(labels[number]) * integer(row["trials"])
        is_running = number in running
        # In a session that runs, an answer without an end is still being received.
        settled = sum(
            need_of(state) < Need.FAILED or (is_running and not state.final) for state in states
        )
        count = sum((cell, answer[0]) in scored[number] for cell, answer in answers.items())
        summaries.append(
            SessionSummary(
                id=row["id"],
                number=number,
                started_at=datetime.fromisoformat(row["started_at"]),
                title=from_document(SessionInfo, row["about"]).title,
                tasks=row["tasks"],
                endpoints=tuple(labels[number]),
                answered=sum(state.answered for state in states),
                cells=cells,
                scored=count,
                unfinished=settled < cells,
                running=is_running,
                blind=number in blind and count < cells,
            )
        )
    return summaries


def unscored(connection: sqlite3.Connection) -> list[int]:
    """Return the number of each session that has an answer to judge without a score, oldest first.

    Of a cell that was run again the last attempt counts, and of an answer any text.
    """
    scored = _scored(connection, 0)
    return [
        number
        for number, answers in sorted(_latest(connection, 0).items())
        if any(
            (cell, attempt) not in scored[number]
            and _has_text(connection, (number, *cell, attempt))
            for cell, (attempt, _) in answers.items()
        )
    ]


def _has_text(connection: sqlite3.Connection, answer: tuple[object, ...]) -> bool:
    row = connection.execute(
        "SELECT 1 FROM answers JOIN growth ON growth.answer = answers.key"
        " WHERE session = ? AND task = ? AND endpoint = ? AND trial = ? AND attempt = ?"
        " AND (text <> '' OR thinking <> '') LIMIT 1",
        answer,
    )
    return row.fetchone() is not None


def _latest(
    connection: sqlite3.Connection, first: int
) -> dict[int, dict[Cell, tuple[int, AnswerState]]]:
    """Return the last attempt at each cell of each session from `first` on, and its state."""
    latest: dict[int, dict[Cell, tuple[int, AnswerState]]] = defaultdict(dict)
    # With max(), SQLite takes the other columns from the row that has it.
    for number, task, endpoint, trial, attempt, state in connection.execute(
        "SELECT session, task, endpoint, trial, max(attempt), state FROM answers"
        " WHERE session >= ? GROUP BY session, task, endpoint, trial",
        (first,),
    ):
        latest[number][Cell(task, endpoint, trial)] = (attempt, AnswerState(state))
    return latest


def _blind(connection: sqlite3.Connection, first: int) -> set[int]:
    """Return the sessions from `first` on whose blind mode is on."""
    # With max(), SQLite takes the other columns from the row that has it.
    rows = connection.execute(
        "SELECT session, judged, max(id) FROM judgements"
        " WHERE kind = 'blinding' AND session >= ? GROUP BY session",
        (first,),
    )
    judged = {number: from_judged("blinding", document) for number, document, _ in rows}
    return {number for number, what in judged.items() if isinstance(what, Blinding) and what.on}


def _scored(connection: sqlite3.Connection, first: int) -> dict[int, set[tuple[Cell, int]]]:
    """Return the answers of each session from `first` on that have a score after undo and redo."""
    scored: dict[int, set[tuple[Cell, int]]] = defaultdict(set)
    for number, task, endpoint, trial, attempt in connection.execute(
        "SELECT DISTINCT session, task, endpoint, trial, attempt FROM judgements"
        " WHERE kind = 'score' AND session >= ?",
        (first,),
    ):
        scored[number].add((Cell(task, endpoint, trial), attempt))
    # Where nothing was undone, every score is in force; only the other logs have to be folded.
    logs: dict[int, list[Judgement]] = defaultdict(list)
    for row in connection.execute(
        "SELECT * FROM judgements"
        " WHERE session IN"
        " (SELECT session FROM judgements WHERE kind = 'undo' AND session >= ?)"
        " ORDER BY session, id",
        (first,),
    ):
        logs[row["session"]].append(judgement_of(row))
    for number, log in logs.items():
        marks = scorecard(log).marks
        scored[number] = {answer for answer, mark in marks.items() if mark.score is not None}
    return scored
