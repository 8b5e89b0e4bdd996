"""No room: what the user reads, that nothing saved is lost, and that the store goes on after."""

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
from tests.store.builders import an_answer, say, small_session, waiting
from tests.store.child import grow
from tests.store.children import command, outcome

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
    """What runs a command with a small file system at `folder`, which only it sees."""
    return ["unshare", "-Urm", "sh", "-c", _MOUNT + 'exec "$@"', str(folder)]


def test_sqlite_finds_no_room(path: Path) -> None:
    database = Database.open(path)
    with SessionStore(database) as store:
        session = store.create(small_session())
        store.begin(session.id, waiting())
        grow(store, session.id, 1)
        store.judge(session.id, say(Score(4)))
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
            store.judge(session.id, say(Note(long)))
        with pytest.raises(StoreError, match="the disk is full"):
            store.finish(session.id, an_answer(text=long))
        store.lock(session.id)
        kept = store.load("1")
        assert kept.answers[0].text == "piece 1 ✓ "
        assert [row.what for row in kept.judgements] == [Score(4)]

        with database.reading() as connection:
            connection.execute("PRAGMA max_page_count = 1000000")
        finished = an_answer(AnswerState.DONE, text=long)
        store.finish(session.id, finished)
        assert store.judge(session.id, say(Note(long))).id == 2
        assert store.load("1").answers == (finished,)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts are made the way of Linux")
def test_the_file_system_is_full(tmp_path: Path) -> None:
    if not _can_mount(tmp_path):
        pytest.skip("no file system can be mounted here")
    path = tmp_path / "sessions.db"
    told = outcome([*_mounted(tmp_path), *command("fill", path, new_id())])
    assert told == [
        f"refused: the disk is full: sessions.db cannot be written ({path})",
        "hint: free some space; unsaved text stays in memory and is saved as soon as there is room",
        "kept: True",
        "went on: True",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="mounts are made the way of Linux")
def test_the_file_system_is_full_from_the_start(tmp_path: Path) -> None:
    if not _can_mount(tmp_path):
        pytest.skip("no file system can be mounted here")
    path = tmp_path / "data" / "sessions.db"
    told = outcome([*_mounted(tmp_path), *command("open_full", path, new_id())])
    assert told[0] == f"refused: the disk is full: sessions.db cannot be written ({path})"
    assert told[-1] == "created: #1"


def test_the_system_refuses_to_write(path: Path) -> None:
    """A limit on the size of files stands for a quota: the disk has room, the write fails."""
    refused, hint, *rest = outcome(command("limit", path, new_id()))
    assert refused == (f"refused: cannot read or write sessions.db: disk I/O error ({path})")
    assert "quota" in hint
    assert rest == ["kept: True", "went on: True"]
