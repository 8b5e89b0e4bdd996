"""The header, resuming, the list of sessions, the task's sheet, and the report."""

from __future__ import annotations

import threading
from dataclasses import replace

from bbtui.domain.check import Check
from bbtui.domain.score import Fault, Note, Score, Severity
from bbtui.domain.session import SessionInfo
from bbtui.report.markdown import render_markdown
from bbtui.ui.desk import Key
from tests.fakes import (
    BIG,
    DISK_FULL,
    LOCAL,
    MORNING,
    MemoryStore,
    Script,
    done,
    known,
    make_answer,
    make_judgement,
    make_session,
    make_tasks,
    sent,
    text,
    wait,
)
from tests.ui.desks import NARROW, TASKS, WIDE, cell, seated


def resumed(scores: int, answers: int = 8):
    """A session with so many answers, the first ones scored."""
    cells = [cell(task, side) for task in TASKS for side in (BIG, LOCAL)]
    return make_session(
        number=12,
        answers=[make_answer(where) for where in cells[:answers]],
        judgements=[
            make_judgement(Score(3), where, row=row) for row, where in enumerate(cells[:scores], 1)
        ],
    )


async def test_a_new_session_gets_its_number_when_there_is_something_to_keep() -> None:
    async with seated() as seat:
        assert "new session" in seat.rows[0]
        assert "saved" not in seat.rows[0]
        assert seat.store.sessions == []
        await seat.press("space")
        await seat.settle()
        assert "#12 · Big Brain quality benchmark" in seat.rows[0]
        assert "● saved 22:41" in seat.rows[0]


async def test_a_resumed_session_opens_on_the_first_unscored_answer() -> None:
    async with seated(session=resumed(3)) as seat:
        await seat.until(lambda: (seat.task, seat.focused) == ("evennia", "Local"))
        assert "3 3" in seat.row("1 Gitea webhook")


async def test_a_resumed_session_opens_on_the_first_missing_answer() -> None:
    async with seated(session=resumed(4, answers=5)) as seat:
        assert seat.task == "burn-down"
        await seat.run_all()
        assert len(seat.session.answers) == 8
        assert len(seat.session.attempts(cell("webhook", BIG))) == 1


async def test_a_finished_session_opens_on_its_first_task() -> None:
    async with seated(session=resumed(8)) as seat:
        assert (seat.task, seat.focused) == ("webhook", "Big Brain")


async def test_an_unfinished_session_is_a_notice_and_no_dialog() -> None:
    def notice(key: Key) -> str:
        return f"#11 is unfinished (5 of 8 answered): {key('sessions.open')} opens it"

    async with seated(notice=notice) as seat:
        assert seat.top is seat.main
        assert "#11 is unfinished (5 of 8 answered): o" in seat.text
        await seat.run_all()
        assert "unfinished" not in seat.text


async def test_another_session_is_opened_from_the_list() -> None:
    other = replace(resumed(2), id="other", number=7)
    other = replace(other, about=replace(other.about, title="An older one"))
    async with seated(others=[other]) as seat:
        await seat.run_all()
        await seat.press("o")
        assert "answered  scored" in seat.row("started")
        assert " 8/8 " in seat.row("#7")
        assert "An older one" in seat.text
        await seat.press("j", "enter")
        await seat.sees("#7 · An older one")
        assert seat.task == "evennia"
        await seat.press("5")
        assert seat.marks("evennia", BIG).score == 5
        assert seat.store.saved("other").judgements[-1].cell == cell("evennia", BIG)
        await seat.press("o", "escape")
        assert "#7 · An older one" in seat.text


async def test_the_list_has_a_row_for_each_session_at_every_width() -> None:
    titles = ("An older one of the sessions, with a long title", "Short", "日本語" * 9)
    others = [
        replace(resumed(0, answers=number), id=title, number=number, about=SessionInfo(title=title))
        for number, title in enumerate(titles, 1)
    ]
    async with seated(others=others, size=NARROW) as seat:
        await seat.press("o")
        rows = [seat.rows.index(seat.row(f"#{number}")) for number in (3, 2, 1)]
        assert rows == [rows[0], rows[0] + 1, rows[0] + 2]
        column = seat.row("started").index("title")
        for number, title in ((1, "An older one of"), (2, "Short")):
            assert seat.row(f"#{number}")[column:].startswith(title)
        assert "An older one of the ses…  " in seat.row("#1")
        assert "unfinished" in seat.row("#1")
        assert "endpoints" not in seat.text, "the least important goes first"
        await seat.press("j")
        await seat.pilot.resize_terminal(*WIDE)
        await seat.sees("endpoints")
        assert "Big Brain · Local" in seat.row("#1")
        await seat.press("enter")
        await seat.sees("#2 · Short")


async def test_opening_another_session_while_streaming_is_asked_about(
    gate: threading.Event,
) -> None:
    other = replace(resumed(0), id="other", number=7)
    big = Script(known(), sent(), text("So far."), wait(gate), text(" More."), done())
    async with seated(others=[other], big=big) as seat:
        await seat.press("space")
        await seat.sees("So far.")
        await seat.press("o", "j", "enter")
        await seat.sees("answers are still streaming; stop them and open the other session?")
        await seat.press("n")
        await seat.until(lambda: seat.top is seat.main)
        assert "▶ streaming" in seat.titles[0]
        await seat.press("o", "j", "enter", "y")
        await seat.sees("#7")
        await seat.until(lambda: seat.session.id == "other")
        first = seat.store.sessions[1]
        assert first.answers[0].text == "So far."


