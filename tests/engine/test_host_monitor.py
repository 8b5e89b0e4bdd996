from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from bbtui.domain.host import UNKNOWN_HOST, Build, Host, HostState
from bbtui.domain.problem import Problem
from bbtui.domain.session import HostRecord
from bbtui.engine import hosts
from bbtui.engine.host_writer import host_record
from bbtui.engine.hosts import (
    STALE_PERIODS,
    STEADY_S,
    UNFOCUSED_S,
    HostCheck,
    HostMonitor,
)
from tests.fakes import BIG, LOCAL, READY, StillProbe
from tests.waiting import wait_until

LOADING = Host(HostState.LOADING, detail="loading")
GONE = Host(
    HostState.UNREACHABLE,
    Problem("nothing listens on port 11434", "start it: ollama serve"),
)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(hosts, "STEADY_S", 0.005)
    monkeypatch.setattr(hosts, "WAITED_S", 0.005)


def test_unchecked_host_is_unknown_and_not_stale():
    monitor = HostMonitor({BIG: StillProbe()})
    assert monitor.last_check(BIG).host is UNKNOWN_HOST
    assert not monitor.last_check(BIG).stale(1e9)


def test_check_is_stale_after_three_periods():
    seen = HostCheck(READY, checked_at=100.0)
    assert not seen.stale(100.0 + STALE_PERIODS * STEADY_S)
    assert seen.stale(100.1 + STALE_PERIODS * STEADY_S)


def test_rare_check_is_stale_later():
    seen = HostCheck(READY, checked_at=100.0, next_check_s=30.0)
    assert not seen.stale(100.0 + STALE_PERIODS * 30.0)
    assert seen.stale(100.1 + STALE_PERIODS * 30.0)


def test_unfocused_window_makes_checks_rare_until_focused(quick):
    probe = StillProbe()
    monitor = HostMonitor({BIG: probe})
    monitor.set_focused(False)
    monitor.start(lambda: None)
    wait_until(lambda: monitor.last_check(BIG).host == READY)
    assert monitor.last_check(BIG).next_check_s == UNFOCUSED_S
    monitor.poll_faster({BIG})
    wait_until(lambda: monitor.last_check(BIG).next_check_s == hosts.WAITED_S)
    monitor.poll_faster(set())
    wait_until(lambda: monitor.last_check(BIG).next_check_s == UNFOCUSED_S)
    monitor.set_focused(True)
    wait_until(lambda: monitor.last_check(BIG).next_check_s == hosts.STEADY_S)
    monitor.close()


def test_server_is_checked_when_a_wait_for_it_and_when_an_answer_of_it_ends(monkeypatch):
    monkeypatch.setattr(hosts, "WAITED_S", 1000)
    probe = StillProbe()
    monitor = HostMonitor({BIG: probe})
    monitor.set_focused(False)  # else the next check is near
    monitor.start(lambda: None)
    wait_until(lambda: probe.checks == 1)
    monitor.poll_faster({BIG})
    monitor.note_running({BIG})
    wait_until(lambda: probe.checks == 2)
    monitor.poll_faster(set())  # the first token came: the model is in memory
    wait_until(lambda: probe.checks == 3)
    monitor.note_running(set())  # the end moved the expiry
    wait_until(lambda: probe.checks == 4)
    monitor.close()


def test_display_is_woken_only_when_a_host_has_changed(quick):
    probe, wakes = StillProbe(LOADING), []
    monitor = HostMonitor({BIG: probe})
    monitor.start(lambda: wakes.append(monitor.last_check(BIG).host))
    wait_until(lambda: probe.checks > 3)
    assert wakes == [LOADING]
    probe.host = READY
    wait_until(lambda: len(wakes) > 1)
    looks = probe.checks
    wait_until(lambda: probe.checks > looks + 3)
    monitor.close()
    assert wakes == [LOADING, READY]


def test_silent_host_does_not_delay_the_others(release):
    class Slow:
        def check(self) -> Host:
            release.wait()
            return GONE

    monitor = HostMonitor({BIG: Slow(), LOCAL: StillProbe()})
    monitor.start(lambda: None)
    wait_until(lambda: monitor.last_check(LOCAL).host == READY)
    assert monitor.last_check(BIG).host is UNKNOWN_HOST
    monitor.close()


def test_closed_monitor_ends_its_threads(quick):
    before = set(threading.enumerate())
    probe = StillProbe()
    monitor = HostMonitor({BIG: probe})
    monitor.start(lambda: None)
    (thread,) = set(threading.enumerate()) - before
    wait_until(lambda: probe.checks)
    monitor.close()
    wait_until(lambda: not thread.is_alive())


def test_crash_of_a_check_is_reported_and_checks_go_on(quick):
    class Breaking(StillProbe):
        def check(self) -> Host:
            if self.checks == 0:
                self.checks = 1
                raise KeyError("models")
            return super().check()

    seen = []
    monitor = HostMonitor({BIG: Breaking()})
    monitor.start(lambda: seen.append(monitor.last_check(BIG).host))
    wait_until(lambda: len(seen) == 2)
    monitor.close()
    assert seen[0].state is HostState.FAILED
    assert seen[0].description == "internal error while checking the server: KeyError('models')"
    assert seen[0].problem.fix.startswith("a bug in bbtui (")
    assert seen[1] == READY


def test_host_removed_during_its_wake_ends_quietly(quick):
    before = set(threading.enumerate())
    monitor = HostMonitor({BIG: StillProbe()})
    monitor.start(lambda: monitor.remove(BIG))
    wait_until(lambda: set(threading.enumerate()) <= before)
    monitor.close()


def test_record_keeps_the_context_of_a_model_that_was_unloaded():
    running = Build("ollama 0.33.3", digest="abc", context_length=4096)
    unloaded = Host(HostState.READY, build=replace(running, context_length=None), loaded=False)
    assert host_record(unloaded, HostRecord(running)) == HostRecord(running)
    other = replace(unloaded, build=Build("ollama 0.33.3", digest="def"))
    assert host_record(other, HostRecord(running)).build.context_length is None


def test_record_has_the_build_and_the_problem_of_a_failed_host():
    build = Build("ollama 0.33.3", digest="abc")
    assert host_record(READY, HostRecord()) == HostRecord(READY.build)
    assert host_record(LOADING, HostRecord(build)) == HostRecord(build)
    assert host_record(GONE, HostRecord(build)) == HostRecord(build, GONE.problem)
    assert host_record(READY, HostRecord(build, Problem("gone", "start it"))) == HostRecord(
        READY.build
    )
