"""Small sessions and their parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bbtui.domain.answer import Answer, AnswerState, Cell, Read
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Judged, Judgement
from bbtui.domain.session import Session, SessionInfo
from bbtui.domain.task import Task
from bbtui.store.uuid7 import new_id

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CELL = Cell("webhook", "big")


def small_session(title: str = "", minutes: int = 0, id: str = "") -> Session:  # noqa: A002
    """Return two tasks for two endpoints, started that many minutes after noon."""
    return Session(
        id=id or new_id(),
        started_at=NOON + timedelta(minutes=minutes),
        tasks=(Task("webhook", "Webhook", "Write it."), Task("mud", "MUD", "Tell it.")),
        endpoints=(
            Endpoint("big", "Big", "gemma3:27b", "ollama", "https://pod"),
            Endpoint("local", "Local", "gemma3:1b", "openai", "http://127.0.0.1"),
        ),
        about=SessionInfo(title=title),
    )


def make_answer(
    state: AnswerState = AnswerState.DONE, cell: Cell = CELL, attempt: int = 1, text: str = "Yes."
) -> Answer:
    """Return an answer that was received in one read."""
    reads = (Read(5_000_000, 80, len(text), 0, 1),) if text else ()
    return Answer(cell, attempt, NOON, state, text, reads=reads)


def waiting_answer(cell: Cell = CELL, attempt: int = 1) -> Answer:
    """Return an answer whose request was just sent."""
    return Answer(cell, attempt, NOON)


def make_judgement(what: Judged, cell: Cell = CELL, attempt: int = 1) -> Judgement:
    """Return a judgement that is not saved yet."""
    return Judgement(NOON, what, cell, attempt)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder, byte for byte."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}
