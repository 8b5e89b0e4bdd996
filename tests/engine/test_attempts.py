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

BIG_CELL = Cell("webhook", BIG)
LOCAL_CELL = Cell("webhook", LOCAL)


def test_endpoints_of_one_machine_run_one_cell_at_a_time(make_run):
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
    running.finish()
    assert most == [1] * 8
    begun = [
        (answer.cell.task, answer.cell.endpoint) for answer in running.comparison.session.answers
    ]
    sides = [(BIG, LOCAL), (LOCAL, BIG)] * 2  # the sides of each task in turn
    tasks = running.comparison.session.tasks
    assert begun == [
        (task.id, name) for task, names in zip(tasks, sides, strict=True) for name in names
    ]


def test_queued_cell_is_not_queued_again(make_run, release):
    source = Script(sent(), wait(release), text("a"), done())
    running = make_run(source)
    comparison = running.comparison
    second = Cell("evennia", BIG)
    comparison.run([BIG_CELL, second, BIG_CELL])
    comparison.run([BIG_CELL, second])
    release.set()
    running.finish()
    assert len(source.requests) == 2
    assert [answer.attempt for answer in comparison.session.answers] == [1, 1]


def test_rerun_cell_keeps_its_earlier_attempt(make_run):
    prompt = make_tasks()[0].prompt
    source = Script().on(prompt, sent(), text("first"), lost())
    source.on(prompt, sent(), text("second"), done())
    running = make_run(source)
    for _ in range(2):
        running.comparison.run([BIG_CELL])
        running.finish()
    attempts = running.comparison.session.attempts(BIG_CELL)
    assert [(answer.attempt, answer.text, answer.state) for answer in attempts] == [
        (1, "first", "failed"),
        (2, "second", "done"),
    ]
    assert running.comparison.answer(BIG_CELL).text == "second"
    assert running.saved.attempts(BIG_CELL) == attempts


def test_attempt_is_numbered_after_the_last_saved_one(make_run):
    session = make_session(answers=[make_answer(BIG_CELL, attempt=3)])
    running = make_run(session=session)
    running.comparison.run([BIG_CELL])
    running.finish()
    assert running.comparison.answer(BIG_CELL).attempt == 4


def test_answer_is_dated_by_its_request(make_run):
    times = (MORNING + timedelta(minutes=minute) for minute in count())
    running = make_run(now=lambda: next(times))
    running.comparison.run([BIG_CELL])
    running.finish()
    assert running.comparison.answer(BIG_CELL).started_at == MORNING


def test_cells_of_an_unconfigured_endpoint_do_not_run(make_run):
    session = make_session(endpoints=[make_endpoint(BIG), make_endpoint("gone")])
    running = make_run(session=session, connections=[make_connection(BIG)])
    comparison = running.comparison
    assert {cell.endpoint for cell in comparison.missing_cells()} == {BIG}
    comparison.run([Cell("webhook", "gone"), BIG_CELL])
    running.finish()
    assert [answer.cell for answer in comparison.session.answers] == [BIG_CELL]


@pytest.mark.parametrize("mode", ["at once", "alone"])
def test_resumed_session_keeps_its_mode(make_run, mode):
    store = MemoryStore()
    session = store.create(make_session())
    object.__setattr__(session, "mode", mode)
    assert make_run(session=session, store=store, connections=[]).comparison.session.mode == mode
    assert make_run(session=session, store=store).comparison.session.mode == mode
