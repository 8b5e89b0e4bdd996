"""Notices and messages: once, whole, and gone with the next action."""

from __future__ import annotations

import pytest

from bbtui.domain.host import Host, HostState
from bbtui.errors import BbtuiError
from tests.fakes import StillProbe, make_connection
from tests.ui.driver import NARROW, WIDE, AppDriver, run_app

#: 500 characters.
WORDS = [f"w{number:03}" for number in range(100)]
LONG = " ".join(WORDS)
SMALL = (60, 16)
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW, SMALL])


def once(app: AppDriver) -> None:
    """Assert that every word is on the screen, once."""
    text = app.text
    assert [word for word in WORDS if text.count(word) != 1] == []


@SIZES
async def test_notice_of_the_session_is_shown_once_and_whole(size: tuple[int, int]) -> None:
    connections = [make_connection(name) for name in ("one", "two", "three")]
    async with run_app(connections=connections, notice=lambda _: LONG, size=size) as app:
        once(app)
        await app.press("n", "tab")
        once(app)
        await app.run_all()
        assert WORDS[0] not in app.text


@pytest.mark.parametrize("start", ["now", "when ready"])
async def test_notice_of_a_session_that_starts_by_itself_is_shown_once(start: str) -> None:
    connections = [make_connection("one", probe=StillProbe(Host(HostState.LOADING)))]
    async with run_app(
        connections=connections, notice=lambda _: "o opens #11", start=start, cells=[]
    ) as app:
        await app.shows("o opens #11")
        assert app.text.count("o opens #11") == 1


async def test_short_notice_is_shown_once_for_all_panes() -> None:
    async with run_app(notice=lambda key: f"{key('sessions.open')} opens #11") as app:
        assert app.text.count("o opens #11") == 1


@SIZES
async def test_long_message_is_shown_whole_until_the_next_action(size: tuple[int, int]) -> None:
    async with run_app(size=size) as app:
        await app.run_all()
        app.main.show_message(LONG)
        await app.shows(WORDS[-1])
        once(app)
        assert app.hint.endswith("? keys")
        await app.press("tab")
        assert WORDS[0] not in app.text


async def test_message_moves_where_it_fits_when_the_screen_is_resized() -> None:
    message = "x" * 70
    async with run_app(size=WIDE) as app:
        await app.run_all()
        app.main.show_message(message)
        assert app.hint.startswith(message)
        await app.resize(*SMALL)
        await app.until(lambda: message[:56] in app.text and message not in app.hint)
        assert "".join(app.text.split()).count("x" * 70) == 1
        await app.resize(*WIDE)
        await app.until(lambda: app.hint.startswith(message))


@SIZES
async def test_long_error_is_shown_whole(size: tuple[int, int]) -> None:
    async with run_app(size=size) as app:
        app.main.show_error(BbtuiError("the disk is full", LONG))
        await app.shows("the disk is full")
        once(app)


async def test_message_names_what_was_undone_and_goes_with_the_next_action() -> None:
    async with run_app(size=NARROW) as app:
        await app.run_all()
        await app.press("tab", "4", "u")
        assert app.hint.startswith("undone: Local, score 4/5 · ctrl+r redoes it")
        await app.press("n")
        assert "undone" not in app.text
        assert app.hint.startswith("1-5 score")


async def test_message_goes_when_a_dialog_opens() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("4", "u")
        assert "undone" in app.hint
        await app.press("c")
        await app.shows("Big Brain: note")
        await app.press("escape")
        await app.until(lambda: app.top is app.main)
        assert "undone" not in app.hint


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_score_that_moves_the_focus_names_both_answers(size: tuple[int, int]) -> None:
    async with run_app(size=size) as app:
        await app.run_all()
        await app.press("4")
        assert app.hint.startswith("Big Brain: 4/5 · now Local  ")
        await app.press("3")
        told = "Local: 3/5 · not yet: 6 more tasks the same way would do, 3 are left"
        assert f"{told} · n opens the next task" in " ".join(app.text.split())


async def test_message_leaves_room_for_what_the_keys_act_on() -> None:
    async with run_app(size=WIDE) as app:
        await app.run_all()
        await app.press("4", "u")
        assert "undone: Big Brain, score 4/5 · ctrl+r redoes it  Big Brain: 1-5 score" in app.hint
