"""What requests without an answer wait for, with the engine running."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from bbtui.clients.factory import connect
from bbtui.config.settings import EndpointSettings
from bbtui.domain.answer import AnswerState, Cell
from bbtui.domain.host import Build, Host, HostState
from bbtui.domain.problem import Problem
from bbtui.engine import hosts
from bbtui.engine.hosts import HostMonitor
from tests.engine.conftest import Run
from tests.fakes import (
    BIG,
    LOCAL,
    READY,
    Script,
    StillProbe,
    done,
    known,
    make_connection,
    make_session,
    sent,
    text,
    wait,
)
from tests.loopback import SILENT, Loopback, Reply, json_reply
from tests.waiting import wait_until

CELL = Cell("webhook", BIG)
GONE = Host(HostState.UNREACHABLE, Problem("nothing listens on port 11434"))


def silent(release: threading.Event) -> Script:
    """Return a source that sends nothing before `release` is set."""
    return Script(known(), wait(release), sent(), text("x"), done())


def test_wait_reason_follows_the_checks(
    make_run: Run, release: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "WAITED_S", 0.005)
    probe = StillProbe()
    connections = [
        make_connection(BIG, source=silent(release), probe=probe),
        make_connection(LOCAL),
    ]
    running = make_run(connections=connections)
    running.comparison.run([CELL])

    def says(words: str) -> None:
        live = running.comparison.queue.live_answers
        running.until(lambda: live[CELL].waits_for == words)

    says("queue or prefill")
    probe.host = Host(HostState.READY, detail="ready", loaded=False)
    says("loading gemma3:27b")
    probe.host = GONE
    wait_until(lambda: running.comparison.hosts.monitor.last_check(BIG).host is GONE)
    says("loading gemma3:27b")
    probe.host = Host(
        HostState.READY, detail="ready", build=Build("llama.cpp"), loaded=True, full=True
    )
    says("behind another request")
    release.set()
    running.finish()
    assert running.comparison.answer(CELL).state is AnswerState.DONE


def test_check_begun_before_the_request_is_ignored(make_run: Run, release: threading.Event) -> None:
    """An earlier check shows the past: the model may be loaded since."""
    looking, looks = threading.Event(), []

    class Slow:
        def check(self) -> Host:
            looks.append(None)
            if len(looks) == 2:
                looking.wait()
            return Host(HostState.READY, loaded=len(looks) > 1)

    connections = [
        make_connection(BIG, source=silent(release), probe=Slow()),
        make_connection(LOCAL),
    ]
    running = make_run(connections=connections)
    wait_until(lambda: running.comparison.hosts.monitor.last_check(BIG).host.loaded is False)
    running.comparison.run([CELL])
    # The request alone triggers the next check.
    running.until(lambda: len(looks) == 2)
    assert running.comparison.queue.live_answers[CELL].waits_for == ""
    looking.set()
    running.until(lambda: running.comparison.queue.live_answers[CELL].waits_for)
    assert running.comparison.queue.live_answers[CELL].waits_for == "queue or prefill"


def test_second_request_to_one_model_waits_for_the_first(
    make_run: Run, release: threading.Event
) -> None:
    streams = Script(known(), sent(), text("x"), wait(release), done())
    twins = [make_connection(BIG, source=streams), make_connection(BIG, source=silent(release))]
    first = twins[0].endpoint
    twins[1] = twins[1]._replace(endpoint=replace(first, name="again"))
    session = make_session(endpoints=[one.endpoint for one in twins])
    running = make_run(connections=twins, session=session, order="parallel")
    second = Cell("webhook", "again")
    running.comparison.run([CELL])
    running.until(lambda: running.comparison.queue.live_answers[CELL].has_text)
    running.comparison.run([second])
    running.until(lambda: running.comparison.queue.live_answers[second].waits_for)
    assert running.comparison.queue.live_answers[second].waits_for == "behind another request"


def test_waiting_request_brings_a_check_at_once() -> None:
    probe = StillProbe()
    monitor = HostMonitor({BIG: probe})
    monitor.start(lambda: None)
    wait_until(lambda: monitor.last_check(BIG).host == READY)
    monitor.poll_faster({BIG})
    wait_until(lambda: probe.checks == 2)
    monitor.poll_faster(frozenset())
    monitor.poll_faster({BIG})
    wait_until(lambda: probe.checks == 3)
    monitor.close()


#: Past its expiry for ten minutes, by the server's own clock.
EXPIRED = json_reply(
    {"models": [{"name": "gemma3:27b", "expires_at": "2026-01-01T00:00:00Z"}]},
    Date="Thu, 01 Jan 2026 00:10:00 GMT",
)


@pytest.mark.parametrize(
    ("ps", "words"),
    [
        (json_reply({"models": []}), "loading gemma3:27b"),
        (Reply((SILENT,)), "loading gemma3:27b"),
        (json_reply({"models": [{"name": "gemma3:27b"}]}), "queue or prefill"),
        (EXPIRED, "behind another request"),
    ],
)
def test_wait_reason_of_a_real_request(
    make_run: Run, monkeypatch: pytest.MonkeyPatch, ps: Reply, words: str
) -> None:
    """Before the request the model is loaded; while it waits the server reports another state."""
    monkeypatch.setattr("bbtui.clients.ollama.probe.PS_WITHIN_S", 0.2)
    monkeypatch.setattr(hosts, "WAITED_S", 0.05)
    with Loopback() as server:
        server.on("GET /api/version", json_reply({"version": "0.33.0"}))
        server.on("GET /api/tags", json_reply({"models": [{"name": "gemma3:27b"}]}))
        server.on("GET /api/ps", json_reply({"models": [{"name": "gemma3:27b"}]}))
        server.on("POST /api/chat", Reply((SILENT,)))
        big = connect(EndpointSettings(BIG, "Big Brain", server.url, "gemma3:27b"), {})
        running = make_run(connections=[big, make_connection(LOCAL)])
        running.comparison.run([CELL])
        running.until(lambda: server.requests_to("POST /api/chat"))
        server.on("GET /api/ps", ps)
        running.until(lambda: running.comparison.queue.live_answers[CELL].waits_for == words)
        running.comparison.queue.stop(CELL)
        running.finish()
        assert running.comparison.answer(CELL).state is AnswerState.STOPPED
        running.comparison.close()
