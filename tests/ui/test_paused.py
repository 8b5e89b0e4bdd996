"""What the screen shows of an endpoint whose server does not take requests."""

from __future__ import annotations

import pytest

from bbtui.clients.ports import StreamEnded
from bbtui.domain.answer import AnswerState
from bbtui.domain.host import Host, HostState
from bbtui.domain.observation import ErrorReply, NetworkFailure, Observation, Target
from bbtui.domain.problem import Problem
from bbtui.engine.pauses import WaitLimits
from tests.fakes import BIG, LOCAL, Script, make_connection
from tests.fakes.script import Step
from tests.ui.driver import run_app

GONE = Problem("nothing listens at gpu:11434", "start it: ollama serve")
TARGET = Target("gpu:11434", "gpu")


class Leaving(Script):
    """A server that is ready until the first request, and refuses that; its own probe."""

    def __init__(self, observed: Observation, after: Host) -> None:
        end = StreamEnded(0, AnswerState.FAILED, GONE, observed=observed)
        super().__init__(Step(event=lambda at_ns: end._replace(at_ns=at_ns)))
        self._after = after

    def check(self) -> Host:
        return self._after if self.requests else Host(HostState.READY)


@pytest.mark.parametrize(
    ("observed", "after", "what", "rest"),
    [
        (
            Observation(TARGET, NetworkFailure.REFUSED),
            Host(HostState.UNREACHABLE, GONE),
            "server away",
            "next try in",
        ),
        (
            Observation(TARGET, error_reply=ErrorReply(503, loading=True)),
            Host(HostState.LOADING),
            "loading gemma3:27b",
            "gives up in",
        ),
        (
            Observation(TARGET, error_reply=ErrorReply(429, retry_after_s=300.0)),
            Host(HostState.READY),
            "as the server requests",
            "next try in",
        ),
    ],
    ids=["away", "loading", "asked"],
)
async def test_paused_side_shows_what_it_waits_for_and_stops_at_a_key(
    observed: Observation, after: Host, what: str, rest: str
) -> None:
    source = Leaving(observed, after)
    connections = [make_connection(BIG, source=source, probe=source), make_connection(LOCAL)]
    async with run_app(connections=connections, size=(160, 40)) as app:
        await app.press("a")
        await app.until(lambda: all(app.answer(task.id, LOCAL) for task in app.session.tasks))
        await app.shows(what)
        await app.shows(rest)
        await app.until(lambda: app.text.count("nothing listens at gpu:11434") == 1)
        assert "start it: ollama serve" in app.text
        assert "; esc stops the wait" in app.text
        await app.press("escape")
        await app.until(lambda: not app.comparison.busy)
        assert not [answer for answer in app.session.answers if answer.cell.endpoint == BIG]
        assert len(source.requests) == 1


async def test_side_that_was_given_up_shows_why_and_runs_again() -> None:
    away = Host(HostState.UNREACHABLE, GONE)
    source = Leaving(Observation(TARGET, NetworkFailure.REFUSED), away)
    connections = [make_connection(BIG, source=source, probe=source), make_connection(LOCAL)]
    async with run_app(connections=connections, waits=WaitLimits(0.0)) as app:
        await app.press("a")
        await app.until(lambda: not app.comparison.busy)
        await app.shows("not run: nothing listens at gpu:11434")
        assert app.text.count("nothing listens at gpu:11434") == 1
        assert "start it: ollama serve" in app.text
        assert app.comparison.missing_cells()
        app.comparison.run(app.comparison.missing_cells())
        assert not app.comparison.snapshot().given_up
