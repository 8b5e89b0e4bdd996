"""Files that cannot be used are refused with cause and fix, and nothing in them is changed."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import stat
import threading
import zlib
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bbtui.domain.score import Score
from bbtui.errors import StoreError
from bbtui.store.migrations import FORMAT
from bbtui.store.sessions import SessionStore
from tests.store.builders import contents, make_answer, make_judgement, small_session
from tests.store.children import child, open_without_rights, read_line
from tests.store.damaged import use_damaged


@pytest.fixture
def written(path: Path) -> Path:
    """Return a database with a session in it, closed."""
    with SessionStore.open(path) as store:
        session = store.create(small_session())
        store.finish(session.id, make_answer(text="word " * 9000))
    return path


def packed(value: object) -> str:
    """Return a value as `reads` are kept, as a literal of SQL."""
    return f"x'{zlib.compress(json.dumps(value).encode()).hex()}'"


def refused(path: Path) -> StoreError:
    with pytest.raises(StoreError) as refusal:
        SessionStore.open(path)
    assert refusal.value.exit_code == 2
    return refusal.value


def test_new_files_are_readable_by_their_user_only(path: Path) -> None:
    before = os.umask(0)
    try:
        with SessionStore.open(path) as store:
            session = store.create(small_session())
            store.lock(session.id)
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {
        "sessions.db": 0o600,
        "sessions.db-wal": 0o600,
        "sessions.db-shm": 0o600,
        "sessions-1.hold": 0o600,
    }
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_readable_file_is_closed_to_others(written: Path) -> None:
    written.chmod(0o644)
    SessionStore.open(written).close()
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_newer_format_is_refused_and_unchanged(written: Path) -> None:
    with closing(sqlite3.connect(written)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = contents(written.parent)
    error = refused(written)
    assert error.message == (
        f"sessions.db has format 99, written by a newer bbtui; "
        f"this version reads formats up to {FORMAT} ({written})"
    )
    assert "update bbtui" in error.fix
    assert written.read_bytes() == before["sessions.db"]


def _garbage(data: bytes) -> bytes:
    return b"This is no database at all.\n" * 400


def _truncated(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _torn(data: bytes) -> bytes:
    return data[:100]


def _page_overwritten(data: bytes) -> bytes:
    # The third page is the root of a table; the first holds the header and the schema, the second
    # what incremental vacuum needs.
    return data[:8192] + b"\xff" * 4096 + data[12288:]


def _schema_overwritten(data: bytes) -> bytes:
    return data[:100] + b"\xa5" * 3996 + data[4096:]


@pytest.mark.parametrize("harm", [_garbage, _truncated, _torn, _schema_overwritten])
def test_damaged_file_is_refused_and_unchanged(written: Path, harm: object) -> None:
    damaged = harm(written.read_bytes())  # type: ignore[operator]
    written.write_bytes(damaged)
    error = refused(written)
    assert error.message.startswith("sessions.db is damaged: ")
    assert error.message.endswith(f"({written})")
    assert "move it and its -wal file elsewhere" in error.fix
    assert "--data-dir" in error.fix
    assert written.read_bytes() == damaged


def test_damaged_page_stops_all_writing_once_it_was_read(written: Path) -> None:
    damaged = _page_overwritten(written.read_bytes())
    written.write_bytes(damaged)
    with SessionStore.open(written) as store:
        with pytest.raises(StoreError, match="is damaged") as read:
            store.load("1")
        with pytest.raises(StoreError, match="is damaged") as refusal:
            store.create(small_session())
        assert refusal.value.message == read.value.message
    assert written.read_bytes() == damaged


def test_damaged_page_is_found_by_a_check_of_the_whole_file(written: Path) -> None:
    with SessionStore.open(written) as store:
        store.check_now()
    damaged = _page_overwritten(written.read_bytes())
    written.write_bytes(damaged)
    with SessionStore.open(written) as store:
        with pytest.raises(StoreError, match=r"sessions\.db is damaged: Page 3"):
            store.check_now()
        with pytest.raises(StoreError, match="is damaged"):
            store.create(small_session())
    assert written.read_bytes() == damaged


@pytest.mark.parametrize("seed", range(60))
def test_flipped_bits_end_in_an_error_about_the_store(written: Path, seed: int) -> None:
    """Whatever SQLite's message, which may quote bytes that are not UTF-8."""
    choice = random.Random(seed)
    data = bytearray(written.read_bytes())
    for _ in range(40):
        data[choice.randrange(100, len(data))] ^= 1 << choice.randrange(8)
    written.write_bytes(data)
    use_damaged(written)


