"""A full disk: cause and fix are reported, nothing saved is lost, the store goes on later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bbtui.domain.answer import AnswerState
from bbtui.domain.score import Note, Score
from bbtui.errors import StoreError
from bbtui.store.database import Database
from bbtui.store.sessions import SessionStore
from bbtui.store.uuid7 import new_id
from tests.store.builders import make_answer, make_judgement, small_session, waiting_answer
from tests.store.child import grow
from tests.store.children import command, run_to_end

_MOUNT = 'mount -t tmpfs -o size=512k none "$0" && '


def _can_mount(folder: Path) -> bool:
    """Whether a user may have a small file system of their own here; containers often forbid it."""
    try:
        tried = subprocess.run(
            ["unshare", "-Urm", "sh", "-c", _MOUNT + "true", str(folder)], capture_output=True
        )
    except FileNotFoundError:
        return False
    return tried.returncode == 0


def _mounted(folder: Path) -> list[str]:
    """Return what runs a command with a small file system at `folder`, which only it sees."""
    return ["unshare", "-Urm", "sh", "-c", _MOUNT + 'exec "$@"', str(folder)]


def test_full_database_loses_nothing_and_goes_on_once_there_is_room(path: Path) -> None:
    database = Database.open(path)
    with SessionStore(database) as store:
        session = store.create(small_session())
        store.begin(session.id, waiting_answer())
        grow(store, session.id, 1)
        store.judge(session.id, make_judgement(Score(4)))
        with database.reading() as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")

        long = "word " * 9000
        with pytest.raises(StoreError) as refusal:
            grow(store, session.id, 2, long)
        assert refusal.value.message == f"the disk is full: sessions.db cannot be written ({path})"
        assert refusal.value.fix == (
            "free some space; unsaved text stays in memory and is saved as soon as there is room"
        )
        with pytest.raises(StoreError, match="the disk is full"):
            store.judge(session.id, make_judgement(Note(long)))
        with pytest.raises(StoreError, match="the disk is full"):
            store.finish(session.id, make_answer(text=long))
        store.lock(session.id)
        kept = store.load("1")
        assert kept.answers[0].text == "piece 1 ✓ "
        assert [row.what for row in kept.judgements] == [Score(4)]

        with database.reading() as connection:
            connection.execute("PRAGMA max_page_count = 1000000")
        finished = make_answer(AnswerState.DONE, text=long)
        store.finish(session.id, finished)
        assert store.judge(session.id, make_judgement(Note(long))).id == 2
        assert store.load("1").answers == (finished,)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts are made the way of Linux")
def test_full_file_system_loses_nothing_and_goes_on_once_there_is_room(tmp_path: Path) -> None:
    if not _can_mount(tmp_path):
        pytest.skip("no file system can be mounted here")
    path = tmp_path / "sessions.db"
    lines = run_to_end([*_mounted(tmp_path), *command("fill", path, new_id())])
    assert lines == [
        f"refused: the disk is full: sessions.db cannot be written ({path})",
        "hint: free some space; unsaved text stays in memory and is saved as soon as there is room",
        "kept: True",
        "went on: True",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="mounts are made the way of Linux")
def test_full_file_system_at_the_start_is_reported_and_opened_later(tmp_path: Path) -> None:
    if not _can_mount(tmp_path):
        pytest.skip("no file system can be mounted here")
    path = tmp_path / "data" / "sessions.db"
    lines = run_to_end([*_mounted(tmp_path), *command("open_full", path, new_id())])
    assert lines[0] == f"refused: the disk is full: sessions.db cannot be written ({path})"
    assert lines[-1] == "created: #1"


def test_write_error_loses_nothing_and_writing_goes_on_later(path: Path) -> None:
    """A limit on the size of files replaces a quota: the disk has room, the write fails."""
    refused, hint, *rest = run_to_end(command("limit", path, new_id()))
    assert refused == (f"refused: cannot read or write sessions.db: disk I/O error ({path})")
    assert "quota" in hint
    assert rest == ["kept: True", "went on: True"]
