"""The results dialog (`R`), and the hint whether one has scored enough."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.domain.score import Blinding
from tests.fakes import make_judgement
from tests.score_tables import Entry, scored
from tests.ui.driver import NARROW, WIDE, AppDriver, run_app

EIGHT = ([4, 5, 4, 3, 4, 4, 5, 2], [2, 3, 3, 3, 2, 4, 4, 3])
#: Where no message is longer than the line of hints.
BROAD = (200, 36)


async def test_results_have_verdict_table_and_bars() -> None:
    async with run_app(session=scored(*EIGHT), size=WIDE) as app:
        await app.press("R")
        await app.shows("cannot tell these apart yet, about 5 more tasks like these")
        title = app.row("results  Big Brain quality benchmark · 12")
        assert title.endswith("8 tasks · 2 sides · 1 answer each │")
        assert "3.9    5      2     1" in app.row("Big Brain   3.9")
        assert "████████   4  ████       2" in app.row("1 Task 1")
        await app.press("R")
        assert app.top is app.main


async def test_results_scroll_and_are_laid_out_again_for_another_width() -> None:
    async with run_app(session=scored(*EIGHT), size=NARROW) as app:
        await app.press("R")
        await app.shows("It takes 2.0 × as long")
        assert "no signal" not in app.text
        await app.press("G")
        await app.shows("no signal (all sides have the same score): 4 Task 4, 6 Task 6")
        await app.press("g")
        await app.shows("Big Brain was better on 5")
        await app.pilot.resize_terminal(*WIDE)
        await app.shows("no signal")


async def test_results_follow_the_session_while_they_are_open() -> None:
    session = scored([5, 5, "open"], [3, 3, 3])
    async with run_app(session=session, size=WIDE) as app:
        await app.press("R")
        await app.shows("Big Brain is better on 2 of 2 tasks so far")
        answer = next(one for one in session.answers if one.cell == ("task-3", "big-brain", 1))
        app.comparison.judge(type(session.judgements[0].what)(5), answer.cell, answer.attempt)
        await app.shows("Big Brain was better on 3 of 3 tasks; but 3 differing tasks cannot")


async def test_results_are_closed_while_rounds_are_blind() -> None:
    session = scored(["open"] * 3, ["open"] * 3)
    session = session.with_judgement(make_judgement(Blinding(True, "seed")))
    async with run_app(session=session, size=WIDE) as app:
        await app.press("R")
        assert app.top is app.main
        assert "closed while this round is blind · b reveals its sides" in app.text
        await score(app, 5, 3)
        await app.press("R")
        assert "closed while 2 rounds with answers" in app.text


async def test_session_without_answers_has_no_results_to_offer() -> None:
    async with run_app(size=BROAD) as app:
        assert "R results" not in app.hint
        await app.run_all()
        assert "R results" in app.hint


async def score(app: AppDriver, *values: int) -> None:
    """Score the answers of a task from left to right."""
    await app.press(*map(str, values))


@pytest.mark.parametrize(
    ("big", "local", "shown"),
    [
        (
            [5, 5, 5, "open", "open", "open", "open"],
            [3, 3, 3, "open", "open", "open", "open"],
            "Local: 3/5 · not yet: 3 more tasks the same way would do · n opens the next task",
        ),
        (
            [5] * 6 + ["open", "open"],
            [3] * 6 + ["open", "open"],
            "Local: 3/5 · enough for a verdict · n opens the next task",
        ),
        (
            [5] * 3 + ["open"],
            [3] * 3 + ["open"],
            "Local: 3/5 · all scored: cannot tell these apart · R shows the results",
        ),
        (
            [5] * 5 + ["open"],
            [3] * 5 + ["open"],
            "Local: 3/5 · enough for a verdict · R shows the results",
        ),
    ],
)
async def test_completed_round_shows_whether_it_is_enough(
    big: list[Entry], local: list[Entry], shown: str
) -> None:
    async with run_app(session=scored(big, local), size=BROAD) as app:
        await score(app, 5)
        assert "Big Brain: 5/5 · now Local" in app.hint
        await score(app, 3)
        assert shown in app.hint


async def test_one_side_has_no_such_hint() -> None:
    async with run_app(session=scored(["open", "open"]), size=BROAD) as app:
        await score(app, 4)
        assert "Big Brain: 4/5 · n opens the next task" in app.hint


async def test_until_clear_closes_when_one_side_is_clearly_better() -> None:
    session = scored([5] * 5 + ["open"] * 4, [3] * 5 + ["open"] * 4)
    async with run_app(session=session, until_clear=True) as app:
        await score(app, 5, 3)
        assert app.app.return_code is None
        await app.press("n")
        await score(app, 5, 3)
        assert app.app.return_value == 0
    assert len(app.store.saved(session.id).judgements) == len(session.judgements) + 4


async def test_rows_are_in_the_order_of_the_session() -> None:
    session = scored(*EIGHT)
    swapped = replace(session, endpoints=session.endpoints[::-1])
    async with run_app(session=swapped, size=WIDE) as app:
        await app.press("R")
        await app.shows("Big Brain was better on 5")
        assert app.text.index("Local       3.0") < app.text.index("Big Brain   3.9")
