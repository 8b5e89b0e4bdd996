"""Faults of an answer: added, edited, removed, and each of it undone."""

from __future__ import annotations

import pytest
from textual import events

from bbtui.domain.score import Fault, Severity
from tests.fakes import BIG, LOCAL
from tests.ui.driver import NARROW, AppDriver, run_app

NO_HMAC = Fault(Severity.FATAL, "no HMAC")
NO_EXAMPLE = Fault(Severity.VAGUE, "no example")
KEYS = "↑ ↓ select · enter edits · del removes · t adds another · esc closes"


async def judge_two(app: AppDriver) -> None:
    """Run all, and note two faults of the focused answer."""
    await app.run_all()
    for key, text in (("f", "no HMAC"), ("v", "no example")):
        app.comparison.judge(Fault(severity(key), text), app.main.cursor.cell)
    app.main.redraw()
    await app.press("t")
    await app.shows("Big Brain: 2 faults")


def severity(key: str) -> Severity:
    return next(one for one in Severity if one[0].lower() == key)


def faults(app: AppDriver) -> tuple[Fault, ...]:
    return app.marks("webhook", BIG).faults


async def back(app: AppDriver) -> None:
    """Wait until every dialog is closed."""
    await app.until(lambda: app.top is app.main and not app.main.type_ahead.opening)


async def test_key_of_faults_lists_them_where_there_are_some() -> None:
    async with run_app() as app:
        await judge_two(app)
        assert "FATAL no HMAC" in app.text
        assert "VAGUE no example" in app.text
        assert KEYS in app.text
        await app.press("escape")
        await back(app)
        assert faults(app) == (NO_HMAC, NO_EXAMPLE)
        await app.press("tab", "t")
        await app.shows("Local: severity")


async def test_enter_edits_the_text_of_a_fault_and_keeps_its_severity() -> None:
    async with run_app() as app:
        await judge_two(app)
        await app.press("down", "enter")
        await app.shows("enter keep vague")
        await app.press("enter")
        assert "no example" in app.row("Big Brain: vague")
        await app.type(" at all")
        await app.press("enter")
        await back(app)
        assert faults(app) == (NO_HMAC, Fault(Severity.VAGUE, "no example at all"))
        await app.press("u")
        assert "undone: Big Brain, edit to VAGUE no example at all" in app.hint
        assert faults(app) == (NO_HMAC, NO_EXAMPLE)
        await app.press("ctrl+r")
        assert "redone: Big Brain, edit to VAGUE no example at all" in app.hint
        assert faults(app) == (NO_HMAC, Fault(Severity.VAGUE, "no example at all"))


async def test_edit_changes_the_severity_by_its_key() -> None:
    async with run_app() as app:
        await judge_two(app)
        await app.press("enter", "w", "enter")
        await back(app)
        assert faults(app) == (Fault(Severity.WRONG, "no HMAC"), NO_EXAMPLE)


async def test_edit_that_changes_nothing_or_is_cancelled_adds_no_row() -> None:
    async with run_app() as app:
        await judge_two(app)
        rows = len(app.session.judgements)
        await app.press("enter", "enter", "enter")
        await back(app)
        await app.press("t", "enter", "escape")
        await back(app)
        await app.press("t", "enter", "w", "escape")
        await back(app)
        assert len(app.session.judgements) == rows


@pytest.mark.parametrize("key", ["delete", "backspace"])
async def test_delete_removes_a_fault_and_undo_restores_it(key: str) -> None:
    async with run_app() as app:
        await judge_two(app)
        await app.press("down", "up", key)
        await back(app)
        assert "removed: FATAL no HMAC · u restores it" in app.hint
        assert faults(app) == (NO_EXAMPLE,)
        await app.press("u")
        assert "undone: Big Brain, removal of FATAL no HMAC" in app.hint
        assert faults(app) == (NO_HMAC, NO_EXAMPLE)
        await app.press("ctrl+r")
        assert "redone: Big Brain, removal of FATAL no HMAC" in app.hint
        assert faults(app) == (NO_EXAMPLE,)


async def test_emptied_text_removes_the_fault() -> None:
    async with run_app() as app:
        await judge_two(app)
        await app.press("enter", "enter", "ctrl+u", "enter")
        await back(app)
        assert "removed: FATAL no HMAC" in app.hint
        assert faults(app) == (NO_EXAMPLE,)


async def test_key_of_faults_adds_another_from_the_list() -> None:
    async with run_app() as app:
        await judge_two(app)
        await app.press("t", "m")
        await app.type("tests")
        await app.press("enter")
        await back(app)
        assert faults(app) == (NO_HMAC, NO_EXAMPLE, Fault(Severity.MISSING, "tests"))


async def test_own_keys_add_another_from_the_list() -> None:
    async with run_app(keys={"fault.add": "x"}) as app:
        await app.run_all()
        app.comparison.judge(NO_HMAC, app.main.cursor.cell)
        await app.press("x")
        await app.shows("x adds another")
        await app.press("x")
        await app.shows("Big Brain: severity")


async def test_list_of_the_answer_just_scored_is_that_answers() -> None:
    async with run_app() as app:
        await app.run_all()
        app.comparison.judge(NO_HMAC, app.main.cursor.cell)
        await app.press("2", "T")
        assert app.focused == "Local"
        await app.shows("Big Brain: 1 fault")
        await app.press("delete")
        await back(app)
        assert faults(app) == ()
        assert app.marks("webhook", LOCAL).faults == ()


async def test_removal_that_cannot_be_saved_is_not_shown() -> None:
    from tests.fakes import DISK_FULL

    async with run_app() as app:
        await judge_two(app)
        app.store.failing = DISK_FULL
        await app.press("delete")
        await app.shows("the disk is full")
        assert faults(app) == (NO_HMAC, NO_EXAMPLE)
        app.store.failing = None


LONG = " ".join(f"word{number}" for number in range(70))


async def test_long_fault_is_shown_whole_in_the_list_and_in_its_box() -> None:
    async with run_app(size=NARROW) as app:
        await app.run_all()
        app.comparison.judge(Fault(Severity.WRONG, LONG), app.main.cursor.cell)
        await app.press("t")
        await app.shows("word69")
        assert all(f"word{number}" in app.text for number in range(70))
        await app.press("enter", "enter")
        await app.shows("Big Brain: wrong")
        assert "word69" in app.text, "the cursor is at the end"


@pytest.mark.parametrize(("key", "about"), [("v", "verdict"), ("c", "note")])
async def test_long_line_wraps_in_its_box(key: str, about: str) -> None:
    async with run_app(size=NARROW) as app:
        await app.run_all()
        await app.press(key)
        await app.shows(f"Big Brain: {about}")
        words = [f"word{number}" for number in range(20)]
        app.app.post_message(events.Paste(" ".join(words)))
        await app.shows("word19")
        assert all(word in app.text for word in words)


async def test_pasted_lines_become_one() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("c")
        await app.shows("Big Brain: note")
        app.app.post_message(events.Paste("first\nsecond"))
        await app.shows("first second")
        await app.press("ctrl+j", "enter")
        await back(app)
        assert app.marks("webhook", BIG).note == "first second"