def test_damage_is_found_beside_the_work_after_a_program_died(path: Path) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session())
    with child("stream", path, session.id) as process:
        for _ in range(20):
            read_line(process)
        process.kill()
        process.wait()
    damaged = _page_overwritten(path.read_bytes())
    path.write_bytes(damaged)
    log = path.with_name("sessions.db-wal").read_bytes()
    with SessionStore.open(path) as store:
        for thread in threading.enumerate():
            if thread.name == "integrity check":
                thread.join()
        with pytest.raises(StoreError, match=r"is damaged: Page 3: "):
            store.create(small_session())
    assert path.read_bytes() == damaged
    assert path.with_name("sessions.db-wal").read_bytes() == log


def test_damaged_file_with_a_log_is_refused_and_unchanged(path: Path) -> None:
    """A program was killed, so its last writes are in the log only; then the file was damaged."""
    with SessionStore.open(path) as store:
        session = store.create(small_session())
    with child("stream", path, session.id) as process:
        for _ in range(20):
            read_line(process)
        process.kill()
        process.wait()
    path.write_bytes(_schema_overwritten(path.read_bytes()))
    log = path.with_name("sessions.db-wal")
    before = path.read_bytes(), log.read_bytes()
    assert before[1]
    assert refused(path).message.startswith("sessions.db is damaged: ")
    assert (path.read_bytes(), log.read_bytes()) == before

    path.write_bytes(b"")
    assert "it is empty, but has a log of changes" in refused(path).message
    assert (path.read_bytes(), log.read_bytes()) == (b"", before[1])


def test_unreadable_row_is_reported_as_damage(written: Path) -> None:
    with closing(sqlite3.connect(written)) as connection:
        connection.execute("""UPDATE tasks SET task = '{"id": 7}' WHERE id = 'mud'""")
        connection.commit()
    with SessionStore.open(written) as store:
        with pytest.raises(StoreError, match="is damaged: session #1 cannot be read") as refusal:
            store.load("1")
        assert "move it and its -wal file elsewhere" in refusal.value.fix
        assert len(store.summaries()) == 1


def with_field(table: str, column: str, field: str = "new") -> str:
    """Return the SQL that adds a field to the JSON in a column."""
    return f"UPDATE {table} SET {column} = json_insert({column}, '$.{field}', 1)"


DAMAGE = {
    "reads of another kind": "UPDATE growth SET reads = " + packed(5),
    "reads that are no numbers": "UPDATE growth SET reads = " + packed([["a"], *[[1]] * 4]),
    "reads of too few columns": "UPDATE growth SET reads = " + packed([[1], [1]]),
    "reads that are a number": "UPDATE growth SET reads = 5",
    "a text that is a blob of no text": "UPDATE growth SET text = x'ff'",
    "an end in words": "UPDATE answers SET end_ns = 'soon'",
    "an attempt in words": "UPDATE answers SET attempt = 'first'",
    "a state that is none": "UPDATE answers SET state = 'odd'",
    "a date that is a number": "UPDATE answers SET started_at = 5",
    "trials in words": "UPDATE sessions SET trials = 'many'",
    "an endpoint without a label": """UPDATE endpoints SET endpoint = '{"name": "big"}'""",
    "an endpoint that is a list": "UPDATE endpoints SET endpoint = '[]'",
    "a label that is a number": "UPDATE endpoints SET endpoint = "
    """'{"name": "b", "label": 5, "model": "m", "api": "ollama", "address": ""}'""",
    "what is said of it is nothing": "UPDATE sessions SET about = 'null'",
    "documents in documents": f"UPDATE sessions SET about = '{'[' * 100_000}'",
    "a judgement of no kind": "UPDATE judgements SET kind = 'odd'",
    "a judgement of nothing": "UPDATE judgements SET judged = '5'",
    "a judgement that is a list": "UPDATE judgements SET judged = '[]'",
    "an unknown field of the options": with_field("sessions", "options"),
    "an unknown field of the operator's texts": with_field("sessions", "about"),
    "an unknown field of a task": with_field("tasks", "task"),
    "an unknown field of a check": """UPDATE tasks SET task = '{"id": "mud", "title": "", """
    """"prompt": "", "checks": [{"kind": "json", "value": "parses", "new": 1}]}'""",
    "an unknown field of an endpoint": with_field("endpoints", "endpoint"),
    "an unknown field of a host": """UPDATE endpoints SET seen = '{"new": 1}'""",
    "an unknown field of a host's pod": "UPDATE endpoints SET seen = "
    """'{"pod": {"machine": "L40S", "new": 1}}'""",
    "an unknown field of a server's timings": with_field("answers", "server"),
    "an unknown field of a judgement": with_field("judgements", "judged"),
    "a judgement that has a field of its row": with_field("judgements", "judged", "id"),
}


