"""Creates, checks and opens the database file; every read and write of it is a transaction."""

from __future__ import annotations

import math
import os
import shutil
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from bbtui.errors import StoreDamagedError, StoreError, StoreReadOnlyError
from bbtui.store.errors import (
    damaged,
    foreign,
    lacks_shared_memory,
    moved,
    read_only,
    translate_errors,
)
from bbtui.store.migrations import APPLICATION, FORMAT, Upgrade, format_of, migrate, refuse_newer

#: How long a write waits for another program's write, in seconds. Theirs take milliseconds.
BUSY_S = 5.0
#: The same while a screen is shown, which cannot be drawn meanwhile.
INTERACTIVE_S = 0.25
#: The same of a write that its caller repeats: less than the time between two frames.
RETRIED_S = 0.02

_RETRY_S = 0.02

#: How many times as long as a check of the whole file took passes before the next one.
_REST = 20

#: Makes a new file, or one that is about to be rewritten, one that `_shrink` can cut off.
_INCREMENTAL = "PRAGMA auto_vacuum = INCREMENTAL"

#: What a file must have to take the place of another.
_CONTENT = (
    "SELECT number, id, about FROM sessions",
    "SELECT session, id, at, kind, judged FROM judgements",
    "SELECT session, task, endpoint, trial, attempt, state, (SELECT coalesce(sum(read_count), 0)"
    " FROM growth WHERE growth.answer = answers.key) FROM answers",
)


