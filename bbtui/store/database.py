"""The database file: made, checked, opened, and every read or write of it a transaction."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from bbtui.errors import StoreError
from bbtui.store.errors import damaged, foreign, newer, read_only, translate_errors
from bbtui.store.migrations import APPLICATION, FORMAT, Upgrade, format_of, migrate

#: How long a write waits for another program's write, in seconds. Theirs take milliseconds.
BUSY_S = 5.0
#: The same while somebody watches a screen, which stands still meanwhile.
WATCHED_S = 0.25
#: And of a write that is made again by itself: less than the screen takes from frame to frame.
RETRIED_S = 0.02

_RETRY_S = 0.02


class Database:
    """One connection to one file, for one thread.

    Several programs may have the file open: readers never wait, and a writer waits `BUSY_S` for
    another's write, less while it is `watched`. Every failure is a `StoreError`; a write that
    failed has left nothing behind, and may be tried again.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, upgrade: Upgrade | None = None
    ) -> None:
        self.path = path
        self.upgrade = upgrade
        self._connection = connection
        self._durable: bool | None = None
        #: Whether somebody watches a screen that stands still while a write waits.
        self.watched = False

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open the file at `path`; make it and its folder, for this user alone, where missing.

        A file that is damaged, newer or of another program is refused and left as it is.
        """
        path = path.absolute()
        with translate_errors(path):
            _make(path)
            # A connection that may write would, when it is closed, move the log into the file: a
            # file that is refused stays as it is.
            with closing(_connect(path, "ro")) as looking:
                _check(looking, path)
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
        """Close the file. Closing twice is no mistake."""
        self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A look at one moment of the database, whatever others write meanwhile."""
        with translate_errors(self.path), self._transaction("BEGIN"):
            yield self._connection

    @contextmanager
    def writing(
        self, *, durable: bool = True, retried: bool = False
    ) -> Iterator[sqlite3.Connection]:
        """A write, kept whole when the block ends and not at all when it raises.

        One that is `retried` by its caller does not wait for others while somebody watches.

        A write outlives the end of this process, however it ends, as soon as it is committed: it
        is in the system's hands then. A `durable` one also outlives a power cut, because the disk
        has it before this returns; that costs a flush, which growing text does not pay.
        """
        with translate_errors(self.path):
            if durable != self._durable:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            wait_s = (RETRIED_S if retried else WATCHED_S) if self.watched else BUSY_S
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


def _make(path: Path) -> None:
    """Make the folder and an empty file where they are missing, and look at what is there.

    The file is only ever opened here when it is new: closing a second descriptor of a database
    would drop the locks that SQLite has on it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise read_only(path.parent, "folder")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise StoreError(
                f"{path} is not a file, so no session can be kept in it",
                "move it aside, or name another folder with --data-dir",
            ) from None
        if not os.access(path, os.R_OK | os.W_OK):
            raise read_only(path, "file") from None
        if found.st_mode & 0o077:
            path.chmod(0o600)
        # To SQLite an empty file is a new one, and it would throw away the log beside it. The log
        # is looked at first: who makes the file just now fills it before there is a log.
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size and not path.stat().st_size:
            raise damaged(path, "it is empty, but has a log of changes") from None


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection in autocommit mode; `mode` is "ro" or "rw", so that no file is ever made."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode={mode}", uri=True, timeout=BUSY_S, isolation_level=None
    )


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse what is not a sound database of a known format. Reads the whole file once.

    That is about 40 ms for 100 MB; in return no write ever goes on top of damage.
    """
    # One transaction, so one moment: another program may be making the same file.
    connection.execute("BEGIN")
    found = format_of(connection)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if found == 0 and tables == 0:
        return
    if application != APPLICATION:
        raise foreign(path)
    if found > FORMAT:
        raise newer(path, found, FORMAT)
    (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise damaged(path, finding.strip().splitlines()[-1])


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let the database keep a write-ahead log, so that readers and a writer don't wait.

    It stays so once it is set. Two programs that set it at once do not wait for each other inside
    SQLite, so the waiting is done here.
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
