"""The formats of the database: numbered steps, each from the one before it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.resources import files

#: Step n makes format n out of format n - 1; format 0 is an empty file. A step never changes once
#: it was released: what comes later is a file of its own at the end of this list.
STEPS = ("schema.sql", "abandoned.sql")

#: The format this program writes, kept in the file as SQLite's `user_version`.
FORMAT = len(STEPS)

#: Says in the file's header whose database it is ("bbtu"), as SQLite's `application_id`.
APPLICATION = int.from_bytes(b"bbtu", "big")


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to this program's format, whole or not at all.

    `connection` is in autocommit mode. Another program may do the same at the same time: the
    format is read again once the database is ours to write.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(format_of(connection) + 1, FORMAT + 1):
            for statement in _statements(STEPS[number - 1]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def format_of(connection: sqlite3.Connection) -> int:
    """The format of the file, 0 for an empty one."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    return int(number)


def _statements(name: str) -> Iterator[str]:
    # `executescript` would commit first, and a step must be whole or not at all.
    statement = ""
    for line in files("bbtui.store").joinpath(name).read_text("utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
