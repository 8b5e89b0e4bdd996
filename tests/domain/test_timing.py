from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbtui.domain.answer import (
    AnswerState,
    Cell,
    LiveAnswer,
    Piece,
    Read,
    ServerTimings,
    Warmth,
)
from bbtui.domain.timing import Meter, Timing, gaps, measure, start_text
from bbtui.formatting.durations import NS_PER_S
from tests.fakes import BIG, MORNING, MS, make_answer

CELL = Cell("webhook", BIG)


def answer_of(*reads: Read, end_ms: float | None = 1000, server: ServerTimings | None = None):
    return replace(
        make_answer(CELL, ""),
        reads=reads,
        end_ns=None if end_ms is None else int(end_ms * MS),
        server=server or ServerTimings(),
    )


def chunk(at_ms: float, text: int = 4, thinking: int = 0, chunks: int = 1) -> Read:
    return Read(int(at_ms * MS), text + thinking, text, thinking, chunks)


def empty(at_ms: float) -> Read:
    """Return a read that completed nothing: half a line, or a line without text."""
    return Read(int(at_ms * MS), 30, 0, 0, 0)


def test_answer_without_a_read_has_no_figures_but_its_end():
    assert measure(answer_of()) == Timing(e2e_ns=1000 * MS)
    assert measure(answer_of(end_ms=None)) == Timing()


def test_one_chunk_has_a_first_token_and_no_speed():
    timing = measure(answer_of(chunk(120)))
    assert timing.ttft_ns == timing.ttfa_ns == 120 * MS
    assert (timing.tokens, timing.tok_s, timing.exact) == (1, None, False)


def test_first_token_is_left_out_of_the_speed():
    timing = measure(answer_of(chunk(500), chunk(600), chunk(700)))
    assert (timing.tokens, timing.tok_s, timing.exact) == (3, 10.0, False)


def test_reads_without_text_are_no_arrivals():
    timing = measure(answer_of(empty(50), chunk(500), empty(550), chunk(600), empty(990)))
    assert (timing.ttft_ns, timing.tokens, timing.tok_s) == (500 * MS, 2, 10.0)


def test_thinking_is_the_first_token_but_not_the_first_answer():
    timing = measure(answer_of(chunk(100, 0, 5), chunk(200, 0, 5), chunk(300), chunk(400)))
    assert (timing.ttft_ns, timing.ttfa_ns) == (100 * MS, 300 * MS)
    assert timing.tokens == 4


def test_answer_of_thinking_alone_never_reaches_its_first_answer():
    timing = measure(answer_of(chunk(100, 0, 5), chunk(200, 0, 5)))
    assert (timing.ttft_ns, timing.ttfa_ns) == (100 * MS, None)


def test_servers_count_goes_before_the_chunks():
    reads = tuple(chunk(500 + 10 * number) for number in range(41))
    timing = measure(answer_of(*reads, server=ServerTimings(eval_count=41)))
    assert (timing.tokens, timing.tok_s, timing.rate_exact) == (41, 100.0, True)


def test_server_that_counts_the_token_that_ends_an_answer_has_it_in_the_span():
    reads = (chunk(500), chunk(600), chunk(700), empty(900))
    stopped = measure(answer_of(*reads, server=ServerTimings(eval_count=4)))
    assert (stopped.tokens, stopped.tok_s, stopped.rate_exact) == (4, 7.5, True)
    at_limit = measure(answer_of(*reads, server=ServerTimings(eval_count=3)))
    assert (at_limit.tokens, at_limit.tok_s, at_limit.rate_exact) == (3, 10.0, True)


def test_wait_for_the_end_of_the_connection_is_not_part_of_the_speed():
    reads = (chunk(500), chunk(600), chunk(700), empty(800))
    server = ServerTimings(eval_count=4)
    timing = measure(answer_of(*reads, end_ms=9000, server=server))
    assert (timing.tok_s, timing.e2e_ns) == (10.0, 9000 * MS)


@pytest.mark.parametrize(
    ("count", "rate", "rough"),
    # Thirty came with the first read; the others took a second.
    [(40, 10.0, True), (49, 19.0, True), (50, 20.0, False), (130, 100.0, False)],
)
def test_tokens_of_the_first_read_are_left_out_of_the_speed(count, rate, rough):
    reads = (chunk(1000, 120, chunks=30), chunk(2000, 4 * (count - 30), chunks=count - 30))
    timing = measure(answer_of(*reads, end_ms=2000, server=ServerTimings(eval_count=count)))
    assert (timing.first_tokens, timing.first_buffered) == (30, True)
    assert (timing.tok_s, timing.rough, timing.rate_exact) == (rate, rough, not rough)


def test_chunks_of_several_tokens_count_by_their_text():
    # A first chunk of one token, then ten to a chunk: chunks alone would leave out nine too many.
    reads = (chunk(1000), *(chunk(1000 + 100 * number, 40) for number in range(1, 11)))
    timing = measure(answer_of(*reads, end_ms=2000, server=ServerTimings(eval_count=101)))
    assert (timing.first_tokens, timing.tok_s, timing.rate_exact) == (1, 100.0, True)
    assert not timing.first_buffered
    assert not timing.later_buffered


