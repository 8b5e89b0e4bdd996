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
from bbtui.engine.host_writer import host_record
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
    monitor = HostMonitor({BIG: StillProbe()})
    assert monitor.sighting(BIG).host is UNKNOWN_HOST
    assert not monitor.sighting(BIG).stale(1e9)


def test_a_sighting_is_old_after_some_periods_without_another():
    seen = HostSighting(READY, checked_at=100.0)
    assert not seen.stale(100.0 + STALE_PERIODS * STEADY_S)
    assert seen.stale(100.1 + STALE_PERIODS * STEADY_S)


def test_a_look_that_comes_seldom_is_old_later():
    seen = HostSighting(READY, checked_at=100.0, next_check_s=30.0)
    assert not seen.stale(100.0 + STALE_PERIODS * 30.0)
    assert seen.stale(100.1 + STALE_PERIODS * 30.0)


def test_nobody_looks_and_machines_are_left_alone_until_somebody_comes_back(quick):
    probe = StillProbe()
    monitor = HostMonitor({BIG: probe})
    monitor.set_focused(False)
    monitor.start(lambda: None)
    wait_until(lambda: monitor.sighting(BIG).host == READY)
    assert monitor.sighting(BIG).next_check_s == UNFOCUSED_S
    monitor.poll_faster({BIG})
    wait_until(lambda: monitor.sighting(BIG).next_check_s == host_monitor.WAITED_S)
    monitor.poll_faster(set())
    wait_until(lambda: monitor.sighting(BIG).next_check_s == UNFOCUSED_S)
    monitor.set_focused(True)
    wait_until(lambda: monitor.sighting(BIG).next_check_s == host_monitor.STEADY_S)
    monitor.close()


def test_it_wakes_when_something_changed_and_only_then(quick):
    probe, wakes = StillProbe(LOADING), []
    monitor = HostMonitor({BIG: probe})
    monitor.start(lambda: wakes.append(monitor.sighting(BIG).host))
    wait_until(lambda: probe.checks > 3)
    assert wakes == [LOADING]
    probe.host = READY
    wait_until(lambda: len(wakes) > 1)
    looks = probe.checks
    wait_until(lambda: probe.checks > looks + 3)
    monitor.close()
    assert wakes == [LOADING, READY]


def test_one_machine_that_does_not_answer_keeps_no_other_waiting(release):
    class Slow:
        def check(self) -> Host:
            release.wait()
            return GONE

    monitor = HostMonitor({BIG: Slow(), LOCAL: StillProbe()})
    monitor.start(lambda: None)
    wait_until(lambda: monitor.sighting(LOCAL).host == READY)
    assert monitor.sighting(BIG).host is UNKNOWN_HOST
    monitor.close()


def test_once_closed_it_looks_no_more(quick):
    before = set(threading.enumerate())
    probe = StillProbe()
    monitor = HostMonitor({BIG: probe})
    monitor.start(lambda: None)
    (thread,) = set(threading.enumerate()) - before
    wait_until(lambda: probe.checks)
    monitor.close()
    wait_until(lambda: not thread.is_alive())


def test_a_look_that_breaks_is_told_and_the_next_one_made(quick):
    class Breaking(StillProbe):
        def check(self) -> Host:
            if self.checks == 0:
                self.checks = 1
                raise KeyError("models")
            return super().check()

    seen = []
    monitor = HostMonitor({BIG: Breaking()})
    monitor.start(lambda: seen.append(monitor.sighting(BIG).host))
    wait_until(lambda: len(seen) == 2)
    monitor.close()
    assert seen[0].state is HostState.FAILED
    assert seen[0].description == "internal error while checking the server: KeyError('models')"
    assert seen[0].problem.fix.startswith("a bug in bbtui (")
    assert seen[1] == READY


def test_what_is_forgotten_while_its_change_is_told_is_no_failure(quick):
    before = set(threading.enumerate())
    monitor = HostMonitor({BIG: StillProbe()})
    monitor.start(lambda: monitor.remove(BIG))
    wait_until(lambda: set(threading.enumerate()) <= before)
    monitor.close()


def test_a_session_keeps_the_build_and_words_only_for_trouble():
    build = Build("ollama 0.33.3", digest="abc")
    assert host_record(READY, HostRecord()) == HostRecord(READY.build)
    assert host_record(LOADING, HostRecord(build)) == HostRecord(build)
    assert host_record(GONE, HostRecord(build)) == HostRecord(
        build, GONE.description, GONE.problem.fix
    )
    assert host_record(READY, HostRecord(build, "gone", "start it")) == HostRecord(READY.build)
