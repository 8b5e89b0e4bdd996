"""Scores, verdicts, faults, notes and winners by key, and what is seen of them."""

from __future__ import annotations

import threading

import pytest
from textual import events

from bbtui.domain.answer import AnswerState
from bbtui.domain.score import Fault, Severity, Verdict, Winner
from bbtui.ui.screens.bars import AskBar, ChooseBar
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
from tests.ui.desks import TASKS, cell, seated


async def test_a_score_stands_where_the_eye_is() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("4")
        assert "●●●●○ 4/5" in seat.row("gemma3:27b")
        assert "●" not in seat.row("gemma3:27b").partition("gemma3:1b")[2]
        assert "4 ✓" in seat.row("1 Gitea webhook")
        assert "4.0 ·" in seat.row("mean score")
        assert seat.store.saved(seat.session.id).judgements[-1].what.value == 4  # type: ignore[union-attr]


@pytest.mark.parametrize("value", [1, 2, 3, 4, 5])
async def test_each_digit_is_a_score(value: int) -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press(str(value))
        assert seat.marks("webhook", BIG).score == value
        assert f"{value}/5" in seat.text


async def test_the_focus_moves_to_the_next_unscored_answer_and_does_not_wrap() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("tab")
        assert seat.focused == "Local"
        await seat.press("3")
        assert seat.focused == "Local", "it must not wrap to the unscored answer on the left"
        assert "n opens the next task" in seat.hint
        await seat.press("h", "5")
        assert seat.focused == "Big Brain", "nothing to the right is without a score"


async def test_an_unanswered_cell_is_skipped() -> None:
    connections = [
        make_connection("one"),
        make_connection("two", source=Script(known(), sent(), fail("no such model"))),
        make_connection("three"),
    ]
    async with seated(connections=connections) as seat:
        await seat.run_all()
        await seat.press("2")
        assert seat.focused == "Three"
        await seat.press("4")
        assert seat.marks("webhook", "two").score is None


async def test_an_answer_can_be_scored_while_it_streams(gate: threading.Event) -> None:
    big = Script(known(), sent(), text("So far "), wait(gate), text("so good."), *_end())
    async with seated(big=big) as seat:
        await seat.press("space")
        await seat.sees("So far")
        await seat.press("5")
        assert "●●●●● 5/5  ▶ streaming" in seat.titles[0]
        gate.set()
        await seat.settle()
        assert "●●●●● 5/5  ✓ done" in seat.titles[0]
        assert "So far so good." in seat.text


def _end():
    from tests.fakes import done

    return [done()]


async def test_nothing_to_score_is_said(gate: threading.Event) -> None:
    async with seated(big=Script(known(), sent(), wait(gate), *_end())) as seat:
        await seat.press("3")
        assert "no answer to score here yet" in seat.hint
        await seat.press("space")
        await seat.until(lambda: seat.answer("webhook", BIG) is not None)
        await seat.press("3")
        assert seat.comparison.scorecard.marks == {}


async def test_n_opens_the_next_task_on_its_first_unscored_answer() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("n", "3", "p", "1", "2", "n")
        assert (seat.task, seat.focused) == ("evennia", "Local")


async def test_a_whole_session_takes_twelve_keys() -> None:
    keys = ["a", *"45", "n", *"32", "n", *"11", "n", *"55"]
    assert len(keys) == 12
    async with seated() as seat:
        await seat.press(keys[0])
        await seat.settle()
        await seat.press(*keys[1:])
        scores = [seat.marks(task, side).score for task in TASKS for side in (BIG, LOCAL)]
        assert scores == [4, 5, 3, 2, 1, 1, 5, 5]
        assert "e writes the report" in seat.hint
        for title in ("1 Gitea webhook", "2 Evennia ", "3 Pod burn-down"):
            assert seat.row(title).lstrip().startswith("✓")
        assert "3.2 3.2" in seat.row("mean score")


