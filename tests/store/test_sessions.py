"""Naming, listing, renaming, deleting, importing; and calls that make no sense."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bbtui.domain.answer import Answer, AnswerState, Cell
from bbtui.domain.host import Build
from bbtui.domain.score import Score, Undo
from bbtui.domain.session import HostRecord
from bbtui.errors import SessionNotFoundError, StoreError
from bbtui.store.database import Database
from bbtui.store.sessions import SessionStore
from tests.store.builders import CELL, NOON, an_answer, say, small_session, waiting


def _id(beginning: str, end: str = "0") -> str:
    return f"{beginning}-0000-7000-8000-00000000000{end}"


@pytest.mark.parametrize(
    "ref", ["1", "#1", " #1 ", "0198aaaa", "0198AAAA", "0198", _id("0198aaaa"), "0198aaaa-0000-7"]
)
def test_a_session_goes_by_number_or_id(store: SessionStore, ref: str) -> None:
    wanted = store.create(small_session(id=_id("0198aaaa")))
    store.create(small_session(id=_id("0199bbbb")))
    assert store.load(ref) == wanted


def test_no_name_is_the_session_begun_last(store: SessionStore) -> None:
    store.create(small_session("earlier", minutes=1))
    latest = store.create(small_session("latest", minutes=9))
    store.create(small_session("imported today, begun before", minutes=-500))
    assert store.load() == latest
    assert store.load("") == latest


@pytest.mark.parametrize("ref", ["2", "#2", "0", "-1", "019", "0199", "what", "#", "1.0", "9" * 40])
def test_an_unknown_session(store: SessionStore, ref: str) -> None:
    store.create(small_session(id=_id("0198aaaa")))
    with pytest.raises(SessionNotFoundError) as refusal:
        store.load(ref)
    assert refusal.value.message == f"there is no session {ref!r}"
    assert "bbtui sessions" in refusal.value.fix
    assert refusal.value.exit_code == 2


def test_the_beginning_of_two_ids(store: SessionStore) -> None:
    store.create(small_session(id=_id("0198aaaa", "1")))
    store.create(small_session(id=_id("0198aaaa", "2")))
    with pytest.raises(SessionNotFoundError) as refusal:
        store.load("0198aaaa")
    assert refusal.value.message == "'0198aaaa' matches the ids of 2 sessions: #1, #2"
    assert "bbtui sessions" in refusal.value.fix


def test_nothing_to_load(store: SessionStore) -> None:
    with pytest.raises(SessionNotFoundError, match="there is no session yet"):
        store.load()
    assert store.summaries() == []


def test_the_list_is_newest_first(store: SessionStore) -> None:
    for title, minutes in (("second", 5), ("first", 9), ("third", 1)):
        store.create(small_session(title, minutes))
    assert [summary.title for summary in store.summaries()] == ["first", "second", "third"]


def test_what_the_list_counts(store: SessionStore) -> None:
    session = store.create(small_session())
    mine, other = CELL, Cell("webhook", "local")
    store.finish(session.id, an_answer())
    store.finish(session.id, an_answer(AnswerState.CUT, other))
    store.judge(session.id, say(Score(3)))
    slip = store.judge(session.id, say(Score(1), other))
    store.judge(session.id, say(Undo(slip.id)))
    (line,) = store.summaries()
    assert (line.answered, line.cells, line.scored) == (2, 4, 1)
    assert line.endpoints == ("Big", "Local")
    assert line.unfinished

    # Run again, the cell has an answer without a score.
    store.finish(session.id, an_answer(AnswerState.FAILED, mine, attempt=2))
    (line,) = store.summaries()
    assert (line.answered, line.scored) == (1, 0)


@pytest.mark.parametrize(
    ("state", "unfinished"),
    [
        (AnswerState.DONE, False),
        (AnswerState.CUT, False),
        (AnswerState.STOPPED, False),
        (AnswerState.TRUNCATED, True),
        (AnswerState.FAILED, True),
        (AnswerState.WAITING, True),
        (AnswerState.STREAMING, True),
    ],
)
def test_what_makes_a_session_unfinished(
    store: SessionStore, state: AnswerState, unfinished: bool
) -> None:
    session = store.create(small_session())
    for cell in session.cells():
        store.finish(session.id, an_answer(state if cell == CELL else AnswerState.DONE, cell))
    assert store.summaries()[0].unfinished is unfinished
    assert bool(store.load().missing()) is unfinished


def test_what_was_seen_last_counts(store: SessionStore) -> None:
    session = store.create(small_session())
    store.save_host(session.id, "big", HostRecord(words="pod is off", hint="start it"))
    store.save_host(session.id, "big", HostRecord(Build("0.33.3", "27B", "Q4_K_M", "abc", 8192)))
    assert store.load().seen == {"big": HostRecord(Build("0.33.3", "27B", "Q4_K_M", "abc", 8192))}


def test_rename(store: SessionStore) -> None:
    session = store.create(small_session("before"))
    assert store.rename("#1", "after") == 1
    assert store.load() == replace(session, about=replace(session.about, title="after"))
    assert store.summaries()[0].title == "after"
    with pytest.raises(SessionNotFoundError):
        store.rename("2", "none")


def test_delete_takes_everything_and_no_number_comes_back(store: SessionStore) -> None:
    kept = store.create(small_session("kept"))
    gone = store.create(small_session("gone"))
    store.finish(gone.id, an_answer())
    store.judge(gone.id, say(Score(2)))
    assert store.delete("2") == 2
    assert [summary.number for summary in store.summaries()] == [1]
    with pytest.raises(SessionNotFoundError):
        store.delete("2")
    with pytest.raises(StoreError, match=r"is no longer in sessions\.db"):
        store.judge(gone.id, say(Score(2)))
    assert store.create(gone).number == 3
    assert store.load("3").answers == ()
    assert store.load("1") == kept


def test_a_session_is_imported_once(store: SessionStore) -> None:
    session = small_session()
    store.create(session)
    with pytest.raises(StoreError) as refusal:
        store.create(replace(session, number=77))
    assert refusal.value.message == "this session is already saved as #1"
    assert refusal.value.fix


@pytest.mark.parametrize(
    "answers",
    [
        (an_answer(), an_answer()),
        (an_answer(cell=Cell("no such task", "big")),),
        (an_answer(cell=Cell("mud", "no such endpoint")),),
        (an_answer(attempt=10**30),),
    ],
)
def test_a_session_that_contradicts_itself(
    store: SessionStore, answers: tuple[Answer, ...]
) -> None:
    session = replace(small_session(), answers=answers)
    with pytest.raises(StoreError, match="the session is inconsistent and was not saved"):
        store.create(session)
    assert store.summaries() == []
    assert store.create(replace(session, answers=())).number == 1


def test_an_id_that_is_none(store: SessionStore) -> None:
    with pytest.raises(StoreError, match="invalid session id"):
        store.create(small_session(id="../../../evil"))


def test_an_answer_that_was_not_begun_cannot_grow(store: SessionStore) -> None:
    session = store.create(small_session())
    with pytest.raises(StoreError, match="no answer of big to webhook was started"):
        store.grow(
            session.id, CELL, 1, state=AnswerState.STREAMING, text="x", thinking="", reads=()
        )
    with pytest.raises(StoreError, match="no endpoint 'middle'"):
        store.save_host(session.id, "middle", HostRecord())


def test_what_is_stored_survives_closing(path: Path) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session())
        store.finish(session.id, an_answer())
        store.close()
    with SessionStore.open(path) as store:
        assert store.load(session.id).answers == (an_answer(),)
        assert store.load().started_at == NOON


def test_only_growing_text_is_left_to_the_system_to_flush(path: Path) -> None:
    """A judgement and an end are on the disk when the call returns (SQLite's FULL is 2)."""
    database = Database.open(path)

    def flushing() -> int:
        with database.reading() as connection:
            return int(connection.execute("PRAGMA synchronous").fetchone()[0])

    with SessionStore(database) as store:
        session = store.create(small_session())
        store.begin(session.id, waiting())
        store.grow(
            session.id, CELL, 1, state=AnswerState.STREAMING, text="Y", thinking="", reads=()
        )
        assert flushing() == 1
        store.judge(session.id, say(Score(3)))
        assert flushing() == 2
        store.grow(
            session.id, CELL, 1, state=AnswerState.STREAMING, text="e", thinking="", reads=()
        )
        store.finish(session.id, an_answer())
        assert flushing() == 2
