"""What is dragged over with the mouse, and what ctrl+c copies of it."""

from __future__ import annotations

import pytest

from bbtui.domain.host import Host, HostState
from bbtui.domain.problem import Problem
from tests.fakes import BIG, StillProbe, answering, make_connection
from tests.ui.driver import NARROW, WIDE, AppDriver, run_app

FIX = "is Ollama running there? `ollama serve` starts it"


async def dragged(app: AppDriver, start: tuple[int, int], end: tuple[int, int]) -> str:
    """Return what ctrl+c copies after a drag between two places of the screen."""
    await app.pilot.mouse_down(offset=start)
    await app.pilot.hover(offset=end)
    await app.pilot.mouse_up(offset=end)
    await app.pilot.pause()
    await app.press("ctrl+c")
    assert app.app.is_running
    return app.app.clipboard


def place(app: AppDriver, words: str) -> tuple[int, int]:
    """Where words begin on the screen."""
    y = app.rows.index(app.row(words))
    return app.rows[y].index(words), y


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_drag_from_an_answer_into_its_figures_copies_the_answer(size) -> None:
    async with run_app(big=answering("One two.\n\nThree four."), size=size) as app:
        await app.run_all()
        x, y = place(app, "first")
        end = (x + 20, y)
        assert await dragged(app, place(app, "two."), end) == "two.\n\nThree four."
        assert "copied" in app.hint


async def test_drag_across_two_panes_copies_only_the_answers() -> None:
    async with run_app(big=answering("One two."), local=answering("Three four.")) as app:
        await app.run_all()
        x, y = place(app, "four.")
        copied = await dragged(app, place(app, "two."), (x - 1, y))
        assert copied.split() == ["two.", "Three"]


async def test_fix_of_a_host_can_be_copied() -> None:
    host = Host(HostState.UNREACHABLE, Problem("nothing answers", FIX))
    async with run_app(connections=[make_connection(BIG, probe=StillProbe(host))]) as app:
        await app.shows(FIX)
        x, y = place(app, "`ollama serve`")
        assert await dragged(app, (x, y), (x + 13, y)) == "`ollama serve`"
