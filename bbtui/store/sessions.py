"""The session store: everything that is run, answered and judged, saved as it happens."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from bbtui.domain.answer import Answer, AnswerState, Cell, Read
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Judgement
from bbtui.domain.session import HostRecord, Session, SessionInfo
from bbtui.domain.task import Task
from bbtui.errors import SessionNotFoundError, StoreError, StoreReadOnlyError
from bbtui.store import save_load, session_lock
from bbtui.store.codec import UNREADABLE, from_document, to_document
from bbtui.store.database import Database, log_left
from bbtui.store.errors import unreadable
from bbtui.store.session_lock import SessionLock
from bbtui.store.summaries import (
    COUNTED_AT_ONCE,
    SessionSummary,
    keep_counts,
    summarise,
    uncounted,
    unscored,
)
from bbtui.store.uuid7 import is_id

_HINT = "`bbtui sessions` lists all of them"
_NUMBER = re.compile(r"#?([1-9][0-9]{0,17})", re.ASCII)
_PREFIX = re.compile(r"[0-9a-f-]{4,36}", re.ASCII)


def resolve(connection: sqlite3.Connection, ref: str) -> int:
    """Return the number of the session that `ref` names; raise `SessionNotFoundError`.

    "12" and "#12" are numbers; a full id or a unique prefix of one, four characters or more, is an
    id; "" is the session created last, whatever the clock showed.
    """
    wanted = ref.strip().lower()
    if not wanted:
        last = connection.execute(
            "SELECT number FROM sessions ORDER BY number DESC LIMIT 1"
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
    numbers = connection.execute(
        "SELECT number FROM sessions WHERE id >= ? AND id < ? ORDER BY number",
        (wanted, f"{wanted}g"),
    ).fetchall()
    if not numbers:
        raise not_found(ref)
    if len(numbers) > 1:
        first = ", ".join(f"#{number}" for (number,) in numbers[:8])
        more = " and more" if len(numbers) > 8 else ""
        raise SessionNotFoundError(
            f"{ref!r} matches the ids of {len(numbers)} sessions: {first}{more}",
            f"use a number; {_HINT}",
        )
    return int(numbers[0]["number"])


def not_found(ref: str) -> SessionNotFoundError:
    """Return the error for a `ref` that names no session."""
    if not ref.strip():
        return SessionNotFoundError(
            "there is no session yet", "create one with `bbtui run` or `bbtui demo`"
        )
    return SessionNotFoundError(f"there is no session {ref!r}", _HINT)


class SessionStore:
    """Every session of one user, in one SQLite file.

    All calls come from the thread that opened the store; several programs may use the file at the
    same time. Every call but `load` and `summaries` is a write: it is saved whole or not at all,
    and once it returns, its result survives any end of this process. All but the text that is
    growing survives a power cut as well.

    A write waits for another program's write, some seconds at most; briefly while the store is
    `interactive`. Those of answers and hosts then hardly wait at all: their caller repeats them.

    Each method raises `StoreError` when the file cannot be read or written, or when the session
    of that id was deleted; the same store works again as soon as the cause is gone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.upgrade = database.upgrade
        """What was done to a file of an earlier format as it was opened; None for any other."""

        self._locks: dict[str, SessionLock] = {}
        database.on_restored = self._lock_again

    @classmethod
    def open(cls, path: Path, *, to_read: bool = False) -> Self:
        """Open the database at `path`; create it and its folder where they are missing.

        One that cannot be written is opened anyway if it is `to_read`: then `refusal` has
        the reason. Where a program died, the whole file is checked for damage in the background.
        """
        died = log_left(path) and not session_lock.locked_sessions(path)
        database = Database.open(path, to_read=to_read)
        if died and database.refusal is None:
            database.check_beside()
        store = cls(database)
        if store.upgrade is not None:
            store._keep_counts()
        return store

    @property
    def refusal(self) -> StoreReadOnlyError | None:
        """Why nothing can be saved; None for a store that is open for writing."""
        return self._database.refusal

    def check_now(self) -> None:
        """Search the whole file for damage, which may take seconds; raise `StoreError` for any."""
        self._database.check_now()

    @property
    def interactive(self) -> bool:
        """Whether a screen waits while this thread writes."""
        return self._database.interactive

    @interactive.setter
    def interactive(self, interactive: bool) -> None:
        self._database.interactive = interactive

    def close(self) -> None:
        """Unlock every session and close the file; do nothing the second time."""
        for session_id in list(self._locks):
            self.unlock(session_id)
        self._keep_counts()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def create(self, session: Session) -> Session:
        """Save a session under the id it has (`new_id`); return it with the number it is given.

        The number that an imported session has is another machine's, and is dropped. Raise
        `StoreError` if a session of that id is saved already, or if the session is inconsistent.
        """
        if not is_id(session.id):
            raise StoreError(f"invalid session id {session.id!r}", "an id is a UUID in lower case")
        with self._database.writing() as connection:
            known = connection.execute(
                "SELECT number FROM sessions WHERE id = ?", (session.id,)
            ).fetchone()
            if known is not None:
                raise StoreError(
                    f"this session is already saved as #{known['number']}",
                    f"to replace it, first delete it: `bbtui sessions delete {known['number']}`",
                )
            try:
                return save_load.save_session(connection, session)
            except (sqlite3.IntegrityError, OverflowError, ValueError) as error:
                raise StoreError(
                    f"the session is inconsistent and was not saved: {error}",
                    "tasks, endpoints, answers and judgements must be unique, "
                    "and an answer must name a task and an endpoint of the session",
                ) from error

    def add_task(self, session_id: str, task: Task) -> None:
        """Add a task at the end, such as a prompt typed by the user."""
        with self._database.writing() as connection:
            save_load.save_task(connection, self._number(connection, session_id), task)

    def add_endpoint(self, session_id: str, endpoint: Endpoint) -> None:
        """Add an endpoint at the end: a new column of the comparison."""
        with self._database.writing() as connection:
            save_load.save_endpoint(connection, self._number(connection, session_id), endpoint)

    def change_endpoint(self, session_id: str, name: str, endpoint: Endpoint) -> None:
        """Replace the endpoint of that name, which must have no answers yet."""
        with self._database.writing() as connection:
            save_load.change_endpoint(
                connection, self._number(connection, session_id), name, endpoint
            )

    def update_endpoint(self, session_id: str, endpoint: Endpoint) -> None:
        """Save what is known of an endpoint by its name; its answers and its host stay."""
        with self._database.writing() as connection:
            save_load.update_endpoint(connection, self._number(connection, session_id), endpoint)

    def save_host(self, session_id: str, endpoint_name: str, record: HostRecord) -> None:
        """Save the last known state of an endpoint's host."""
        with self._database.writing(durable=False, retried=True) as connection:
            save_load.save_host(
                connection, self._number(connection, session_id), endpoint_name, record
            )

    def begin(self, session_id: str, answer: Answer) -> None:
        """Save that a request is about to be sent; once for each cell and attempt."""
        with self._database.writing(durable=False, retried=True) as connection:
            save_load.save_answer(connection, self._number(connection, session_id), answer)

    def grow(
        self,
        session_id: str,
        cell: Cell,
        attempt: int,
        *,
        state: AnswerState,
        text: str,
        thinking: str,
        reads: Iterable[Read],
    ) -> None:
        """Save what an answer has received since the last call that returned: only what is new.

        A call that raises saves nothing: pass the same again with what was received since. The cost
        does not depend on the length of the answer; meant to be called once a second.
        """
        with self._database.writing(durable=False, retried=True) as connection:
            key = save_load.answer_key(
                connection, self._number(connection, session_id), cell, attempt
            )
            if key is None:
                raise StoreError(f"no answer of {cell.endpoint} to {cell.task} was started")
            save_load.save_state(connection, key, state)
            save_load.save_growth(connection, key, text, thinking, tuple(reads))

    def finish(self, session_id: str, answer: Answer) -> None:
        """Save an answer as it ended, or is, whatever part of it was saved before."""
        with self._database.writing(retried=True) as connection:
            number = self._number(connection, session_id)
            key = save_load.answer_key(connection, number, answer.cell, answer.attempt)
            if key is None:
                save_load.save_answer(connection, number, answer)
            else:
                save_load.save_end(connection, key, answer)

    def withdraw(self, session_id: str, cell: Cell, attempt: int) -> None:
        """Delete an answer that was begun, if there is one: no server took its request."""
        with self._database.writing(durable=False, retried=True) as connection:
            save_load.delete_answer(connection, self._number(connection, session_id), cell, attempt)

    def judge(self, session_id: str, judgement: Judgement) -> Judgement:
        """Add a judgement at the end of the log; return it with its id once it is on the disk."""
        with self._database.writing() as connection:
            number = self._number(connection, session_id)
            (last,) = connection.execute(
                "SELECT coalesce(max(id), 0) FROM judgements WHERE session = ?", (number,)
            ).fetchone()
            saved = replace(judgement, id=last + 1)
            save_load.save_judgement(connection, number, saved)
            return saved

    def judgements(self, session_id: str, after: int) -> tuple[Judgement, ...]:
        """Return the rows of the log after the one with this id."""
        with self._database.reading() as connection, self._readable("the judgements"):
            number = self._number(connection, session_id)
            return save_load.load_judgements(connection, number, after)

    def load(self, ref: str = "") -> Session:
        """Return the session that `ref` names: "12", "#12", an id or a prefix of it; "": the last.

        An answer whose program died before its end has failed, with what it had received. Raise
        `SessionNotFoundError` if there is none.
        """
        with self._database.reading() as connection:
            number = resolve(connection, ref)
        # Before the rows are read: a session that is unlocked in between has its ends in the rows.
        running = session_lock.is_locked(session_lock.lock_file(self._database.path, number))
        with self._database.reading() as connection, self._readable(f"session #{number}"):
            return save_load.load_session(connection, number, running=running)

    def summaries(self, latest: int | None = None) -> list[SessionSummary]:
        """Return a summary of every session, the last one first, without reading any text.

        With `latest`, return those of the last so many numbers only: it takes as long however
        many sessions there are.
        """
        running = session_lock.locked_sessions(self._database.path)
        with self._database.reading() as connection, self._readable("the list of sessions"):
            return summarise(connection, running, latest)

    def unscored(self) -> list[int]:
        """Return the number of each session with an answer that has no score, the oldest first."""
        with self._database.reading() as connection, self._readable("the list of sessions"):
            return unscored(connection)

    def rename(self, ref: str, title: str) -> int:
        """Give the session that `ref` names another title; return its number."""
        with self._database.writing() as connection:
            number = resolve(connection, ref)
            with self._readable(f"session #{number}"):
                (about,) = connection.execute(
                    "SELECT about FROM sessions WHERE number = ?", (number,)
                ).fetchone()
                renamed = replace(from_document(SessionInfo, about), title=title)
            connection.execute(
                "UPDATE sessions SET about = ? WHERE number = ?", (to_document(renamed), number)
            )
            return number

    def delete(self, ref: str) -> int:
        """Delete the session that `ref` names with everything in it; return the number it had.

        Its space is given back to the disk. Raise `StoreError` while a program has it open.
        """
        with self._database.reading() as connection:
            number = resolve(connection, ref)
        with (
            session_lock.locked(self._database.path, number),
            self._database.writing() as connection,
        ):
            connection.execute("DELETE FROM sessions WHERE number = ?", (number,))
        self._database.give_back_space()
        return number

    def lock(self, session_id: str) -> None:
        """Take the exclusive right to run a session, before the first request is sent.

        It is kept until `unlock`, `close` or the end of this process. Raise `StoreError` while
        another program has it. Answers that a program left open when it died end as failed.
        """
        if session_id in self._locks:
            return
        with self._database.reading() as connection:
            number = self._number(connection, session_id)
        lock = session_lock.acquire_lock(self._database.path, number)
        try:
            with self._database.writing() as connection:
                save_load.end_abandoned(connection, number)
        except BaseException:  # an interrupt too; raised again
            lock.release()
            raise
        self._locks[session_id] = lock

    def unlock(self, session_id: str) -> None:
        """Let other programs run a session; do nothing if this store has no lock on it."""
        lock = self._locks.pop(session_id, None)
        if lock is not None:
            lock.release()

    def _keep_counts(self) -> None:
        """Count what was written to, so that the next list need not; what fails is left to that.

        Not what another program is writing to: that program does it in the end.
        """
        if self.refusal is not None:
            return
        with suppress(StoreError, sqlite3.ProgrammingError):  # that of a closed database
            with self._database.reading() as connection:
                numbers = uncounted(connection)
            running = session_lock.locked_sessions(self._database.path) if numbers else set()
            left = [number for number in numbers if number not in running]
            for at in range(0, len(left), COUNTED_AT_ONCE):
                with (
                    self._database.writing(durable=False) as connection,
                    self._readable("the list of sessions"),
                ):
                    keep_counts(connection, left[at : at + COUNTED_AT_ONCE])

    def _lock_again(self) -> None:
        """Lock what is locked in the folder that was made again, where it is not locked there."""
        for session_id, lock in list(self._locks.items()):
            if not lock.in_place:
                with self._database.reading() as connection:
                    number = self._number(connection, session_id)
                self._locks[session_id] = session_lock.acquire_lock(self._database.path, number)
                lock.forget()

    def _number(self, connection: sqlite3.Connection, session_id: str) -> int:
        row = connection.execute(
            "SELECT number FROM sessions WHERE id = ?", (session_id,)
        ).fetchone()
        if row is None:
            raise StoreError(
                f"session {session_id} is no longer in {self._database.path.name}",
                "it was deleted; start a new session",
            )
        return int(row["number"])

    @contextmanager
    def _readable(self, what: str) -> Iterator[None]:
        """Report rows that this program cannot have written as damage."""
        try:
            yield
        except UNREADABLE as error:
            raise unreadable(self._database.path, what, error) from error