async def test_undo_goes_back_to_where_the_judgement_was_given() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("4", "2", "n", "u")
        assert (seat.task, seat.focused) == ("webhook", "Local")
        assert "undone: score 2/5 · ctrl+r brings it back" in seat.hint
        assert seat.marks("webhook", LOCAL).score is None
        assert "4 ✓" in seat.row("1 Gitea webhook")
        await seat.press("u")
        assert seat.focused == "Big Brain"
        await seat.press("ctrl+r", "ctrl+r")
        assert seat.marks("webhook", BIG).score == 4
        assert seat.marks("webhook", LOCAL).score == 2
        assert "back again: score 2/5" in seat.hint
        await seat.press("ctrl+r")
        assert "nothing to redo" in seat.hint


async def test_there_may_be_nothing_to_undo() -> None:
    async with seated() as seat:
        await seat.press("u")
        assert "nothing to undo" in seat.hint


async def test_scoring_again_replaces_the_score() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("4", "h", "1")
        assert seat.marks("webhook", BIG).score == 1
        await seat.press("u")
        assert seat.marks("webhook", BIG).score == 4


async def test_a_verdict_is_a_word_and_why() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("v")
        assert "Big Brain: verdict" in seat.text
        await seat.type("solid names both parts")
        await seat.press("enter")
        await seat.sees("SOLID")
        assert seat.marks("webhook", BIG).verdict == Verdict("SOLID", "names both parts")
        await seat.press("v")
        assert "SOLID names both parts" in seat.row("Big Brain: verdict")


async def test_a_fault_has_a_severity_and_a_line() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("t")
        assert "f fatal   w wrong   i inaccurate   v vague   m missing" in seat.text
        await seat.press("x", "w")
        assert "Big Brain: wrong" in seat.text
        await seat.type("no such header")
        await seat.press("enter")
        await seat.sees("1 fault")
        assert seat.marks("webhook", BIG).faults == (Fault(Severity.WRONG, "no such header"),)


@pytest.mark.parametrize("severity", list(Severity))
async def test_each_severity_has_its_letter(severity: Severity) -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("t", severity[0].lower())
        await seat.type("it")
        await seat.press("enter")
        await seat.until(lambda: seat.marks("webhook", BIG).faults)
        assert seat.marks("webhook", BIG).faults[0].severity is severity


async def test_no_letter_acts_while_a_text_box_has_the_focus() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("c")
        await seat.type("a1nq uz? \\")
        assert "a1nq uz? \\" in seat.row("Big Brain: note")
        await seat.press("enter")
        await seat.until(lambda: seat.marks("webhook", BIG).note)
        assert seat.marks("webhook", BIG).note == "a1nq uz? \\"
        assert seat.marks("webhook", BIG).score is None
        assert (seat.task, len(seat.session.answers)) == ("webhook", 8)


async def test_what_is_typed_while_a_dialog_opens_does_not_act() -> None:
    async with seated() as seat:
        await seat.press("space")
        await seat.settle()
        for letter in "vanq":  # as a slow line delivers them: at once
            seat.app.post_message(events.Key(letter, letter))
        await seat.until(lambda: isinstance(seat.top, AskBar))
        await seat.press("escape")
        assert (seat.task, len(seat.session.answers)) == ("webhook", 2)
        await seat.press("a")
        await seat.settle()
        assert len(seat.session.answers) == 8, "keys act again"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("v", "Big Brain: verdict"),
        ("c", "Big Brain: note"),
        ("t", "Big Brain: how bad?"),
        ("tf", "Big Brain: fatal"),
        ("w", "winner of this task"),
        ("i", "a prompt of your own"),
        ("r", "## Expected"),
    ],
)
async def test_esc_leaves_a_dialog_and_nothing_is_kept(keys: str, words: str) -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press(*keys)
        shown = words.removeprefix("## ")
        assert shown in seat.text
        if keys in ("v", "c", "tf", "i"):
            await seat.type("half")
        await seat.press("escape")
        await seat.until(lambda: seat.top is seat.main)
        assert shown not in seat.text
        assert seat.session.judgements == ()
        assert len(seat.session.tasks) == 4


