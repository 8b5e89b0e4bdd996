"""Scenarios of texts and bytes that are foreign: escapes everywhere, and what no keyboard sends."""

from __future__ import annotations

import random
import tempfile
from dataclasses import fields, replace
from pathlib import Path

from bbtui.domain.answer import AnswerState, Cell
from bbtui.domain.host import Build
from bbtui.domain.problem import Problem
from bbtui.domain.score import Fault, Note, Remark, Severity, Verdict
from bbtui.domain.session import HostRecord, Session, SessionInfo
from bbtui.formatting.sanitize import clean_name, clean_text, excerpt, single_line
from bbtui.store.sessions import SessionStore
from bbtui.ui.terminal_input import ESCAPE_S, TerminalInput
from tests.store.builders import make_answer, make_judgement, small_session
from tests.torture.faults import damaged, hostile, pieces
from tests.torture.invariants import assert_harmless, assert_reported
from tests.ui.test_terminal_input import REPLIES, keys_of


def foreign_session(choice: random.Random) -> Session:
    """Return a session in which every text that others wrote is hostile."""

    def said() -> str:
        return hostile(choice)

    session = small_session()
    tasks = tuple(
        replace(task, title=said(), prompt=said(), expected=said(), rubric=(said(), said()))
        for task in session.tasks
    )
    endpoints = tuple(
        replace(endpoint, label=said(), model=said(), address=said(), hardware=said())
        for endpoint in session.endpoints
    )
    about = SessionInfo(**{field.name: said() for field in fields(SessionInfo)})
    record = HostRecord(Build(said(), said(), said(), said()), Problem(said(), said()))
    session = replace(session, tasks=tasks, endpoints=endpoints, about=about)
    for task in tasks:
        for endpoint in endpoints:
            state = choice.choice([state for state in AnswerState if state.final])
            answer = make_answer(state, Cell(task.id, endpoint.name), text=said())
            session = session.with_answer(replace(answer, problem=Problem(said(), said())))
    session = session.with_host_record("big", record)
    verdict = Verdict(said(), said())
    fault = Fault(choice.choice(list(Severity)), said())
    judged = (verdict, fault, Note(said()), Remark("summary", said()), Remark("finding", said()))
    rows = tuple(replace(make_judgement(what), id=row) for row, what in enumerate(judged, 1))
    return replace(session, judgements=rows)


def escape(choice: random.Random) -> None:
    """Escapes in every foreign text of a session: kept as they are, never written to a terminal."""
    session = foreign_session(choice)
    assert_reported(session)
    text = hostile(choice, 40)
    for cleaned in (clean_text, clean_name, single_line, excerpt):
        assert_harmless(cleaned(text))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sessions.db"
        with SessionStore.open(path) as store:
            saved = store.create(session)
        with SessionStore.open(path) as store:
            assert store.load(session.id) == saved
            assert store.create(small_session()).number == 2


def keys(choice: random.Random) -> None:
    """Bytes that no keyboard sends, and late replies of the terminal in pieces: never a key."""
    terminal, now = TerminalInput(), 100.0
    replies = b"".join(choice.choices(sorted(REPLIES.values()), k=choice.randint(1, 5)))
    noise = choice.random() < 0.5
    data = damaged(choice, replies + choice.randbytes(choice.randrange(30))) if noise else replies
    messages = []
    for piece in pieces(choice, data):
        messages += terminal.tick(now)
        messages += terminal.feed(piece, now)
        now += choice.uniform(0, 0.99 * ESCAPE_S)
    if not noise:
        messages += terminal.tick(now + 10)
        assert keys_of(messages) == []
    # A sequence without an end is given up, and then a key is a key again.
    now += 100
    terminal.tick(now)
    terminal.feed(b"\x1b[201~", now)
    terminal.tick(now + 100)
    assert keys_of(terminal.feed(b"q", now + 200) + terminal.tick(now + 300)) == ["q"]
