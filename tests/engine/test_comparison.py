from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from bbtui.clients.ports import Connection
from bbtui.domain.answer import AnswerState, Cell, ServerTimings, Warmth
from bbtui.domain.timing import measure
from tests.fakes import (
    BIG,
    LOCAL,
    MS,
    Script,
    answering,
    crash,
    cut,
    done,
    fail,
    known,
    lost,
    make_connection,
    phase,
    sent,
    stuck,
    text,
    thinking,
    truncated,
    wait,
)
from tests.waiting import wait_until

BIG_CELL = Cell("webhook", BIG)
LOCAL_CELL = Cell("webhook", LOCAL)


def states(session) -> dict[str, str]:
    return {answer.cell.endpoint: answer.state.value for answer in session.answers}


def test_all_cells_of_a_session_run_and_are_saved(make_run):
    running = make_run()
    comparison = running.comparison
    assert comparison.missing_cells() == comparison.session.cells()
    comparison.run(comparison.missing_cells())
    assert comparison.missing_cells() == ()
    running.finish()
    assert len(comparison.session.answers) == 8
    assert {answer.state for answer in comparison.session.answers} == {AnswerState.DONE}
    assert {answer.text for answer in comparison.session.answers} == {"All is well."}
    begun = [answer.started_at for answer in comparison.session.answers]
    assert begun == sorted(begun)
    running.until(lambda: len(comparison.session.seen) == 2)
    comparison.close()
    assert set(running.saved.answers) == set(comparison.session.answers)
    assert running.saved.seen == comparison.session.seen


def test_request_has_prompt_model_and_options_of_the_session(make_run):
    source = answering()
    running = make_run(source, cold=True)
    running.comparison.run([Cell("evennia", BIG)])
    running.finish()
    (request,) = source.requests
    assert request.prompt == "Prompt of Evennia architecture."
    assert request.model == "gemma3:27b"
    assert request.options == running.comparison.session.options
    assert request.cold


def test_two_endpoints_stream_independently(make_run, release):
    other = threading.Event()
    big = Script(sent(), text("one "), wait(release), text("two"), done())
    local = Script(sent(), text("uno "), wait(other), text("due"), done())
    running = make_run(big, local)
    comparison = running.comparison
    comparison.run([BIG_CELL, LOCAL_CELL])
    running.until(
        lambda: (
            comparison.answer(BIG_CELL).text == "one "
            and comparison.answer(LOCAL_CELL).text == "uno "
        )
    )
    other.set()
    running.until(lambda: LOCAL_CELL not in comparison.queue.live_answers)
    assert comparison.answer(LOCAL_CELL).state is AnswerState.DONE
    assert comparison.answer(BIG_CELL).state is AnswerState.STREAMING
    assert comparison.queue
    release.set()
    running.finish()
    assert comparison.answer(BIG_CELL).text == "one two"


@pytest.mark.parametrize(
    ("end", "state", "cause"),
    [
        (fail("HTTP 500: out of memory", "use a smaller model"), "failed", "HTTP 500"),
        (lost(), "failed", "the connection was lost"),
        (truncated(), "truncated", "incomplete (stream ended without a final message)"),
        (cut(), "cut", "token limit reached (num_predict 400)"),
        (crash(RuntimeError("odd")), "failed", "internal error while reading this answer"),
    ],
)
def test_failed_answer_does_not_disturb_the_other_endpoint(make_run, release, end, state, cause):
    running = make_run(
        Script(sent(), text("half"), end), Script(sent(), wait(release), text("whole"), done())
    )
    comparison = running.comparison
    comparison.run([BIG_CELL, LOCAL_CELL])
    running.until(lambda: BIG_CELL not in comparison.queue.live_answers)
    ended = comparison.answer(BIG_CELL)
    assert (ended.state, ended.text) == (state, "half")
    assert cause in ended.problem.cause
    assert comparison.answer(LOCAL_CELL).state is AnswerState.WAITING
    release.set()
    running.finish()
    assert states(comparison.session) == {BIG: state, LOCAL: "done"}
    assert states(running.saved) == {BIG: state, LOCAL: "done"}
    assert (BIG_CELL in comparison.missing_cells()) == (state != "cut")


