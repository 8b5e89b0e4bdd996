"""The diagnosis dialog (`d`): each step of the connection to the focused endpoint."""

from __future__ import annotations

import threading

from bbtui.domain.diagnosis import Diagnosis, Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination, HopState, OnStep, Step, completed
from bbtui.domain.problem import Problem
from bbtui.ui.screens.diagnosis import DiagnosisScreen
from tests.ui.driver import NARROW, run_app

CAUSE = "nothing listens at 127.0.0.1:11434 (connection refused)"
FIX = "start the server here (for Ollama: ollama serve), or correct the endpoint's url"
NAME = Step(Hop.NAME, HopState.PASSED, "127.0.0.1", 1.24)
TCP = Step(Hop.TCP, HopState.FAILED, CAUSE)


class Doctor:
    """Reports the first step, waits for the test, then reports that nothing listens."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.asked: list[str] = []

    def __call__(self, endpoint: Endpoint, on_step: OnStep) -> Examination:
        self.asked.append(endpoint.name)
        on_step(NAME)
        assert self.release.wait(30)
        on_step(TCP)
        return completed(endpoint, [NAME, TCP], Diagnosis(Hop.TCP, Problem(CAUSE, FIX)))


async def test_steps_appear_one_by_one() -> None:
    doctor = Doctor()
    async with run_app(examine=doctor) as app:
        await app.press("l", "d")
        await app.shows("127.0.0.1, 1.2 ms")
        assert doctor.asked == ["local"]
        assert "✓ DNS" in app.row("127.0.0.1, 1.2 ms")
        assert "TCP         …" in app.text
        assert "checking … · esc closes" in app.text
        doctor.release.set()
        await app.shows("the endpoint cannot answer")
        assert "✗ TCP" in app.text
        assert f"cause: {CAUSE}" in app.text
        assert f"fix:   {FIX}" in app.text
        assert "· round trip  not reached" in app.text
        assert "r checks again · esc closes" in app.text


async def test_unchecked_step_shows_its_fix() -> None:
    pod = Step(Hop.POD, HopState.OPEN, "not known: no key", fix="make [one]")

    async with run_app(examine=lambda endpoint, _: completed(endpoint, [pod], None)) as app:
        await app.press("d")
        await app.shows("the endpoint can answer")
        assert "· pod         not known: no key" in app.text
        assert "fix:   make [one]" in app.row("make [one]")


async def test_r_checks_again_once_a_check_has_ended() -> None:
    doctor = Doctor()
    async with run_app(examine=doctor) as app:
        await app.press("d")
        await app.shows("127.0.0.1, 1.2 ms")
        await app.press("r")
        assert len(doctor.asked) == 1, "it is on its way already"
        doctor.release.set()
        await app.shows("the endpoint cannot answer")
        await app.press("r")
        await app.until(lambda: len(doctor.asked) == 2)
        await app.shows("the endpoint cannot answer")


async def test_dialog_closes_during_a_check() -> None:
    doctor = Doctor()
    async with run_app(examine=doctor, size=NARROW) as app:
        for key in ("escape", "d", "q"):
            await app.press("d")
            await app.until(lambda: isinstance(app.top, DiagnosisScreen))
            await app.press(key)
            await app.until(lambda: app.top is app.main)
        doctor.release.set()


async def test_unexpected_error_is_shown() -> None:
    def broken(endpoint: Endpoint, on_step: OnStep) -> Examination:
        raise RuntimeError("\x1b[31moh")

    async with run_app(examine=broken) as app:
        await app.press("d")
        await app.shows("a bug in bbtui")
        assert "\x1b" not in app.text


async def test_demo_endpoint_has_no_diagnosis() -> None:
    async with run_app(examine=None) as app:
        await app.press("d")
        await app.shows("nothing to diagnose: embedded model")
        assert app.top is app.main
