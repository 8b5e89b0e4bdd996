"""The session store: what is run, answered and judged, on disk before it can be lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from bbtui.domain.answer import Answer, AnswerState, Cell, Read
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Judgement
from bbtui.domain.session import HostRecord, Session
from bbtui.domain.task import Task
from bbtui.errors import StoreError
from bbtui.exchange.schema import AboutPart
from bbtui.store.answers import (
    answer_key,
    save_answer,
    save_end,
    save_growth,
    save_state,
    settle_answers,
)
from bbtui.store.codec import UNREADABLE, from_document, to_document
from bbtui.store.database import Database
from bbtui.store.errors import damaged
from bbtui.store.loading import load_session
from bbtui.store.saving import (
    change_endpoint,
    save_endpoint,
    save_judgement,
    save_seen,
    save_session,
    save_task,
)
from bbtui.store.session_lock import SessionLock, acquire_lock, is_locked, lock_file
from bbtui.store.session_ref import resolve
from bbtui.store.summaries import SessionSummary, summarise
from bbtui.store.uuid7 import is_id


class SessionStore:
    """Every session of one user, in one SQLite file.

    Everything here is called from the thread that opened the store; several programs may use the
    file at once. Every call but `load` and `summaries` is a write: it is whole or has left nothing
    behind, and when it returns, its result outlives any end of this process. Judgements, ends and
    all else but the text that is growing outlive a power cut too.

    A write waits for another program's, some seconds at most; while the store is `watched`, so
    briefly that a screen does not stand still. Those of answers and machines then hardly wait at
    all: who makes them makes them again.

    Each method raises `StoreError` when the file cannot be read or written, or when the session
    of that id is there no longer; the same store works again as soon as the cause is gone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.upgrade = database.upgrade
        """What was done to a file of an earlier format as it was opened; None for any other."""

        self._holds: dict[str, SessionLock] = {}

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the database at `path`, making it and its folder where they are missing."""
        return cls(Database.open(path))

    def watched(self, watched: bool) -> None:
        """Say whether somebody watches a screen while this thread writes."""
        self._database.watched = watched

    def close(self) -> None:
        """Release every hold and close the file. Closing twice is no mistake."""
        for session_id in list(self._holds):
            self.release(session_id)
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def create(self, session: Session) -> Session:
        """Store a session under the id it has (`new_id`), with all that is in it.

        It comes back with its number; the one that an imported session has is left aside, being
        another machine's. Raises `StoreError` when a session of that id is here, or when the
        session contradicts itself.
        """
        if not is_id(session.id):
            raise StoreError(
                f"{session.id!r} is no id of a session", "an id is a UUID in lower case"
            )
        with self._database.writing() as connection:
            known = connection.execute(
                "SELECT number FROM sessions WHERE id = ?", (session.id,)
            ).fetchone()
            if known is not None:
                raise StoreError(
                    f"this session is here already, as #{known['number']}",
                    f"bbtui sessions delete {known['number']} makes room for it",
                )
            try:
                return save_session(connection, session)
            except (sqlite3.IntegrityError, OverflowError, ValueError) as error:
                raise StoreError(
                    f"this session contradicts itself and was not stored: {error}",
                    "every task, endpoint, answer and judgement is named once, "
                    "and an answer names a task and an endpoint of the session",
                ) from error

    def add_task(self, session_id: str, task: Task) -> None:
        """Add a task at the end, such as a prompt typed by the user."""
        with self._database.writing() as connection:
            save_task(connection, self._number(connection, session_id), task)

    def add_endpoint(self, session_id: str, endpoint: Endpoint) -> None:
        """Add an endpoint at the end: a new column of the comparison."""
        with self._database.writing() as connection:
            save_endpoint(connection, self._number(connection, session_id), endpoint)

    def change_endpoint(self, session_id: str, name: str, endpoint: Endpoint) -> None:
        """Put an endpoint in the place of the one of that name, of which nothing was asked yet."""
        with self._database.writing() as connection:
            change_endpoint(connection, self._number(connection, session_id), name, endpoint)

    def saw(self, session_id: str, endpoint_name: str, seen: HostRecord) -> None:
        """Keep what was last seen of an endpoint's machine."""
        with self._database.writing(durable=False, retried=True) as connection:
            save_seen(connection, self._number(connection, session_id), endpoint_name, seen)

    def begin(self, session_id: str, answer: Answer) -> None:
        """Keep that an answer was asked for; once for each cell and attempt."""
        with self._database.writing(durable=False, retried=True) as connection:
            save_answer(connection, self._number(connection, session_id), answer)

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
        """Keep what came of an answer since the last call that returned: only what is new.

        What a call that raised was to keep is not kept: pass it again with what came since.
        Costs the same however long the answer is; meant to be called once a second.
        """
        with self._database.writing(durable=False, retried=True) as connection:
            key = self._key(connection, session_id, cell, attempt)
            save_state(connection, key, state)
            save_growth(connection, key, text, thinking, tuple(reads))

    def finish(self, session_id: str, answer: Answer) -> None:
        """Keep an answer as it ended, whatever of it was kept before, begun or not."""
        with self._database.writing(retried=True) as connection:
            number = self._number(connection, session_id)
            key = answer_key(connection, number, answer.cell, answer.attempt)
            if key is None:
                save_answer(connection, number, answer)
            else:
                save_end(connection, key, answer)

    def judge(self, session_id: str, judgement: Judgement) -> Judgement:
        """Add a judgement to the end of the log; it comes back with its id, and is on the disk."""
        with self._database.writing() as connection:
            number = self._number(connection, session_id)
            (last,) = connection.execute(
                "SELECT coalesce(max(id), 0) FROM judgements WHERE session = ?", (number,)
            ).fetchone()
            kept = replace(judgement, id=last + 1)
            save_judgement(connection, number, kept)
            return kept

    def load(self, ref: str = "") -> Session:
        """The session that `ref` names: "12", "#12", its id or a unique beginning; "": the latest.

        An answer whose program died before its end is failed, with what had come of it. Raises
        `SessionNotFoundError`.
        """
        with self._database.reading() as connection:
            number = resolve(connection, ref)
        # Before the rows are read: what was open then and is let go now has its end in the rows.
        running = is_locked(lock_file(self._database.path, number))
        with self._database.reading() as connection, self._readable(f"session #{number}"):
            return load_session(connection, number, running=running)

    def summaries(self) -> list[SessionSummary]:
        """A line on every session, the one begun last first. Reads no texts."""
        database = self._database.path
        beginning = f"{database.stem}-"
        held = {
            int(file.stem.removeprefix(beginning))
            for file in database.parent.glob(f"{beginning}*.hold")
            if file.stem.removeprefix(beginning).isdecimal() and is_locked(file)
        }
        with self._database.reading() as connection, self._readable("the list of sessions"):
            return summarise(connection, held)

    def rename(self, ref: str, title: str) -> int:
        """Give the session that `ref` names another title; its number."""
        with self._database.writing() as connection:
            number = resolve(connection, ref)
            with self._readable(f"session #{number}"):
                (about,) = connection.execute(
                    "SELECT about FROM sessions WHERE number = ?", (number,)
                ).fetchone()
                renamed = from_document(AboutPart, about)
                renamed.title = title
            connection.execute(
                "UPDATE sessions SET about = ? WHERE number = ?", (to_document(renamed), number)
            )
            return number

    def delete(self, ref: str) -> int:
        """Remove the session that `ref` names, with all that is in it; the number it had.

        Raises `StoreError` while a program has it open.
        """
        with self._database.reading() as connection:
            number = resolve(connection, ref)
        with acquire_lock(self._database.path, number), self._database.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE number = ?", (number,))
        return number

    def hold(self, session_id: str) -> None:
        """Take the right to run a session, before anything in it is asked.

        It is kept until `release`, `close` or the end of this process. Raises `StoreError` while
        another program has it. Answers that a program left open when it died are settled as failed.
        """
        if session_id in self._holds:
            return
        with self._database.reading() as connection:
            number = self._number(connection, session_id)
        hold = acquire_lock(self._database.path, number)
        try:
            with self._database.writing() as connection:
                settle_answers(connection, number)
        except BaseException:
            hold.release()
            raise
        self._holds[session_id] = hold

    def release(self, session_id: str) -> None:
        """Let others run a session; nothing happens where this store has no hold on it."""
        hold = self._holds.pop(session_id, None)
        if hold is not None:
            hold.release()

    def _number(self, connection: sqlite3.Connection, session_id: str) -> int:
        row = connection.execute(
            "SELECT number FROM sessions WHERE id = ?", (session_id,)
        ).fetchone()
        if row is None:
            raise StoreError(
                f"session {session_id} is no longer in {self._database.path.name}",
                "it was deleted meanwhile; start a new one",
            )
        return int(row["number"])

    def _key(
        self, connection: sqlite3.Connection, session_id: str, cell: Cell, attempt: int
    ) -> int:
        key = answer_key(connection, self._number(connection, session_id), cell, attempt)
        if key is None:
            raise StoreError(f"no answer to {cell.task} was begun for {cell.endpoint}")
        return key

    @contextmanager
    def _readable(self, what: str) -> Iterator[None]:
        """Take rows that nothing of this program wrote for damage."""
        try:
            yield
        except UNREADABLE as error:
            raise damaged(self._database.path, f"{what} cannot be read: {error}") from error
