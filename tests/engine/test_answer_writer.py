from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbtui.domain.answer import AnswerState, Cell, LiveAnswer, Piece
from bbtui.domain.problem import Problem
from bbtui.engine.answer_writer import GROWTH_PERIOD_NS, AnswerWriter
from tests.fakes import BIG, DISK_FULL, LOCAL, MORNING, MemoryStore, make_session

CELL = Cell("webhook", BIG)
START = 7 * GROWTH_PERIOD_NS


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.create(make_session())
    store.calls.clear()
    return store


@pytest.fixture
def writer(store) -> AnswerWriter:
    return AnswerWriter(store, make_session().id)


def begun(writer: AnswerWriter, cell: Cell = CELL) -> LiveAnswer:
    live = LiveAnswer(cell, 1, MORNING)
    writer.add(live)
    return live


def append(live: LiveAnswer, *words: str) -> None:
    for word in words:
        live.append(len(live.reads) + 1, len(word), [Piece(word, word.upper())])


def kept(store: MemoryStore, cell: Cell = CELL):
    return store.saved(make_session().id).latest(cell)


def test_request_is_saved_before_it_is_sent(writer, store):
    begun(writer)
    writer.write(START)
    assert store.calls == ["begin"]
    assert (kept(store).state, kept(store).started_at) == (AnswerState.WAITING, MORNING)
    assert writer.pending


def test_growing_answer_is_saved_once_a_second(writer, store):
    live = begun(writer)
    writer.write(START)
    for step in range(1, 21):
        append(live, "a", "b")
        writer.write(START + step * GROWTH_PERIOD_NS // 10)
    assert store.calls == ["begin", "grow", "grow"]
    assert kept(store).text == "ab" * 20
    assert kept(store).state is AnswerState.STREAMING


def test_tick_without_new_text_saves_nothing(writer, store):
    live = begun(writer)
    append(live, "a")
    for second in range(5):
        writer.write(START + second * GROWTH_PERIOD_NS)
    assert store.calls == ["begin", "grow"]


def test_ended_answer_is_saved_at_once_and_completely(writer, store):
    live = begun(writer)
    writer.write(START)
    append(live, "a")
    live.end(AnswerState.DONE, 99)
    writer.write(START + 1)
    assert store.calls == ["begin", "grow", "finish"]
    assert kept(store) == live.answer()
    assert not writer.pending
    writer.write(START + 2)
    assert len(store.calls) == 3


def test_reads_without_text_are_saved(writer, store):
    live = begun(writer)
    live.append(1, 500, [])
    writer.write(START)
    assert kept(store).reads == live.answer().reads


def test_failed_write_is_retried_after_a_second(writer, store):
    live = begun(writer)
    append(live, "a")
    store.failing = DISK_FULL
    writer.write(START)
    assert writer.error is DISK_FULL
    live.end(AnswerState.DONE, 9)
    writer.write(START + GROWTH_PERIOD_NS // 2)
    assert len(store.calls) == 1, "a full disk is not tried at every tick"
    store.failing = None
    writer.write(START + GROWTH_PERIOD_NS)
    assert writer.error is None
    assert kept(store) == live.answer()
    assert not writer.pending


def test_forced_write_ignores_an_earlier_failure(writer, store):
    live = begun(writer)
    store.failing = DISK_FULL
    writer.write(START)
    live.end(AnswerState.STOPPED, 9)
    store.failing = None
    writer.write(START + 1, force=True)
    assert kept(store).state is AnswerState.STOPPED
    assert writer.error is None


PARTS = st.lists(st.sampled_from(["a", "bc", "def "]), max_size=3)


@given(
    rounds=st.lists(st.tuples(PARTS, PARTS), max_size=8),
    fail_at=st.sets(st.integers(1, 30)),
)
def test_text_is_saved_exactly_once_whichever_writes_fail(rounds, fail_at):
    store = MemoryStore()
    store.create(make_session())
    store.calls.clear()
    store.fail_at = fail_at
    writer = AnswerWriter(store, make_session().id)
    big, local = begun(writer), begun(writer, Cell("webhook", LOCAL))
    now = START
    for for_big, for_local in rounds:
        append(big, *for_big)
        append(local, *for_local)
        now += GROWTH_PERIOD_NS
        writer.write(now)
        assert (writer.error is not None) == (len(store.calls) in fail_at)
    big.end(AnswerState.DONE, now)
    local.end(AnswerState.FAILED, now, Problem("lost"))
    for _ in range(len(fail_at) + 1):
        now += GROWTH_PERIOD_NS
        writer.write(now)
    assert not writer.pending
    assert writer.error is None
    for live in (big, local):
        assert kept(store, live.cell) == live.answer()


def test_text_that_turned_out_to_be_thinking_is_saved_as_such(writer, store):
    live = begun(writer)
    live.append(1, 4, [Piece("plan")])
    writer.write(START, force=True)
    assert kept(store).text == "plan"
    live.append(2, 4, [Piece("Answ", ends_thinking=True)])
    writer.write(START, force=True)
    assert (kept(store).thinking, kept(store).text) == ("plan", "Answ")
    live.append(3, 2, [Piece("er")])
    live.end(AnswerState.DONE, 4)
    writer.write(START, force=True)
    assert kept(store) == live.answer()
    assert (kept(store).thinking, kept(store).text) == ("plan", "Answer")
