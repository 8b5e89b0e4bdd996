"""The database is deleted, moved or replaced while it is open: nothing that was saved is lost."""

from __future__ import annotations

import shutil
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from bbtui.domain.score import Score
from bbtui.errors import StoreDamagedError, StoreError, StoreMovedError
from bbtui.store import session_lock
from bbtui.store.sessions import SessionStore
from tests.store.builders import make_answer, make_judgement, small_session


def delete_file(path: Path) -> None:
    path.unlink()


def delete_all(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def delete_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def move_file(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def folder_became_a_file(path: Path) -> None:
    path.parent.rename(path.parent.with_name("before"))
    path.parent.touch()


@pytest.mark.parametrize("harm", [delete_file, delete_all, delete_folder, move_file])
def test_next_write_fails_and_the_one_after_it_writes_everything_again(
    path: Path, harm: object
) -> None:
    with SessionStore.open(path) as store:
        older = store.create(small_session("older"))
        session = store.create(small_session("open"))
        store.lock(session.id)
        store.finish(session.id, make_answer(text="word " * 9000))
        first = store.judge(session.id, make_judgement(Score(3)))
        harm(path)  # type: ignore[operator]
        with pytest.raises(StoreMovedError) as noticed:
            store.judge(session.id, make_judgement(Score(4)))
        assert noticed.value.message == (
            f"sessions.db was deleted or moved while bbtui had it open ({path})"
        )
        assert "it writes all sessions to a new file there" in noticed.value.fix
        second = store.judge(session.id, make_judgement(Score(5)))
        with SessionStore.open(path) as other:
            assert other.load("1") == older
            assert other.load("2").judgements == (first, second)
            assert other.load("2").answers == (make_answer(text="word " * 9000),)
            with pytest.raises(StoreError, match="#2 is open in another bbtui"):
                other.lock(session.id)
    assert path.stat().st_mode & 0o777 == 0o600
    assert session_lock.locked_sessions(path) == set()


def test_deleted_file_is_written_again_on_closing(path: Path) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session())
        store.judge(session.id, make_judgement(Score(3)))
        delete_folder(path)
    with SessionStore.open(path) as store:
        assert len(store.load("1").judgements) == 1


def test_other_file_in_its_place_is_named_and_left_alone_until_it_is_moved(path: Path) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session())
        path.unlink()
        path.write_text("mine")
        for _ in range(2):
            with pytest.raises(StoreError) as refusal:
                store.judge(session.id, make_judgement(Score(3)))
            assert refusal.value.exit_code == 2
        assert path.read_text() == "mine"
        path.rename(path.with_name("mine.txt"))
        store.judge(session.id, make_judgement(Score(4)))
        with SessionStore.open(path) as other:
            assert len(other.load("1").judgements) == 1


@pytest.mark.parametrize("place", ["folder", "file for the folder"])
def test_folder_in_its_place_is_named(path: Path, place: str) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session())
        if place == "folder":
            path.unlink()
            path.mkdir()
        else:
            folder_became_a_file(path)
        for _ in range(3):
            with pytest.raises(StoreError, match=str(path.parent)):
                store.judge(session.id, make_judgement(Score(3)))


def test_earlier_copy_in_its_place_is_not_overwritten(path: Path) -> None:
    with SessionStore.open(path) as store:
        store.create(small_session("kept"))
    shutil.copy(path, path.with_name("backup.db"))
    with SessionStore.open(path) as store:
        session = store.create(small_session("new"))
        path.with_name("backup.db").replace(path)
        for _ in range(2):
            with pytest.raises(StoreMovedError, match="was replaced while bbtui had it open"):
                store.judge(session.id, make_judgement(Score(3)))


def test_two_programs_go_on_in_the_file_that_one_of_them_wrote(path: Path) -> None:
    with SessionStore.open(path) as one, SessionStore.open(path) as other:
        session = one.create(small_session())
        delete_file(path)
        for store in (one, other):
            with pytest.raises(StoreMovedError):
                store.judge(session.id, make_judgement(Score(2)))
        for store in (one, other):
            store.judge(session.id, make_judgement(Score(3)))
        assert len(one.load("1").judgements) == 2


def test_other_database_copied_over_it_is_found_beside_the_work(path: Path) -> None:
    other = path.with_name("other") / "sessions.db"
    with SessionStore.open(other) as store:
        for _ in range(30):
            session = store.create(small_session("other"))
            store.finish(session.id, make_answer(text="word " * 2000))
    with SessionStore.open(path) as store:
        session = store.create(small_session("mine"))
    with SessionStore.open(path) as store:
        store.judge(session.id, make_judgement(Score(1)))
        path.write_bytes(other.read_bytes())
        with suppress(StoreError):  # it is noticed by now or a moment later
            store.judge(session.id, make_judgement(Score(2)))
        for thread in threading.enumerate():
            if thread.name == "integrity check":
                thread.join()
        with pytest.raises(StoreDamagedError):
            store.judge(session.id, make_judgement(Score(3)))


def test_file_that_was_emptied_is_damaged(path: Path) -> None:
    with SessionStore.open(path) as store:
        store.create(small_session())
    with SessionStore.open(path) as store:
        store.rename("1", "known")
        path.write_bytes(b"")
        with pytest.raises(StoreDamagedError, match="it was overwritten while bbtui had it open"):
            store.rename("1", "lost")
