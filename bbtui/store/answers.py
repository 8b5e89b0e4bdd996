"""Answers into rows, as they begin, grow and end. Each function is a part of a caller's write."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from bbtui.domain.answer import ABANDONED, Answer, AnswerState, Cell, Read
from bbtui.exchange.convert import server_part
from bbtui.store.codec import from_column, pack_reads, to_column, to_document

_OPEN = tuple(state for state in AnswerState if not state.final)


def answer_key(connection: sqlite3.Connection, number: int, cell: Cell, attempt: int) -> int | None:
    """The key of an answer's row, None if it was never begun."""
    row = connection.execute(
        "SELECT key FROM answers WHERE (session, task, endpoint, trial, attempt) = (?, ?, ?, ?, ?)",
        (number, *cell, attempt),
    ).fetchone()
    return None if row is None else int(row["key"])


def save_answer(connection: sqlite3.Connection, number: int, answer: Answer) -> None:
    """Store an answer that is not there yet, with all that has come of it."""
    key = connection.execute(
        "INSERT INTO answers (session, task, endpoint, trial, attempt, started_at, state, end_ns,"
        " cause, hint, warmth, preload_ns, server, abandoned)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, *answer.cell, answer.attempt, answer.started_at.isoformat(), *_end(answer)),
    ).lastrowid
    assert key is not None
    save_growth(connection, key, answer.text, answer.thinking, answer.reads)


def save_end(connection: sqlite3.Connection, key: int, answer: Answer) -> None:
    """Set the answer with that key to `answer`, adding what of it was not saved yet.

    What was saved as it grew is its beginning, unless the caller lost a part on the way, after a
    write that failed for example; then the whole of it is written anew.
    """
    connection.execute(
        "UPDATE answers SET state = ?, end_ns = ?, cause = ?, hint = ?, warmth = ?,"
        " preload_ns = ?, server = ?, abandoned = ?, started_at = ? WHERE key = ?",
        (*_end(answer), answer.started_at.isoformat(), key),
    )
    rows = connection.execute(
        "SELECT text, thinking, read_count, last_ns FROM growth WHERE answer = ? ORDER BY key",
        (key,),
    ).fetchall()
    text = "".join(from_column(row["text"]) for row in rows)
    thinking = "".join(from_column(row["thinking"]) for row in rows)
    count = _reads_in(rows, answer.reads)
    if count is None or not (answer.text.startswith(text) and answer.thinking.startswith(thinking)):
        connection.execute("DELETE FROM growth WHERE answer = ?", (key,))
        save_growth(connection, key, answer.text, answer.thinking, answer.reads)
        return
    save_growth(
        connection,
        key,
        answer.text[len(text) :],
        answer.thinking[len(thinking) :],
        answer.reads[count:],
    )


def save_state(connection: sqlite3.Connection, key: int, state: AnswerState) -> None:
    """Set where an answer is; writes nothing where that is known."""
    connection.execute(
        "UPDATE answers SET state = ? WHERE key = ? AND state <> ?", (state, key, state)
    )


def save_growth(
    connection: sqlite3.Connection, key: int, text: str, thinking: str, reads: Sequence[Read]
) -> None:
    """Add what came of an answer; nothing for nothing."""
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


def settle_answers(connection: sqlite3.Connection, number: int) -> None:
    """End as failed what is open in a session that no program runs."""
    connection.executemany(
        "UPDATE answers SET state = ?, cause = ?, hint = ?, abandoned = 1"
        " WHERE session = ? AND state = ?",
        [(AnswerState.FAILED, ABANDONED.cause, ABANDONED.fix, number, state) for state in _OPEN],
    )


def _end(answer: Answer) -> tuple[object, ...]:
    """The columns of an answer that its end sets, in the order of the table."""
    return (
        answer.state,
        answer.end_ns,
        to_column(answer.problem.cause),
        to_column(answer.problem.fix),
        answer.warmth,
        answer.preload_ns,
        to_document(server_part(answer.server)),
        answer.abandoned,
    )


def _reads_in(rows: Sequence[sqlite3.Row], reads: Sequence[Read]) -> int | None:
    """How many of `reads` the rows hold; None if they hold others.

    Offsets are in ns and ascend, so the last one of each row tells whether one before is missing;
    nothing is unpacked for it.
    """
    count = 0
    for row in rows:
        count += row["read_count"]
        if row["last_ns"] is not None and (
            count > len(reads) or reads[count - 1].offset_ns != row["last_ns"]
        ):
            return None
    return count
