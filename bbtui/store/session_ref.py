"""Finds the session a user means: by its number, its id, a prefix of its id, or the last one."""

from __future__ import annotations

import re
import sqlite3

from bbtui.errors import SessionNotFoundError

_HINT = "`bbtui sessions` lists all of them"
_NUMBER = re.compile(r"#?([1-9][0-9]{0,17})", re.ASCII)
_PREFIX = re.compile(r"[0-9a-f-]{4,36}", re.ASCII)


def resolve(connection: sqlite3.Connection, ref: str) -> int:
    """Return the number of the session that `ref` names; raise `SessionNotFoundError`.

    "12" and "#12" are numbers; a full id or a unique prefix of one, four characters or more, is an
    id; "" is the session started last.
    """
    wanted = ref.strip().lower()
    if not wanted:
        last = connection.execute(
            "SELECT number FROM sessions ORDER BY started_us DESC, number DESC LIMIT 1"
        ).fetchone()
        if last is None:
            raise not_found(ref)
        return int(last["number"])
    if match := _NUMBER.fullmatch(wanted):
        row = connection.execute(
            "SELECT number FROM sessions WHERE number = ?", (int(match[1]),)
        ).fetchone()
        if row is not None:
            return int(row["number"])
    if not _PREFIX.fullmatch(wanted):
        raise not_found(ref)
    # An id has only characters below "g", so these are the ids that begin with `wanted`.
    rows = connection.execute(
        "SELECT number FROM sessions WHERE id >= ? AND id < ? ORDER BY number",
        (wanted, f"{wanted}g"),
    ).fetchall()
    match rows:
        case [row]:
            return int(row["number"])
        case []:
            raise not_found(ref)
        case _:
            numbers = ", ".join(f"#{row['number']}" for row in rows[:8])
            more = " and more" if len(rows) > 8 else ""
            raise SessionNotFoundError(
                f"{ref!r} matches the ids of {len(rows)} sessions: {numbers}{more}",
                f"use a number; {_HINT}",
            )


def not_found(ref: str) -> SessionNotFoundError:
    """Return the error for a `ref` that names no session."""
    if not ref.strip():
        return SessionNotFoundError(
            "there is no session yet", "create one with `bbtui run` or `bbtui demo`"
        )
    return SessionNotFoundError(f"there is no session {ref!r}", _HINT)
