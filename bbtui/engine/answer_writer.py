"""Writes answers down as they grow, and keeps what could not be written until it can."""

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

#: How much text a kill -9 may cost, in ns.
GROWTH_PERIOD_NS = NS_PER_S


class Store(Protocol):
    """What the engine asks of the session store; every method may raise `StoreError`."""

    def create(self, session: Session) -> Session:
        """Write a new session; returns it with its number."""
        ...

    def hold(self, session_id: str) -> None:
        """Keep other processes from running this session, until released or this one ends."""

    def release(self, session_id: str) -> None:
        """Let others run this session."""

    def begin(self, session_id: str, answer: Answer) -> None:
        """Write that a cell is being asked."""

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
        """Write what came since the last call."""

    def finish(self, session_id: str, answer: Answer) -> None:
        """Write how an answer ended."""

    def judge(self, session_id: str, judgement: Judgement) -> Judgement:
        """Write a judgement durably; returns it with its id."""
        ...

    def add_task(self, session_id: str, task: Task) -> None:
        """Add a task at the end."""

    def add_endpoint(self, session_id: str, endpoint: Endpoint) -> None:
        """Add an endpoint at the end."""

    def change_endpoint(self, session_id: str, name: str, endpoint: Endpoint) -> None:
        """Put an endpoint in the place of another of which nothing was asked yet."""

    def saw(self, session_id: str, endpoint_name: str, seen: HostRecord) -> None:
        """Write what was last seen of an endpoint's machine."""


@dataclass(slots=True)
class _Page:
    """How much of one growing answer is written."""

    growing: LiveAnswer
    begun: bool = False
    text: int = 0
    thinking: int = 0
    reads: int = 0


class AnswerWriter:
    """The growing answers of one session on their way to the store.

    `trouble` is the error of the last write, None when all is well. Nothing is dropped for it:
    the next `write` tries again from where it stands.
    """

    def __init__(self, store: Store, session_id: str) -> None:
        self._store = store
        self._session_id = session_id
        self._pages: list[_Page] = []
        self._next_ns = 0
        self.trouble: StoreError | None = None

    def follow(self, growing: LiveAnswer) -> None:
        """Write this answer from now on, until it has ended and its end is written."""
        self._pages.append(_Page(growing))
        self._next_ns = 0

    @property
    def pending(self) -> bool:
        """Whether something is not written yet."""
        return bool(self._pages)

    def write(self, now_ns: int, *, force: bool = False) -> bool:
        """Write what is new, at most once a second; an end is written at once.

        Returns whether anything was written and all of it went well. After a
        failure the next try is a second later, unless `force` asks for one now.
        """
        ended = any(page.growing.state.final for page in self._pages)
        if now_ns < self._next_ns and not force and not (ended and self.trouble is None):
            return False
        self._next_ns = now_ns + GROWTH_PERIOD_NS
        written = False
        try:
            for page in list(self._pages):
                written = self._write_page(page) or written
        except StoreError as error:
            self.trouble = error
            return False
        self.trouble = None
        return written

    def _write_page(self, page: _Page) -> bool:
        """Write what is new of one answer; whether there was anything."""
        growing = page.growing
        state = growing.state
        begins = not page.begun
        if begins:
            begun = Answer(growing.cell, growing.attempt, growing.started_at)
            self._store.begin(self._session_id, begun)
            page.begun = True
        text, thinking, reads = (
            len(growing.text_parts),
            len(growing.thinking_parts),
            len(growing.reads),
        )
        grew = reads > page.reads
        if grew:
            self._store.grow(
                self._session_id,
                growing.cell,
                growing.attempt,
                state=AnswerState.STREAMING if state.final else state,
                text="".join(growing.text_parts[page.text : text]),
                thinking="".join(growing.thinking_parts[page.thinking : thinking]),
                reads=growing.reads[page.reads : reads],
            )
            page.text, page.thinking, page.reads = text, thinking, reads
        if state.final:
            self._store.finish(self._session_id, growing.answer())
            self._pages.remove(page)
        return begins or grew or state.final