@pytest.mark.parametrize("harm", DAMAGE)
def test_unreadable_value_is_reported_as_damage_and_unchanged(path: Path, harm: str) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session())
        store.finish(session.id, make_answer())
        store.judge(session.id, make_judgement(Score(4)))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(DAMAGE[harm]).rowcount
        connection.commit()
    before = path.read_bytes()
    with SessionStore.open(path) as store:
        with pytest.raises(StoreError, match="is damaged: session #1 cannot be read") as refusal:
            store.load("1")
        assert "nothing is written to it" in refusal.value.fix
        # Whatever the list needs of it is damage there too.
        with suppress(StoreError):
            (summary,) = store.summaries()
            assert summary.endpoints == ("Big", "Local")
            assert (summary.title, summary.cells) == ("", 4)
    assert path.read_bytes() == before


def test_text_that_is_not_utf_8_is_reported_as_damage(written: Path) -> None:
    with closing(sqlite3.connect(written)) as connection:
        connection.execute("UPDATE growth SET text = CAST(x'fffe' AS TEXT)")
        connection.commit()
    with SessionStore.open(written) as store, pytest.raises(StoreError, match="is damaged"):
        store.load("1")


def test_database_of_another_program_is_refused_and_unchanged(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (what)")
        connection.commit()
    before = path.read_bytes()
    assert refused(path).message == f"sessions.db is not a database of bbtui ({path})"
    assert path.read_bytes() == before


def test_empty_file_is_opened_as_a_new_one(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with SessionStore.open(path) as store:
        assert store.create(small_session()).number == 1


def test_folder_at_the_path_of_the_file_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    assert refused(path).message == f"sessions.db is not a regular file ({path})"


def test_file_at_the_path_of_the_folder_is_refused(path: Path) -> None:
    path.parent.write_text("mine")
    error = refused(path)
    assert error.message == f"the data folder is not a folder ({path.parent})"
    assert path.parent.read_text() == "mine"


def test_read_only_folder_is_refused(folder: Path) -> None:
    path = folder / "sessions.db"
    SessionStore.open(path).close()
    folder.chmod(0o555)
    assert open_without_rights(path) == [
        f"refused: the data folder is read-only ({folder})",
        "hint: make it writable, or use another folder: --data-dir FOLDER",
    ]


def test_read_only_file_is_refused(folder: Path) -> None:
    path = folder / "sessions.db"
    SessionStore.open(path).close()
    path.chmod(0o444)
    assert open_without_rights(path)[0] == (f"refused: the data file is read-only ({path})")


def test_folder_that_cannot_be_created_is_refused(folder: Path) -> None:
    folder.chmod(0o555)
    path = folder / "deep" / "data" / "sessions.db"
    assert open_without_rights(path) == [
        f"refused: the data folder cannot be used: Permission denied ({path.parent})",
        "hint: make it writable, or use another folder: --data-dir FOLDER",
    ]


def test_writable_folder_is_accepted(folder: Path) -> None:
    """The counterpart of the three above: it is not the process that is refused."""
    path = folder / "sessions.db"
    SessionStore.open(path).close()
    assert open_without_rights(path) == ["opened"]


def test_renaming_does_not_lose_an_unknown_field(written: Path) -> None:
    with closing(sqlite3.connect(written)) as connection:
        connection.execute(with_field("sessions", "about"))
        connection.commit()
    unknown = pytest.raises(StoreError, match=r"cannot be read: unknown field about\.new")
    with SessionStore.open(written) as store, unknown:
        store.rename("1", "another")
