"""Scores, verdicts, faults, notes and winners by key, and what is seen of them."""

from __future__ import annotations

import threading

import pytest
from textual import events

from bbtui.domain.answer import AnswerState
from bbtui.domain.score import Fault, Severity, Verdict, Winner
from bbtui.ui.screens.dialogs import ChoicePrompt, InputPrompt
from tests.fakes import (
    BIG,
    DISK_FULL,
    LOCAL,
    Script,
    answering,
    fail,
    known,
    make_connection,
    sent,
    text,
    wait,
)
from tests.ui.driver import TASKS, cell, run_app


async def test_score_is_shown_in_pane_task_list_and_mean() -> None:
    async with run_app() as app:
        await app.run_all()
        assert app.judgements == ["", ""]
        await app.press("4")
        assert app.judgements == ["4/5", ""]
        assert "4 ✓" in app.row("1 Gitea webhook")
        assert "4.0 ·" in app.row("mean score")
        assert app.store.saved(app.session.id).judgements[-1].what.value == 4  # type: ignore[union-attr]


@pytest.mark.parametrize("value", [1, 2, 3, 4, 5])
async def test_each_digit_sets_its_score(value: int) -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press(str(value))
        assert app.marks("webhook", BIG).score == value
        assert f"{value}/5" in app.text


async def test_focus_moves_to_the_next_unscored_answer_without_wrapping() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("tab")
        assert app.focused == "Local"
        await app.press("3")
        assert app.focused == "Local", "it must not wrap to the unscored answer on the left"
        assert "n opens the next task" in app.hint
        await app.press("h", "5")
        assert app.focused == "Big Brain", "nothing to the right is without a score"


async def test_focus_skips_an_answer_without_text() -> None:
    connections = [
        make_connection("one"),
        make_connection("two", source=Script(known(), sent(), fail("no such model"))),
        make_connection("three"),
    ]
    async with run_app(connections=connections) as app:
        await app.run_all()
        await app.press("2")
        assert app.focused == "Three"
        await app.press("4")
        assert app.marks("webhook", "two").score is None


async def test_streaming_answer_can_be_scored(release: threading.Event) -> None:
    big = Script(known(), sent(), text("So far "), wait(release), text("so good."), *_end())
    async with run_app(big=big) as app:
        await app.press("space")
        await app.shows("So far")
        await app.press("5")
        assert app.judgements[0] == "5/5"
        release.set()
        await app.settle()
        assert (app.judgements[0], "✓ done" in app.titles[0]) == ("5/5", True)
        assert "So far so good." in app.text


def _end():
    from tests.fakes import done

    return [done()]


async def test_scoring_without_an_answer_shows_a_message(release: threading.Event) -> None:
    async with run_app(big=Script(known(), sent(), wait(release), *_end())) as app:
        await app.press("3")
        assert "no answer to score here yet" in app.hint
        await app.press("space")
        await app.until(lambda: app.answer("webhook", BIG) is not None)
        await app.press("3")
        assert app.comparison.scorecard.marks == {}


async def test_next_task_opens_on_its_first_unscored_answer() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("n", "3", "p", "1", "2", "n")
        assert (app.task, app.focused) == ("evennia", "Local")


async def test_a_whole_session_takes_twelve_keys() -> None:
    keys = ["a", *"45", "n", *"32", "n", *"11", "n", *"55"]
    assert len(keys) == 12
    async with run_app() as app:
        await app.press(keys[0])
        await app.settle()
        await app.press(*keys[1:])
        scores = [app.marks(task, side).score for task in TASKS for side in (BIG, LOCAL)]
        assert scores == [4, 5, 3, 2, 1, 1, 5, 5]
        assert "R shows the results" in app.hint
        for title in ("1 Gitea webhook", "2 Evennia ", "3 Pod burn-down"):
            assert app.row(title).lstrip().startswith("✓")
        assert "3.2 3.2" in app.row("mean score")


