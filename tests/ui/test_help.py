"""The help: every key in it can be reached and read, as the user has it."""

from __future__ import annotations

import pytest

from bbtui.ui.actions import ACTIONS
from bbtui.ui.screens.text_dialog import TextDialog
from tests.ui.driver import NARROW, WIDE, AppDriver, run_app

SIZES = [WIDE, (100, 28), NARROW, (60, 16)]
LAST = "ctrl+z suspend; fg resumes"


def words(app: AppDriver) -> str:
    """Return what is seen, in words."""
    return " ".join(app.text.split())


async def read(app: AppDriver) -> list[str]:
    """Every row of the help, read by its keys from the top to the end."""
    await app.press("question_mark", "g")
    rows = _sheet(app)
    while True:
        await app.press("j")
        last = _sheet(app)[-1]
        if last == rows[-1]:
            return rows
        rows.append(last)


def _sheet(app: AppDriver) -> list[str]:
    """Return the rows of the dialog, without its frame."""
    rows = [row.split("│")[1].rstrip(" ▁▂▃▄▅▆▇█") for row in app.rows if row.count("│") > 1]
    return [row.strip() for row in rows[2:-1]]


@pytest.mark.parametrize("size", SIZES)
async def test_end_of_the_help_is_reached_by_keyboard(size: tuple[int, int]) -> None:
    for keys in (["G"], ["end"], ["pagedown"] * 20, ["j"] * 120):
        async with run_app(size=size) as app:
            await app.press("question_mark")
            await app.shows("Every endpoint answers")
            assert LAST not in words(app)
            await app.press(*keys)
            assert LAST in words(app)
            await app.press("g")
            assert "Every endpoint answers" in app.text


async def test_help_lists_every_key_by_group() -> None:
    async with run_app(size=NARROW) as app:
        text = "\n".join(await read(app))
    places = [text.index(f"\n{title}\n") for title in ("running", "judging", "navigation")]
    places += [text.index(f"\n{title}\n") for title in ("endpoint and pod", "session")]
    assert places == sorted(places)
    rows = [(one.shown, one.help) for one in ACTIONS if one.keys and one.id[:5] != "score"]
    for keys, does in [*rows, ("1-5", "score the focused answer")]:
        start = " ".join([keys, *does.split()[:2]])
        assert any(" ".join(row.split()).startswith(start) for row in text.splitlines()), start


async def test_help_shows_remapped_keys() -> None:
    keys = {"score.4": "x", "task.next": "f5,|", "layout.tabs": "*", "help.keys": "f12"}
    async with run_app(keys=keys, size=NARROW) as app:
        await app.press("question_mark")
        assert app.top is app.main
        await app.press("f12", "g")
        for row in (
            "1 2 3 x 5 score the focused answer 1 to 5",
            "F5 | next task",
            "* switch between tabs and columns",
            "F12 keys and help",
        ):
            while row not in words(app):
                before = app.text
                await app.press("j")
                assert app.text != before, f"no {row!r} in the help"
        await app.press("f12")
        assert app.top is app.main


@pytest.mark.parametrize("key", ["escape", "question_mark", "f1", "q"])
async def test_help_is_closed_by_its_own_keys(key: str) -> None:
    async with run_app() as app:
        await app.press("question_mark")
        assert isinstance(app.top, TextDialog)
        await app.press(key)
        assert app.top is app.main
        assert app.app.is_running
