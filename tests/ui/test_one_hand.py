"""Judging by few keys: verdicts that complete themselves, faults that quote what is selected."""

from __future__ import annotations

import threading

import pytest
from textual import events

from bbtui.domain.score import LONGEST_VERDICT, Fault, Severity, Verdict
from bbtui.ui.screens.dialogs import ChoicePrompt
from tests.fakes import BIG, LOCAL, Script, answering, done, known, sent, text, wait
from tests.ui.driver import NARROW, WIDE, AppDriver, run_app


async def answered(app: AppDriver) -> None:
    await app.press("space")
    await app.settle()


async def test_enter_takes_the_first_word_that_begins_as_typed() -> None:
    async with run_app() as app:
        await answered(app)
        await app.press("v", "s")
        assert "sOLID" in app.row("Big Brain: verdict")
        assert "SOLID SHALLOW" in app.text
        assert "enter saves SOLID · tab inserts it · esc cancels" in app.text
        await app.press("enter")
        await app.shows("SOLID")
        assert app.marks("webhook", BIG).verdict == Verdict("SOLID")


@pytest.mark.parametrize("key", ["tab", "right"])
async def test_word_that_was_taken_can_be_given_a_reason(key: str) -> None:
    async with run_app() as app:
        await answered(app)
        await app.press("v", "b", key)
        await app.type(" no HMAC check")
        await app.press("enter")
        await app.until(lambda: app.marks("webhook", BIG).verdict)
        assert app.marks("webhook", BIG).verdict == Verdict("BROKEN", "no HMAC check")


async def test_all_words_are_offered_before_anything_is_typed() -> None:
    async with run_app() as app:
        await answered(app)
        await app.press("v")
        assert "EXCELLENT SOLID PARTIAL SHALLOW WRONG BROKEN INVENTED OFF-TOPIC" in app.text
        await app.press("enter")
        await app.until(lambda: app.top is app.main)
        assert app.marks("webhook", BIG).verdict is None


async def test_words_of_the_session_come_first_the_most_frequent_before_all() -> None:
    async with run_app() as app:
        await app.run_all()
        for word in ("shaky", "sound", "sound"):
            await app.press("v")
            await app.type(f"{word} ")
            await app.press("enter")
            await app.until(lambda: app.top is app.main)
            await app.press("n")
        await app.press("v", "s")
        assert "SOUND SHAKY SOLID SHALLOW" in app.text
        await app.press("enter")
        await app.until(lambda: app.marks("async-bug", BIG).verdict)
        assert app.marks("async-bug", BIG).verdict == Verdict("SOUND")


async def test_verdict_that_was_undone_is_not_offered() -> None:
    async with run_app() as app:
        await answered(app)
        await app.press("v", *"zany", "enter")
        await app.until(lambda: app.marks("webhook", BIG).verdict)
        await app.press("u", "v", "z")
        assert "zANY" not in app.text


@pytest.mark.parametrize("key", ["v", "c"])
async def test_dialog_that_changes_nothing_saves_nothing(key: str) -> None:
    async with run_app() as app:
        await answered(app)
        await app.press(key, "enter")
        await app.until(lambda: app.top is app.main)
        assert app.session.judgements == ()
        await app.press(key)
        await app.type("solid it is")
        await app.press("enter")
        await app.until(lambda: app.top is app.main)
        await app.press(key, "enter")
        await app.until(lambda: app.top is app.main)
        assert len(app.session.judgements) == 1, "it was saved once"


async def test_blank_after_a_word_keeps_it_as_it_is() -> None:
    async with run_app() as app:
        await answered(app)
        await app.press("v")
        await app.type("so ")
        await app.press("enter")
        await app.until(lambda: app.marks("webhook", BIG).verdict)
        assert app.marks("webhook", BIG).verdict == Verdict("SO")


async def test_whole_word_is_not_made_longer() -> None:
    async with run_app() as app:
        await app.run_all()
        for word in ("solidly", "solid"):
            await app.press("v")
            await app.type(word)
            await app.press("enter")
            await app.until(lambda: app.top is app.main)
            await app.press("tab")
        assert app.marks("webhook", BIG).verdict == Verdict("SOLIDLY")
        assert app.marks("webhook", LOCAL).verdict == Verdict("SOLID")
        await app.press("tab", "v", "enter")
        await app.until(lambda: app.top is app.main)
        assert app.marks("webhook", LOCAL).verdict == Verdict("SOLID"), "editing it changes nothing"


async def test_notes_and_faults_complete_nothing() -> None:
    async with run_app() as app:
        await answered(app)
        await app.press("c", "s", "enter")
        await app.until(lambda: app.marks("webhook", BIG).note)
        await app.press("t", "w", "s", "enter")
        await app.until(lambda: app.marks("webhook", BIG).faults)
        marks = app.marks("webhook", BIG)
        assert (marks.note, marks.faults) == ("s", (Fault(Severity.WRONG, "s"),))


async def select(app: AppDriver, words: str) -> None:
    """Drag over words of the screen."""
    y = app.rows.index(app.row(words))
    x = app.rows[y].index(words)
    await app.pilot.mouse_down(offset=(x, y))
    await app.pilot.hover(offset=(x + len(words) - 1, y))
    await app.pilot.mouse_up(offset=(x + len(words) - 1, y))
    await app.pilot.pause()


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_selected_text_of_the_answer_is_the_quote_of_a_fault(size) -> None:
    async with run_app(big=answering("It has **no lock** at all."), size=size) as app:
        await answered(app)
        await select(app, "no lock")
        await app.press("t", "f")
        assert "“no lock” " in app.row("Big Brain: fatal")
        await app.type("wrong")
        await app.press("enter")
        await app.until(lambda: app.marks("webhook", BIG).faults)
        assert app.marks("webhook", BIG).faults == (Fault(Severity.FATAL, "“no lock” wrong"),)
        assert "FATAL “no lock” wrong" in app.text
        await app.press("t", "t", "v")
        assert "“no lock”" not in app.row("Big Brain: vague"), "a quote is taken once"


