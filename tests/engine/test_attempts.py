from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from bbtui.clients.ports import StreamEnded
from bbtui.domain.answer import Cell
from tests.fakes import (
    BIG,
    LOCAL,
    MORNING,
    MemoryStore,
    Script,
    answering,
    done,
    lost,
    make_answer,
    make_connection,
    make_endpoint,
    make_session,
    make_tasks,
    sent,
    text,
    wait,
)

HERE = Cell("webhook", BIG)
THERE = Cell("webhook", LOCAL)


def test_one_lane_runs_its_cells_one_after_the_other(make_run):
    in_flight, most = [], []

    class Counting:
        def stream(self, request, line):
            in_flight.append(request)
            most.append(len(in_flight))
            for event in answering().stream(request, line):
                if isinstance(event, StreamEnded):
                    in_flight.remove(request)
                yield event

    source = Counting()
    connections = [
        make_connection(name, source=source, machine="one machine") for name in (BIG, LOCAL)
    ]
    running = make_run(connections=connections)
    assert running.comparison.session.mode == "alone"
    running.comparison.run(running.comparison.missing_cells())
    running.to_the_end()
    assert most == [1] * 8
    begun = [
        (answer.cell.task, answer.cell.endpoint) for answer in running.comparison.session.answers
    ]
    assert begun == [(cell.task, cell.endpoint) for cell in running.comparison.session.cells()]


def test_what_runs_or_waits_already_is_not_asked_twice(make_run, release):
    source = Script(sent(), wait(release), text("a"), done())
    running = make_run(source)
    comparison = running.comparison
    second = Cell("evennia", BIG)
    comparison.run([HERE, second, HERE])
    comparison.run([HERE, second])
    release.set()
    running.to_the_end()
    assert len(source.requests) == 2
    assert [answer.attempt for answer in comparison.session.answers] == [1, 1]


def test_a_cell_run_again_is_a_new_attempt_and_the_old_one_is_kept(make_run):
    prompt = make_tasks()[0].prompt
    source = Script().on(prompt, sent(), text("first"), lost())
    source.on(prompt, sent(), text("second"), done())
    running = make_run(source)
    for _ in range(2):
        running.comparison.run([HERE])
        running.to_the_end()
    attempts = running.comparison.session.attempts(HERE)
    assert [(answer.attempt, answer.text, answer.state) for answer in attempts] == [
        (1, "first", "failed"),
        (2, "second", "done"),
    ]
    assert running.comparison.answer(HERE).text == "second"
    assert running.saved.attempts(HERE) == attempts


def test_an_attempt_is_numbered_after_the_last_one_kept(make_run):
    session = make_session(answers=[make_answer(HERE, attempt=3)])
    running = make_run(session=session)
    running.comparison.run([HERE])
    running.to_the_end()
    assert running.comparison.answer(HERE).attempt == 4


def test_the_date_of_an_answer_is_when_it_was_asked(make_run):
    times = (MORNING + timedelta(minutes=minute) for minute in count())
    running = make_run(now=lambda: next(times))
    running.comparison.run([HERE])
    running.to_the_end()
    assert running.comparison.answer(HERE).started_at == MORNING


def test_cells_of_an_endpoint_nothing_connects_to_are_left_alone(make_run):
    session = make_session(endpoints=[make_endpoint(BIG), make_endpoint("gone")])
    running = make_run(session=session, connections=[make_connection(BIG)])
    comparison = running.comparison
    assert {cell.endpoint for cell in comparison.missing_cells()} == {BIG}
    comparison.run([Cell("webhook", "gone"), HERE])
    running.to_the_end()
    assert [answer.cell for answer in comparison.session.answers] == [HERE]


@pytest.mark.parametrize("mode", ["at once", "alone"])
def test_a_session_opened_again_keeps_how_it_was_run(make_run, mode):
    store = MemoryStore()
    session = store.create(make_session())
    object.__setattr__(session, "mode", mode)
    assert make_run(session=session, store=store, connections=[]).comparison.session.mode == mode
    assert make_run(session=session, store=store).comparison.session.mode == mode
