"""The key `s` on an endpoint without a pod: what is known of its host."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bbtui.domain.host import Build, Host, HostState
from bbtui.domain.observation import ErrorReply, Observation, Target
from bbtui.domain.problem import Problem
from bbtui.ui.screens.dialogs import ChoicePrompt
from tests.fakes import BIG, Script, fail, known, make_connection, make_session, sent
from tests.fakes.probe import StillProbe
from tests.ui.driver import NARROW, WIDE, AppDriver, run_app
from tests.waiting import LIMIT_S

BOX = Target("box:11434", "box", "big")
BUILD = Build("Ollama 0.33.3", "27.4B", "Q4_K_M", "a418f5838eaf7fc2cfe0", 8192)


async def shown(app: AppDriver) -> list[str]:
    """Return the bar's rows, once it is open."""
    await app.press("s")
    await app.until(lambda: isinstance(app.top, ChoicePrompt))
    rows = [row.strip() for row in app.rows]
    return rows[rows.index(next(row for row in rows if "'s host: " in row)) :]


def on(host: Host, **endpoint: str) -> dict[str, Any]:
    """Return a app's settings: one endpoint, on this host."""
    connection = make_connection(BIG, probe=StillProbe(host))
    connection = connection._replace(endpoint=replace(connection.endpoint, **endpoint))
    return {
        "connections": [connection],
        "session": make_session(endpoints=[connection.endpoint], number=0),
    }


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_host_dialog_shows_server_model_gpu_context_and_unload_time(
    size: tuple[int, int],
) -> None:
    unloads = datetime.now(UTC) + timedelta(minutes=4, seconds=20)
    host = Host(
        HostState.READY,
        detail="ready",
        build=BUILD,
        loaded=True,
        gpu_share=0.87,
        unloads_at=unloads,
    )
    place = {"address": "http://me:word@box:11434/?key=1", "hardware": "RTX 4090"}
    async with run_app(**on(host, **place), size=size) as app:
        await app.shows("● ready")
        assert await shown(app) == [
            "Big Brain's host: not a pod, nothing to start or stop",
            "● ready · http://box:11434/?… · RTX 4090",
            "gemma3:27b · 27.4B · Q4_K_M · a418f5838eaf",
            "Ollama 0.33.3 · 87 % GPU · ctx 8192 · unloads in 4 m",
            "esc close",
        ]
        await app.press("escape")
        assert app.top is app.main


async def test_unreachable_host_is_shown_with_its_fix() -> None:
    host = Host(
        HostState.UNREACHABLE,
        Problem("nothing answers at box:11434", "is Ollama running there?"),
    )
    async with run_app(**on(host, address="http://box:11434", hardware="")) as app:
        await app.shows("nothing answers")
        assert (await shown(app))[1:4] == [
            "✗ nothing answers at box:11434 · http://box:11434",
            "is Ollama running there?",
            "gemma3:27b",
        ]


async def test_problem_of_the_answer_is_not_repeated_for_the_host() -> None:
    cause, hint = "box:11434 answered HTTP 401: no", "if it requires a key, send one"
    silent = Host(HostState.UNREACHABLE, Problem(cause, hint))
    for observed, state in (
        (None, "✗ unreachable"),
        (Observation(BOX, error_reply=ErrorReply(401)), "✗ responds with an error"),
    ):
        settings = on(replace(silent, observed=observed))
        source = Script(known(), sent(), fail(cause, hint))
        settings["connections"] = [settings["connections"][0]._replace(source=source)]
        async with run_app(**settings) as app:
            await app.shows("✗ box:11434 answered")
            await app.press("space", "r")
            await app.shows(state)
            assert app.text.count(cause) == 1


async def test_host_not_checked_yet_is_shown_as_being_checked(release: threading.Event) -> None:
    class Slow(StillProbe):
        def check(self) -> Host:
            release.wait(LIMIT_S)
            return super().check()

    settings = on(Host(HostState.READY, detail="ready"))
    settings["connections"] = [settings["connections"][0]._replace(probe=Slow())]
    async with run_app(**settings) as app:
        await app.shows("○ checking …")
        release.set()
        await app.shows("● ready")


async def test_endpoint_no_longer_configured_shows_a_message() -> None:
    column = replace(make_connection("gone-gemma3").endpoint, base="gone")
    async with run_app(connections=[], session=make_session(endpoints=[column])) as app:
        await app.shows("gone is no longer configured")
        await app.press("s")
        await app.until(lambda: "gone is no longer configured" in app.hint)