async def test_opening_another_session_with_something_unsaved_is_asked_about(
    gate: threading.Event,
) -> None:
    other = replace(resumed(0), id="other", number=7)
    big = Script(known(), sent(), text("So far."), wait(gate), text(" More."), done())
    async with seated(others=[other], big=big) as seat:
        await seat.press("space")
        await seat.sees("So far.")
        seat.store.failing = DISK_FULL
        gate.set()
        await seat.sees("○ not saved: the disk is full")
        await seat.until(lambda: not seat.comparison.queue)
        await seat.press("o", "j", "enter")
        await seat.sees("not everything is saved: the disk is full")
        await seat.press("escape")
        await seat.until(lambda: seat.top is seat.main)
        assert seat.session.id != "other"
        await seat.press("o", "j", "enter", "l")
        await seat.until(lambda: seat.session.id == "other")
        await seat.sees("the disk is full: the session could not be written")


async def test_a_session_that_has_gone_is_told_and_this_one_goes_on() -> None:
    other = replace(resumed(0), id="other", number=7)
    store = MemoryStore()
    async with seated(others=[other], store=store) as seat:
        await seat.press("space")
        await seat.settle()
        await seat.press("o", "j")
        del store._kept["other"]
        await seat.press("enter")
        await seat.sees("no session other")
        assert "`bbtui sessions` lists them" in seat.text
        await seat.press("n", "space")
        await seat.settle()
        assert len(seat.session.answers) == 4


async def test_without_sessions_there_is_no_list() -> None:
    async with seated() as seat:
        await seat.press("o")
        assert "no sessions yet" in seat.hint


async def test_the_task_sheet_holds_all_that_helps_to_judge() -> None:
    tasks = list(make_tasks())
    tasks[0] = replace(tasks[0], checks=(Check("mentions", "well"), Check("mentions", "hmac")))
    async with seated(session=make_session(tasks=tasks)) as seat:
        await seat.press("space")
        await seat.settle()
        await seat.press("r")
        for words in (
            "Gitea webhook",
            "rubric of Gitea webhook",
            "Checks of Big Brain",
            "Checks of Local",
            "Expected of Gitea webhook.",
            "Prompt of Gitea webhook.",
        ):
            assert words in seat.text
        assert seat.text.count("✓ mentions") + seat.text.count("✗ mentions") == 4
        await seat.press("j", "k", "G", "g", "r")
        assert seat.top is seat.main


async def test_the_task_sheet_holds_what_was_said_of_the_answers() -> None:
    first = cell("webhook", BIG)
    session = make_session(
        number=12,
        answers=[make_answer(first), make_answer(cell("webhook", LOCAL))],
        judgements=[
            make_judgement(Fault(Severity.WRONG, "no such [header]"), first, row=1),
            make_judgement(Fault(Severity.VAGUE, "says little"), first, row=2),
        ],
    )
    async with seated(session=session) as seat:
        await seat.press("r")
        assert "Said of Big Brain" in seat.text
        assert "WRONG: no such [header]" in seat.text
        assert "VAGUE: says little" in seat.text
        assert "Said of Local" not in seat.text


async def test_the_task_sheet_shows_what_was_said_word_for_word() -> None:
    first = cell("webhook", BIG)
    said = "no __init__ and *args* lost"
    tasks = [replace(make_tasks()[0], checks=(Check("mentions", "__all__"),))]
    session = make_session(
        number=12,
        tasks=tasks,
        answers=[make_answer(first)],
        judgements=[
            make_judgement(Fault(Severity.WRONG, said), first, row=1),
            make_judgement(Note("# *one* `two`"), first, row=2),
        ],
    )
    async with seated(session=session) as seat:
        await seat.press("r")
        assert f"WRONG: {said}" in seat.text
        assert "# *one* `two`" in seat.text
        assert "mentions __all__" in seat.text


async def test_the_task_sheet_shows_a_prompt_as_it_is_sent() -> None:
    tasks = [replace(make_tasks()[0], prompt="one line\nand __another__\n```\ncode\n```")]
    async with seated(session=make_session(tasks=tasks)) as seat:
        await seat.press("r")
        rows = [row.split("│")[1].strip() for row in seat.rows if row.count("│") > 1]
        at = rows.index("one line")
        assert rows[at : at + 5] == ["one line", "and __another__", "```", "code", "```"]


async def test_the_report_has_what_has_come_so_far(gate: threading.Event) -> None:
    big = Script(known(), sent(), text("So far."), wait(gate), text(" More."), done())
    async with seated(big=big) as seat:
        await seat.press("e")
        assert "no answer to report yet" in seat.hint
        assert seat.reports == []
        await seat.press("space")
        await seat.sees("So far.")
        await seat.until(lambda: len(seat.session.answers) == 1)
        await seat.press("e")
        assert "report written to bbtui-12.md (with what has come so far)" in seat.hint
        report = render_markdown(seat.reports[0], now=MORNING, parse_bash=lambda code: None)
        assert "So far." in report
        assert "not finished when this report was written" in report
        assert "Big Brain was still at Gitea webhook when this report was written." in report
        assert "| answering when this report was written |" in " ".join(report.split())
        assert "broke off on" not in report
        assert len(seat.session.answers) == 1, "it goes on"
