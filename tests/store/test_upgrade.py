"""A database of an earlier format is copied before it is upgraded, and the copy is named."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from bbtui.errors import StoreError
from bbtui.store.migrations import FORMAT
from bbtui.store.sessions import SessionStore
from tests.cli.program import Program
from tests.store.builders import contents, small_session
from tests.store.children import command, open_without_rights, run_to_end

FORMAT_1 = Path(__file__).parent / "fixtures" / "format-1.db"


@pytest.fixture
def earlier(path: Path) -> Path:
    """Return a database that an earlier commit wrote."""
    path.parent.mkdir()
    shutil.copyfile(FORMAT_1, path)
    return path


def dump(path: Path) -> list[str]:
    """Return the format of a database and all that is in it, as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        (number,) = connection.execute("PRAGMA user_version").fetchone()
        return [f"format {number}", *connection.iterdump()]


def test_upgrade_keeps_and_names_a_copy_of_the_earlier_file(earlier: Path) -> None:
    before = dump(FORMAT_1)
    with SessionStore.open(earlier) as store:
        upgrade = store.upgrade
    assert upgrade is not None
    assert (upgrade.earlier_format, upgrade.database) == (1, earlier)
    assert upgrade.copy == earlier.with_name("sessions-format-1.db")
    assert str(upgrade) == (
        f"sessions.db was upgraded from format 1 to {FORMAT}; "
        f"the old file is kept as {upgrade.copy}"
    )
    assert contents(earlier.parent).keys() == {"sessions.db", "sessions-format-1.db"}
    assert stat.S_IMODE(upgrade.copy.stat().st_mode) == 0o600
    assert dump(upgrade.copy) == before
    with SessionStore.open(earlier) as store:
        assert store.upgrade is None


def test_copy_opens_as_the_earlier_file_did(earlier: Path) -> None:
    with SessionStore.open(earlier) as store:
        assert store.upgrade is not None
        copy, session = store.upgrade.copy, store.load()
    with SessionStore.open(copy) as store:
        assert store.load() == session


def test_new_file_is_not_an_upgrade(store: SessionStore, path: Path) -> None:
    assert store.upgrade is None
    assert [file.name for file in path.parent.glob("*.db")] == ["sessions.db"]


def test_copy_holds_changes_that_are_in_the_log_only(earlier: Path, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    with closing(sqlite3.connect(earlier)) as connection:
        connection.execute("UPDATE sessions SET program = 'in the log'")
        connection.commit()
        # What is on the disk now is what a program leaves that is killed.
        shutil.copytree(earlier.parent, killed)
    assert (killed / "sessions.db-wal").stat().st_size
    with SessionStore.open(killed / "sessions.db") as store:
        assert store.upgrade is not None
        assert store.load().program == "in the log"
    with closing(sqlite3.connect(store.upgrade.copy)) as connection:
        assert connection.execute("SELECT program FROM sessions").fetchone() == ("in the log",)


def test_existing_copies_are_not_overwritten(earlier: Path) -> None:
    mine = [earlier.with_name(f"sessions-format-1{end}.db") for end in ("", "-2")]
    for file in mine:
        file.write_text("mine")
    # An incomplete copy of a program that was killed is none.
    earlier.with_name("sessions-format-1-3.db.part").write_text("half")
    with SessionStore.open(earlier) as store:
        assert store.upgrade is not None
    assert [file.read_text() for file in mine] == ["mine", "mine"]
    assert store.upgrade.copy == earlier.with_name("sessions-format-1-3.db")
    assert dump(store.upgrade.copy) == dump(FORMAT_1)
    assert not list(earlier.parent.glob("*.part"))


def test_no_room_for_the_copy_leaves_the_file_as_it_is(earlier: Path) -> None:
    before = earlier.read_bytes()
    refused, fix, files, again = run_to_end(command("open_limited", earlier))
    assert refused.startswith("refused: cannot copy sessions.db before its upgrade from format 1: ")
    assert fix == (
        f"hint: free some space in {earlier.parent}, then start bbtui again; "
        "sessions.db is unchanged"
    )
    assert files == "files: sessions.db"
    assert again == "opened"
    assert earlier.read_bytes() != before
    assert dump(earlier.with_name("sessions-format-1.db")) == dump(FORMAT_1)


def test_read_only_folder_is_refused_before_anything_is_changed(folder: Path) -> None:
    path = folder / "sessions.db"
    shutil.copyfile(FORMAT_1, path)
    folder.chmod(0o555)
    before = {file.name for file in folder.iterdir()}
    assert open_without_rights(path)[0] == (f"refused: the data folder is read-only ({folder})")
    assert path.read_bytes() == FORMAT_1.read_bytes()
    assert {file.name for file in folder.iterdir()} == before


def test_failed_upgrade_leaves_no_copy(earlier: Path) -> None:
    with closing(sqlite3.connect(earlier)) as connection:
        connection.execute("ALTER TABLE answers ADD COLUMN abandoned INTEGER")
        connection.commit()
    before = dump(earlier)
    for _ in range(2):
        with pytest.raises(StoreError, match="duplicate column name"):
            SessionStore.open(earlier)
    assert [file.name for file in earlier.parent.glob("*.db*")] == ["sessions.db"]
    assert dump(earlier) == before


def test_programs_that_upgrade_at_once_make_one_copy(earlier: Path) -> None:
    together = Barrier(4)

    def upgraded() -> bool:
        together.wait()
        with SessionStore.open(earlier) as store:
            return store.upgrade is not None

    with ThreadPoolExecutor(4) as threads:
        results = [threads.submit(upgraded) for _ in range(4)]
    assert sum(result.result() for result in results) == 1
    assert len(list(earlier.parent.glob("sessions-format-*"))) == 1


def test_command_line_names_the_copy_once(home: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copyfile(FORMAT_1, data / "sessions.db")
    program = Program(home, tmp_path)
    first = program("sessions", "--data-dir", data)
    assert first.code == 0
    assert "old" in first.out
    assert first.err == (
        f"sessions.db was upgraded from format 1 to {FORMAT}; "
        f"the old file is kept as {data / 'sessions-format-1.db'}\n"
    )
    assert program("sessions", "--data-dir", data).err == ""


def test_upgraded_database_takes_new_sessions(earlier: Path) -> None:
    with SessionStore.open(earlier) as store:
        assert store.create(small_session()).number == 2
