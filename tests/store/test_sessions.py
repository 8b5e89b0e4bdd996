"""Naming, listing, renaming, deleting, importing; and calls that make no sense."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bbtui.domain.answer import Answer, AnswerState, Cell
from bbtui.domain.host import Build
from bbtui.domain.problem import Problem
from bbtui.domain.score import Blinding, Score, Undo
from bbtui.domain.session import HostRecord
from bbtui.errors import SessionNotFoundError, StoreError
from bbtui.store.database import Database
from bbtui.store.sessions import SessionStore
from tests.store.builders import (
    CELL,
    NOON,
    make_answer,
    make_judgement,
    small_session,
    waiting_answer,
)


def _id(beginning: str, end: str = "0") -> str:
    return f"{beginning}-0000-7000-8000-00000000000{end}"


@pytest.mark.parametrize(
    "ref", ["1", "#1", " #1 ", "0198aaaa", "0198AAAA", "0198", _id("0198aaaa"), "0198aaaa-0000-7"]
)
def test_session_is_found_by_number_or_id(store: SessionStore, ref: str) -> None:
    wanted = store.create(small_session(id=_id("0198aaaa")))
    store.create(small_session(id=_id("0199bbbb")))
    assert store.load(ref) == wanted


def test_empty_ref_finds_the_last_session(store: SessionStore) -> None:
    store.create(small_session("earlier", minutes=9))
    latest = store.create(small_session("after the clock went back", minutes=-500))
    assert store.load() == latest
    assert store.load("") == latest


@pytest.mark.parametrize("ref", ["2", "#2", "0", "-1", "019", "0199", "what", "#", "1.0", "9" * 40])
def test_unknown_ref_is_not_found(store: SessionStore, ref: str) -> None:
    store.create(small_session(id=_id("0198aaaa")))
    with pytest.raises(SessionNotFoundError) as refusal:
        store.load(ref)
    assert refusal.value.message == f"there is no session {ref!r}"
    assert "bbtui sessions" in refusal.value.fix
    assert refusal.value.exit_code == 2


def test_prefix_of_two_ids_is_ambiguous(store: SessionStore) -> None:
    store.create(small_session(id=_id("0198aaaa", "1")))
    store.create(small_session(id=_id("0198aaaa", "2")))
    with pytest.raises(SessionNotFoundError) as refusal:
        store.load("0198aaaa")
    assert refusal.value.message == "'0198aaaa' matches the ids of 2 sessions: #1, #2"
    assert "bbtui sessions" in refusal.value.fix


def test_empty_database_has_no_last_session(store: SessionStore) -> None:
    with pytest.raises(SessionNotFoundError, match="there is no session yet"):
        store.load()
    assert store.summaries() == []


def test_summaries_are_newest_first_whatever_the_clock_shows(store: SessionStore) -> None:
    for title, minutes in (("third", 5), ("second", 9), ("first", 1)):
        store.create(small_session(title, minutes))
    assert [summary.title for summary in store.summaries()] == ["first", "second", "third"]


def test_latest_summaries_are_those_of_the_last_sessions(store: SessionStore) -> None:
    assert store.summaries(latest=2) == []
    for title in ("third", "second", "first"):
        session = store.create(small_session(title))
        store.finish(session.id, make_answer())
        store.judge(session.id, make_judgement(Score(3)))
    assert store.summaries(latest=2) == store.summaries()[:2]


def test_unscored_are_the_sessions_with_a_text_without_a_score_oldest_first(
    store: SessionStore,
) -> None:
    scored, open_, empty, again, undone = (store.create(small_session()) for _ in range(5))
    for session in (scored, open_, again, undone):
        store.finish(session.id, make_answer())
    store.finish(empty.id, replace(make_answer(AnswerState.FAILED), text="", thinking="", reads=()))
    for session in (scored, again, undone):
        score = store.judge(session.id, make_judgement(Score(3)))
    assert store.unscored() == [open_.number]
    store.finish(again.id, make_answer(attempt=2))
    store.judge(undone.id, make_judgement(Undo(score.id)))
    assert store.unscored() == [open_.number, again.number, undone.number]


def test_summary_counts_the_last_attempts(store: SessionStore) -> None:
    session = store.create(small_session())
    mine, other = CELL, Cell("webhook", "local")
    store.finish(session.id, make_answer())
    store.finish(session.id, make_answer(AnswerState.CUT, other))
    store.judge(session.id, make_judgement(Score(3)))
    slip = store.judge(session.id, make_judgement(Score(1), other))
    store.judge(session.id, make_judgement(Undo(slip.id)))
    (line,) = store.summaries()
    assert (line.answered, line.cells, line.scored) == (2, 4, 1)
    assert line.endpoints == ("Big", "Local")
    assert line.unfinished

    # Run again, the cell has an answer without a score.
    store.finish(session.id, make_answer(AnswerState.FAILED, mine, attempt=2))
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
def test_session_is_unfinished_while_a_cell_needs_an_answer(
    store: SessionStore, state: AnswerState, unfinished: bool
) -> None:
    session = store.create(small_session())
    for cell in session.cells():
        store.finish(session.id, make_answer(state if cell == CELL else AnswerState.DONE, cell))
    assert store.summaries()[0].unfinished is unfinished
    assert bool(store.load().missing()) is unfinished


def test_last_saved_host_is_loaded(store: SessionStore) -> None:
    session = store.create(small_session())
    store.save_host(session.id, "big", HostRecord(problem=Problem("pod is off", "start it")))
    store.save_host(session.id, "big", HostRecord(Build("0.33.3", "27B", "Q4_K_M", "abc", 8192)))
    assert store.load().seen == {"big": HostRecord(Build("0.33.3", "27B", "Q4_K_M", "abc", 8192))}


def test_rename_changes_only_the_title(store: SessionStore) -> None:
    session = store.create(small_session("before"))
    assert store.rename("#1", "after") == 1
    assert store.load() == replace(session, about=replace(session.about, title="after"))
    assert store.summaries()[0].title == "after"
    with pytest.raises(SessionNotFoundError):
        store.rename("2", "none")


def test_delete_removes_everything_and_numbers_are_not_reused(store: SessionStore) -> None:
    kept = store.create(small_session("kept"))
    gone = store.create(small_session("gone"))
    store.finish(gone.id, make_answer())
    store.judge(gone.id, make_judgement(Score(2)))
    assert store.delete("2") == 2
    assert [summary.number for summary in store.summaries()] == [1]
    with pytest.raises(SessionNotFoundError):
        store.delete("2")
    with pytest.raises(StoreError, match=r"is no longer in sessions\.db"):
        store.judge(gone.id, make_judgement(Score(2)))
    assert store.create(gone).number == 3
    assert store.load("3").answers == ()
    assert store.load("1") == kept


def test_session_cannot_be_imported_twice(store: SessionStore) -> None:
    session = small_session()
    store.create(session)
    with pytest.raises(StoreError) as refusal:
        store.create(replace(session, number=77))
    assert refusal.value.message == "this session is already saved as #1"
    assert refusal.value.fix


@pytest.mark.parametrize(
    "answers",
    [
        (make_answer(), make_answer()),
        (make_answer(cell=Cell("no such task", "big")),),
        (make_answer(cell=Cell("mud", "no such endpoint")),),
        (make_answer(attempt=10**30),),
    ],
)
def test_inconsistent_session_is_refused(store: SessionStore, answers: tuple[Answer, ...]) -> None:
    session = replace(small_session(), answers=answers)
    with pytest.raises(StoreError, match="the session is inconsistent and was not saved"):
        store.create(session)
    assert store.summaries() == []
    assert store.create(replace(session, answers=())).number == 1


def test_invalid_id_is_refused(store: SessionStore) -> None:
    with pytest.raises(StoreError, match="invalid session id"):
        store.create(small_session(id="../../../evil"))


def test_withdrawn_answer_leaves_nothing_and_can_begin_again(store: SessionStore) -> None:
    session = store.create(small_session())
    store.begin(session.id, waiting_answer())
    store.withdraw(session.id, CELL, 1)
    assert store.load().answers == ()
    store.withdraw(session.id, CELL, 1)
    store.begin(session.id, waiting_answer())
    store.finish(session.id, make_answer())
    assert [(one.attempt, one.text) for one in store.load().answers] == [(1, "Yes.")]


def test_answer_cannot_grow_before_it_begins(store: SessionStore) -> None:
    session = store.create(small_session())
    with pytest.raises(StoreError, match="no answer of big to webhook was started"):
        store.grow(
            session.id, CELL, 1, state=AnswerState.STREAMING, text="x", thinking="", reads=()
        )
    with pytest.raises(StoreError, match="no endpoint 'middle'"):
        store.save_host(session.id, "middle", HostRecord())


def test_session_survives_closing_the_store(path: Path) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session())
        store.finish(session.id, make_answer())
        store.close()
    with SessionStore.open(path) as store:
        assert store.load(session.id).answers == (make_answer(),)
        assert store.load().started_at == NOON


def test_all_but_growing_text_is_flushed(path: Path) -> None:
    """A judgement and an end are on the disk when the call returns (SQLite's FULL is 2)."""
    database = Database.open(path)

    def flushing() -> int:
        with database.reading() as connection:
            return int(connection.execute("PRAGMA synchronous").fetchone()[0])

    with SessionStore(database) as store:
        session = store.create(small_session())
        store.begin(session.id, waiting_answer())
        store.grow(
            session.id, CELL, 1, state=AnswerState.STREAMING, text="Y", thinking="", reads=()
        )
        assert flushing() == 1
        store.judge(session.id, make_judgement(Score(3)))
        assert flushing() == 2
        store.grow(
            session.id, CELL, 1, state=AnswerState.STREAMING, text="e", thinking="", reads=()
        )
        store.finish(session.id, make_answer())
        assert flushing() == 2


def test_summary_is_blind_while_blind_mode_is_on_and_an_answer_has_no_score(
    store: SessionStore,
) -> None:
    session = store.create(small_session())

    def is_blind() -> bool:
        (line,) = store.summaries()
        return line.blind

    assert not is_blind()
    store.judge(session.id, make_judgement(Blinding(on=True, seed="7")))
    assert is_blind()
    store.judge(session.id, make_judgement(Blinding(on=False)))
    assert not is_blind()
    store.judge(session.id, make_judgement(Blinding(on=True, seed="8")))
    for cell in session.cells():
        assert is_blind()
        store.finish(session.id, make_answer(AnswerState.DONE, cell))
        store.judge(session.id, make_judgement(Score(3), cell))
    assert not is_blind()
