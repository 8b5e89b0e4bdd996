"""Judgements of odd texts: on the screen, in the report and in the JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from textual import events

from bbtui.cli.sessions import _cell_table
from bbtui.domain.score import Fault, Note, Score, Severity, Verdict
from bbtui.domain.session import Session
from bbtui.exchange.json_file import from_json, to_json
from bbtui.report.markdown import render_markdown
from tests.fakes import BIG, LOCAL
from tests.fakes.checks import check_here
from tests.ui.driver import AppDriver, cell, run_app
from tests.ui.test_literal import ESCAPE, OBEYED, assert_harmless

#: Controls of a terminal, marks that turn the order of a text round, and Markdown.
ODD = f"{ESCAPE} \u202eback\u2066 \u200f**bold** | <b>tag</b> `code` [x](http://y) @you # head"
#: What a text that is written to a file must not have; a line break is one.
UNSAFE = set(OBEYED) - {"\n"}


def report(session: Session) -> str:
    when = datetime(2026, 11, 24, tzinfo=UTC)
    return render_markdown(session, now=when, run_check=check_here)


async def give(app: AppDriver, key: str, text: str) -> None:
    """Open the dialog of a key, paste a text into it, and save it."""
    before = len(app.session.judgements)
    await app.press(*key)
    app.app.post_message(events.Paste(text))
    await app.pilot.pause()
    await app.press("enter")
    await app.until(lambda: len(app.session.judgements) > before)


async def test_controls_and_markdown_are_shown_as_text_everywhere() -> None:
    async with run_app(size=(200, 50)) as app:
        await app.run_all()
        await give(app, "v", f"ODD {ODD}")
        await give(app, "tw", ODD)
        await give(app, "c", ODD)
        assert_harmless(app)
        await app.press("z")
        row = app.judgements[0]
        assert row.startswith("ODD — \N{REPLACEMENT CHARACTER}[31mred")
        assert "**bold** | <b>tag</b> `code` [x](http://y) @you # head" in app.text
        await app.press("r")
        await app.shows("Your notes on Big Brain")
        assert_harmless(app)
        await app.press("r", "t")
        await app.shows("1 fault")
        assert_harmless(app)
        await app.press("escape")
        await app.until(lambda: app.top is app.main)
        session = app.session
        assert app.marks("webhook", BIG).note == ODD, "it is kept as it was typed"

    written = report(session)
    assert not set(written) & UNSAFE
    assert "**bold**" not in written
    assert "<b>" not in written.replace("\\<b>", "")
    assert "](http://y)" not in written.replace("\\]", "")
    assert written.count("bold") >= 3
    document = to_json(session)
    assert not set(document) & UNSAFE
    assert from_json(document, "s.json").judgements == session.judgements, (
        "and as escapes in the JSON"
    )


@pytest.mark.parametrize("key", ["c", "tw"])
async def test_note_or_fault_of_ten_thousand_characters_is_cropped_where_room_is_short(key) -> None:
    long = "word " * 2000 + "end"
    async with run_app() as app:
        await app.run_all()
        await give(app, key, long)
        assert app.judgements[0].endswith("…")
        assert len(app.judgements[0]) <= 60
        session = app.session
    assert "word end" in report(session), "the report has all of it"
    judgement = json.loads(to_json(session))["judgements"][0]
    assert judgement["text"] == long


async def test_long_verdict_of_a_file_is_cropped_on_the_screen_and_in_tables() -> None:
    async with run_app() as app:
        await app.run_all()
        app.comparison.judge(Verdict("X" * 10_000, "because " * 1000), cell("webhook", BIG))
        await app.press("4")
        assert app.judgements[0].startswith("4/5 XXX")
        assert app.judgements[0].endswith("…")
        session = app.session
        await app.press("u", "u")
        await app.shows("undone: Big Brain, verdict XXXX")
        assert app.text.count("X") < 200, "no message fills the screen"
    assert len(_cell_table(session)[1][1]) < 60, "nor bbtui sessions show"
    rows = [line for line in report(session).splitlines() if line.startswith("|")]
    assert rows
    assert max(map(len, rows)) < 1500, "no table is torn apart by one cell"
    assert "because because" in max(rows, key=len)
    assert json.loads(to_json(session))["judgements"][0]["word"] == "X" * 10_000


async def test_score_of_an_answer_that_was_run_again_stays_with_its_attempt() -> None:
    async with run_app() as app:
        await app.press("space")
        await app.settle()
        await app.press("5", "2")
        assert "5 2" in app.row("1 Gitea webhook")
        await app.press("space")
        await app.until(lambda: "run this task again" in app.text)
        await app.press("y")
        await app.settle()
        await app.until(lambda: len(app.session.answers) == 4)
        assert app.judgements == ["", ""], "the new answers have no score yet"
        assert "✓ ✓" in app.row("1 Gitea webhook")
        await app.press("h", "3")
        assert "3 ✓" in app.row("1 Gitea webhook")
        await app.press("h", "[")
        await app.shows("attempt 1 of 2")
        assert app.judgements[0] == "5/5"
        session = app.session
    assert "Attempt 1: done; 5/5." in report(session)
    rows = json.loads(to_json(session))["judgements"]
    scores = [(row["attempt"], row["value"]) for row in rows if row["endpoint"] == BIG]
    assert scores == [(1, 5), (2, 3)]


async def test_score_of_another_program_comes_in_with_the_next_own_one() -> None:
    async with run_app() as app:
        await app.press("space")
        await app.settle()
        await app.press("4")
        other = (Score(1), Note("seen by two"), Fault(Severity.WRONG, "no lock"))
        for what in other:
            row = app.session.judgements[-1]
            app.store.judge(
                app.session.id, type(row)(row.at, what, cell("webhook", BIG), row.attempt)
            )
        assert app.judgements[0] == "4/5"
        await app.press("2")
        await app.shows("two programs judge this session")
        await app.shows("3 judgements of another program loaded; the latest counts")
        await app.until(lambda: app.judgements[0].startswith("1/5 · WRONG no lock"))
        assert app.marks("webhook", LOCAL).score == 2
        assert app.session.judgements == app.store.saved(app.session.id).judgements
