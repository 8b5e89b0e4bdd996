"""The list of sessions: found, filtered, renamed and deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bbtui.domain.session import Session, SessionInfo
from bbtui.store.summaries import SessionSummary
from bbtui.ui.screens.sessions import Finder
from bbtui.ui.widgets.session_list import SessionList
from tests.fakes import DISK_FULL, MORNING, MemoryStore
from tests.ui.driver import AppDriver, run_app
from tests.ui.test_sessions import resumed


def others() -> list[Session]:
    """Return three sessions: one whole, one with a hole, one of another title."""
    whole = replace(resumed(0), id="whole", number=7, about=SessionInfo(title="Poems [/]"))
    hole = replace(resumed(0), id="hole", number=8, answers=(), about=SessionInfo(title="Code"))
    older = replace(resumed(0), id="older", number=9, about=SessionInfo(title="Poems and code"))
    return [whole, hole, replace(older, started_at=MORNING - timedelta(days=400))]


def listed(app: AppDriver) -> list[str]:
    """Return the numbers of the sessions in the list, from the top."""
    return [one.id for one in app.top.query_one(SessionList).summaries]


async def test_sessions_are_found_by_any_words_of_their_row() -> None:
    async with run_app(others=others()) as app:
        await app.press("o", "slash")
        await app.type("POEMS code")
        await app.until(lambda: listed(app) == ["older"])
        assert "1 of 3" in app.text
        await app.press("enter")
        await app.until(lambda: app.session.id == "older")


async def test_number_of_a_session_finds_it() -> None:
    async with run_app(others=others()) as app:
        await app.press("o", "slash")
        await app.type("#8")
        await app.until(lambda: listed(app) == ["hole"])
        await app.press("escape")
        await app.until(lambda: len(listed(app)) == 3)
        await app.press("escape")
        await app.until(lambda: app.top is app.main)


async def test_filter_shows_what_is_unfinished_or_unscored() -> None:
    async with run_app(others=others()) as app:
        await app.press("o", "f")
        await app.until(lambda: listed(app) == ["hole"])
        assert "f unfinished" in app.text
        await app.press("f")
        await app.until(lambda: listed(app) == ["older", "whole"])
        await app.press("f")
        await app.until(lambda: len(listed(app)) == 3)


async def test_session_is_renamed() -> None:
    async with run_app(others=others()) as app:
        await app.press("o", "slash")
        await app.type("poems [/]")
        await app.press("tab", "r")
        await app.shows("Title of #7")
        await app.press("ctrl+u", "ctrl+k")
        await app.type("Prose")
        await app.press("enter")
        await app.until(lambda: app.store.saved("whole").about.title == "Prose")


async def test_session_is_deleted_after_asking_with_its_counts() -> None:
    async with run_app(others=others()) as app:
        await app.press("o", "d")
        await app.shows("permanently delete #9 Poems and code (8 answers, 0 scores)?")
        await app.press("escape")
        await app.until(lambda: "permanently" not in app.text)
        assert len(app.store.sessions) == 3
        await app.press("d")
        await app.shows("permanently delete #9")
        await app.press("d")
        await app.shows("deleted #9")
        assert listed(app) == ["hole", "whole"]
        assert [one.id for one in app.store.sessions] == ["whole", "hole"]


async def test_open_session_is_not_deleted() -> None:
    async with run_app(others=others()) as app:
        await app.press("space")
        await app.settle()
        await app.press("o")
        await app.until(lambda: len(listed(app)) == 4)
        await app.press("d")
        await app.shows("is open: open another session to delete it")
        assert len(app.store.sessions) == 4


async def test_session_that_cannot_be_deleted_shows_the_reason() -> None:
    store = MemoryStore()
    async with run_app(others=others(), store=store) as app:
        await app.press("o", "d")
        await app.shows("permanently delete #9")
        store.failing = DISK_FULL
        await app.press("d")
        await app.shows("the disk is full")
        store.failing = None
        assert len(store.sessions) == 3


def summary(number: int, title: str = "") -> SessionSummary:
    return SessionSummary(
        id=f"id-{number}",
        number=number,
        started_at=MORNING,
        title=title,
        tasks=1,
        endpoints=("Big", "Local"),
        answered=2,
        cells=2,
        scored=0,
        unfinished=False,
        running=False,
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [("", [1, 2]), ("  ", [1, 2]), ("ÄRGER", [2]), ("big #1", [1]), ("2026-11", [1, 2]), ("x", [])],
)
def test_query_matches_number_date_title_and_endpoints(query: str, found: list[int]) -> None:
    rows = [summary(1, "One"), summary(2, "Ärger")]
    assert [one.number for one in Finder(rows).matching(query)] == found


async def test_any_of_very_many_sessions_is_scrolled_to_and_found() -> None:
    async with run_app() as app:
        rows = [summary(number) for number in range(10_000, 0, -1)]
        app.main.workspace = app.main.workspace._replace(summaries=lambda: rows)
        await app.press("o")
        await app.shows("#10000")
        assert "#5 " not in app.text
        await app.press("end")
        await app.shows("  #1 ")
        assert "answered" in app.text
        await app.press("pageup", "home", "down", "up", "up")
        await app.until(lambda: app.top.query_one(SessionList).cursor == 9_999)
        await app.press("down")
        await app.shows("#10000")
        await app.press("slash")
        await app.type("#502")
        await app.shows("11 of 10,000")
        assert listed(app)[-1] == "id-502"


async def test_row_is_chosen_with_the_mouse() -> None:
    async with run_app(others=others()) as app:
        await app.press("o")
        await app.shows("enter opens")
        await app.pilot.hover(SessionList, offset=(4, 2))
        await app.pilot.click(SessionList, offset=(4, 0))
        await app.press("tab")
        assert app.top is not app.main, "the titles of the columns are no session"
        await app.pilot.click(SessionList, offset=(4, 3))
        await app.until(lambda: app.session.id == "whole")


async def test_cursor_stays_on_its_session_while_others_are_filtered_out() -> None:
    async with run_app(others=others()) as app:
        await app.press("o", "down", "down", "slash")
        await app.type("poems")
        await app.until(lambda: listed(app) == ["older", "whole"])
        assert app.top.query_one(SessionList).cursor == 1
        await app.press("enter", "enter")
        await app.until(lambda: app.session.id == "whole")


async def test_open_session_is_running_only_while_something_of_it_runs() -> None:
    async with run_app(others=others(), session=resumed(0)) as app:
        workspace = app.main.workspace

        def locked() -> list[SessionSummary]:
            mine = {app.session.id, "older"}
            return [replace(one, running=one.id in mine) for one in workspace.summaries()]

        app.main.workspace = workspace._replace(summaries=locked)
        await app.press("o")
        await app.shows("sessions")
        assert app.session.id in listed(app)
        rows = [row for row in app.rows if "running" in row]
        assert len(rows) == 1
        assert "#9" in rows[0]