async def test_long_selection_is_quoted_in_one_short_line() -> None:
    async with run_app(big=answering("word " * 200 + "end."), size=(160, 60)) as app:
        await answered(app)
        await app.press("z")
        await app.pilot.mouse_down(offset=app_place(app, "word word"))
        await app.pilot.hover(offset=app_place(app, "end."))
        await app.pilot.mouse_up(offset=app_place(app, "end."))
        await app.press("t", "w", "enter")
        await app.until(lambda: app.marks("webhook", BIG).faults)
        (fault,) = app.marks("webhook", BIG).faults
        assert fault.text.startswith("“word word")
        assert fault.text.endswith("word…”")
        assert "\n" not in fault.text
        assert len(fault.text) <= 202


def app_place(app: AppDriver, words: str) -> tuple[int, int]:
    y = app.rows.index(app.row(words))
    return app.rows[y].index(words), y


async def test_selection_in_another_answer_is_no_quote() -> None:
    async with run_app(big=answering("One two."), local=answering("Three four.")) as app:
        await answered(app)
        await select(app, "Three")
        await app.press("h", "t", "w")
        assert "Three" not in app.row("Big Brain: wrong")


async def test_everything_can_be_given_in_mid_stream_undone_and_redone(
    release: threading.Event,
) -> None:
    big = Script(known(), sent(), text("So far "), wait(release), text("so good."), done())
    async with run_app(big=big) as app:
        await app.press("space")
        await app.shows("So far")
        await app.press("4", "h", "v", "s", "enter")
        await app.until(lambda: app.marks("webhook", BIG).verdict)
        await select(app, "So far")
        await app.press("t", "v")
        await app.type("how far?")
        await app.press("enter")
        await app.until(lambda: app.marks("webhook", BIG).faults)
        assert "▶ streaming" in app.titles[0], "it still comes"
        given = app.marks("webhook", BIG)
        assert (given.score, given.verdict) == (4, Verdict("SOLID"))
        assert given.faults == (Fault(Severity.VAGUE, "“So far” how far?"),)
        await app.press("u", "u", "u")
        empty = app.marks("webhook", BIG)
        assert (empty.score, empty.verdict, empty.faults) == (None, None, ())
        await app.press("ctrl+r", "ctrl+r", "ctrl+r")
        release.set()
        await app.settle()
        assert app.marks("webhook", BIG) == given
        assert app.store.saved(app.session.id).judgements == app.session.judgements


async def test_verdict_of_ten_thousand_characters_is_asked_for_again() -> None:
    async with run_app() as app:
        await answered(app)
        await app.press("v")
        app.app.post_message(events.Paste("X" * 10_000))
        await app.shows("XXXX")
        await app.press("enter")
        await app.shows(f"begin with a word of at most {LONGEST_VERDICT}")
        assert app.session.judgements == (), "nothing is saved of it"
        assert "XXXX" in app.text, "nothing that was typed is lost"
        await app.press("escape", "v")
        app.app.post_message(events.Paste("long " + "X" * 10_000))
        await app.shows("XXXX")
        await app.press("enter")
        await app.until(lambda: app.marks("webhook", BIG).verdict)
        assert app.marks("webhook", BIG).verdict == Verdict("LONG", "X" * 10_000)
        assert app.judgements[0].startswith("LONG — XXXX")
        assert app.judgements[0].endswith("…")


async def test_keys_typed_while_the_dialog_opens_are_its_own() -> None:
    async with run_app() as app:
        await answered(app)
        for key in ("v", "s", "enter"):  # as fast as a hand that knows them
            app.app.post_message(events.Key(key, key if len(key) == 1 else "\r"))
        await app.until(lambda: app.marks("webhook", BIG).verdict)
        assert app.marks("webhook", BIG).verdict == Verdict("SOLID")
        for key in "tfno":
            app.app.post_message(events.Key(key, key))
        app.app.post_message(events.Paste(" lock"))
        app.app.post_message(events.Key("enter", "\r"))
        await app.until(lambda: app.marks("webhook", BIG).faults)
        assert app.marks("webhook", BIG).faults == (Fault(Severity.FATAL, "no lock"),)


async def test_fault_typed_in_one_go_after_its_dialog_has_opened_is_whole() -> None:
    async with run_app() as app:
        await answered(app)
        await app.press("t")
        await app.until(lambda: isinstance(app.top, ChoicePrompt))
        for key in "fno lock":  # as a slow line delivers them: at once
            app.app.post_message(events.Key("space" if key == " " else key, key))
        app.app.post_message(events.Key("enter", "\r"))
        await app.until(lambda: app.marks("webhook", BIG).faults)
        assert app.marks("webhook", BIG).faults == (Fault(Severity.FATAL, "no lock"),)


async def test_keys_for_a_dialog_that_does_not_open_do_nothing() -> None:
    async with run_app() as app:
        for key in "van":
            app.app.post_message(events.Key(key, key))
        await app.shows("no answer to judge here yet")
        await app.pilot.pause()
        assert (app.task, app.session.answers) == ("webhook", ())
        await app.press("n")
        assert app.task == "evennia", "keys act again"
