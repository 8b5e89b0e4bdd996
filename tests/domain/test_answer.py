from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbtui.domain.answer import (
    AnswerState,
    Cell,
    GrowingText,
    LiveAnswer,
    Piece,
    Read,
    Reads,
    ServerTimings,
    Warmth,
)
from bbtui.domain.problem import Problem
from bbtui.domain.timing import Meter, measure
from tests.fakes import BIG, MORNING

FINAL = ("done", "cut", "truncated", "failed", "stopped")


@pytest.fixture
def growing() -> LiveAnswer:
    return LiveAnswer(Cell("webhook", BIG), 2, MORNING, asked_ns=5)


def test_live_answer_begins_waiting_and_empty(growing):
    answer = growing.answer()
    assert (answer.state, answer.text, answer.reads) == (AnswerState.WAITING, "", ())
    assert (answer.attempt, answer.started_at) == (2, MORNING)
    assert (answer.end_ns, answer.warmth) == (None, Warmth.UNKNOWN)


def test_thinking_and_text_are_kept_apart_and_the_state_follows(growing):
    states = []
    for piece in (Piece("", "hm "), Piece("one "), Piece("", "wait"), Piece("two")):
        growing.append(1, 4, [piece])
        states.append(growing.state)
    assert states == ["thinking", "streaming", "thinking", "streaming"]
    answer = growing.answer()
    assert (answer.text, answer.thinking) == ("one two", "hm wait")


def test_read_is_kept_with_what_it_completed(growing):
    growing.append(7, 120, [Piece("ab"), Piece(""), Piece("c", "thought"), Piece("", "x")])
    assert growing.reads == [Read(7, 120, text=3, thinking=8, chunks=3)]


def test_read_of_half_a_line_is_kept_and_still_waits(growing):
    growing.append(7, 12, [])
    growing.append(8, 12, [Piece("")])
    assert growing.state is AnswerState.WAITING
    assert growing.reads == [Read(7, 12, 0, 0, 0), Read(8, 12, 0, 0, 0)]
    assert str(growing.text) == ""


@pytest.mark.parametrize("state", FINAL)
def test_events_after_the_end_are_ignored(growing, state):
    growing.append(1, 2, [Piece("a")])
    server = ServerTimings(eval_count=1)
    growing.end(AnswerState(state), 9, Problem("why", "how"), server)
    ended = growing.answer()
    growing.append(10, 2, [Piece("b", "c")])
    growing.end(AnswerState.FAILED, 11, Problem("later", "later"), ServerTimings())
    assert growing.answer() == ended
    assert (ended.state, ended.text, ended.end_ns) == (state, "a", 9)
    assert (ended.problem, ended.server) == (Problem("why", "how"), server)


@pytest.mark.parametrize("state", ["waiting", "thinking", "streaming"])
def test_answer_cannot_end_in_a_state_that_is_no_end(growing, state):
    with pytest.raises(ValueError, match=f"{state} is not an end"):
        growing.end(AnswerState(state), 1)
    assert growing.state is AnswerState.WAITING


def test_which_states_are_final_and_which_are_answers():
    assert [state for state in AnswerState if state.final] == list(FINAL)
    assert [state for state in AnswerState if state.answered] == ["done", "cut"]


@given(
    st.lists(
        st.lists(st.builds(Piece, st.text(max_size=4), st.text(max_size=4)), max_size=4), max_size=9
    )
)
def test_reads_account_for_every_character(stream):
    growing = LiveAnswer(Cell("webhook", BIG), 1, MORNING)
    for pieces in stream:
        growing.append(0, 1, pieces)
    answer = growing.answer()
    assert sum(read.text for read in answer.reads) == len(answer.text)
    assert sum(read.thinking for read in answer.reads) == len(answer.thinking)
    assert len(answer.reads) == len(stream)
    *_, text = itertools.accumulate(
        (piece for pieces in stream for piece in pieces),
        lambda all_text, piece: ("" if piece.ends_thinking else all_text) + piece.text,
        initial="",
    )
    assert answer.text == text


def test_text_before_the_end_of_thinking_was_thinking(growing):
    growing.append(1, 2, [Piece("pl")])
    growing.append(2, 9, [Piece("an"), Piece("Hi", "!", ends_thinking=True)])
    assert growing.revision == 1
    answer = growing.answer()
    assert (answer.thinking, answer.text) == ("plan!", "Hi")
    assert [(read.text, read.thinking) for read in answer.reads] == [(0, 2), (2, 3)]
    meter = measure(answer)
    assert (meter.ttft_ns, meter.ttfa_ns) == (1, 2)


def test_meter_starts_again_when_text_was_thinking(growing):
    meter = Meter()
    growing.append(1, 4, [Piece("plan")])
    assert meter.update(growing).ttfa_ns == 1
    growing.append(2, 2, [Piece("Hi", ends_thinking=True)])
    assert meter.update(growing) == replace(measure(growing.answer()), e2e_ns=None)
    assert (meter.update(growing).ttft_ns, meter.update(growing).ttfa_ns) == (1, 2)


READS = st.builds(
    Read, *[st.integers(0, 2**62)], *[st.integers(0, 2**33) for _ in Read._fields[1:]]
)


@given(st.lists(READS, max_size=8), st.integers(-9, 9), st.integers(-9, 9))
def test_reads_are_the_sequence_they_were_made_of(rows: list[Read], start: int, stop: int):
    reads = Reads(rows)
    assert list(reads) == rows
    assert (len(reads), bool(reads), list(reversed(reads))) == (len(rows), bool(rows), rows[::-1])
    assert reads == tuple(rows) == Reads(rows)
    assert list(reads[start:stop]) == rows[start:stop]
    assert all(reads[index] == read for index, read in enumerate(rows))
    assert reads != (*rows, Read(0, 0, 0, 0, 0))


def test_copy_of_reads_stays_as_it_is():
    reads = Reads([Read(1, 2, 3, 4, 5)])
    copy = Reads(reads)
    reads.append(Read(6, 7, 8, 9, 10))
    assert (len(copy), len(reads)) == (1, 2)


@given(st.lists(st.text(max_size=5), max_size=700), st.integers(0, 4000))
def test_growing_text_is_read_from_any_position(pieces: list[str], position: int):
    growing = GrowingText()
    for piece in pieces:
        growing.append(piece)
    text = "".join(pieces)
    assert (str(growing), len(growing)) == (text, len(text))
    assert growing.since(position) == text[position:]
