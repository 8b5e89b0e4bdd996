"""The list of sessions: the contents of each, counted once after it was written.

The table of summaries holds the counts of every session that was not written to since they were
made: see summaries.sql. The others are counted as they are read, so a list is never out of date.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bbtui.domain.answer import AnswerState, Need, need_of
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Blinding, Judgement, scorecard
from bbtui.domain.session import SessionInfo
from bbtui.store.codec import from_column, from_document, from_judged, integer, to_column
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


#: How many sessions are counted at once: it bounds the memory, and how long others wait to write.
COUNTED_AT_ONCE = 50


class _Counts(NamedTuple):
    """A row of the table of summaries, in the order of its columns."""

    session: int
    title: str | bytes
    tasks: int
    endpoints: str
    cells: int
    answered: int
    settled: int
    begun: int
    scored: int
    unscored: bool
    blind: bool


def summarise(
    connection: sqlite3.Connection, running: Collection[int], latest: int | None
) -> list[SessionSummary]:
    """Return a summary of every session, the last created first; `running` holds those with a lock.

    With `latest`, only those of the last so many numbers. Raise one of `UNREADABLE` for damaged
    rows.
    """
    first = 0
    if latest is not None:
        (last,) = connection.execute("SELECT max(number) FROM sessions").fetchone()
        first = max(0, (last or 0) - latest + 1)
    fresh = {counts.session: counts for counts in _recount(connection, first)}
    labels: dict[str, tuple[str, ...]] = {}  # most sessions have the endpoints of another
    summaries = []
    for number, session_id, started_at, *kept in connection.execute(
        "SELECT number, id, started_at, summaries.* FROM sessions LEFT JOIN summaries"
        " ON session = number WHERE number >= ? ORDER BY number DESC",
        (first,),
    ):
        counts = fresh.get(number, kept)
        _, title, tasks, names, cells, answered, settled, begun, scored, _, blind = counts
        if names not in labels:
            labels[names] = tuple(json.loads(names))
        is_running = number in running
        # In a session that runs, an answer without an end is still being received.
        unfinished = settled + (begun if is_running else 0) < cells
        summaries.append(
            SessionSummary(
                id=session_id,
                number=number,
                started_at=datetime.fromisoformat(started_at),
                title=from_column(title),
                tasks=tasks,
                endpoints=labels[names],
                answered=answered,
                cells=cells,
                scored=scored,
                unfinished=unfinished,
                running=is_running,
                blind=bool(blind) and scored < cells,
            )
        )
    return summaries


def unscored(connection: sqlite3.Connection) -> list[int]:
    """Return the number of each session that has an answer to judge without a score, oldest first.

    Of a cell that was run again the last attempt counts, and of an answer any text.
    """
    kept = connection.execute("SELECT session FROM summaries WHERE unscored")
    fresh = (counts.session for counts in _recount(connection, 0) if counts.unscored)
    return sorted([*(number for (number,) in kept), *fresh])


def uncounted(connection: sqlite3.Connection, first: int = 0) -> list[int]:
    """Return the sessions from `first` on that were written to since they were counted."""
    rows = connection.execute(
        "SELECT number FROM sessions WHERE number >= ?"
        " AND NOT EXISTS (SELECT 1 FROM summaries WHERE session = number) ORDER BY number",
        (first,),
    )
    return [number for (number,) in rows]


def keep_counts(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Count these sessions, those that were deleted excepted, and write their rows."""
    connection.executemany(
        "INSERT OR REPLACE INTO summaries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        list(_count(connection, numbers)),
    )


def _recount(connection: sqlite3.Connection, first: int) -> Iterator[_Counts]:
    """Yield the counts of each session from `first` on that has none that are kept."""
    numbers = uncounted(connection, first)
    for at in range(0, len(numbers), COUNTED_AT_ONCE):
        yield from _count(connection, numbers[at : at + COUNTED_AT_ONCE])


