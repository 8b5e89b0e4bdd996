"""The help: every key in it can be reached and read, as the user has it."""

from __future__ import annotations

import pytest

from bbtui.ui.actions import ACTIONS
from bbtui.ui.screens.sheet import SheetScreen
from tests.ui.desks import NARROW, WIDE, Seat, seated

SIZES = [WIDE, (100, 28), NARROW, (60, 16)]
LAST = "ctrl+z suspend; fg returns"


def words(seat: Seat) -> str:
    """What is seen, in words."""
    return " ".join(seat.text.split())


async def read(seat: Seat) -> list[str]:
    """Every row of the help, read by its keys from the top to the end."""
    await seat.press("question_mark", "g")
    rows = _sheet(seat)
    while True:
        await seat.press("j")
        last = _sheet(seat)[-1]
        if last == rows[-1]:
            return rows
        rows.append(last)


def _sheet(seat: Seat) -> list[str]:
    """The rows of the sheet's text now, without its frame."""
    rows = [row.split("│")[1].rstrip(" ▁▂▃▄▅▆▇█") for row in seat.rows if row.count("│") > 1]
    return [row.strip() for row in rows[2:-1]]


@pytest.mark.parametrize("size", SIZES)
async def test_the_last_key_is_reached_by_keyboard(size: tuple[int, int]) -> None:
    for keys in (["G"], ["end"], ["pagedown"] * 12, ["j"] * 90):
        async with seated(size=size) as seat:
            await seat.press("question_mark")
            await seat.sees("Every endpoint answers")
            assert LAST not in words(seat)
            await seat.press(*keys)
            assert LAST in words(seat)
            await seat.press("g")
            assert "Every endpoint answers" in seat.text


async def test_every_key_is_there_by_what_one_does() -> None:
    async with seated(size=NARROW) as seat:
        text = "\n".join(await read(seat))
    places = [text.index(f"\n{title}\n") for title in ("running", "judging", "moving")]
    places += [text.index(f"\n{title}\n") for title in ("the machine", "the session")]
    assert places == sorted(places)
    rows = [(one.shown, one.help) for one in ACTIONS if one.keys and one.id[:5] != "score"]
    for keys, does in [*rows, ("1-5", "score the focused answer")]:
        start = " ".join([keys, *does.split()[:2]])
        assert any(" ".join(row.split()).startswith(start) for row in text.splitlines()), start


async def test_the_keys_are_those_of_the_user() -> None:
    keys = {"score.4": "x", "task.next": "f5,|", "layout.tabs": "*", "help.keys": "f12"}
    async with seated(keys=keys, size=NARROW) as seat:
        await seat.press("question_mark")
        assert seat.top is seat.main
        await seat.press("f12", "g")
        for row in (
            "1 2 3 x 5 score the focused answer 1 to 5",
            "f5 | next task",
            "* tabs or columns",
            "f12 keys and help",
        ):
            while row not in words(seat):
                before = seat.text
                await seat.press("j")
                assert seat.text != before, f"no {row!r} in the help"
        await seat.press("f12")
        assert seat.top is seat.main


@pytest.mark.parametrize("key", ["escape", "question_mark", "f1", "q"])
async def test_it_is_closed_by_the_keys_that_opened_it(key: str) -> None:
    async with seated() as seat:
        await seat.press("question_mark")
        assert isinstance(seat.top, SheetScreen)
        await seat.press(key)
        assert seat.top is seat.main
        assert seat.app.is_running
