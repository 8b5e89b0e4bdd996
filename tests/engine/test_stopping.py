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

BIG_CELL = Cell("webhook", BIG)
LOCAL_CELL = Cell("webhook", LOCAL)


def states(session) -> dict[str, str]:
    return {answer.cell.endpoint: answer.state.value for answer in session.answers}


def test_stopped_answer_ends_and_gets_no_more_text(make_run, release):
    running = make_run(Script(sent(), text("half "), wait(release), text("rest"), done()))
    comparison = running.comparison
    comparison.run([BIG_CELL])
    running.until(lambda: comparison.answer(BIG_CELL).text)
    comparison.queue.stop(BIG_CELL)
    running.until(lambda: BIG_CELL not in comparison.queue.live_answers)
    release.set()
    running.finish()
    answer = comparison.answer(BIG_CELL)
    assert (answer.state, answer.text, answer.problem.cause) == (
        "stopped",
        "half ",
        "stopped by you",
    )
    assert running.saved.latest(BIG_CELL) == answer
    assert BIG_CELL not in comparison.missing_cells(), "it was stopped on purpose"


def test_stop_removes_a_waiting_cell_from_the_queue(make_run, release):
    source = Script(sent(), wait(release), text("a"), done())
    running = make_run(source)
    comparison = running.comparison
    second = Cell("evennia", BIG)
    comparison.run([BIG_CELL, second])
    assert second in comparison.queue.waiting
    comparison.queue.stop(second)
    release.set()
    running.finish()
    assert comparison.answer(second) is None
    assert second in comparison.missing_cells()
    assert len(source.requests) == 1


def test_stop_all_stops_every_answer_and_starts_none(make_run, release):
    big, local = (Script(sent(), text("a"), wait(release), done()) for _ in range(2))
    running = make_run(big, local)
    comparison = running.comparison
    comparison.run(comparison.missing_cells())
    running.until(lambda: comparison.answer(BIG_CELL).text and comparison.answer(LOCAL_CELL).text)
    comparison.queue.stop_all()
    running.finish()
    assert states(comparison.session) == {BIG: "stopped", LOCAL: "stopped"}
    assert len(comparison.session.answers) == 2
    assert len(comparison.missing_cells()) == 6


def test_stuck_answer_ends_after_the_stop_timeout(make_run, release):
    running = make_run(Script(sent(), text("a"), stuck(release), text("late"), done()))
    comparison = running.comparison
    comparison.run([BIG_CELL])
    running.until(lambda: comparison.answer(BIG_CELL).text)
    running.until(
        lambda: comparison.queue.stop(BIG_CELL) or BIG_CELL not in comparison.queue.live_answers
    )
    release.set()
    comparison.run([LOCAL_CELL])
    running.finish()
    answer = comparison.answer(BIG_CELL)
    assert (answer.state, answer.text, answer.problem.cause) == ("stopped", "a", "stopped by you")
    assert answer.end_ns is not None


def test_answer_stopped_before_its_request_has_no_end_time(make_run, release):
    running = make_run(Script(phase("connecting"), stuck(release), sent(), done()))
    comparison = running.comparison
    comparison.run([BIG_CELL])
    comparison.queue.stop(BIG_CELL)
    running.until(lambda: BIG_CELL not in comparison.queue.live_answers)
    assert comparison.answer(BIG_CELL).state is AnswerState.STOPPED
    assert comparison.answer(BIG_CELL).end_ns is None


def test_timed_out_answer_fails_and_names_the_option(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), done()), timeout_s=0.5)
    comparison = running.comparison
    comparison.run([BIG_CELL])
    running.finish()
    answer = comparison.answer(BIG_CELL)
    assert (answer.state, answer.text) == ("failed", "a")
    assert (answer.problem.cause, answer.problem.fix) == (
        "no complete answer within 0.5 s",
        "raise the limit with --timeout",
    )
    assert answer.end_ns >= 500 * MS
