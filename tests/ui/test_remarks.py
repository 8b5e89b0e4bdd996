"""Summary and key finding: written in several lines, shown as the report has them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from textual import events

from bbtui.report.markdown import render_markdown, render_paragraphs
from tests.fakes.checks import check_here
from tests.ui.driver import NARROW, WIDE, AppDriver, run_app


async def closed(app: AppDriver) -> None:
    await app.until(lambda: app.top is app.main and not app.main.type_ahead.opening)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_summary_is_shown_while_typed_as_the_report_shows_it(size: tuple[int, int]) -> None:
    async with run_app(size=size) as app:
        await app.run_all()
        await app.press("S")
        await app.shows("in the report")
        app.app.post_message(events.Paste("Both `pass`.\n# Big is *slower*"))
        await app.shows("Operator's summary")
        below = app.text.partition("in the report")[2]
        assert "Both pass." in below, "code is drawn as code"
        assert "# Big is *slower*" in below, "what is no code is text"
        await app.press("enter")
        await closed(app)
        assert "saved the summary for the report" in app.hint
        assert app.comparison.scorecard.summary == "Both `pass`.\n# Big is *slower*"
        now = datetime(2026, 11, 24, tzinfo=UTC)
        report = render_markdown(app.session, now=now, run_check=check_here)
        assert render_paragraphs(app.comparison.scorecard.summary) in report


async def test_key_finding_has_lines_and_undo_removes_it() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("F")
        await app.shows("No key finding written.")
        await app.type("cheap")
        await app.press("ctrl+j")
        await app.type("is enough")
        await app.press("enter")
        await closed(app)
        assert app.comparison.scorecard.finding == "cheap\nis enough"
        await app.press("u")
        assert "undone: key finding" in app.hint
        assert app.comparison.scorecard.finding == ""


async def test_text_is_edited_from_its_end_and_esc_keeps_the_one_before() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("S")
        await app.type("big")
        await app.press("enter")
        await closed(app)
        await app.press("S")
        await app.type("ger")
        await app.shows("bigger")
        await app.press("escape")
        await closed(app)
        assert app.comparison.scorecard.summary == "big"
        rows = len(app.session.judgements)
        await app.press("S", "enter")
        await closed(app)
        assert len(app.session.judgements) == rows, "the same text is no judgement"
        await app.press("S", "ctrl+u", "enter")
        await closed(app)
        assert "removed the summary" in app.hint


async def test_long_text_scrolls_in_its_box_and_below() -> None:
    async with run_app(size=NARROW) as app:
        await app.run_all()
        await app.press("F")
        await app.shows("in the report")
        lines = [f"line{number}" for number in range(40)]
        app.app.post_message(events.Paste("\n".join(lines)))
        await app.shows("line39")
        await app.until(lambda: "line39" in app.text.partition("in the report")[2])
        assert "enter saves" in app.text
        await app.press(*["pageup"] * 40)
        await app.until(lambda: "line0" in app.text.partition("in the report")[2])
        assert "line39" in app.text, "the box stays where it is"
