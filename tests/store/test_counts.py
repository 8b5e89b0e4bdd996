"""The list of sessions is never out of date, whoever wrote last and however that program ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple, replace
from pathlib import Path

import pytest

from bbtui.domain.answer import AnswerState, Cell, Read
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Blinding, Note, Redo, Score, Undo
from bbtui.domain.session import Session, SessionInfo
from bbtui.domain.task import Task
from bbtui.errors import StoreError
from bbtui.store.sessions import SessionStore
from tests.store.builders import (
    make_answer,
    make_judgement,
    small_session,
    waiting_answer,
)
from tests.store.children import child, read_line

OTHER = Cell("mud", "local")


def whole_list(store: SessionStore) -> tuple[object, ...]:
    """Return all that is listed."""
    return (*map(astuple, store.summaries()), *store.unscored())


def kept(path: Path) -> list[int]:
    """Return the sessions whose counts are kept."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT session FROM summaries ORDER BY session")
        return [number for (number,) in rows]


def grow(store: SessionStore, session: Session, text: str) -> None:
    store.grow(
        session.id,
        OTHER,
        1,
        state=AnswerState.WAITING,
        text=text,
        thinking="",
        reads=[Read(1, 1, len(text), 0, 1)],
    )


WRITES: dict[str, Callable[[SessionStore, Session], object]] = {
    "rename": lambda store, session: store.rename("1", "another"),
    "task": lambda store, session: store.add_task(session.id, Task("new", "New", "Go.")),
    "endpoint": lambda store, session: store.add_endpoint(
        session.id, replace(session.endpoints[0], name="new", label="New")
    ),
    "label": lambda store, session: store.update_endpoint(
        session.id, replace(session.endpoints[0], label="Bigger")
    ),
    "other endpoint": lambda store, session: store.change_endpoint(
        session.id, "spare", Endpoint("other", "Other", "gemma3:4b", "ollama", "https://pod")
    ),
    "begun": lambda store, session: store.begin(session.id, waiting_answer(attempt=2)),
    "grown": lambda store, session: grow(store, session, "a text to judge"),
    "stopped": lambda store, session: store.finish(
        session.id, make_answer(AnswerState.STOPPED, OTHER, text="")
    ),
    "withdrawn": lambda store, session: store.withdraw(session.id, OTHER, 1),
    "again": lambda store, session: store.finish(session.id, make_answer(attempt=2)),
    "score": lambda store, session: store.judge(
        session.id, make_judgement(Score(2), Cell("webhook", "local"))
    ),
    "undo": lambda store, session: store.judge(session.id, make_judgement(Undo(1))),
    "blind": lambda store, session: store.judge(session.id, make_judgement(Blinding(on=True))),
    "abandoned": lambda store, session: store.lock(session.id),
}


@pytest.mark.parametrize("write", WRITES)
def test_list_has_every_write_as_if_it_were_counted_again(path: Path, write: str) -> None:
    with SessionStore.open(path) as store:
        session = store.create(
            replace(
                small_session("before"),
                endpoints=(
                    *small_session().endpoints,
                    Endpoint("spare", "Spare", "gemma3:4b", "ollama", "https://pod"),
                ),
            )
        )
        store.finish(session.id, make_answer())
        store.finish(session.id, make_answer(cell=Cell("webhook", "local")))
        store.begin(session.id, waiting_answer(OTHER))
        store.judge(session.id, make_judgement(Score(4)))
        store.create(small_session("untouched"))
    with SessionStore.open(path) as store:
        assert kept(path) == [1, 2]
        WRITES[write](store, session)
        assert kept(path) == [2]
        store.unlock(session.id)
        written = whole_list(store)
    assert kept(path) == [1, 2]
    with SessionStore.open(path) as store:
        assert whole_list(store) == written
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DELETE FROM summaries")
            connection.commit()
        assert whole_list(store) == written


def test_redone_score_is_counted_again(path: Path) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session())
        store.finish(session.id, make_answer())
        counts = []
        for what in (Score(3), Undo(1), Redo(1), Note("seen"), Undo(4)):
            store.judge(session.id, make_judgement(what))
            counts.append(store.summaries()[0].scored)
    assert counts == [1, 0, 1, 1, 1]


def test_deleted_session_leaves_no_counts(path: Path) -> None:
    with SessionStore.open(path) as store:
        store.create(small_session())
    with SessionStore.open(path) as store:
        store.delete("1")
    assert kept(path) == []


def test_counts_of_a_killed_program_are_made_by_the_next(path: Path) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session())
    with child("lock", path, session.id) as process:
        assert read_line(process) == "locked"
        with SessionStore.open(path) as store:
            assert store.summaries()[0].running
        assert kept(path) == [], "its program is still writing"
        process.kill()
        process.wait()
    with SessionStore.open(path) as store:
        assert store.unscored() == [1]
    assert kept(path) == [1]


def test_title_of_any_characters_is_listed(path: Path) -> None:
    title = "half a pair \ud83d, “quotes” \0 🜂"
    with SessionStore.open(path) as store:
        store.create(replace(small_session(), about=SessionInfo(title=title)))
    with SessionStore.open(path) as store:
        assert kept(path) == [1]
        assert store.summaries()[0].title == title


def test_unreadable_session_does_not_keep_others_from_being_counted(path: Path) -> None:
    with SessionStore.open(path) as store:
        store.create(small_session("sound"))
        store.create(small_session("odd"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE sessions SET trials = 'many' WHERE number = 2")
        connection.commit()
    with SessionStore.open(path) as store:
        store.rename("1", "renamed")
        with pytest.raises(StoreError, match="the list of sessions cannot be read"):
            store.summaries()
    with SessionStore.open(path) as store:
        store.delete("2")
        assert [one.title for one in store.summaries()] == ["renamed"]
