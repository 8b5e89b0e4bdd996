"""What was stored is what is loaded, whatever it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbtui.domain.answer import Answer, AnswerState, Cell, Read
from bbtui.domain.score import Redo, Score, Undo, scorecard
from bbtui.domain.session import Session
from bbtui.store.codec import pack_reads, unpack_reads
from bbtui.store.sessions import SessionStore
from bbtui.store.uuid7 import new_id
from tests.store import strategies
from tests.store.builders import CELL, make_answer, make_judgement, small_session, waiting_answer

few = settings(max_examples=60)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SessionStore]:
    path: Path = tmp_path_factory.mktemp("shared") / "sessions.db"
    with SessionStore.open(path) as store:
        yield store


@few
@given(session=strategies.sessions())
def test_session_is_loaded_as_it_was_saved(shared: SessionStore, session: Session) -> None:
    session = replace(session, id=new_id())
    stored = shared.create(session)
    assert stored.number > 0
    assert replace(stored, number=0) == session
    loaded = shared.load(session.id)
    assert loaded == stored
    assert loaded.started_at.utcoffset() == session.started_at.utcoffset()


@few
@given(session=strategies.sessions())
def test_summary_counts_what_the_session_holds(shared: SessionStore, session: Session) -> None:
    session = shared.create(replace(session, id=new_id()))
    summary = next(one for one in shared.summaries() if one.id == session.id)
    latest = [answer for cell in session.cells() if (answer := session.latest(cell))]
    card = scorecard(session.judgements)
    assert summary.number == session.number
    assert summary.started_at == session.started_at
    assert summary.title == session.about.title
    assert summary.tasks == len(session.tasks)
    assert summary.endpoints == tuple(endpoint.label for endpoint in session.endpoints)
    assert summary.cells == len(session.cells())
    assert summary.answered == sum(answer.state.answered for answer in latest)
    assert summary.scored == sum(
        card.of(answer.cell, answer.attempt).score is not None for answer in latest
    )
    assert summary.unfinished == bool(session.missing())
    assert not summary.running


@few
@given(data=st.data(), answer=strategies.answers_of(CELL, 1, strategies.final_states))
def test_answer_is_loaded_whole_however_it_grew(
    shared: SessionStore, data: st.DataObject, answer: Answer
) -> None:
    """Grown in any pieces, with any of them lost on the way: its end sets it right."""
    session = shared.create(small_session())
    shared.begin(session.id, waiting_answer())
    text = thinking = read = 0
    for _ in range(data.draw(st.integers(0, 4))):
        piece = (
            data.draw(st.integers(text, len(answer.text))),
            data.draw(st.integers(thinking, len(answer.thinking))),
            data.draw(st.integers(read, len(answer.reads))),
        )
        if data.draw(st.integers(0, 3)):
            shared.grow(
                session.id,
                CELL,
                1,
                state=AnswerState.STREAMING,
                text=answer.text[text : piece[0]],
                thinking=answer.thinking[thinking : piece[1]],
                reads=answer.reads[read : piece[2]],
            )
        text, thinking, read = piece
    shared.finish(session.id, answer)
    assert shared.load(session.id).answers == (answer,)


@given(reads=strategies.reads)
def test_reads_are_packed_without_loss(reads: tuple[object, ...]) -> None:
    assert tuple(unpack_reads(pack_reads(reads))) == reads  # type: ignore[arg-type]


def test_added_task_endpoint_and_host_are_loaded(store: SessionStore) -> None:
    full = small_session()
    small = replace(full, tasks=full.tasks[:1], endpoints=full.endpoints[:1])
    session = store.create(small)
    store.add_task(session.id, full.tasks[1])
    store.add_endpoint(session.id, full.endpoints[1])
    store.begin(session.id, waiting_answer(Cell("mud", "local")))
    store.finish(session.id, make_answer(cell=Cell("mud", "local")))
    loaded = store.load(session.id)
    assert loaded.tasks == full.tasks
    assert loaded.endpoints == full.endpoints
    assert loaded.answers == (make_answer(cell=Cell("mud", "local")),)


def test_undo_and_redo_are_rows_of_the_log(store: SessionStore) -> None:
    session = store.create(small_session())
    first = store.judge(session.id, make_judgement(Score(2)))
    second = store.judge(session.id, make_judgement(Score(4)))
    store.judge(session.id, make_judgement(Undo(second.id)))
    assert scorecard(store.load(session.id).judgements).of(CELL, 1).score == 2
    store.judge(session.id, make_judgement(Redo(second.id)))
    judgements = store.load(session.id).judgements
    assert [row.id for row in judgements] == [1, 2, 3, 4]
    assert [row.what for row in judgements] == [Score(2), Score(4), Undo(2), Redo(2)]
    assert judgements[0] == first
    assert scorecard(judgements).of(CELL, 1).score == 4


def test_read_that_was_not_saved_is_saved_with_the_end(store: SessionStore) -> None:
    """One without text, such as a keep-alive: only its absence among the reads shows it."""
    session = store.create(small_session())
    empty, first, second = Read(1, 10, 0, 0, 0), Read(2, 80, 3, 0, 1), Read(3, 80, 3, 0, 1)
    store.begin(session.id, waiting_answer())
    store.grow(
        session.id, CELL, 1, state=AnswerState.STREAMING, text="one", thinking="", reads=[first]
    )
    ended = replace(make_answer(text="onetwo"), reads=(empty, first, second))
    store.finish(session.id, ended)
    assert store.load().answers == (ended,)


def test_answer_can_be_finished_without_begin(store: SessionStore) -> None:
    session = store.create(small_session())
    failed = make_answer(AnswerState.FAILED, text="")
    store.finish(session.id, failed)
    assert store.load(session.id).answers == (failed,)