async def test_undo_opens_the_answer_that_was_judged() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("4", "2", "n", "u")
        assert (app.task, app.focused) == ("webhook", "Local")
        assert "undone: Local, score 2/5 · ctrl+r redoes it" in app.hint
        assert app.marks("webhook", LOCAL).score is None
        assert "4 ✓" in app.row("1 Gitea webhook")
        await app.press("u")
        assert app.focused == "Big Brain"
        await app.press("ctrl+r", "ctrl+r")
        assert app.marks("webhook", BIG).score == 4
        assert app.marks("webhook", LOCAL).score == 2
        assert "redone: Local, score 2/5" in app.hint
        await app.press("ctrl+r")
        assert "nothing to redo" in app.hint


async def test_undo_without_judgements_shows_a_message() -> None:
    async with run_app() as app:
        await app.press("u")
        assert "nothing to undo" in app.hint


async def test_second_score_replaces_the_first() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("4", "h", "1")
        assert app.marks("webhook", BIG).score == 1
        await app.press("u")
        assert app.marks("webhook", BIG).score == 4


async def test_verdict_is_a_word_and_a_reason() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("v")
        assert "Big Brain: verdict" in app.text
        await app.type("solid names both parts")
        await app.press("enter")
        await app.shows("SOLID")
        assert app.marks("webhook", BIG).verdict == Verdict("SOLID", "names both parts")
        await app.press("v")
        assert "SOLID names both parts" in app.row("Big Brain: verdict")


async def test_fault_has_a_severity_and_a_text() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("t")
        assert "f fatal   w wrong   i inaccurate   v vague   m missing" in app.text
        await app.press("x", "w")
        assert "Big Brain: wrong" in app.text
        await app.type("no such header")
        await app.press("enter")
        await app.shows("WRONG no such header")
        assert app.marks("webhook", BIG).faults == (Fault(Severity.WRONG, "no such header"),)


@pytest.mark.parametrize("severity", list(Severity))
async def test_each_severity_has_its_key(severity: Severity) -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("t", severity[0].lower())
        await app.type("it")
        await app.press("enter")
        await app.until(lambda: app.marks("webhook", BIG).faults)
        assert app.marks("webhook", BIG).faults[0].severity is severity


async def test_keys_do_not_act_in_a_text_box() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("c")
        await app.type("a1nq uz? \\")
        assert "a1nq uz? \\" in app.row("Big Brain: note")
        await app.press("enter")
        await app.until(lambda: app.marks("webhook", BIG).note)
        assert app.marks("webhook", BIG).note == "a1nq uz? \\"
        assert app.marks("webhook", BIG).score is None
        assert (app.task, len(app.session.answers)) == ("webhook", 8)


async def test_keys_typed_while_a_dialog_opens_do_not_act() -> None:
    async with run_app() as app:
        await app.press("space")
        await app.settle()
        for letter in "vanq":  # as a slow line delivers them: at once
            app.app.post_message(events.Key(letter, letter))
        await app.until(lambda: isinstance(app.top, InputPrompt))
        await app.press("escape")
        assert (app.task, len(app.session.answers)) == ("webhook", 2)
        await app.press("a")
        await app.settle()
        assert len(app.session.answers) == 8, "keys act again"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("v", "Big Brain: verdict"),
        ("c", "Big Brain: note"),
        ("t", "Big Brain: severity"),
        ("tf", "Big Brain: fatal"),
        ("w", "winner of this task"),
        ("i", "your own prompt"),
    ],
)
async def test_esc_cancels_a_dialog_and_saves_nothing(keys: str, words: str) -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press(*keys)
        assert words in app.text
        if keys in ("v", "c", "tf", "i"):
            await app.type("half")
        await app.press("escape")
        await app.until(lambda: app.top is app.main)
        assert words not in app.text
        assert app.session.judgements == ()
        assert len(app.session.tasks) == 4


