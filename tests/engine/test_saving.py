from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from bbtui.domain.answer import AnswerState, Cell
from bbtui.domain.host import Host, HostState
from bbtui.domain.problem import Problem
from bbtui.domain.score import Score
from bbtui.domain.session import HostRecord, Session
from bbtui.engine.host_writer import new_records
from bbtui.engine.run_queue import StreamReader
from tests.fakes import (
    BIG,
    DISK_FULL,
    LOCAL,
    MORNING,
    MemoryStore,
    Script,
    answering,
    done,
    make_connection,
    make_session,
    sent,
    stuck,
    text,
    tokens,
    wait,
)
from tests.fakes.probe import StillProbe
from tests.waiting import LIMIT_S, wait_until

BIG_CELL = Cell("webhook", BIG)
LOCAL_CELL = Cell("webhook", LOCAL)


def test_unused_session_is_never_saved(make_run):
    running = make_run()
    running.comparison.tick()
    running.comparison.close()
    assert running.store.calls == []


def test_close_saves_everything_that_arrived(make_run, release):
    big = Script(sent(), *tokens("all that came "), wait(release), done())
    local = Script(sent(), text("stuck"), stuck(release), done())
    running = make_run(big, local)
    comparison = running.comparison
    comparison.run(comparison.missing_cells())
    running.until(
        lambda: (
            comparison.answer(BIG_CELL).text == "all that came "
            and comparison.answer(LOCAL_CELL).text
        )
    )
    comparison.close()
    assert not comparison.busy
    assert comparison.write_error is None
    assert [answer.text for answer in running.saved.answers] == ["all that came ", "stuck"]
    assert set(running.saved.answers) == set(comparison.session.answers)
    for answer in running.saved.answers:
        assert (answer.state, answer.problem.cause) == (
            "failed",
            "bbtui ended while this was streaming",
        )
        assert answer.abandoned
    assert len(running.saved.missing()) == 8, "all of them are missing on resuming"
    assert running.store.held == set()


def test_text_that_was_scored_is_saved_with_its_score(make_run, release):
    second = threading.Event()
    running = make_run(Script(sent(), text("Half"), wait(second), text(" way"), stuck(release)))
    comparison = running.comparison
    comparison.run([BIG_CELL])
    running.until(lambda: comparison.answer(BIG_CELL).text)
    second.set()
    running.until(lambda: comparison.answer(BIG_CELL).text == "Half way")
    comparison.judge(Score(2), BIG_CELL)
    assert running.saved.latest(BIG_CELL).text == "Half way"


def test_answer_stopped_before_close_stays_stopped(make_run, release):
    running = make_run(Script(sent(), text("a"), stuck(release), done()))
    comparison = running.comparison
    comparison.run([BIG_CELL])
    running.until(lambda: comparison.answer(BIG_CELL).text)
    comparison.queue.stop(BIG_CELL)
    comparison.close()
    assert running.saved.latest(BIG_CELL).state is AnswerState.STOPPED


def test_session_is_held_from_its_first_run_until_close(make_run):
    running = make_run()
    comparison = running.comparison
    comparison.add_prompt("Why?")
    assert running.store.held == set()
    comparison.run([BIG_CELL])
    assert running.store.held == {comparison.session.id}
    running.finish()
    comparison.close()
    comparison.close()
    assert running.store.held == set()


def test_nothing_runs_when_the_session_cannot_be_saved(make_run):
    store = MemoryStore()
    store.failing = DISK_FULL
    source = answering()
    running = make_run(source, store=store)
    with pytest.raises(type(DISK_FULL), match="the disk is full"):
        running.comparison.run([BIG_CELL])
    assert not running.comparison.busy
    assert source.requests == []
    store.failing = None
    running.comparison.run([BIG_CELL])
    running.finish()
    assert len(running.saved.answers) == 1


def test_full_disk_is_reported_and_loses_nothing(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), text("b"), done()))
    comparison = running.comparison
    comparison.run([BIG_CELL])
    running.until(lambda: comparison.answer(BIG_CELL).text)
    running.store.failing = DISK_FULL
    release.set()
    running.until(lambda: BIG_CELL not in comparison.queue.live_answers and comparison.write_error)
    assert comparison.write_error is DISK_FULL
    assert comparison.busy, "something is still to be saved"
    assert not comparison.queue
    assert comparison.answer(BIG_CELL).text == "ab", "it is shown"
    running.store.failing = None
    running.finish()
    assert comparison.write_error is None
    assert running.saved.latest(BIG_CELL).text == "ab"


