"""What is dragged over with the mouse, and what ctrl+c copies of it."""

from __future__ import annotations

import pytest

from bbtui.domain.endpoint import Host, HostState
from tests.fakes import BIG, StillProbe, answering, make_connection
from tests.ui.desks import NARROW, WIDE, Seat, seated

FIX = "is Ollama running there? `ollama serve` starts it"


async def dragged(seat: Seat, start: tuple[int, int], end: tuple[int, int]) -> str:
    """What ctrl+c copies after a drag between two places of the screen."""
    await seat.pilot.mouse_down(offset=start)
    await seat.pilot.hover(offset=end)
    await seat.pilot.mouse_up(offset=end)
    await seat.pilot.pause()
    await seat.press("ctrl+c")
    assert seat.app.is_running
    return seat.app.clipboard


def place(seat: Seat, words: str) -> tuple[int, int]:
    """Where words begin on the screen."""
    y = seat.rows.index(seat.row(words))
    return seat.rows[y].index(words), y


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_drag_from_an_answer_into_its_clocks_copies_the_answer(size) -> None:
    async with seated(big=answering("One two.\n\nThree four."), size=size) as seat:
        await seat.run_all()
        x, y = place(seat, "first")
        end = (x + 20, y)
        assert await dragged(seat, place(seat, "two."), end) == "two.\n\nThree four."
        assert "copied" in seat.hint


async def test_a_drag_across_two_panes_copies_the_answers_alone() -> None:
    async with seated(big=answering("One two."), local=answering("Three four.")) as seat:
        await seat.run_all()
        x, y = place(seat, "four.")
        copied = await dragged(seat, place(seat, "two."), (x - 1, y))
        assert copied.split() == ["two.", "Three"]


async def test_what_helps_a_host_can_be_copied() -> None:
    host = Host(HostState.UNREACHABLE, "nothing answers", FIX)
    async with seated(connections=[make_connection(BIG, probe=StillProbe(host))]) as seat:
        await seat.sees(FIX)
        x, y = place(seat, "`ollama serve`")
        assert await dragged(seat, (x, y), (x + 13, y)) == "`ollama serve`"
