"""The header, resuming, the list of sessions, the task dialog, and the report."""

from __future__ import annotations

import threading
from dataclasses import replace

from bbtui.domain.score import Score
from bbtui.domain.session import SessionInfo
from bbtui.ui.workspace import Key
from tests.fakes import (
    BIG,
    DISK_FULL,
    LOCAL,
    MemoryStore,
    Script,
    done,
    known,
    make_answer,
    make_judgement,
    make_session,
    sent,
    text,
    wait,
)
from tests.ui.driver import NARROW, TASKS, WIDE, cell, run_app


def resumed(scores: int, answers: int = 8):
    """Return a session with so many answers, the first ones scored."""
    cells = [cell(task, side) for task in TASKS for side in (BIG, LOCAL)]
    return make_session(
        number=12,
        answers=[make_answer(where) for where in cells[:answers]],
        judgements=[
            make_judgement(Score(3), where, row=row) for row, where in enumerate(cells[:scores], 1)
        ],
    )


async def test_new_session_gets_its_number_with_the_first_answer() -> None:
    async with run_app() as app:
        assert "new session" in app.rows[0]
        assert "saved" not in app.rows[0]
        assert app.store.sessions == []
        await app.press("space")
        await app.settle()
        assert "#12 · Big Brain quality benchmark" in app.rows[0]
        assert "● saved 22:41" in app.rows[0]


async def test_resumed_session_opens_at_the_first_unscored_answer() -> None:
    async with run_app(session=resumed(3)) as app:
        await app.until(lambda: (app.task, app.focused) == ("evennia", "Local"))
        assert "3 3" in app.row("1 Gitea webhook")


async def test_resumed_session_opens_at_the_first_missing_answer() -> None:
    async with run_app(session=resumed(4, answers=5)) as app:
        assert app.task == "burn-down"
        await app.run_all()
        assert len(app.session.answers) == 8
        assert len(app.session.attempts(cell("webhook", BIG))) == 1


async def test_finished_session_opens_at_its_first_task() -> None:
    async with run_app(session=resumed(8)) as app:
        assert (app.task, app.focused) == ("webhook", "Big Brain")


async def test_unfinished_session_is_shown_as_a_notice() -> None:
    def notice(key: Key) -> str:
        return f"#11 is unfinished (5 of 8 answered): {key('sessions.open')} opens it"

    async with run_app(notice=notice) as app:
        assert app.top is app.main
        assert "#11 is unfinished (5 of 8 answered): o" in app.text
        await app.run_all()
        assert "unfinished" not in app.text


async def test_session_is_opened_from_the_list() -> None:
    other = replace(resumed(2), id="other", number=7)
    other = replace(other, about=replace(other.about, title="An older one"))
    async with run_app(others=[other]) as app:
        await app.run_all()
        await app.press("o")
        assert "answered  scored" in app.row("started")
        assert " 8/8 " in app.row("#7")
        assert "An older one" in app.text
        await app.press("j", "enter")
        await app.shows("#7 · An older one")
        assert app.task == "evennia"
        await app.press("5")
        assert app.marks("evennia", BIG).score == 5
        assert app.store.saved("other").judgements[-1].cell == cell("evennia", BIG)
        await app.press("o", "escape")
        assert "#7 · An older one" in app.text


async def test_list_has_a_row_for_each_session_at_every_width() -> None:
    titles = ("An older one of the sessions, with a long title", "Short", "日本語" * 9)
    others = [
        replace(resumed(0, answers=number), id=title, number=number, about=SessionInfo(title=title))
        for number, title in enumerate(titles, 1)
    ]
    async with run_app(others=others, size=NARROW) as app:
        await app.press("o")
        rows = [app.rows.index(app.row(f"#{number}")) for number in (3, 2, 1)]
        assert rows == [rows[0], rows[0] + 1, rows[0] + 2]
        column = app.row("started").index("title")
        for number, title in ((1, "An older one of"), (2, "Short")):
            assert app.row(f"#{number}")[column:].startswith(title)
        assert "An older one of the ses…  " in app.row("#1")
        assert "unfinished" in app.row("#1")
        assert "endpoints" not in app.text, "the least important goes first"
        await app.press("j")
        await app.resize(*WIDE)
        await app.shows("endpoints")
        assert "Big Brain · Local" in app.row("#1")
        await app.press("enter")
        await app.shows("#2 · Short")


async def test_opening_a_session_while_streaming_needs_confirmation(
    release: threading.Event,
) -> None:
    other = replace(resumed(0), id="other", number=7)
    big = Script(known(), sent(), text("So far."), wait(release), text(" More."), done())
    async with run_app(others=[other], big=big) as app:
        await app.press("space")
        await app.shows("So far.")
        await app.press("o", "j", "enter")
        await app.shows("answers are still streaming; stop them and open the other session?")
        await app.press("n")
        await app.until(lambda: app.top is app.main)
        assert "▶ streaming" in app.titles[0]
        await app.press("o", "j", "enter", "y")
        await app.shows("#7")
        await app.until(lambda: app.session.id == "other")
        first = app.store.sessions[1]
        assert first.answers[0].text == "So far."


async def test_opening_a_session_with_unsaved_data_needs_confirmation(
    release: threading.Event,
) -> None:
    other = replace(resumed(0), id="other", number=7)
    big = Script(known(), sent(), text("So far."), wait(release), text(" More."), done())
    async with run_app(others=[other], big=big) as app:
        await app.press("space")
        await app.shows("So far.")
        app.store.failing = DISK_FULL
        release.set()
        await app.shows("○ not saved: the disk is full")
        await app.until(lambda: not app.comparison.queue)
        await app.press("o", "j", "enter")
        await app.shows("not everything is saved: the disk is full")
        await app.press("escape")
        await app.until(lambda: app.top is app.main)
        assert app.session.id != "other"
        await app.press("o", "j", "enter", "l")
        await app.until(lambda: app.session.id == "other")
        await app.shows("the disk is full: the session could not be written")


async def test_opening_a_deleted_session_shows_an_error() -> None:
    other = replace(resumed(0), id="other", number=7)
    store = MemoryStore()
    async with run_app(others=[other], store=store) as app:
        await app.press("space")
        await app.settle()
        await app.press("o", "j")
        del store._kept["other"]
        await app.press("enter")
        await app.shows("no session other")
        assert "`bbtui sessions` lists them" in app.text
        await app.press("n", "space")
        await app.settle()
        assert len(app.session.answers) == 4


async def test_no_sessions_shows_a_message() -> None:
    async with run_app() as app:
        await app.press("o")
        assert "no sessions yet" in app.hint


async def test_report_has_the_text_of_a_running_answer(release: threading.Event) -> None:
    big = Script(known(), sent(), text("So far."), wait(release), text(" More."), done())
    async with run_app(big=big) as app:
        await app.press("e")
        assert "no answer to report yet" in app.hint
        assert app.reports.written == []
        await app.press("space")
        await app.shows("So far.")
        await app.until(lambda: len(app.session.answers) == 1)
        await app.press("e")
        await app.shows("characters   enter write")
        await app.press("enter")
        await app.shows("report written to bbtui-12.md (including partial answers)")
        [report] = app.reports.written
        assert "So far." in report
        assert "not finished when this report was written" in report
        assert "Big Brain was still answering Gitea webhook when this report was written." in report
        assert "| still running when this report was written |" in " ".join(report.split())
        assert "gave a partial answer" not in report
        assert len(app.session.answers) == 1, "it goes on"