@pytest.mark.parametrize("count", [8, 11, 15])
def test_few_tokens_without_a_chunk_do_not_make_a_direct_answer_rough(count):
    # Eight chunks: marks around the thinking, and parts of characters, have no text of their own.
    reads = (chunk(100, 30), *(chunk(100 + 50 * number) for number in range(1, 8)))
    timing = measure(answer_of(*reads, server=ServerTimings(eval_count=count)))
    assert (timing.first_tokens, timing.rate_exact) == (1, True)


def test_answer_of_one_read_has_all_its_tokens_in_it():
    whole = chunk(500, 400, chunks=1)
    timing = measure(answer_of(whole, server=ServerTimings(eval_count=100)))
    assert (timing.first_tokens, timing.tok_s, timing.rough) == (100, None, False)


def test_reads_that_bunch_after_the_first_are_those_of_a_buffer():
    direct = [chunk(100 * number) for number in range(1, 40)]
    hiccup = [*direct, chunk(4000, 24, chunks=6)]
    bunched = [chunk(100), *(chunk(500 * number, 20, chunks=5) for number in range(1, 9))]
    assert not measure(answer_of(*hiccup, end_ms=5000)).later_buffered
    timing = measure(answer_of(*bunched, end_ms=5000))
    assert (timing.later_buffered, timing.first_buffered) == (True, False)
    assert timing.tokens_per_read == 5


def test_chunks_that_came_in_one_read_have_no_speed_of_their_own():
    timing = measure(answer_of(chunk(500, 400, chunks=100), server=ServerTimings(eval_count=100)))
    assert (timing.tokens, timing.tok_s) == (100, None)


@pytest.mark.parametrize("count", [0, 1])
def test_server_that_counted_no_second_token_has_no_speed(count):
    timing = measure(answer_of(chunk(500), chunk(600), server=ServerTimings(eval_count=count)))
    assert (timing.tokens, timing.tok_s, timing.exact) == (count, None, True)


def test_one_token_of_a_real_ollama_is_not_a_million_tokens_a_second():
    # traces/chat-one-token: one chunk, then the last line with its counts in a read of its own.
    server = ServerTimings(
        total_ns=32_769_683,
        load_ns=814_700,
        prompt_eval_ns=27_489_000,
        prompt_eval_count=18,
        eval_ns=1_000,
        eval_count=1,
    )
    timing = measure(
        answer_of(Read(33_575_589, 130, 6, 0, 1), Read(33_789_347, 300, 0, 0, 0), server=server)
    )
    assert (timing.tokens, timing.tok_s, timing.exact) == (1, None, True)
    assert timing.ttft_ns == 33_575_589


def test_wait_behind_another_request_is_queue_and_not_load():
    # traces/queued-second: first token after 1,379 ms, of which the model explains 21.
    server = ServerTimings(
        total_ns=2_804_592_670,
        load_ns=1_080_854,
        prompt_eval_ns=20_222_000,
        eval_ns=1_427_968_000,
        eval_count=150,
    )
    timing = measure(answer_of(chunk(1378.85), chunk(2806.6), end_ms=2807.3, server=server))
    assert timing.queue_ns == 1_355_321_816
    assert timing.load_ns == 1_080_854


def test_queue_is_unknown_without_a_total_and_never_below_nothing():
    assert measure(answer_of(server=ServerTimings(load_ns=5))).queue_ns is None
    assert measure(answer_of(server=ServerTimings(total_ns=5, eval_ns=9))).queue_ns == 0
    assert measure(answer_of(server=ServerTimings(total_ns=5))).queue_ns == 5


def test_queue_is_never_longer_than_the_wait_for_the_first_token():
    # The network was slow: the server's total has a wait that no part of it has.
    server = ServerTimings(total_ns=900 * MS, prompt_eval_ns=20 * MS, eval_ns=400 * MS)
    server = replace(server, eval_count=5)
    reads = tuple(chunk(100 + 200 * number) for number in range(5))
    timing = measure(answer_of(*reads, end_ms=950, server=server))
    assert (timing.queue_ns, timing.clocks_differ) == (80 * MS, False)


@pytest.mark.parametrize(
    "server",
    [
        ServerTimings(total_ns=2000 * MS, eval_ns=400 * MS, eval_count=5),
        ServerTimings(eval_ns=2000 * MS, eval_count=5),
        ServerTimings(total_ns=950 * MS, load_ns=400 * MS, eval_ns=400 * MS, eval_count=5),
        ServerTimings(prompt_eval_ns=400 * MS, eval_ns=500 * MS, eval_count=5),
        # Milliseconds, or microseconds, where nanoseconds belong.
        ServerTimings(total_ns=950 * MS, prompt_eval_ns=20, eval_ns=800, eval_count=5),
        ServerTimings(total_ns=950_000, load_ns=20_000, eval_ns=800_000, eval_count=5),
    ],
)
def test_times_of_a_server_that_contradict_this_clock_are_in_no_figure(server):
    reads = tuple(chunk(100 + 200 * number) for number in range(5))
    timing = measure(answer_of(*reads, end_ms=950, server=server))
    assert timing.clocks_differ
    times = (timing.load_ns, timing.known_queue_ns, timing.prompt_eval_ns, timing.eval_ns)
    assert times == (None, None, None, None)
    assert timing.queue_ns is None or timing.queue_ns <= 100 * MS
    assert (timing.ttft_ns, timing.tok_s, timing.e2e_ns) == (100 * MS, 5.0, 950 * MS)


