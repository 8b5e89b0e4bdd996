"""A session store in memory, which fails on request of the test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bbtui.domain.answer import Answer, AnswerState, Cell, Read
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Judgement
from bbtui.domain.session import HostRecord, Session
from bbtui.domain.task import Task
from bbtui.errors import StoreError

DISK_FULL = StoreError(
    "the disk is full: the session could not be written",
    "free some space; what was not written is tried again every second",
)


@dataclass(slots=True)
class _Kept:
    """One session as it would be on disk."""

    session: Session
    state: dict[tuple[Cell, int], Answer] = field(default_factory=dict)


class MemoryStore:
    """A store that keeps everything in memory, and fails on request of the test.

    `failing` set to an error makes every call raise it until it is None again; `fail_at` holds
    the numbers of the calls (from 1, see `calls`) that fail once each. A failed call writes
    nothing, as a transaction rolled back. Writing to an answer that was not begun, or beginning
    one twice, is an AssertionError.
    """

    def __init__(self) -> None:
        self.failing: StoreError | None = None
        self.fail_at: set[int] = set()
        self.calls: list[str] = []
        self.held: set[str] = set()
        self.pieces: list[tuple[str, str]] = []
        self._kept: dict[str, _Kept] = {}

    def saved(self, session_id: str) -> Session:
        """Return the session as another process would read it now."""
        kept = self._kept[session_id]
        return replace(kept.session, answers=tuple(kept.state.values()))

    @property
    def sessions(self) -> list[Session]:
        """Every session, the newest last."""
        return [self.saved(session_id) for session_id in self._kept]

    def create(self, session: Session) -> Session:
        self._call("create")
        assert session.id not in self._kept, "created twice"
        session = replace(session, number=session.number or len(self._kept) + 12)
        answers = {(answer.cell, answer.attempt): answer for answer in session.answers}
        self._kept[session.id] = _Kept(session, answers)
        return session

    def rename(self, ref: str, title: str) -> int:
        self._call("rename")
        kept = self._kept[ref]
        about = replace(kept.session.about, title=title)
        self._kept[ref] = replace(kept, session=replace(kept.session, about=about))
        return kept.session.number

    def delete(self, ref: str) -> int:
        self._call("delete")
        return self._kept.pop(ref).session.number

    def lock(self, session_id: str) -> None:
        self._call("lock")
        self.held.add(session_id)

    def unlock(self, session_id: str) -> None:
        self._call("unlock")
        self.held.discard(session_id)

    def begin(self, session_id: str, answer: Answer) -> None:
        self._call("begin")
        answers = self._kept[session_id].state
        assert (answer.cell, answer.attempt) not in answers, "begun twice"
        answers[answer.cell, answer.attempt] = answer

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
        self._call("grow")
        answers = self._kept[session_id].state
        known = answers[cell, attempt]
        assert not known.state.final, "grown after its end"
        assert not state.final, "grown into its end"
        self.pieces.append((text, thinking))
        answers[cell, attempt] = replace(
            known,
            state=state,
            text=known.text + text,
            thinking=known.thinking + thinking,
            reads=(*known.reads, *reads),
        )

    def finish(self, session_id: str, answer: Answer) -> None:
        """Keeps how it ended; text and reads stay as they were grown, unless they were revised."""
        self._call("finish")
        answers = self._kept[session_id].state
        known = answers[answer.cell, answer.attempt]
        assert not known.state.final, "finished twice"
        if not answer.text.startswith(known.text):
            answers[answer.cell, answer.attempt] = answer
            return
        answers[answer.cell, answer.attempt] = replace(
            answer, text=known.text, thinking=known.thinking, reads=known.reads
        )

    def withdraw(self, session_id: str, cell: Cell, attempt: int) -> None:
        self._call("withdraw")
        del self._kept[session_id].state[cell, attempt]

    def judge(self, session_id: str, judgement: Judgement) -> Judgement:
        self._call("judge")
        kept = self._kept[session_id]
        judgement = replace(judgement, id=len(kept.session.judgements) + 1)
        kept.session = kept.session.with_judgement(judgement)
        return judgement

    def judgements(self, session_id: str, after: int) -> tuple[Judgement, ...]:
        self._call("judgements")
        log = self._kept[session_id].session.judgements
        return tuple(row for row in log if row.id > after)

    def add_task(self, session_id: str, task: Task) -> None:
        self._call("add_task")
        kept = self._kept[session_id]
        kept.session = kept.session.with_task(task)

    def add_endpoint(self, session_id: str, endpoint: Endpoint) -> None:
        self._call("add_endpoint")
        kept = self._kept[session_id]
        endpoints = (*kept.session.endpoints, endpoint)
        kept.session = replace(kept.session, endpoints=endpoints)

    def change_endpoint(self, session_id: str, name: str, endpoint: Endpoint) -> None:
        self._call("change_endpoint")
        kept = self._kept[session_id]
        assert name not in {cell.endpoint for cell, _ in kept.state}, "it has answers already"
        kept.session = kept.session.with_endpoint(endpoint, name)

    def update_endpoint(self, session_id: str, endpoint: Endpoint) -> None:
        self._call("update_endpoint")
        kept = self._kept[session_id]
        kept.session = kept.session.with_api(endpoint.name, endpoint.api)

    def save_host(self, session_id: str, endpoint_name: str, seen: HostRecord) -> None:
        self._call("save_host")
        kept = self._kept[session_id]
        kept.session = kept.session.with_host_record(endpoint_name, seen)

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) in self.fail_at:
            raise DISK_FULL
        if self.failing is not None:
            raise self.failing
