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
from bbtui.engine.reader import StreamReader
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

HERE = Cell("webhook", BIG)
THERE = Cell("webhook", LOCAL)


def test_what_was_never_used_is_never_written(make_run):
    running = make_run()
    running.comparison.tick()
    running.comparison.close()
    assert running.store.calls == []


def test_closing_keeps_everything_that_came(make_run, release):
    big = Script(sent(), *tokens("all that came "), wait(release), done())
    local = Script(sent(), text("stuck"), stuck(release), done())
    running = make_run(big, local)
    comparison = running.comparison
    comparison.run(comparison.missing_cells())
    running.until(
        lambda: comparison.answer(HERE).text == "all that came " and comparison.answer(THERE).text
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
    assert len(running.saved.missing()) == 8, "all of them are asked for again on resuming"
    assert running.store.held == set()


def test_what_was_stopped_before_closing_was_stopped_on_purpose(make_run, release):
    running = make_run(Script(sent(), text("a"), stuck(release), done()))
    comparison = running.comparison
    comparison.run([HERE])
    running.until(lambda: comparison.answer(HERE).text)
    comparison.queue.stop(HERE)
    comparison.close()
    assert running.saved.latest(HERE).state is AnswerState.STOPPED


def test_a_session_is_held_only_from_its_first_run_until_it_is_closed(make_run):
    running = make_run()
    comparison = running.comparison
    comparison.add_prompt("Why?")
    assert running.store.held == set()
    comparison.run([HERE])
    assert running.store.held == {comparison.session.id}
    running.to_the_end()
    comparison.close()
    comparison.close()
    assert running.store.held == set()


def test_nothing_runs_that_could_not_be_kept(make_run):
    store = MemoryStore()
    store.failing = DISK_FULL
    source = answering()
    running = make_run(source, store=store)
    with pytest.raises(type(DISK_FULL), match="the disk is full"):
        running.comparison.run([HERE])
    assert not running.comparison.busy
    assert source.requests == []
    store.failing = None
    running.comparison.run([HERE])
    running.to_the_end()
    assert len(running.saved.answers) == 1


def test_a_disk_that_fills_up_loses_nothing_and_is_told(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), text("b"), done()))
    comparison = running.comparison
    comparison.run([HERE])
    running.until(lambda: comparison.answer(HERE).text)
    running.store.failing = DISK_FULL
    release.set()
    running.until(lambda: HERE not in comparison.queue.live_answers and comparison.write_error)
    assert comparison.write_error is DISK_FULL
    assert comparison.busy, "something is still to be written"
    assert not comparison.queue
    assert comparison.answer(HERE).text == "ab", "the screen has it"
    running.store.failing = None
    running.to_the_end()
    assert comparison.write_error is None
    assert running.saved.latest(HERE).text == "ab"


def test_closing_on_a_full_disk_says_so_and_does_not_raise(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), done()))
    comparison = running.comparison
    comparison.run([HERE])
    running.until(lambda: comparison.answer(HERE).text)
    running.store.failing = DISK_FULL
    comparison.close()
    assert comparison.write_error is DISK_FULL


def test_a_session_is_held_until_all_of_it_is_written(make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), done()))
    comparison = running.comparison
    comparison.run([HERE])
    running.until(lambda: comparison.answer(HERE).text)
    running.store.failing = DISK_FULL
    comparison.close()
    assert running.store.held == {comparison.session.id}, "no other program may run it yet"
    running.store.failing = None
    comparison.close()
    assert comparison.write_error is None
    assert running.saved.latest(HERE).text == "a"
    assert running.store.held == set()


def test_what_is_closed_writes_nothing_more(make_run, release):
    looking = threading.Event()

    class Late(StillProbe):
        def check(self):
            looking.set()
            release.wait()
            return super().check()

    running = make_run(connections=[make_connection(BIG, probe=Late())])
    comparison = running.comparison
    comparison.run([HERE])
    running.to_the_end()
    assert looking.wait(LIMIT_S)
    comparison.close()
    calls = list(running.store.calls)
    # The look that was under way brings news, but another program may run the session by now.
    release.set()
    wait_until(lambda: comparison.hosts.monitor.sighting(BIG).checked_at)
    comparison.tick()
    comparison.close()
    assert running.store.calls == calls


def test_those_that_hear_no_stop_are_waited_for_together(make_run, release, monkeypatch):
    granted = []
    join = StreamReader.join

    def joined(reader, seconds):
        granted.append(seconds)
        join(reader, seconds)

    monkeypatch.setattr(StreamReader, "join", joined)
    script = Script(sent(), text("stuck"), stuck(release), done())
    running = make_run(script, script)
    comparison = running.comparison
    comparison.run([HERE, THERE])
    running.until(lambda: comparison.answer(HERE).text and comparison.answer(THERE).text)
    comparison.close()
    first, second = granted
    assert second < first, "what the first one left"


def test_it_says_when_it_was_last_saved_and_not_when_that_failed(make_run, release):
    now = [MORNING]
    running = make_run(
        Script(sent(), text("a"), wait(release), text("b"), done()), now=lambda: now[0]
    )
    comparison = running.comparison
    comparison.tick()
    assert comparison.saved_at is None
    comparison.judge(Score(4), THERE)
    assert comparison.saved_at == MORNING
    comparison.run([HERE])
    running.until(lambda: running.saved.latest(HERE))
    now[0] = MORNING + timedelta(hours=1)
    running.store.failing = DISK_FULL
    release.set()
    running.until(lambda: comparison.write_error)
    assert comparison.saved_at == MORNING
    running.store.failing = None
    running.to_the_end()
    assert comparison.saved_at == MORNING + timedelta(hours=1)


def test_a_pod_that_owes_something_is_known_by_its_first_cell(
    make_run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked on every tick, of a session that may have thousands of cells."""
    stopped = StillProbe(Host(HostState.STOPPED, Problem("the pod is stopped", "start it")))
    connections = [make_connection(BIG), make_connection(LOCAL, probe=stopped)]
    running = make_run(session=make_session(trials=500), connections=connections)
    machines = running.comparison.hosts
    running.until(lambda: machines.host(LOCAL).state is HostState.STOPPED)
    looked: list[Cell] = []
    want = Session.want
    monkeypatch.setattr(
        Session, "want", lambda session, cell: (looked.append(cell), want(session, cell))[1]
    )
    kept = dict(new_records(running.comparison.session.with_seen(LOCAL, HostRecord()), machines))
    assert kept[LOCAL].words == "the pod is stopped"
    assert looked == [THERE]