def _count(connection: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[_Counts]:
    """Yield the counts of these sessions, made from their rows without reading a text."""
    wanted = json.dumps(numbers)
    labels: dict[int, list[str]] = defaultdict(list)
    for number, endpoint in connection.execute(
        "SELECT session, endpoint FROM endpoints"
        " WHERE session IN (SELECT value FROM json_each(?)) ORDER BY session, position",
        (wanted,),
    ):
        labels[number].append(from_document(Endpoint, endpoint).label)
    states = _states(connection, wanted)
    blind = _blind(connection, wanted)
    for number, trials, about, tasks in connection.execute(
        "SELECT number, trials, about, (SELECT count(*) FROM tasks WHERE session = number)"
        " FROM sessions WHERE number IN (SELECT value FROM json_each(?))",
        (wanted,),
    ):
        found = states[number]
        yield _Counts(
            session=number,
            title=to_column(from_document(SessionInfo, about).title),
            tasks=tasks,
            endpoints=json.dumps(labels[number]),
            cells=tasks * len(labels[number]) * integer(trials),
            answered=sum(one.cells for one in found if one.state.answered),
            settled=sum(one.cells for one in found if need_of(one.state) < Need.FAILED),
            begun=sum(one.cells for one in found if not one.state.final),
            scored=sum(one.cells for one in found if one.scored),
            unscored=any(one.has_text and not one.scored for one in found),
            blind=number in blind,
        )


class _Group(NamedTuple):
    """The cells of a session whose last attempts have the same state, all with a score or none."""

    state: AnswerState
    scored: bool
    cells: int
    has_text: bool
    """Whether any of them has; only known of those without a score."""


def _states(connection: sqlite3.Connection, wanted: str) -> dict[int, list[_Group]]:
    """Return the groups of cells of each session, by the last attempt at each."""
    groups: dict[int, list[_Group]] = defaultdict(list)
    # With max(), SQLite takes the other columns from the row that has it.
    for number, state, scored, cells, has_text in connection.execute(
        """
        WITH latest AS (
            SELECT session, task, endpoint, trial, max(attempt) AS attempt, state, key
              FROM answers WHERE session IN (SELECT value FROM json_each(:wanted))
             GROUP BY session, task, endpoint, trial
        ), scores AS (
            SELECT DISTINCT session, task, endpoint, trial, attempt, 1 AS scored
              FROM judgements WHERE kind = 'score'
               AND session IN (SELECT value FROM json_each(:wanted))
               AND session NOT IN (SELECT value FROM json_each(:undone))
             UNION ALL
            SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'),
                   json_extract(value, '$[2]'), json_extract(value, '$[3]'),
                   json_extract(value, '$[4]'), 1
              FROM json_each(:folded)
        )
        SELECT session, state, scored IS NOT NULL AS has_score, count(*),
               max(CASE WHEN scored IS NULL THEN
                   EXISTS (SELECT 1 FROM growth
                            WHERE answer = latest.key AND (text <> '' OR thinking <> '')) END)
          FROM latest LEFT JOIN scores USING (session, task, endpoint, trial, attempt)
         GROUP BY session, state, has_score
        """,
        {"wanted": wanted, **_folded(connection, wanted)},
    ):
        groups[number].append(_Group(AnswerState(state), bool(scored), cells, bool(has_text)))
    return groups


def _folded(connection: sqlite3.Connection, wanted: str) -> dict[str, str]:
    """Return the sessions in which anything was undone, and their answers that have a score.

    In all others, every score is in force; only these logs have to be folded.
    """
    logs: dict[int, list[Judgement]] = defaultdict(list)
    for row in connection.execute(
        "SELECT * FROM judgements WHERE session IN"
        " (SELECT session FROM judgements"
        "   WHERE kind = 'undo' AND session IN (SELECT value FROM json_each(?)))"
        " ORDER BY session, id",
        (wanted,),
    ):
        logs[row["session"]].append(judgement_of(row))
    answers = [
        (number, *cell, attempt)
        for number, log in logs.items()
        for (cell, attempt), mark in scorecard(log).marks.items()
        if mark.score is not None
    ]
    return {"undone": json.dumps(list(logs)), "folded": json.dumps(answers)}


def _blind(connection: sqlite3.Connection, wanted: str) -> set[int]:
    """Return those of the sessions whose blind mode is on."""
    # With max(), SQLite takes the other columns from the row that has it.
    rows = connection.execute(
        "SELECT session, judged, max(id) FROM judgements WHERE kind = 'blinding'"
        " AND session IN (SELECT value FROM json_each(?)) GROUP BY session",
        (wanted,),
    )
    judged = {number: from_judged("blinding", document) for number, document, _ in rows}
    return {number for number, what in judged.items() if isinstance(what, Blinding) and what.on}