@pytest.mark.parametrize(
    ("warmth", "load_ms", "shown"),
    [
        (Warmth.WARM, 1, "warm"),
        (Warmth.WARM, None, "warm"),
        (Warmth.WARM, 3500, "reloaded (3.5 s inside the first token)"),
        (Warmth.COLD, 1838, "cold"),
        (Warmth.COLD, None, "cold"),
        (Warmth.COLD, 5, "warm"),  # in memory under another name
        (Warmth.UNKNOWN, 1346, "loaded (1.3 s inside the first token)"),
        (Warmth.UNKNOWN, 1, "warm"),
        (Warmth.UNKNOWN, None, ""),
        (Warmth.UNKNOWN, 180, ""),
    ],
)
def test_load_time_of_the_server_decides_whether_a_start_was_warm(warmth, load_ms, shown):
    answer = replace(make_answer(CELL, "Hello"), warmth=warmth)
    assert start_text(answer, None if load_ms is None else load_ms * MS) == shown


def test_load_step_before_the_request_is_named_unless_the_model_was_loaded_again():
    answer = replace(make_answer(CELL, "Hello"), warmth=Warmth.WARM, preload_ns=1600 * MS)
    assert start_text(answer, 1 * MS) == "warm (loaded in 1.6 s)"
    assert start_text(answer, 900 * MS) == "reloaded (900 ms inside the first token)"


@pytest.mark.parametrize(
    ("each_ms", "differs"), [(10, False), (10.9, False), (11.2, True), (9.2, False), (8.9, True)]
)
def test_pace_that_the_servers_own_times_contradict_is_noted(each_ms, differs):
    # 101 tokens, generated in one second, one after the other.
    reads = tuple(chunk(500 + each_ms * number) for number in range(101))
    server = ServerTimings(eval_ns=1000 * MS, eval_count=101)
    timing = measure(answer_of(*reads, end_ms=3000, server=server))
    assert timing.server_tok_s == 100
    assert (timing.pace_differs, timing.clocks_differ) == (differs, False)


def test_pace_of_a_short_answer_is_not_judged_by_a_few_milliseconds():
    reads = tuple(chunk(500 + 12 * number) for number in range(8))
    server = ServerTimings(eval_ns=70 * MS, eval_count=8)
    timing = measure(answer_of(*reads, server=server))
    assert timing.server_tok_s == 100
    assert not timing.pace_differs


def test_gaps_are_between_reads_with_text_and_the_last_ones_only():
    reads = [chunk(10), empty(15), chunk(30, chunks=7), chunk(60), empty(61), chunk(100)]
    assert gaps(reads, 10) == [20 * MS, 30 * MS, 40 * MS]
    assert gaps(reads, 2) == [30 * MS, 40 * MS]
    assert gaps(reads, 0) == gaps(reads[:1], 5) == gaps([], 5) == []


PIECES = st.lists(
    st.builds(Piece, st.sampled_from(["", "a", "bc"]), st.sampled_from(["", "", "hm"])), max_size=3
)
STREAM = st.lists(st.tuples(st.integers(0, NS_PER_S), PIECES), max_size=30)
COUNTED = st.builds(
    ServerTimings,
    total_ns=st.none() | st.integers(0, 10 * NS_PER_S),
    eval_ns=st.none() | st.integers(0, NS_PER_S),
    eval_count=st.none() | st.integers(0, 100),
)


@given(STREAM, COUNTED, st.data())
def test_meter_agrees_with_the_timing_at_every_read(stream, server, data):
    growing = LiveAnswer(CELL, 1, MORNING)
    meter = Meter()
    offset = 0
    for gap, pieces in stream:
        offset += gap
        growing.append(offset, 10, pieces)
        if data.draw(st.booleans(), label="look"):
            assert meter.update(growing) == measure(growing.answer())
    growing.end(AnswerState.DONE, offset, server=server)
    assert meter.update(growing) == measure(growing.answer()) == meter.update(growing)


@given(STREAM, COUNTED)
def test_figures_are_never_impossible(stream, server):
    growing = LiveAnswer(CELL, 1, MORNING)
    offset = 0
    for gap, pieces in stream:
        offset += gap
        growing.append(offset, 10, pieces)
    growing.end(AnswerState.DONE, offset, server=server)
    timing = measure(growing.answer())
    if timing.ttft_ns is not None:
        assert timing.ttft_ns <= (timing.ttfa_ns or offset) <= offset
    assert timing.tok_s is None or timing.tok_s > 0
    assert timing.queue_ns is None or timing.queue_ns >= 0
