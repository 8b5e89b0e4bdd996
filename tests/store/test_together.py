"""Several programs use one database, but only one runs a session."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from bbtui.domain.answer import AnswerState
from bbtui.domain.score import Note
from bbtui.errors import StoreError
from bbtui.store.sessions import SessionStore
from tests.store.builders import make_answer, make_judgement, small_session, waiting_answer
from tests.store.child import piece
from tests.store.children import child, command, read_line, run_to_end, write_line


def test_programs_that_create_the_same_file_at_once_all_open_it(tmp_path: Path) -> None:
    with ExitStack() as stack:
        children = [stack.enter_context(child("create", tmp_path)) for _ in range(4)]
        for turn in range(25):
            for process in children:
                write_line(process, f"folder-{turn}")
            assert sorted(int(read_line(process)) for process in children) == [1, 2, 3, 4]


def test_two_programs_can_write_in_turns(store: SessionStore, path: Path) -> None:
    session = store.create(small_session())
    with child("judge", path, session.id) as other:
        for turn in range(1, 20, 2):
            assert store.judge(session.id, make_judgement(Note(f"{turn}"))).id == turn
            write_line(other, f"{turn + 1}")
            assert read_line(other) == f"{turn + 1}"
    notes = [row.what for row in store.load(session.id).judgements]
    assert notes == [Note(f"{turn}") for turn in range(1, 21)]


def test_concurrent_writes_wait_for_each_other(store: SessionStore, path: Path) -> None:
    session = store.create(small_session())
    with ExitStack() as stack:
        others = [stack.enter_context(child("judge", path, session.id)) for _ in range(3)]
        for turn in range(25):
            for process in others:
                write_line(process, "theirs")
            store.judge(session.id, make_judgement(Note(f"mine {turn}")))
        ids = [int(read_line(process)) for process in others for _ in range(25)]
    rows = store.load(session.id).judgements
    assert [row.id for row in rows] == list(range(1, 101))
    assert len(set(ids)) == 75


def test_locked_session_can_be_read_and_judged_but_not_run(store: SessionStore, path: Path) -> None:
    session = store.create(small_session())
    with child("lock", path, session.id) as other:
        assert read_line(other) == "locked"
        with pytest.raises(StoreError) as refusal:
            store.lock(session.id)
        assert refusal.value.message == f"session #1 is open in another bbtui (process {other.pid})"
        assert refusal.value.fix
        with pytest.raises(StoreError, match="is open in another bbtui"):
            store.delete("1")

        # Reading and judging need no lock, and what is being received there is shown as it is.
        assert store.judge(session.id, make_judgement(Note("seen"))).id == 1
        (answer,) = store.load("1").answers
        assert (answer.state, answer.text) == (AnswerState.STREAMING, piece(1))
        (summary,) = store.summaries()
        assert summary.running

        write_line(other, "finish")
        assert other.wait() == 0
    assert store.load("1").answers == (make_answer(),)
    assert not store.summaries()[0].running
    store.lock(session.id)


def test_lock_is_refused_to_another_program_until_it_is_released(
    store: SessionStore, path: Path
) -> None:
    session = store.create(small_session())
    store.lock(session.id)
    assert run_to_end(command("lock", path, session.id))[0].startswith(
        "refused: session #1 is open in another bbtui (process "
    )
    store.unlock(session.id)
    with child("lock", path, session.id) as other:
        assert read_line(other) == "locked"


def test_lock_of_a_killed_program_is_free_and_its_answers_failed(
    store: SessionStore, path: Path
) -> None:
    session = store.create(small_session())
    with child("lock", path, session.id) as other:
        assert read_line(other) == "locked"
        other.kill()
        other.wait()
    assert store.load("1").answers[0].state is AnswerState.FAILED

    # Whoever runs it next settles what was left open, so that it can tell its own from it.
    store.lock(session.id)
    store.begin(session.id, waiting_answer(attempt=2))
    first, second = store.load("1").answers
    assert (first.state, first.text) == (AnswerState.FAILED, piece(1))
    assert first.problem.cause == "bbtui ended while this was streaming"
    assert second.state is AnswerState.WAITING


def test_released_lock_leaves_no_file(store: SessionStore, path: Path) -> None:
    before = {file.name for file in path.parent.iterdir()}
    session = store.create(small_session())
    store.lock(session.id)
    store.lock(session.id)
    (file,) = {file for file in path.parent.iterdir() if file.name not in before}
    assert file.stat().st_mode & 0o777 == 0o600
    store.unlock(session.id)
    store.unlock(session.id)
    assert {file.name for file in path.parent.iterdir()} == before

    store.lock(session.id)
    store.close()
    assert [file.name for file in path.parent.iterdir()] == ["sessions.db"]
