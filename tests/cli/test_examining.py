"""Endpoints examined side by side."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from bbtui.cli.context import Context
from bbtui.cli.doctor import examine_all, subject_of
from bbtui.cli.launch import Launch
from bbtui.cli.tui import SessionSwitcher, build_workspace
from bbtui.clients.doctor.run import Subject
from bbtui.clients.http.peer import Peer
from bbtui.config.settings import EndpointSettings, PodSettings, Settings
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.pod import Pod
from bbtui.engine.comparison import Comparison
from bbtui.locations import Locations
from bbtui.store.sessions import SessionStore
from tests.cli.ollama import Ollama
from tests.fakes import make_session
from tests.fakes.pods import RUNNING
from tests.loopback import Loopback


def subject(name: str, url: str, pod: Callable[[], Pod] | None = None) -> Subject:
    return Subject(Endpoint(name, name, "gemma3:1b", "ollama", url), Peer(url), pod=pod)


def test_each_is_examined_while_the_others_are(ollama: Ollama) -> None:
    """The first waits for the second to have begun: one after the other would never end."""
    with Loopback() as second:

        def look() -> Pod:
            second.wait_for("GET /api/version")
            return RUNNING

        found = examine_all([subject("one", ollama.url, look), subject("two", second.url)])
    assert [one.endpoint.name for one in found] == ["one", "two"]
    assert [one.can_answer for one in found] == [True, False]


def test_what_nobody_foresaw_ends_one_examination(ollama: Ollama) -> None:
    def broken() -> Pod:
        raise KeyError("status")

    crashed, other = examine_all([subject("one", ollama.url, broken), subject("two", ollama.url)])
    assert other.can_answer
    assert not crashed.can_answer
    assert crashed.diagnosis is not None
    assert crashed.diagnosis.problem.cause == (
        "internal error while diagnosing this endpoint: KeyError('status')"
    )
    assert crashed.diagnosis.problem.fix.startswith("a bug in bbtui (clients/")


def test_the_screen_tells_of_a_crash_what_doctor_tells(ollama: Ollama, tmp_path: Path) -> None:
    def broken(_: PodSettings) -> NoReturn:
        raise KeyError("status")

    pod = PodSettings("runpod", "abc123", "env:RUNPOD_API_KEY", "https://x.example")
    own = EndpointSettings("one", "one", ollama.url, "gemma3:1b", pod=pod)
    settings = Settings(endpoints=(own,))
    context = Context(
        locations=Locations(*(tmp_path / name for name in ("config", "data", "cache", "state"))),
        environ={},
        out=io.StringIO(),
        err=io.StringIO(),
        terminal=True,
        now=lambda: datetime(2026, 11, 23, 22, 41, tzinfo=UTC),
        open_store=pytest.fail,
        connect=pytest.fail,
        make_engine=pytest.fail,
        pod_control=broken,
    )
    with SessionStore.open(tmp_path / "sessions.db") as store:
        session = make_session(endpoints=[own.value()])
        comparison = Comparison(session, [], store)
        launch = Launch(comparison, store, lambda _: comparison, settings)
        examine = build_workspace(SessionSwitcher(launch), context).examine
        assert examine is not None
        on_screen = examine(own.value(), lambda _: None)
        comparison.close()
    (in_doctor,) = examine_all([subject_of(own, context, session.options.num_ctx)])
    assert on_screen.diagnosis is not None
    assert "internal error while diagnosing this endpoint" in on_screen.diagnosis.problem.cause
    assert on_screen == in_doctor
