"""What a display reads of a running session."""

from __future__ import annotations

import threading

import pytest

from bbtui.clients.ports import Connection, PodBinding
from bbtui.domain.answer import AnswerState, Cell
from bbtui.domain.host import HostState
from bbtui.domain.score import Score
from bbtui.engine.jobs import Job
from tests.engine.conftest import Run
from tests.fakes import BIG, LOCAL, Script, done, make_connection, sent, text, wait
from tests.fakes.pods import RUNNING, StillControl

FIRST, SECOND = Cell("webhook", BIG), Cell("evennia", BIG)


def on_pod(name: str, *, here: bool = False) -> Connection:
    pod = PodBinding("abc123", "account", lambda: StillControl(RUNNING), here=here)
    return make_connection(name)._replace(pod=pod)


def test_snapshot_holds_queue_and_live_answers(make_run: Run, release: threading.Event) -> None:
    running = make_run(Script(sent(), text("a"), wait(release), text("b"), done()))
    comparison = running.comparison
    comparison.run([FIRST, SECOND])
    running.until(lambda: comparison.queue.live_answers[FIRST].has_text)
    before = comparison.snapshot()
    assert (list(before.waiting), list(before.live)) == ([SECOND], [FIRST])
    assert before.latest(FIRST) is before.live[FIRST]
    assert before.is_queued(FIRST)
    assert before.is_queued(SECOND)
    assert FIRST not in before.missing_cells()
    assert Cell("webhook", LOCAL) in before.missing_cells()
    assert before.busy

    release.set()
    running.finish()
    assert before.live[FIRST].state is AnswerState.DONE, "a live answer is read by reference"
    assert list(before.waiting) == [SECOND], "and nothing else changes"
    assert before.session.latest(FIRST) is None
    after = comparison.snapshot()
    assert (after.waiting, after.live, after.busy) == ({}, {}, False)
    assert after.latest(FIRST) == running.saved.latest(FIRST)
    assert after.saved_at is not None


def test_snapshot_holds_scores(make_run: Run) -> None:
    running = make_run()
    running.comparison.run([FIRST])
    running.finish()
    running.comparison.judge(Score(4), FIRST)
    assert running.comparison.snapshot().scorecard.of(FIRST, 1).score == 4


def test_hosts_are_ready_when_all_are(make_run: Run) -> None:
    running = make_run()
    running.until(lambda: running.comparison.snapshot().hosts_ready)
    hosts = running.comparison.snapshot().hosts
    assert {name: one.host.state for name, one in hosts.items()} == {
        BIG: HostState.READY,
        LOCAL: HostState.READY,
    }
    assert hosts[BIG].machine != hosts[LOCAL].machine
    assert hosts[BIG].pod is None
    assert running.comparison.snapshot().pods_checked, "there is none"


def test_endpoint_that_is_not_configured_has_no_host(make_run: Run) -> None:
    running = make_run(connections=[make_connection(LOCAL)])
    snapshot = running.comparison.snapshot()
    assert list(snapshot.hosts) == [LOCAL]
    assert {cell.endpoint for cell in snapshot.missing_cells()} == {LOCAL}


def test_two_endpoints_on_one_pod_share_its_costs(make_run: Run) -> None:
    running = make_run(connections=[on_pod(BIG), on_pod(LOCAL)])
    comparison = running.comparison
    comparison.run([FIRST, Cell("webhook", LOCAL)])
    running.finish()
    running.until(lambda: comparison.snapshot().pods_checked)
    snapshot = comparison.snapshot()
    spent = sum(answer.end_ns for answer in snapshot.session.answers) / 1e9
    for pod in snapshot.pods.values():
        assert pod.endpoints == (BIG, LOCAL)
        assert pod.busy_s == pytest.approx(spent)
        assert pod.last_check.pod == RUNNING
    assert snapshot.pods_that_may_bill == (BIG,)


def test_pod_that_runs_bbtui_is_not_left_running(make_run: Run) -> None:
    running = make_run(connections=[on_pod(BIG, here=True), make_connection(LOCAL)])
    assert running.comparison.snapshot().pods_that_may_bill == ()


def test_snapshot_holds_jobs_under_way(make_run: Run) -> None:
    comparison = make_run().comparison
    job: Job[object] = Job("loading", lambda job: job.cancel_token.wait_cancelled(30))
    assert comparison.jobs.start(LOCAL, job)
    assert comparison.snapshot().jobs == {LOCAL: job}
