"""The formats of the database: numbered steps, each from the one before it.

A file of an earlier format is copied before it is changed, so that the bbtui that wrote it can
still be used.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bbtui.errors import StoreError
from bbtui.store.errors import translate_errors

#: Step n makes format n out of format n - 1; format 0 is an empty file. A step never changes once
#: it was released: what comes later is a file of its own at the end of this list.
STEPS = ("schema.sql", "abandoned.sql", "conditions.sql", "summaries.sql")

#: The format this program writes, kept in the file as SQLite's `user_version`.
FORMAT = len(STEPS)

#: Marks the file's header as a database of bbtui ("bbtu"), as SQLite's `application_id`.
APPLICATION = int.from_bytes(b"bbtu", "big")


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was done to a database of an earlier format as it was opened."""

    database: Path
    """The file that has the current format now."""

    earlier_format: int
    """The format it had."""

    copy: Path
    """The file as it was, in the same folder."""

    def __str__(self) -> str:
        return (
            f"{self.database.name} was upgraded from format {self.earlier_format} to {FORMAT}; "
            f"the old file is kept as {self.copy}"
        )


def migrate(connection: sqlite3.Connection, path: Path) -> Upgrade | None:
    """Bring the database at `path` to this program's format, whole or not at all.

    Return what was done, None for a file that was empty or is up to date. Raise `StoreError` if
    there is no room for a copy of the earlier file.

    `connection` is in autocommit mode. Another program may do the same at the same time: the
    format is read again once this one has the right to write, and nothing changes from then on.
    """
    upgrade = None
    connection.execute("BEGIN IMMEDIATE")
    try:
        earlier = format_of(connection)
        if 0 < earlier < FORMAT:
            upgrade = Upgrade(path, earlier, _copy(path, earlier))
        for number in range(earlier + 1, FORMAT + 1):
            for statement in _statements(STEPS[number - 1]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("COMMIT")
    except BaseException:  # an interrupt too; raised again
        if upgrade is not None:
            upgrade.copy.unlink(missing_ok=True)  # the next try makes another
        raise
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return upgrade


def format_of(connection: sqlite3.Connection) -> int:
    """Return the format of the file, 0 for an empty one."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    return int(number)


def refuse_newer(path: Path, number: int) -> None:
    """Raise `StoreError` if the file at `path` has a later format than this program knows."""
    if number > FORMAT:
        raise StoreError(
            f"{path.name} has format {number}, written by a newer bbtui; "
            f"this version reads formats up to {FORMAT} ({path})",
            "update bbtui, or use another folder: --data-dir FOLDER; the file is unchanged",
        )


def _copy(path: Path, number: int) -> Path:
    """Copy the database of format `number` beside itself, on the disk before this returns.

    No file is overwritten, and none under the returned name is ever incomplete. The caller has the
    right to write the database, so no other bbtui makes a copy meanwhile.
    """
    name = f"{path.stem}-format-{number}"
    copy = path.with_name(f"{name}{path.suffix}")
    tries = 1
    while copy.exists():
        tries += 1
        copy = path.with_name(f"{name}-{tries}{path.suffix}")
    part = copy.with_name(f"{copy.name}.part")
    try:
        with translate_errors(copy):
            part.unlink(missing_ok=True)  # of a program that was killed
            descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                _copy_pages(path, part)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            part.rename(copy)
            _flush_folder(path.parent)
    except StoreError as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"cannot copy {path.name} before its upgrade from format {number}: {error.message}",
            f"free some space in {path.parent}, then start bbtui again; {path.name} is unchanged",
        ) from error
    return copy


def _copy_pages(path: Path, copy: Path) -> None:
    """Copy what the database holds, changes in its log included."""
    with (
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy, isolation_level=None)) as target,
    ):
        # The copy is either complete or deleted: it needs no journal.
        target.execute("PRAGMA journal_mode = OFF")
        target.execute("PRAGMA synchronous = OFF")
        source.backup(target)


def _flush_folder(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _statements(name: str) -> Iterator[str]:
    # `executescript` would commit first, and a step must be whole or not at all.
    statement = ""
    for line in Path(__file__).with_name(name).read_text("utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