async def test_capital_keys_judge_the_answer_just_scored() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("2")
        assert app.focused == "Local"
        await app.press("V")
        assert "Big Brain: verdict" in app.text
        await app.type("weak")
        await app.press("enter", "T", "v")
        await app.type("says little")
        await app.press("enter", "C")
        await app.type("ask again")
        await app.press("enter")
        await app.until(lambda: app.marks("webhook", BIG).note)
        marks = app.marks("webhook", BIG)
        assert marks.verdict == Verdict("WEAK")
        assert marks.faults == (Fault(Severity.VAGUE, "says little"),)
        assert marks.note == "ask again"
        assert app.focused == "Local"
        assert app.judgements == ["2/5 WEAK · VAGUE says little · note: ask aga…", ""]
        await app.press("z", "h")
        assert app.judgements[0] == "2/5 WEAK · VAGUE says little · note: ask again"


async def test_capital_keys_without_a_score_show_a_message() -> None:
    async with run_app() as app:
        await app.run_all()
        for key in "VTC":
            await app.press(key)
            assert app.top is app.main
            assert "no answer to judge here yet" in app.hint


@pytest.mark.parametrize(
    ("key", "winner", "words"),
    [
        ("1", Winner("endpoint", BIG), "winner: Big Brain"),
        ("2", Winner("endpoint", LOCAL), "winner: Local"),
        ("t", Winner("tie"), "winner: tie"),
        ("b", Winner("both bad"), "winner: both bad"),
    ],
)
async def test_winner_is_set_by_hand(key: str, winner: Winner, words: str) -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("w", key)
        await app.shows(words)
        assert app.comparison.scorecard.winners == {"webhook": winner}
        await app.press("w")
        await app.shows(f"now: {words.removeprefix('winner: ')}")


async def test_score_that_cannot_be_saved_is_not_shown() -> None:
    async with run_app() as app:
        await app.run_all()
        app.store.failing = DISK_FULL
        await app.press("4")
        await app.shows("the disk is full")
        assert "free some space" in app.text
        assert "4/5" not in app.text
        assert app.focused == "Big Brain"
        await app.press("v")
        await app.type("solid")
        await app.press("enter")
        await app.until(lambda: app.top is app.main)
        assert app.judgements == ["", ""]
        app.store.failing = None
        await app.press("4")
        assert app.judgements == ["4/5", ""]


async def test_partial_answer_can_be_scored() -> None:
    from tests.fakes import lost

    async with run_app(big=Script(known(), sent(), text("Half an"), lost())) as app:
        await app.run_all()
        await app.press("1")
        assert app.marks("webhook", BIG).score == 1
        answer = app.answer("webhook", BIG)
        assert answer is not None
        assert answer.state is AnswerState.FAILED


async def test_new_attempt_has_no_score_and_the_old_one_keeps_its_score() -> None:
    big = answering("First.")
    big.on("Prompt of Gitea webhook.", *answering("First.")._default)
    big.on("Prompt of Gitea webhook.", *answering("Second.")._default)
    async with run_app(big=big) as app:
        await app.run_all()
        await app.press("2", "3", "space")
        await app.shows("run this task again as a new attempt?")
        await app.press("y")
        await app.shows("Second.")
        await app.settle()
        assert "2/5" not in app.text
        assert app.marks("webhook", BIG).score == 2
        await app.press("h", "5")
        assert app.marks("webhook", BIG, attempt=2).score == 5
        assert app.marks("webhook", BIG, attempt=1).score == 2
        assert len(app.session.attempts(cell("webhook", BIG))) == 2


async def test_judgement_of_an_answer_out_of_view_names_its_task() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("2", "3", "n", "V")
        await app.shows("Local · Gitea webhook: verdict")
        await app.press("escape", "T")
        await app.shows("Local · Gitea webhook: severity")
        await app.press("escape", "v")
        await app.shows("Big Brain: verdict")


async def test_keys_typed_in_one_burst_answer_a_dialog_once() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("t")
        await app.until(lambda: isinstance(app.app.screen, ChoicePrompt))
        bar = app.app.screen
        for _ in range(2):  # both are in its queue before it has gone
            bar.post_message(events.Key("w", "w"))
        await app.until(lambda: isinstance(app.app.screen, InputPrompt))
        await app.type("not constant time")
        await app.press("enter")
        await app.until(lambda: "WRONG not constant time" in app.text)
