"""`d`: the way to the focused endpoint, hop by hop."""

from __future__ import annotations

import threading

from bbtui.domain.diagnosis import Diagnosis, Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination, HopState, OnStep, Step, completed
from bbtui.ui.screens.diagnosis import DiagnosisScreen
from tests.ui.desks import NARROW, seated

CAUSE = "nothing listens at 127.0.0.1:11434 (connection refused)"
FIX = "start the server here (for Ollama: ollama serve), or correct the endpoint's url"
NAME = Step(Hop.NAME, HopState.PASSED, "127.0.0.1", 1.24)
TCP = Step(Hop.TCP, HopState.FAILED, CAUSE)


class Doctor:
    """Finds the name, then nothing until the test lets it go on, then that nothing listens."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.asked: list[str] = []

    def __call__(self, endpoint: Endpoint, tell: OnStep) -> Examination:
        self.asked.append(endpoint.name)
        tell(NAME)
        assert self.go_on.wait(30)
        tell(TCP)
        return completed(endpoint, [NAME, TCP], Diagnosis(Hop.TCP, CAUSE, FIX))


async def test_it_fills_hop_by_hop() -> None:
    doctor = Doctor()
    async with seated(examine=doctor) as seat:
        await seat.press("l", "d")
        await seat.sees("127.0.0.1, 1.2 ms")
        assert doctor.asked == ["local"]
        assert "✓ name" in seat.row("127.0.0.1, 1.2 ms")
        assert "tcp         …" in seat.text
        assert "examining … · esc closes" in seat.text
        doctor.go_on.set()
        await seat.sees("it cannot answer")
        assert "✗ tcp" in seat.text
        assert f"cause: {CAUSE}" in seat.text
        assert f"fix:   {FIX}" in seat.text
        assert "· round trip  not reached" in seat.text
        assert "r again · esc closes" in seat.text


async def test_a_hop_left_open_says_what_helps() -> None:
    pod = Step(Hop.POD, HopState.OPEN, "not known: no key", fix="make [one]")

    async with seated(examine=lambda endpoint, _: completed(endpoint, [pod], None)) as seat:
        await seat.press("d")
        await seat.sees("it can answer")
        assert "· pod         not known: no key" in seat.text
        assert "fix:   make [one]" in seat.row("make [one]")


async def test_it_is_examined_again() -> None:
    doctor = Doctor()
    async with seated(examine=doctor) as seat:
        await seat.press("d")
        await seat.sees("127.0.0.1, 1.2 ms")
        await seat.press("r")
        assert len(doctor.asked) == 1, "it is on its way already"
        doctor.go_on.set()
        await seat.sees("it cannot answer")
        await seat.press("r")
        await seat.until(lambda: len(doctor.asked) == 2)
        await seat.sees("it cannot answer")


async def test_closing_does_not_wait() -> None:
    doctor = Doctor()
    async with seated(examine=doctor, size=NARROW) as seat:
        for key in ("escape", "d", "q"):
            await seat.press("d")
            await seat.until(lambda: isinstance(seat.top, DiagnosisScreen))
            await seat.press(key)
            await seat.until(lambda: seat.top is seat.main)
        doctor.go_on.set()


async def test_a_doctor_that_fails() -> None:
    def broken(endpoint: Endpoint, tell: OnStep) -> Examination:
        raise RuntimeError("\x1b[31moh")

    async with seated(examine=broken) as seat:
        await seat.press("d")
        await seat.sees("a bug in bbtui")
        assert "\x1b" not in seat.text


async def test_the_demo_has_no_way_to_examine() -> None:
    async with seated(examine=None) as seat:
        await seat.press("d")
        await seat.sees("there is no way to examine")
        assert seat.top is seat.main
