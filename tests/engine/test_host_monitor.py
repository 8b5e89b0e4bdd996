from __future__ import annotations

import threading

import pytest

from bbtui.domain.host import UNKNOWN_HOST, Build, Host, HostState
from bbtui.domain.problem import Problem
from bbtui.domain.session import HostRecord
from bbtui.engine import host_monitor
from bbtui.engine.host_monitor import (
    STALE_PERIODS,
    STEADY_S,
    UNFOCUSED_S,
    HostMonitor,
    HostSighting,
)
from bbtui.engine.host_writer import worth_keeping
from tests.fakes import BIG, LOCAL, READY, StillProbe
from tests.waiting import wait_until

LOADING = Host(HostState.LOADING, detail="loading")
GONE = Host(
    HostState.UNREACHABLE,
    Problem("nothing listens on port 11434", "start it: ollama serve"),
)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(host_monitor, "STEADY_S", 0.005)
    monkeypatch.setattr(host_monitor, "WAITED_S", 0.005)


def test_what_was_never_seen_is_unknown_and_not_old():
    watcher = HostMonitor({BIG: StillProbe()}, lambda: None)
    assert watcher.sighting(BIG).host is UNKNOWN_HOST
    assert not watcher.sighting(BIG).stale(1e9)
    assert not watcher.ready


def test_a_sighting_is_old_after_some_periods_without_another():
    seen = HostSighting(READY, at=100.0)
    assert not seen.stale(100.0 + STALE_PERIODS * STEADY_S)
    assert seen.stale(100.1 + STALE_PERIODS * STEADY_S)


def test_a_look_that_comes_seldom_is_old_later():
    seen = HostSighting(READY, at=100.0, wait_s=30.0)
    assert not seen.stale(100.0 + STALE_PERIODS * 30.0)
    assert seen.stale(100.1 + STALE_PERIODS * 30.0)


def test_nobody_looks_and_machines_are_left_alone_until_somebody_comes_back(quick):
    probe = StillProbe()
    watcher = HostMonitor({BIG: probe}, lambda: None)
    watcher.focus(False)
    watcher.start()
    wait_until(lambda: watcher.sighting(BIG).host == READY)
    assert watcher.sighting(BIG).wait_s == UNFOCUSED_S
    watcher.poll_faster({BIG})
    wait_until(lambda: watcher.sighting(BIG).wait_s == host_monitor.WAITED_S)
    watcher.poll_faster(set())
    wait_until(lambda: watcher.sighting(BIG).wait_s == UNFOCUSED_S)
    watcher.focus(True)
    wait_until(lambda: watcher.sighting(BIG).wait_s == host_monitor.STEADY_S)
    watcher.close()


def test_it_wakes_when_something_changed_and_only_then(quick):
    probe, wakes = StillProbe(LOADING), []
    watcher = HostMonitor({BIG: probe}, lambda: wakes.append(watcher.sighting(BIG).host))
    watcher.start()
    wait_until(lambda: probe.checks > 3)
    assert wakes == [LOADING]
    assert not watcher.ready
    probe.host = READY
    wait_until(lambda: len(wakes) > 1)
    looks = probe.checks
    wait_until(lambda: probe.checks > looks + 3)
    watcher.close()
    assert wakes == [LOADING, READY]
    assert watcher.ready


def test_one_machine_that_does_not_answer_keeps_no_other_waiting(release):
    class Slow:
        def check(self) -> Host:
            release.wait()
            return GONE

    watcher = HostMonitor({BIG: Slow(), LOCAL: StillProbe()}, lambda: None)
    watcher.start()
    wait_until(lambda: watcher.sighting(LOCAL).host == READY)
    assert watcher.sighting(BIG).host is UNKNOWN_HOST
    watcher.close()


def test_once_closed_it_looks_no_more(quick):
    before = set(threading.enumerate())
    probe = StillProbe()
    watcher = HostMonitor({BIG: probe}, lambda: None)
    watcher.start()
    (thread,) = set(threading.enumerate()) - before
    wait_until(lambda: probe.checks)
    watcher.close()
    wait_until(lambda: not thread.is_alive())


def test_a_look_that_breaks_is_told_and_the_next_one_made(quick):
    class Breaking(StillProbe):
        def check(self) -> Host:
            if self.checks == 0:
                self.checks = 1
                raise KeyError("models")
            return super().check()

    seen = []
    watcher = HostMonitor({BIG: Breaking()}, lambda: seen.append(watcher.sighting(BIG).host))
    watcher.start()
    wait_until(lambda: len(seen) == 2)
    watcher.close()
    assert seen[0].state is HostState.FAILED
    assert seen[0].description == "bbtui failed while it looked: KeyError('models')"
    assert seen[0].problem.fix.startswith("a bug in bbtui (")
    assert seen[1] == READY


def test_what_is_forgotten_while_its_change_is_told_is_no_failure(quick):
    before = set(threading.enumerate())
    watcher = HostMonitor({BIG: StillProbe()}, lambda: watcher.forget(BIG))
    watcher.start()
    wait_until(lambda: set(threading.enumerate()) <= before)
    watcher.close()


def test_a_session_keeps_the_build_and_words_only_for_trouble():
    build = Build("ollama 0.33.3", digest="abc")
    assert worth_keeping(READY, HostRecord()) == HostRecord(READY.build)
    assert worth_keeping(LOADING, HostRecord(build)) == HostRecord(build)
    assert worth_keeping(GONE, HostRecord(build)) == HostRecord(
        build, GONE.description, GONE.problem.fix
    )
    assert worth_keeping(READY, HostRecord(build, "gone", "start it")) == HostRecord(READY.build)