def test_close_on_a_full_disk_reports_without_raising(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), done()))
    comparison = running.comparison
    comparison.run([BIG_CELL])
    running.until(lambda: comparison.answer(BIG_CELL).text)
    running.store.failing = DISK_FULL
    comparison.close()
    assert comparison.write_error is DISK_FULL


def test_session_is_held_until_everything_is_saved(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), done()))
    comparison = running.comparison
    comparison.run([BIG_CELL])
    running.until(lambda: comparison.answer(BIG_CELL).text)
    running.store.failing = DISK_FULL
    comparison.close()
    assert running.store.held == {comparison.session.id}, "no other program may run it yet"
    running.store.failing = None
    comparison.close()
    assert comparison.write_error is None
    assert running.saved.latest(BIG_CELL).text == "a"
    assert running.store.held == set()


def test_closed_session_saves_nothing_more(make_run, release):
    looking = threading.Event()

    class Late(StillProbe):
        def check(self):
            looking.set()
            release.wait()
            return super().check()

    running = make_run(connections=[make_connection(BIG, probe=Late())])
    comparison = running.comparison
    comparison.run([BIG_CELL])
    running.finish()
    assert looking.wait(LIMIT_S)
    comparison.close()
    calls = list(running.store.calls)
    # The look that was under way brings news, but another program may run the session by now.
    release.set()
    wait_until(lambda: comparison.hosts.monitor.last_check(BIG).checked_at)
    comparison.tick()
    comparison.close()
    assert running.store.calls == calls


def test_stuck_readers_share_one_time_limit_at_close(make_run, release, monkeypatch):
    granted = []
    join = StreamReader.join

    def joined(reader, seconds):
        granted.append(seconds)
        join(reader, seconds)

    monkeypatch.setattr(StreamReader, "join", joined)
    script = Script(sent(), text("stuck"), stuck(release), done())
    running = make_run(script, script)
    comparison = running.comparison
    comparison.run([BIG_CELL, LOCAL_CELL])
    running.until(lambda: comparison.answer(BIG_CELL).text and comparison.answer(LOCAL_CELL).text)
    comparison.close()
    first, second = granted
    assert second < first, "the rest of one time limit"


def test_saved_at_is_the_last_successful_write(make_run, release):
    now = [MORNING]
    running = make_run(
        Script(sent(), text("a"), wait(release), text("b"), done()), now=lambda: now[0]
    )
    comparison = running.comparison
    comparison.tick()
    assert comparison.snapshot().saved_at is None
    comparison.judge(Score(4), LOCAL_CELL)
    assert comparison.snapshot().saved_at == MORNING
    comparison.run([BIG_CELL])
    running.until(lambda: running.saved.latest(BIG_CELL))
    now[0] = MORNING + timedelta(hours=1)
    running.store.failing = DISK_FULL
    release.set()
    running.until(lambda: comparison.write_error)
    assert comparison.snapshot().saved_at == MORNING
    running.store.failing = None
    running.finish()
    assert comparison.snapshot().saved_at == MORNING + timedelta(hours=1)


def test_pod_with_missing_answers_is_known_by_its_first_cell(
    make_run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This is evaluated on every tick, in sessions with thousands of cells."""
    stopped = StillProbe(Host(HostState.STOPPED, Problem("the pod is stopped", "start it")))
    connections = [make_connection(BIG), make_connection(LOCAL, probe=stopped)]
    running = make_run(session=make_session(trials=500), connections=connections)
    hosts = running.comparison.hosts
    running.until(lambda: hosts.host(LOCAL).state is HostState.STOPPED)
    looked: list[Cell] = []
    need = Session.need
    monkeypatch.setattr(
        Session, "need", lambda session, cell: (looked.append(cell), need(session, cell))[1]
    )
    kept = dict(
        new_records(running.comparison.session.with_host_record(LOCAL, HostRecord()), hosts)
    )
    assert kept[LOCAL].problem.cause == "the pod is stopped"
    assert looked == [LOCAL_CELL]
