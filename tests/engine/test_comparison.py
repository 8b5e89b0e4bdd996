from __future__ import annotations

import threading

import pytest

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
    phase,
    sent,
    stuck,
    text,
    thinking,
    truncated,
    wait,
)
from tests.waiting import wait_until

HERE = Cell("webhook", BIG)
THERE = Cell("webhook", LOCAL)


def states(session) -> dict[str, str]:
    return {answer.cell.endpoint: answer.state.value for answer in session.answers}


def test_a_whole_session_is_run_and_kept(make_run):
    running = make_run()
    comparison = running.comparison
    assert comparison.missing_cells() == comparison.session.cells()
    comparison.run(comparison.missing_cells())
    assert comparison.missing_cells() == ()
    running.to_the_end()
    assert len(comparison.session.answers) == 8
    assert {answer.state for answer in comparison.session.answers} == {AnswerState.DONE}
    assert {answer.text for answer in comparison.session.answers} == {"All is well."}
    begun = [answer.started_at for answer in comparison.session.answers]
    assert begun == sorted(begun)
    running.until(lambda: len(comparison.session.seen) == 2)
    comparison.close()
    assert set(running.saved.answers) == set(comparison.session.answers)
    assert running.saved.seen == comparison.session.seen


def test_what_is_asked_is_the_prompt_the_model_and_the_sessions_options(make_run):
    source = answering()
    running = make_run(source, cold=True)
    running.comparison.run([Cell("evennia", BIG)])
    running.to_the_end()
    (request,) = source.requests
    assert request.prompt == "Prompt of Evennia architecture."
    assert request.model == "gemma3:27b"
    assert request.options == running.comparison.session.options
    assert request.cold


def test_two_sides_stream_independently(make_run, release):
    other = threading.Event()
    big = Script(sent(), text("one "), wait(release), text("two"), done())
    local = Script(sent(), text("uno "), wait(other), text("due"), done())
    running = make_run(big, local)
    comparison = running.comparison
    comparison.run([HERE, THERE])
    running.until(
        lambda: comparison.answer(HERE).text == "one " and comparison.answer(THERE).text == "uno "
    )
    other.set()
    running.until(lambda: THERE not in comparison.queue.live_answers)
    assert comparison.answer(THERE).state is AnswerState.DONE
    assert comparison.answer(HERE).state is AnswerState.STREAMING
    assert comparison.queue
    release.set()
    running.to_the_end()
    assert comparison.answer(HERE).text == "one two"


@pytest.mark.parametrize(
    ("end", "state", "cause"),
    [
        (fail("HTTP 500: out of memory", "use a smaller model"), "failed", "HTTP 500"),
        (lost(), "failed", "the connection was lost"),
        (truncated(), "truncated", "ended without saying so"),
        (cut(), "cut", "cut at num_predict"),
        (crash(RuntimeError("odd")), "failed", "internal error while reading this answer"),
    ],
)
def test_one_side_that_ends_badly_never_disturbs_the_other(make_run, release, end, state, cause):
    running = make_run(
        Script(sent(), text("half"), end), Script(sent(), wait(release), text("whole"), done())
    )
    comparison = running.comparison
    comparison.run([HERE, THERE])
    running.until(lambda: HERE not in comparison.queue.live_answers)
    ended = comparison.answer(HERE)
    assert (ended.state, ended.text) == (state, "half")
    assert cause in ended.problem.cause
    assert comparison.answer(THERE).state is AnswerState.WAITING
    release.set()
    running.to_the_end()
    assert states(comparison.session) == {BIG: state, LOCAL: "done"}
    assert states(running.saved) == {BIG: state, LOCAL: "done"}
    assert (HERE in comparison.missing_cells()) == (state != "cut")


def test_an_answer_says_what_it_waits_for_and_whether_the_model_was_warm(make_run, release):
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
    comparison.run([HERE])
    growing = comparison.queue.live_answers[HERE]
    running.until(lambda: growing.phase == "loading gemma3:27b")
    assert growing.sent_ns is None
    loaded.set()
    running.until(lambda: growing.sent_ns is not None)
    assert growing.phase == ""
    release.set()
    running.to_the_end()
    answer = comparison.answer(HERE)
    assert (answer.warmth, answer.preload_ns) == (Warmth.WARM, 1600 * MS)
    assert (answer.thinking, answer.text) == ("hm", "yes")


def test_figures_are_counted_from_the_request_written(make_run):
    server = ServerTimings(eval_count=3, total_ns=90 * MS, load_ns=20 * MS, eval_ns=60 * MS)
    big = Script(phase("loading"), sent(5000), text("a", 120), text("b", 50), done(10, server))
    running = make_run(big)
    running.comparison.run([HERE])
    running.to_the_end()
    timing = measure(running.comparison.answer(HERE))
    assert (timing.ttft_ns, timing.e2e_ns) == (120 * MS, 180 * MS)
    assert (timing.tokens, timing.tok_s, timing.exact) == (3, 40.0, True)
    assert timing.queue_ns == 10 * MS


def test_a_refused_connection_has_no_end_time(make_run):
    running = make_run(Script(fail("connection refused", "start ollama")))
    running.comparison.run([HERE])
    running.to_the_end()
    answer = running.comparison.answer(HERE)
    assert (answer.state, answer.end_ns) == (AnswerState.FAILED, None)
    assert (answer.problem.cause, answer.problem.fix) == ("connection refused", "start ollama")


def test_a_tick_names_the_cells_that_changed(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), done()))
    comparison = running.comparison
    assert comparison.tick() == frozenset()
    comparison.run([HERE])
    while not comparison.answer(HERE).text:
        assert wait_until(comparison.tick) == {HERE}
    assert comparison.tick() == frozenset()
    release.set()
    while HERE in comparison.queue.live_answers:
        assert wait_until(comparison.tick) == {HERE}
    assert comparison.answer(HERE).state is AnswerState.DONE
    assert comparison.tick() == frozenset()


def test_the_face_is_woken_when_there_is_something_to_see(make_run):
    running = make_run()
    running.woken.clear()
    running.comparison.run([HERE])
    assert running.woken.wait(30)
    running.to_the_end()


def test_once_closed_nobody_is_woken(make_run, release):
    running = make_run(Script(sent(), text("a"), stuck(release), text("b"), done()))
    running.comparison.run([HERE])
    running.until(lambda: running.comparison.answer(HERE).text)
    running.comparison.close()
    running.woken.clear()
    before = set(threading.enumerate())
    release.set()
    for thread in before:
        if thread.name == "reader":
            thread.join(30)
    assert not running.woken.is_set()


def test_an_answer_is_had_as_it_grows_and_as_it_ended(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), text("b"), done()))
    comparison = running.comparison
    assert comparison.latest(HERE) is None
    comparison.run([HERE])
    assert HERE in comparison.queue
    assert comparison.latest(HERE) is comparison.queue.live_answers[HERE]
    release.set()
    running.to_the_end()
    assert HERE not in comparison.queue
    assert comparison.latest(HERE) == comparison.answer(HERE) == running.saved.latest(HERE)