def test_answer_shows_its_phase_and_keeps_warmth_and_load_time(make_run, release):
    loaded = threading.Event()
    big = Script(
        phase("loading gemma3:27b"),
        wait(loaded),
        known(Warmth.WARM, preload_ms=1600),
        sent(),
        wait(release),
        thinking("hm"),
        text("yes"),
        done(),
    )
    running = make_run(big)
    comparison = running.comparison
    comparison.run([BIG_CELL])
    live = comparison.queue.live_answers[BIG_CELL]
    running.until(lambda: live.phase == "loading gemma3:27b")
    assert live.sent_ns is None
    loaded.set()
    running.until(lambda: live.sent_ns is not None)
    assert live.phase == ""
    release.set()
    running.finish()
    answer = comparison.answer(BIG_CELL)
    assert (answer.warmth, answer.preload_ns) == (Warmth.WARM, 1600 * MS)
    assert (answer.thinking, answer.text) == ("hm", "yes")


def test_timings_count_from_the_request_written(make_run):
    server = ServerTimings(eval_count=3, total_ns=90 * MS, load_ns=20 * MS, eval_ns=60 * MS)
    big = Script(phase("loading"), sent(5000), text("a", 120), text("b", 50), done(10, server))
    running = make_run(big)
    running.comparison.run([BIG_CELL])
    running.finish()
    timing = measure(running.comparison.answer(BIG_CELL))
    assert (timing.ttft_ns, timing.e2e_ns) == (120 * MS, 180 * MS)
    assert (timing.tokens, timing.tok_s, timing.exact) == (3, 40.0, True)
    assert timing.queue_ns == 10 * MS


def test_answer_of_a_refused_connection_has_no_end_time(make_run):
    running = make_run(Script(fail("connection refused", "start ollama")))
    running.comparison.run([BIG_CELL])
    running.finish()
    answer = running.comparison.answer(BIG_CELL)
    assert (answer.state, answer.end_ns) == (AnswerState.FAILED, None)
    assert (answer.problem.cause, answer.problem.fix) == ("connection refused", "start ollama")


def test_tick_returns_the_cells_that_changed(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), done()))
    comparison = running.comparison
    assert comparison.tick() == frozenset()
    comparison.run([BIG_CELL])
    while not comparison.answer(BIG_CELL).text:
        assert wait_until(comparison.tick) == {BIG_CELL}
    assert comparison.tick() == frozenset()
    release.set()
    while BIG_CELL in comparison.queue.live_answers:
        assert wait_until(comparison.tick) == {BIG_CELL}
    assert comparison.answer(BIG_CELL).state is AnswerState.DONE
    assert comparison.tick() == frozenset()


def test_display_is_woken_when_text_arrives(make_run):
    running = make_run()
    running.woken.clear()
    running.comparison.run([BIG_CELL])
    assert running.woken.wait(30)
    running.finish()


def test_display_is_not_woken_after_close(make_run, release):
    running = make_run(Script(sent(), text("a"), stuck(release), text("b"), done()))
    running.comparison.run([BIG_CELL])
    running.until(lambda: running.comparison.answer(BIG_CELL).text)
    running.comparison.close()
    running.woken.clear()
    before = set(threading.enumerate())
    release.set()
    for thread in before:
        if thread.name == "reader":
            thread.join(30)
    assert not running.woken.is_set()


def test_latest_answer_is_live_then_saved(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), text("b"), done()))
    comparison = running.comparison
    assert comparison.latest(BIG_CELL) is None
    comparison.run([BIG_CELL])
    assert BIG_CELL in comparison.queue
    assert comparison.latest(BIG_CELL) is comparison.queue.live_answers[BIG_CELL]
    release.set()
    running.finish()
    assert BIG_CELL not in comparison.queue
    assert (
        comparison.latest(BIG_CELL) == comparison.answer(BIG_CELL) == running.saved.latest(BIG_CELL)
    )


def test_detected_api_is_saved_and_used(make_run):
    connection = make_connection(BIG)
    found = connection._replace(endpoint=replace(connection.endpoint, api="openai"))
    seen: list[Connection] = []
    connection = connection._replace(detected=lambda: seen[0] if seen else None)
    running = make_run(connections=[connection, make_connection(LOCAL)])
    comparison = running.comparison
    comparison.run([Cell("webhook", BIG)])
    running.finish()
    assert comparison.session.endpoint(BIG).api == "ollama", "not known yet"
    seen.append(found)
    running.store.fail_at = {len(running.store.calls) + 1}
    comparison.tick()
    assert comparison.write_error is not None
    running.until(lambda: comparison.session.endpoint(BIG).api == "openai")
    assert running.saved.endpoint(BIG).api == "openai"
    assert [answer.state for answer in running.saved.answers] == ["done"]
    assert comparison.hosts.connections[BIG].detected is None