async def test_capitals_judge_the_answer_just_scored() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("2")
        assert seat.focused == "Local"
        await seat.press("V")
        assert "Big Brain: verdict" in seat.text
        await seat.type("weak")
        await seat.press("enter", "T", "v")
        await seat.type("says little")
        await seat.press("enter", "C")
        await seat.type("ask again")
        await seat.press("enter")
        await seat.until(lambda: seat.marks("webhook", BIG).note)
        marks = seat.marks("webhook", BIG)
        assert marks.verdict == Verdict("WEAK")
        assert marks.faults == (Fault(Severity.VAGUE, "says little"),)
        assert marks.note == "ask again"
        assert seat.focused == "Local"
        assert "●●○○○ 2/5 WEAK 1 fault  ✓ done" in seat.titles[0], "the note gave way"
        await seat.press("z", "h")
        assert "●●○○○ 2/5 WEAK 1 fault note  ✓ done" in seat.titles[0]


async def test_capitals_need_a_score_first() -> None:
    async with seated() as seat:
        await seat.run_all()
        for key in "VTC":
            await seat.press(key)
            assert seat.top is seat.main
            assert "no answer to judge here yet" in seat.hint


@pytest.mark.parametrize(
    ("key", "winner", "words"),
    [
        ("1", Winner("endpoint", BIG), "winner: Big Brain"),
        ("2", Winner("endpoint", LOCAL), "winner: Local"),
        ("t", Winner("tie"), "winner: tie"),
        ("b", Winner("both bad"), "winner: both bad"),
    ],
)
async def test_a_winner_by_hand(key: str, winner: Winner, words: str) -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("w", key)
        await seat.sees(words)
        assert seat.comparison.scorecard.winners == {"webhook": winner}
        await seat.press("w")
        await seat.sees(f"now: {words.removeprefix('winner: ')}")


async def test_what_cannot_be_written_is_not_shown_as_scored() -> None:
    async with seated() as seat:
        await seat.run_all()
        seat.store.failing = DISK_FULL
        await seat.press("4")
        await seat.sees("the disk is full")
        assert "free some space" in seat.text
        assert "4/5" not in seat.text
        assert seat.focused == "Big Brain"
        await seat.press("v")
        await seat.type("solid")
        await seat.press("enter")
        await seat.until(lambda: seat.top is seat.main)
        assert "SOLID" not in seat.row("gemma3:27b")
        seat.store.failing = None
        await seat.press("4")
        assert "4/5" in seat.row("gemma3:27b")


async def test_an_answer_that_failed_half_way_can_be_scored() -> None:
    from tests.fakes import lost

    async with seated(big=Script(known(), sent(), text("Half an"), lost())) as seat:
        await seat.run_all()
        await seat.press("1")
        assert seat.marks("webhook", BIG).score == 1
        answer = seat.answer("webhook", BIG)
        assert answer is not None
        assert answer.state is AnswerState.FAILED


async def test_a_new_attempt_begins_without_a_score_and_the_old_one_keeps_its_own() -> None:
    big = answering("First.")
    big.on("Prompt of Gitea webhook.", *answering("First.")._default)
    big.on("Prompt of Gitea webhook.", *answering("Second.")._default)
    async with seated(big=big) as seat:
        await seat.run_all()
        await seat.press("2", "3", "space")
        await seat.sees("run this task again as a new attempt?")
        await seat.press("y")
        await seat.sees("Second.")
        await seat.settle()
        assert "2/5" not in seat.text
        assert seat.marks("webhook", BIG).score == 2
        await seat.press("h", "5")
        assert seat.marks("webhook", BIG, attempt=2).score == 5
        assert seat.marks("webhook", BIG, attempt=1).score == 2
        assert len(seat.session.attempts(cell("webhook", BIG))) == 2


async def test_keys_typed_in_one_burst_answer_a_question_once() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("t")
        await seat.until(lambda: isinstance(seat.app.screen, ChooseBar))
        bar = seat.app.screen
        for _ in range(2):  # both are in its queue before it has gone
            bar.post_message(events.Key("w", "w"))
        await seat.until(lambda: isinstance(seat.app.screen, AskBar))
        await seat.type("not constant time")
        await seat.press("enter")
        await seat.until(lambda: "1 fault" in seat.text)
