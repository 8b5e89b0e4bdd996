from __future__ import annotations

import pytest

from bbtui.domain.answer import Cell
from bbtui.domain.host import Host, HostState
from bbtui.domain.problem import Problem
from bbtui.domain.score import NO_MARKS, Judgement, Note, Remark, Score, Verdict
from bbtui.domain.session import HostRecord
from bbtui.domain.task import Task
from bbtui.engine import hosts
from bbtui.errors import StoreError
from tests.fakes import (
    BIG,
    DISK_FULL,
    LOCAL,
    READY,
    MemoryStore,
    Script,
    StillProbe,
    done,
    make_connection,
    make_judgement,
    make_session,
    make_tasks,
    sent,
    text,
    wait,
)

BIG_CELL = Cell("webhook", BIG)
LOCAL_CELL = Cell("webhook", LOCAL)


def score(comparison) -> int | None:
    return comparison.scorecard.of(BIG_CELL, 1).score


def test_judgement_is_saved_and_counted(make_run):
    running = make_run()
    row = running.comparison.judge(Score(4), BIG_CELL)
    assert (row.id, row.what, row.cell, row.attempt) == (1, Score(4), BIG_CELL, 1)
    assert running.saved.judgements == (row,)
    assert score(running.comparison) == 4


def test_streaming_answer_can_be_scored(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), text("b"), done()))
    comparison = running.comparison
    comparison.run([BIG_CELL])
    running.until(lambda: comparison.answer(BIG_CELL).text)
    comparison.judge(Score(2), BIG_CELL)
    release.set()
    running.finish()
    assert score(comparison) == 2
    assert comparison.answer(BIG_CELL).text == "ab"
    assert len(running.saved.judgements) == 1


def test_undo_and_redo_return_the_judgement_and_append_to_the_log(make_run):
    running = make_run()
    comparison = running.comparison
    assert comparison.undo() is None
    assert comparison.redo() is None
    first, second = comparison.judge(Score(3), BIG_CELL), comparison.judge(Score(5), BIG_CELL)
    assert comparison.undo() == second
    assert score(comparison) == 3
    assert comparison.undo() == first
    assert comparison.scorecard.of(BIG_CELL, 1) == NO_MARKS
    assert comparison.undo() is None
    assert comparison.redo() == first
    assert comparison.redo() == second
    assert comparison.redo() is None
    assert score(comparison) == 5
    assert len(running.saved.judgements) == 6, "rows are only ever added"
    assert running.saved.judgements == comparison.session.judgements
    assert comparison.session.judgements[2].cell == BIG_CELL


def test_new_judgement_clears_redo(make_run):
    comparison = make_run().comparison
    comparison.judge(Score(3), BIG_CELL)
    comparison.undo()
    comparison.judge(Verdict("SOLID"), LOCAL_CELL)
    assert comparison.redo() is None
    assert score(comparison) is None


@pytest.mark.parametrize("act", ["judge", "undo", "redo"])
def test_unsaved_judgement_does_not_count(make_run, act):
    running = make_run()
    comparison = running.comparison
    comparison.judge(Score(3), BIG_CELL)
    comparison.judge(Score(5), BIG_CELL)
    comparison.undo()
    before = comparison.session
    running.store.failing = DISK_FULL
    with pytest.raises(StoreError, match="the disk is full"):
        comparison.judge(Note("slow"), BIG_CELL) if act == "judge" else getattr(comparison, act)()
    assert comparison.session == before
    running.store.failing = None
    assert comparison.redo().what == Score(5), "and can be done again"


def test_session_without_connections_can_be_judged(make_run):
    store = MemoryStore()
    session = store.create(make_session())
    running = make_run(session=session, store=store, connections=[])
    running.comparison.judge(Remark("finding", "big is better"), Cell("", ""))
    running.comparison.tick()
    assert running.comparison.missing_cells() == ()
    assert store.saved(session.id).judgements[0].what == Remark("finding", "big is better")


# Typed prompts


