"""What is deleted gives its space back to the disk, also beside another program."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bbtui.domain.score import Note
from bbtui.errors import StoreDamagedError
from bbtui.store.sessions import SessionStore
from tests.store.builders import make_answer, make_judgement, small_session
from tests.store.children import child, read_line, write_line

LARGE = "word " * 200_000
FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(params=["new", "format-1", "format-3"])
def database(request: pytest.FixtureRequest, path: Path) -> Iterator[Path]:
    """Yield a database that this program created, or one that it upgraded."""
    path.parent.mkdir()
    if request.param != "new":
        shutil.copyfile(FIXTURES / f"{request.param}.db", path)
    SessionStore.open(path).close()
    yield path
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def taken(path: Path) -> int:
    """Return the bytes that the database takes, its log included."""
    log = path.with_name("sessions.db-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def add_large(store: SessionStore) -> str:
    """Add a session with an answer of a megabyte; return its number."""
    session = store.create(small_session("large"))
    store.finish(session.id, make_answer(text=LARGE))
    return str(session.number)


def test_deleted_session_gives_its_space_back(database: Path) -> None:
    with SessionStore.open(database) as store:
        kept = store.create(small_session("kept"))
        before = taken(database)
        large = add_large(store)
        store.create(small_session("after it"))
        assert taken(database) > before + len(LARGE)
        store.delete(large)
        assert taken(database) < before + 100_000
        assert store.load(kept.id) == kept
        store.check_now()


def test_other_program_goes_on_in_the_file_that_became_smaller(database: Path) -> None:
    with SessionStore.open(database) as store:
        session = store.create(small_session("judged by both"))
        large = add_large(store)
        with child("judge", database, session.id) as other:
            write_line(other, "before")
            assert read_line(other) == "1"
            before = taken(database)
            store.delete(large)
            assert taken(database) < before - len(LARGE)
            for turn in (2, 4, 6):
                write_line(other, "after")
                assert read_line(other) == str(turn)
                assert store.judge(session.id, make_judgement(Note("mine"))).id == turn + 1
        assert len(store.load(session.id).judgements) == 7


def test_other_program_makes_the_file_smaller_than_this_one_knew_it(path: Path) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session("judged by both"))
        large = add_large(store)
        store.judge(session.id, make_judgement(Note("knows the size")))
        with child("delete", path, large) as other:
            assert read_line(other) == f"deleted {large}"
            assert other.wait() == 0
        for _ in range(3):
            store.judge(session.id, make_judgement(Note("goes on")))
        # And it grows again, in the log alone at first.
        store.finish(session.id, make_answer(text="word " * 2000))
        assert store.load(session.id).answers == (make_answer(text="word " * 2000),)


def test_file_that_was_cut_off_is_damaged(path: Path) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session())
        add_large(store)
    with SessionStore.open(path) as store:
        store.judge(session.id, make_judgement(Note("knows the size")))
        with path.open("r+b") as file:
            file.truncate(40_960)
        with pytest.raises(StoreDamagedError, match="it was overwritten while bbtui had it open"):
            store.judge(session.id, make_judgement(Note("lost")))


def test_reader_of_an_earlier_state_leaves_the_space_to_the_next_time(path: Path) -> None:
    with SessionStore.open(path) as store:
        store.interactive = True  # waits less
        large, other = add_large(store), add_large(store)
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM sessions").fetchall()
            store.delete(large)
            assert taken(path) > len(LARGE)
            reader.execute("ROLLBACK")
        store.delete(other)
        assert taken(path) < 200_000


def test_earlier_file_that_is_open_elsewhere_is_rewritten_by_a_later_deletion(
    path: Path,
) -> None:
    path.parent.mkdir()
    shutil.copyfile(FIXTURES / "format-3.db", path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("SELECT * FROM sessions").fetchall()
        before = path.stat().st_ino, path.stat().st_size
        with SessionStore.open(path) as store:
            assert store.upgrade is not None
            assert (path.stat().st_ino, path.stat().st_size) == before
            large, small = add_large(store), store.create(small_session())
            store.delete(large)
            assert taken(path) > len(LARGE), "an earlier bbtui takes a smaller file for damage"
    with SessionStore.open(path) as store:
        store.delete(small.id)
        assert taken(path) < 200_000
        assert [one.number for one in store.summaries()] == [2, 1]
