"""Saves answers as they grow; failed writes are retried later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from bbtui.domain.answer import Answer, AnswerState, Cell, LiveAnswer, Read
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Judgement
from bbtui.domain.session import HostRecord, Session
from bbtui.domain.task import Task
from bbtui.errors import StoreError
from bbtui.formatting.durations import NS_PER_S

#: How often a growing answer is saved, in ns: what a kill -9 may cost.
GROWTH_PERIOD_NS = NS_PER_S


class Store(Protocol):
    """What the engine needs of a session store; every method may raise `StoreError`."""

    def create(self, session: Session) -> Session:
        """Save a new session, and return it with its number."""
        ...

    def lock(self, session_id: str) -> None:
        """Keep other processes from running this session until `unlock` or the end of this one."""

    def unlock(self, session_id: str) -> None:
        """Let other processes run this session."""

    def begin(self, session_id: str, answer: Answer) -> None:
        """Save that the request of an answer is about to be sent."""

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
        """Append what came since the last call."""

    def finish(self, session_id: str, answer: Answer) -> None:
        """Save an answer whole: how it ended, or what it is where it was saved otherwise."""

    def withdraw(self, session_id: str, cell: Cell, attempt: int) -> None:
        """Delete an answer that was begun: no server took its request."""

    def judge(self, session_id: str, judgement: Judgement) -> Judgement:
        """Save a judgement durably, and return it with its id."""
        ...

    def judgements(self, session_id: str, after: int) -> tuple[Judgement, ...]:
        """Return the rows of the log after the one with this id."""
        ...

    def add_task(self, session_id: str, task: Task) -> None:
        """Add a task at the end."""

    def add_endpoint(self, session_id: str, endpoint: Endpoint) -> None:
        """Add an endpoint at the end."""

    def change_endpoint(self, session_id: str, name: str, endpoint: Endpoint) -> None:
        """Replace an endpoint that was never run by another."""

    def update_endpoint(self, session_id: str, endpoint: Endpoint) -> None:
        """Save what is known of an endpoint by its name; its answers and its host stay."""

    def save_host(self, session_id: str, endpoint_name: str, record: HostRecord) -> None:
        """Save the last known state of an endpoint's host."""


@dataclass(slots=True)
class _Entry:
    """A live answer, and how much of it is saved."""

    live: LiveAnswer
    begun: bool = False
    withdrawn: bool = False
    text: int = 0
    thinking: int = 0
    reads: int = 0
    revision: int = 0


class AnswerWriter:
    """Saves the live answers of one session; nothing is dropped because a write failed."""

    def __init__(self, store: Store, session_id: str) -> None:
        self._store = store
        self._session_id = session_id
        self._entries: list[_Entry] = []
        self._next_ns = 0
        self.error: StoreError | None = None
        """Why the last write failed; None when it succeeded."""

    def add(self, live: LiveAnswer) -> None:
        """Save this answer from now on, until it has ended and its end is saved."""
        self._entries.append(_Entry(live))
        self._next_ns = 0

    def withdraw(self, live: LiveAnswer) -> None:
        """Delete an attempt whose request no server took, as soon as that can be written."""
        for entry in self._entries:
            if entry.live is live:
                entry.withdrawn = True

    @property
    def pending(self) -> bool:
        """Whether something is not saved yet."""
        return bool(self._entries)

    def write(self, now_ns: int, *, force: bool = False) -> bool:
        """Save what is new, at most once a second; the end of an answer at once.

        Return whether anything was saved and nothing failed. After a failure the next try is a
        second later, or now with `force`.
        """
        ended = any(entry.live.state.final or entry.withdrawn for entry in self._entries)
        if now_ns < self._next_ns and not force and not (ended and self.error is None):
            return False
        self._next_ns = now_ns + GROWTH_PERIOD_NS
        try:
            written = [self._write_entry(entry) for entry in list(self._entries)]
        except StoreError as error:
            self.error = error
            return False
        self.error = None
        return any(written)

    def _write_entry(self, entry: _Entry) -> bool:
        """Save what is new of one answer; return whether there was anything."""
        live = entry.live
        if entry.withdrawn:
            if entry.begun:
                self._store.withdraw(self._session_id, live.cell, live.attempt)
            self._entries.remove(entry)
            return entry.begun
        state = live.state
        begins = not entry.begun
        if begins:
            self._store.begin(self._session_id, Answer(live.cell, live.attempt, live.started_at))
            entry.begun = True
        text, thinking, reads = len(live.text), len(live.thinking), len(live.reads)
        # What was saved of a text that turned out to be thinking is wrong: `finish` saves it again.
        revised = live.revision != entry.revision
        grew = reads > entry.reads and not revised
        if grew:
            self._store.grow(
                self._session_id,
                live.cell,
                live.attempt,
                state=AnswerState.STREAMING if state.final else state,
                text=live.text.since(entry.text),
                thinking=live.thinking.since(entry.thinking),
                reads=live.reads[entry.reads :],
            )
            entry.text, entry.thinking, entry.reads = text, thinking, reads
        if revised or state.final:
            self._store.finish(self._session_id, live.answer())
            entry.text, entry.thinking, entry.reads = text, thinking, reads
            entry.revision = live.revision
        if state.final:
            self._entries.remove(entry)
        return begins or grew or revised or state.final