class Database:
    """One connection to one file, for one thread.

    Several programs may have the file open: readers never wait (but on a file system without shared
    memory they do for a writer), and a writer waits `BUSY_S` for another's write, less while it is
    `interactive`. Every failure is a `StoreError`; a write that
    failed has changed nothing, and may be repeated.

    Nothing is written once the file was found damaged, nor to one that is no longer at its path:
    the write that notices it fails, and the next one first writes the whole database to a new file
    there, as soon as the path is free.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        upgrade: Upgrade | None = None,
        *,
        refusal: StoreReadOnlyError | None = None,
        folder: tempfile.TemporaryDirectory[str] | None = None,
    ) -> None:
        self.path = path
        """Where the file is, as an absolute path."""

        self.upgrade = upgrade
        """What was done to a file of an earlier format as it was opened; None for any other."""

        self.refusal: StoreReadOnlyError | None = refusal
        """Why nothing can be written; None for a file that is open for writing."""

        self.interactive = False
        """Whether a screen is shown, which cannot be drawn while a write waits."""

        self.on_restored: Callable[[], None] = lambda: None
        """Called after the database was written to a new file."""

        self._connection = connection
        self._durable: bool | None = None
        self._folder = folder
        self._damage: StoreDamagedError | None = None
        self._moved = False
        self._file = None if refusal else _identity(path)
        self._size = 0
        (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
        self._has_log = journal == "wal"
        self._changed_ns = path.stat().st_mtime_ns
        self._unchecked = False  # whether another program changed the file since the last check
        self._checker: IntegrityCheck | None = None

    @classmethod
    def open(cls, path: Path, *, to_read: bool = False) -> Database:
        """Open the file at `path`; create it and its folder, for this user alone, where missing.

        A file that cannot be written is opened anyway if it is `to_read`. Raise `StoreError`
        for a file that is newer, of another program or no database; it is unchanged. The time it
        takes does not depend on the size of the file, so damage is not searched for.
        """
        path = path.absolute()
        with translate_errors(path):
            try:
                _create(path)
            except StoreReadOnlyError as error:
                if not (to_read and path.is_file()):
                    raise
                return cls._open_to_read(path, error)
            return cls(path, *_open(path))

    @classmethod
    def _open_to_read(cls, path: Path, refusal: StoreReadOnlyError) -> Database:
        """Open a file that cannot be written, or a copy of it if reading it needs to write.

        That is so with a log that was not moved into the file, and with an earlier format.
        """
        log = _beside(path, "wal")
        if not (log.exists() and log.stat().st_size):
            connection = _connect(path, "ro&immutable=1")
            try:
                _check(connection, path)
                if format_of(connection) == FORMAT:
                    connection.row_factory = sqlite3.Row
                    return cls(path, connection, refusal=refusal)
            except BaseException:  # an interrupt too; raised again
                connection.close()
                raise
            connection.close()
        folder = tempfile.TemporaryDirectory(prefix="bbtui-")
        try:
            copy = Path(folder.name, path.name)
            for file in filter(Path.exists, (path, log)):
                shutil.copyfile(file, _beside(copy, "wal") if file == log else copy)
            connection, _ = _open(copy)
        except BaseException:  # an interrupt too; raised again
            folder.cleanup()
            raise
        return cls(path, connection, refusal=refusal, folder=folder)

    def close(self) -> None:
        """Close the file; do nothing the second time.

        What was written is at its path then, if it can be: see the class.
        """
        if self._checker is not None:
            self._checker.stop()
            self._checker = None
        if self._file is not None and self._damage is None:
            with suppress(StoreError, sqlite3.ProgrammingError), translate_errors(self.path):
                self._restore_if_moved()
        with ExitStack() as closing_after:
            if self._damage is not None:
                # The last connection that may write moves the log into the file: let it not be.
                with suppress(sqlite3.Error):
                    reader = closing_after.enter_context(closing(_connect(self.path, "ro")))
                    format_of(reader)
            self._connection.close()
        if self._folder is not None:
            self._folder.cleanup()

    def check_beside(self) -> None:
        """Search the whole file for damage in a thread of its own; a finding stops all writing."""
        self._unchecked = False
        self._checker = IntegrityCheck(self.path)
        self._checker.start()

    def check_now(self) -> None:
        """Search the whole file for damage; raise `StoreDamagedError`. May take seconds."""
        with self._translating():
            _check_pages(self._connection, self.path)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read one state of the database, whatever others write meanwhile."""
        with self._translating():
            # Without a write-ahead log, a reader waits for a writer.
            wait_s = INTERACTIVE_S if self.interactive else BUSY_S
            self._connection.execute(f"PRAGMA busy_timeout = {wait_s * 1000:.0f}")
            with self._transaction("BEGIN"):
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
        with self._translating():
            self._require_writable()
            if durable != self._durable:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            wait_s = (RETRIED_S if retried else INTERACTIVE_S) if self.interactive else BUSY_S
            self._connection.execute(f"PRAGMA busy_timeout = {wait_s * 1000:.0f}")
            # Immediate: a transaction that begins as a reader cannot wait for another's write.
            with self._transaction("BEGIN IMMEDIATE"):
                yield self._connection
            # A write may have moved the log into the file.
            with suppress(OSError):
                self._changed_ns = self.path.stat().st_mtime_ns

    def give_back_space(self) -> None:
        """Give the space of what was deleted back to the disk; a failure is left to the next time.

        It takes time for what was deleted, not for the whole file.
        """
        with suppress(StoreError), self._translating():
            self._require_writable()
            wait_s = INTERACTIVE_S if self.interactive else BUSY_S
            self._connection.execute(f"PRAGMA busy_timeout = {wait_s * 1000:.0f}")
            _shrink(self._connection)
            self._changed_ns = self.path.stat().st_mtime_ns

    def _require_writable(self) -> None:
        """Raise the `StoreError` for what nothing may be written to; restore what has moved."""
        if self.refusal is not None:
            raise self.refusal
        if self._damage is None and self._checker is not None:
            self._damage = self._checker.finding
        if self._damage is not None:
            raise self._damage
        if self._moved:
            self._restore_if_moved()
            self.on_restored()
        elif finding := self._find_move():
            self._moved = True
            raise moved(self.path, finding)

    def _find_move(self) -> str:
        """Return what happened to the open file: "was deleted"; "" if it is where it was."""
        try:
            status = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return "was deleted or moved"
        if self._file != (status.st_dev, status.st_ino):
            return "was replaced"
        if status.st_size < self._size and self._lacks_pages():
            raise damaged(self.path, "it was overwritten while bbtui had it open")
        self._size = status.st_size
        # With a log, others change the file itself rarely: as they move the log into it, or because
        # they copy another one over it.
        if self._has_log and status.st_mtime_ns != self._changed_ns:
            self._changed_ns = status.st_mtime_ns
            self._unchecked = True
        if self._unchecked and (self._checker is None or self._checker.rested):
            self.check_beside()
        return ""

    def _lacks_pages(self) -> bool:
        """Return whether the file lacks pages that are not in the log either.

        Giving space back makes a file smaller, too: see `give_back_space`.
        """
        with self._transaction("BEGIN"):
            (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
            (page_size,) = self._connection.execute("PRAGMA page_size").fetchone()
            # In this order: another program may be moving the log into the file.
            log = _beside(self.path, "wal")
            logged = log.stat().st_size // page_size if log.exists() else 0
            least = max(1, pages - logged) * page_size
            return bool(self.path.stat().st_size < least)

    def _restore_if_moved(self) -> None:
        """Write the whole database to a new file, unless another program did or none is needed.

        Raise `StoreError` if there is something else at the path. The open file has everything,
        deleted or not, while it is open.
        """
        if finding := self._find_move():
            # The log is moved into the open file first: beside another it would belong to that.
            busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy or (self.path.exists() and not self._is_contained()):
                raise moved(self.path, finding)
            if self.path.exists():
                # It may have the same index of the log, which must not be open twice.
                self._connection.close()
                try:
                    self._open_again()
                except BaseException:  # an interrupt too; raised again
                    self._damage = damaged(self.path, "it cannot be opened again")
                    raise
            else:
                self._write_anew()
        self._moved = False

    def _write_anew(self) -> None:
        for name in ("wal", "shm"):
            _beside(self.path, name).unlink(missing_ok=True)
        _create(self.path)
        try:
            with closing(_connect(self.path, "rw")) as target:
                self._connection.backup(target)
            earlier = self._connection
            self._open_again()
        except BaseException:  # an interrupt too; raised again
            self.path.unlink(missing_ok=True)
            raise
        earlier.close()

    def _open_again(self) -> None:
        self._connection, _ = _open(self.path)
        self._durable = None
        self._file, self._size = _identity(self.path), 0
        self._changed_ns = self.path.stat().st_mtime_ns

    def _is_contained(self) -> bool:
        """Return whether the file at the path has all that this one has.

        It is read as it is, without its log: another bbtui wrote everything to the file itself.
        """
        try:
            with closing(_connect(self.path, "ro&immutable=1")) as there:
                _check(there, self.path)
                for query in _CONTENT:
                    kept = {tuple(row) for row in there.execute(query)}
                    if any(tuple(row) not in kept for row in self._connection.execute(query)):
                        return False
        except (StoreError, sqlite3.Error):
            return False
        return True

    @contextmanager
    def _translating(self) -> Iterator[None]:
        """Translate errors; remember damage."""
        try:
            with translate_errors(self.path):
                yield
        except StoreDamagedError as error:
            self._damage = error
            raise

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


class IntegrityCheck(threading.Thread):
    """Reads every page of a database on a connection of its own, which may take seconds."""

    def __init__(self, path: Path) -> None:
        super().__init__(name="integrity check", daemon=True)
        self.finding: StoreDamagedError | None = None
        """What is damaged; None while nothing was found."""

        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._stopped = False
        self._rests_until = math.inf

    @property
    def rested(self) -> bool:
        """Whether the next check may begin: however large the file, checks take little in all."""
        return self.finding is None and time.monotonic() >= self._rests_until

    def run(self) -> None:
        """Check the file; set `finding`."""
        began = time.monotonic()
        try:
            with translate_errors(self._path):
                self._check()
        except StoreDamagedError as error:
            if not self._stopped:
                self.finding = error
        except StoreError:
            pass  # not about the content: the next read or write reports it
        ended = time.monotonic()
        self._rests_until = ended + _REST * (ended - began)

    def _check(self) -> None:
        with closing(_connect(self._path, "ro")) as self._connection:
            if not self._stopped:
                _check_pages(self._connection, self._path)

    def stop(self) -> None:
        """End the check and wait until it has."""
        self._stopped = True
        while self.is_alive():
            if self._connection is not None:
                with suppress(sqlite3.ProgrammingError):
                    self._connection.interrupt()
            self.join(_RETRY_S)


def log_left(path: Path) -> bool:
    """Return whether there is a log of changes beside the file, as a program leaves that died."""
    try:
        return _beside(path, "wal").stat().st_size > 0
    except OSError:
        return False


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
        log = _beside(path, "wal")
        if log.exists() and log.stat().st_size and not path.stat().st_size:
            raise damaged(path, "it is empty, but has a log of changes") from None


def _open(path: Path) -> tuple[sqlite3.Connection, Upgrade | None]:
    """Return a connection that may write to the existing file at `path`, and its upgrade."""
    # A connection that may write would, when it is closed, move the log into the file: a file that
    # is refused stays as it is.
    mode = "delete"
    try:
        with closing(_connect(path, "ro")) as reader:
            _check(reader, path)
            (mode,) = reader.execute("PRAGMA journal_mode").fetchone()
    except sqlite3.OperationalError as error:
        if not lacks_shared_memory(error):
            raise
        with closing(_connect(path, "rw")) as writer:
            _write_back(writer)
            _check(writer, path)
    connection = _connect(path, "rw")
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        if not format_of(connection):
            connection.execute(_INCREMENTAL)  # before anything is in the file
        if mode != "wal" and _can_map(path):
            _write_ahead(connection)
        upgrade = migrate(connection, path) if format_of(connection) < FORMAT else None
        if upgrade is not None:
            with suppress(sqlite3.Error):  # such as a full disk; deleting tries it again
                _shrink(connection)
    except BaseException:  # an interrupt too; raised again
        connection.close()
        raise
    return connection, upgrade


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Connect in autocommit mode; `mode` is "ro" or "rw", so that no file is ever created."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode={mode}", uri=True, timeout=BUSY_S, isolation_level=None
    )


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `StoreError` for what is not a database of a known format; read no more than that."""
    # One transaction, so one state: another program may be creating the same file.
    connection.execute("BEGIN")
    try:
        number = format_of(connection)
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    if number == 0 and tables == 0:
        return
    if application != APPLICATION:
        raise foreign(path)
    refuse_newer(path, number)


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `StoreDamagedError` if any page of the database is damaged."""
    factory, connection.text_factory = connection.text_factory, bytes  # it quotes from the file
    try:
        (finding,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    finally:
        connection.text_factory = factory
    if finding != b"ok":
        raise damaged(path, finding.decode(errors="replace").strip().rpartition("\n")[2])


def _identity(path: Path) -> tuple[int, int]:
    """Return what no other file has at the same time."""
    status = path.stat()
    return status.st_dev, status.st_ino


def _beside(path: Path, name: str) -> Path:
    """Return the path of the log ("wal") or its index ("shm") of the database at `path`."""
    return path.with_name(f"{path.name}-{name}")


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


def _write_back(connection: sqlite3.Connection) -> None:
    """Switch from a write-ahead log to a rollback journal, for which locks are enough.

    The log is moved into the file; for that its index is kept in this program's memory, which is
    only possible on a connection that has read nothing, and while no other program has the file.
    """
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = TRUNCATE")


def _shrink(connection: sqlite3.Connection) -> None:
    """Make the file as small as what is in it, as soon as no other program reads an earlier state.

    Free pages are filled from the end of the file and cut off. A file that knows no way to do that
    (see https://www.sqlite.org/pragma.html#pragma_auto_vacuum), of a bbtui before format 4, is
    rewritten, once.
    """
    (mode,) = connection.execute("PRAGMA auto_vacuum").fetchone()
    if mode:
        connection.executescript("PRAGMA incremental_vacuum")  # `execute` frees a page or two
    else:
        _rewrite(connection)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _rewrite(connection: sqlite3.Connection) -> None:
    """Rewrite the file so that it can be cut off.

    Raise `sqlite3.OperationalError` if another program has it open: SQLite gives up the log only
    for the last connection.
    """
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute(_INCREMENTAL)
        connection.execute("VACUUM")
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000:.0f}")
        if mode == "wal":
            _write_ahead(connection)


def _can_map(path: Path) -> bool:
    """Return whether the file system can share memory, which the index of a log needs.

    Tried on another file: to switch this one to a log and back would disturb other programs.
    """
    import mmap  # not needed by an existing database

    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, suffix="-shm") as file:
        file.truncate(mmap.PAGESIZE)
        try:
            mmap.mmap(file.fileno(), mmap.PAGESIZE).close()
        except OSError:
            return False
    return True
