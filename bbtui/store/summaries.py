"""The list of sessions: what stands in each, counted without reading a text."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bbtui.domain.answer import AnswerState, Cell, Need, need_of
from bbtui.domain.score import Judgement, scorecard
from bbtui.exchange.schema import AboutPart, EndpointPart
from bbtui.store.codec import from_document, integer
from bbtui.store.loading import judgement_of


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One line of the list of sessions.

    `tasks` is how many there are, `endpoints` their labels. Of `cells`, `answered` have an answer
    that is whole and `scored` one with a score; where a cell was run again, the last attempt
    counts. `unfinished` is whether a cell still wants an answer, as `Session.missing` says;
    `running` whether a live program has the session open.
    """

    id: str
    number: int
    started_at: datetime
    title: str
    tasks: int
    endpoints: tuple[str, ...]
    answered: int
    cells: int
    scored: int
    unfinished: bool
    running: bool


def summarise(connection: sqlite3.Connection, running: Collection[int]) -> list[SessionSummary]:
    """Every session, the one begun last first; `running` are the numbers of those held.

    A handful of queries however many there are. Raises one of `UNREADABLE` for damaged rows.
    """
    tasks = dict(
        connection.execute("SELECT session, count(*) FROM tasks GROUP BY session").fetchall()
    )
    labels: dict[int, list[str]] = defaultdict(list)
    for number, endpoint in connection.execute(
        "SELECT session, endpoint FROM endpoints ORDER BY session, position"
    ):
        labels[number].append(from_document(EndpointPart, endpoint).label)
    attempts = _latest(connection)
    scored = _scored(connection)

    summaries = []
    for row in connection.execute("SELECT * FROM sessions ORDER BY started_us DESC, number DESC"):
        number = row["number"]
        latest = attempts[number]
        states = [state for _, state in latest.values()]
        cells = tasks.get(number, 0) * len(labels[number]) * integer(row["trials"])
        is_running = number in running
        # In a session that runs, an answer without an end is on its way to one.
        settled = sum(
            need_of(state) < Need.FAILED or (is_running and not state.final) for state in states
        )
        summaries.append(
            SessionSummary(
                id=row["id"],
                number=number,
                started_at=datetime.fromisoformat(row["started_at"]),
                title=from_document(AboutPart, row["about"]).title,
                tasks=tasks.get(number, 0),
                endpoints=tuple(labels[number]),
                answered=sum(state.answered for state in states),
                cells=cells,
                scored=sum((cell, answer[0]) in scored[number] for cell, answer in latest.items()),
                unfinished=settled < cells,
                running=is_running,
            )
        )
    return summaries


def _latest(connection: sqlite3.Connection) -> dict[int, dict[Cell, tuple[int, AnswerState]]]:
    """Of each session and cell the last attempt, and its state."""
    latest: dict[int, dict[Cell, tuple[int, AnswerState]]] = defaultdict(dict)
    # With max(), SQLite takes the other columns from the row that has it.
    for number, task, endpoint, trial, attempt, state in connection.execute(
        "SELECT session, task, endpoint, trial, max(attempt), state FROM answers"
        " GROUP BY session, task, endpoint, trial"
    ):
        latest[number][Cell(task, endpoint, trial)] = (attempt, AnswerState(state))
    return latest


def _scored(connection: sqlite3.Connection) -> dict[int, set[tuple[Cell, int]]]:
    """Of each session the answers whose score stands, after every undo and redo."""
    scored: dict[int, set[tuple[Cell, int]]] = defaultdict(set)
    for number, task, endpoint, trial, attempt in connection.execute(
        "SELECT DISTINCT session, task, endpoint, trial, attempt FROM judgements"
        " WHERE kind = 'score'"
    ):
        scored[number].add((Cell(task, endpoint, trial), attempt))
    # Where nothing was taken back, every score stands; only the other logs have to be folded.
    logs: dict[int, list[Judgement]] = defaultdict(list)
    for row in connection.execute(
        "SELECT * FROM judgements"
        " WHERE session IN (SELECT session FROM judgements WHERE kind = 'undo')"
        " ORDER BY session, id"
    ):
        logs[row["session"]].append(judgement_of(row))
    for number, log in logs.items():
        marks = scorecard(log).marks
        scored[number] = {answer for answer, what in marks.items() if what.score is not None}
    return scored
