"""Creates, checks and opens the database file; every read and write of it is a transaction."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from bbtui.errors import StoreError
from bbtui.store.errors import damaged, foreign, read_only, translate_errors
from bbtui.store.migrations import APPLICATION, FORMAT, Upgrade, format_of, migrate, refuse_newer

#: How long a write waits for another program's write, in seconds. Theirs take milliseconds.
BUSY_S = 5.0
#: The same while a screen is shown, which cannot be drawn meanwhile.
INTERACTIVE_S = 0.25
#: The same of a write that its caller repeats: less than the time between two frames.
RETRIED_S = 0.02

_RETRY_S = 0.02


class Database:
    """One connection to one file, for one thread.

    Several programs may have the file open: readers never wait, and a writer waits `BUSY_S` for
    another's write, less while it is `interactive`. Every failure is a `StoreError`; a write that
    failed has changed nothing, and may be repeated.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, upgrade: Upgrade | None = None
    ) -> None:
        self.path = path
        """Where the file is, as an absolute path."""

        self.upgrade = upgrade
        """What was done to a file of an earlier format as it was opened; None for any other."""

        self.interactive = False
        """Whether a screen is shown, which cannot be drawn while a write waits."""

        self._connection = connection
        self._durable: bool | None = None

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open the file at `path`; create it and its folder, for this user alone, where missing.

        Raise `StoreError` for a file that is damaged, newer or of another program; it is unchanged.
        """
        path = path.absolute()
        with translate_errors(path):
            _create(path)
            # A connection that may write would, when it is closed, move the log into the file: a
            # file that is refused stays as it is.
            with closing(_connect(path, "ro")) as reader:
                _check(reader, path)
            connection = _connect(path, "rw")
            try:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA foreign_keys = ON")
                _write_ahead(connection)
                upgrade = migrate(connection, path) if format_of(connection) < FORMAT else None
            except BaseException:
                connection.close()
                raise
        return cls(path, connection, upgrade)

    def close(self) -> None:
        """Close the file; do nothing the second time."""
        self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read one state of the database, whatever others write meanwhile."""
        with translate_errors(self.path), self._transaction("BEGIN"):
            yield self._connection

    @contextmanager
    def writing(
        self, *, durable: bool = True, retried: bool = False
    ) -> Iterator[sqlite3.Connection]:
        """Write: saved whole when the block ends, not at all when it raises.

        A write that its caller repeats (`retried`) hardly waits while the store is interactive.

        As soon as it is committed it survives the end of this process, however that ends, because
        the operating system has it. A `durable` one also survives a power cut, because the disk has
        it before this returns; that costs a flush, which growing text does not pay.
        """
        with translate_errors(self.path):
            if durable != self._durable:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            wait_s = (RETRIED_S if retried else INTERACTIVE_S) if self.interactive else BUSY_S
            self._connection.execute(f"PRAGMA busy_timeout = {wait_s * 1000:.0f}")
            # Immediate: a transaction that begins as a reader cannot wait for another's write.
            with self._transaction("BEGIN IMMEDIATE"):
                yield self._connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self._connection.execute(begin)
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            # Some failures end the transaction by themselves, a full disk among them.
            if self._connection.in_transaction:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")


def _create(path: Path) -> None:
    """Create the folder and an empty file where they are missing; refuse what cannot be one.

    The file is only ever opened here when it is new: closing a second descriptor of a database
    would drop the locks that SQLite has on it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise read_only(path.parent, "folder")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise StoreError(
                f"{path.name} is not a regular file ({path})",
                "move it elsewhere, or use another folder: --data-dir FOLDER",
            ) from None
        if not os.access(path, os.R_OK | os.W_OK):
            raise read_only(path, "file") from None
        if status.st_mode & 0o077:
            path.chmod(0o600)
        # To SQLite an empty file is a new one, and it would throw away the log beside it. The log
        # is checked first: a program that is creating the file fills it before there is a log.
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size and not path.stat().st_size:
            raise damaged(path, "it is empty, but has a log of changes") from None


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Connect in autocommit mode; `mode` is "ro" or "rw", so that no file is ever created."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode={mode}", uri=True, timeout=BUSY_S, isolation_level=None
    )


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `StoreError` for what is not a sound database of a known format.

    Reads the whole file once, about 40 ms for 100 MB; in return nothing is written to a damaged
    file.
    """
    # One transaction, so one state: another program may be creating the same file.
    connection.execute("BEGIN")
    number = format_of(connection)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if number == 0 and tables == 0:
        return
    if application != APPLICATION:
        raise foreign(path)
    refuse_newer(path, number)
    (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise damaged(path, finding.strip().splitlines()[-1])


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log, so that readers and a writer do not wait for each other.

    The file keeps the setting. Two programs that set it at the same time do not wait for each other
    inside SQLite, so the waiting is done here.
    """
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_S)
        else:
            return