def test_typed_prompt_is_saved_as_a_task_and_runs(make_run):
    prompt = "Why is the sky blue?\nIn one line."
    source = Script().on(prompt, sent(), text("Scattering."), done())
    running = make_run(source)
    comparison = running.comparison
    task = comparison.add_prompt(prompt)
    assert task == Task("prompt-1", "Why is the sky blue?", prompt)
    assert running.saved.tasks == (*make_tasks(), task)
    comparison.run([Cell(task.id, BIG)])
    running.finish()
    assert comparison.answer(Cell(task.id, BIG)).text == "Scattering."
    assert comparison.add_prompt("And at night?").id == "prompt-2"


def test_typed_prompt_gets_an_unused_id(make_run):
    tasks = [Task("prompt-2", "One", "one"), Task("prompt-engineering", "Two", "two")]
    comparison = make_run(session=make_session(tasks=tasks)).comparison
    for number in (1, 3, 4):
        assert comparison.add_prompt("same").id == f"prompt-{number}"
    ids = [task.id for task in comparison.session.tasks]
    assert len(ids) == len(set(ids))


def test_unsaved_prompt_is_not_added(make_run):
    running = make_run()
    running.store.failing = DISK_FULL
    with pytest.raises(StoreError):
        running.comparison.add_prompt("Why?")
    assert running.comparison.session.tasks == make_tasks()


# Machines


GONE = Host(
    HostState.UNREACHABLE,
    Problem("nothing listens on port 11434", "start it: ollama serve"),
)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(hosts, "STEADY_S", 0.005)


def test_host_record_is_saved_when_it_changes(make_run, quick):
    probe = StillProbe()
    running = make_run(connections=[make_connection(BIG, probe=probe)])
    comparison = running.comparison
    comparison.add_prompt("Why?")
    running.until(lambda: comparison.session.seen)
    assert comparison.session.seen == {BIG: HostRecord(READY.build)}
    probe.host = GONE
    running.until(lambda: comparison.session.seen[BIG].problem)
    assert running.saved.seen == {BIG: HostRecord(READY.build, GONE.problem)}
    calls, looks = len(running.store.calls), probe.checks
    running.until(lambda: probe.checks > looks + 3)
    assert len(running.store.calls) == calls, "an unchanged record is not saved"


def test_host_record_of_an_unsaved_session_is_not_saved(make_run, quick):
    probe = StillProbe()
    running = make_run(connections=[make_connection(BIG, probe=probe)])
    running.until(lambda: probe.checks > 3)
    assert running.store.calls == []


def test_failed_write_of_a_host_record_is_retried_once_a_second(make_run):
    running = make_run(connections=[make_connection(BIG)])
    comparison = running.comparison
    comparison.add_prompt("Why?")
    running.store.failing = DISK_FULL
    running.until(lambda: comparison.write_error)
    tried = len(running.store.calls)
    for _ in range(20):
        comparison.tick()
    assert len(running.store.calls) <= tried + 1
    assert comparison.busy
    running.store.failing = None
    running.finish()
    assert comparison.write_error is None
    assert BIG in running.saved.seen


def test_rows_of_another_program_come_in_with_the_next_own_one(make_run):
    store = MemoryStore()
    running = make_run(store=store)
    comparison = running.comparison
    comparison.judge(Score(4), BIG_CELL)
    theirs = [store.judge(comparison.session.id, row_of(what)) for what in (Score(1), Note("no"))]
    assert score(comparison) == 4
    mine = comparison.judge(Score(3), LOCAL_CELL)
    assert comparison.session.judgements[1:] == (*theirs, mine)
    assert score(comparison) == 1
    assert comparison.take_joined() == 2
    assert comparison.take_joined() == 0


def test_own_rows_alone_bring_nothing_in(make_run):
    comparison = make_run().comparison
    for value in (4, 3):
        comparison.judge(Score(value), BIG_CELL)
    comparison.undo()
    assert comparison.take_joined() == 0


def row_of(what) -> Judgement:
    return make_judgement(what, BIG_CELL)
