from __future__ import annotations

from bbtui.domain.answer import AnswerState, Cell
from tests.fakes import (
    BIG,
    LOCAL,
    MS,
    Script,
    done,
    phase,
    sent,
    stuck,
    text,
    wait,
)

HERE = Cell("webhook", BIG)
THERE = Cell("webhook", LOCAL)


def states(session) -> dict[str, str]:
    return {answer.cell.endpoint: answer.state.value for answer in session.answers}


def test_a_stop_ends_a_running_answer_and_nothing_comes_after(make_run, release):
    running = make_run(Script(sent(), text("half "), wait(release), text("rest"), done()))
    comparison = running.comparison
    comparison.run([HERE])
    running.until(lambda: comparison.answer(HERE).text)
    comparison.queue.stop(HERE)
    running.until(lambda: HERE not in comparison.queue.live_answers)
    release.set()
    running.to_the_end()
    answer = comparison.answer(HERE)
    assert (answer.state, answer.text, answer.problem.cause) == (
        "stopped",
        "half ",
        "stopped by you",
    )
    assert running.saved.latest(HERE) == answer
    assert HERE not in comparison.missing_cells(), "it was stopped on purpose"


def test_a_stop_takes_a_waiting_cell_out_of_the_queue(make_run, release):
    source = Script(sent(), wait(release), text("a"), done())
    running = make_run(source)
    comparison = running.comparison
    second = Cell("evennia", BIG)
    comparison.run([HERE, second])
    assert second in comparison.queue.waiting
    comparison.queue.stop(second)
    release.set()
    running.to_the_end()
    assert comparison.answer(second) is None
    assert second in comparison.missing_cells()
    assert len(source.requests) == 1


def test_stop_all_stops_both_sides_and_starts_nothing(make_run, release):
    big, local = (Script(sent(), text("a"), wait(release), done()) for _ in range(2))
    running = make_run(big, local)
    comparison = running.comparison
    comparison.run(comparison.missing_cells())
    running.until(lambda: comparison.answer(HERE).text and comparison.answer(THERE).text)
    comparison.queue.stop_all()
    running.to_the_end()
    assert states(comparison.session) == {BIG: "stopped", LOCAL: "stopped"}
    assert len(comparison.session.answers) == 2
    assert len(comparison.missing_cells()) == 6


def test_a_reader_that_hears_nothing_is_ended_without_it(make_run, release):
    running = make_run(Script(sent(), text("a"), stuck(release), text("late"), done()))
    comparison = running.comparison
    comparison.run([HERE])
    running.until(lambda: comparison.answer(HERE).text)
    running.until(lambda: comparison.queue.stop(HERE) or HERE not in comparison.queue.live_answers)
    release.set()
    comparison.run([THERE])
    running.to_the_end()
    answer = comparison.answer(HERE)
    assert (answer.state, answer.text, answer.problem.cause) == ("stopped", "a", "stopped by you")
    assert answer.end_ns is not None


def test_stopped_before_the_request_was_written_an_answer_has_no_end_time(make_run, release):
    running = make_run(Script(phase("connecting"), stuck(release), sent(), done()))
    comparison = running.comparison
    comparison.run([HERE])
    comparison.queue.stop(HERE)
    running.until(lambda: HERE not in comparison.queue.live_answers)
    assert comparison.answer(HERE).state is AnswerState.STOPPED
    assert comparison.answer(HERE).end_ns is None


def test_a_limit_of_time_fails_the_answer_and_names_the_option(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), done()), timeout_s=0.5)
    comparison = running.comparison
    comparison.run([HERE])
    running.to_the_end()
    answer = comparison.answer(HERE)
    assert (answer.state, answer.text) == ("failed", "a")
    assert (answer.problem.cause, answer.problem.fix) == (
        "no complete answer within 0.5 s",
        "raise the limit with --timeout",
    )
    assert answer.end_ns >= 500 * MS
