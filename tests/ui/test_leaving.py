"""Leaving: at once when nothing is at stake, asked when something is; and interrupts."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from bbtui.domain.answer import AnswerState
from bbtui.ui import clipboard
from tests.fakes import (
    BIG,
    DISK_FULL,
    Script,
    done,
    known,
    make_answer,
    make_session,
    sent,
    text,
    wait,
)
from tests.ui.desks import Seat, cell, seated

KEYS = ["q", "ctrl+q", "ctrl+c"]


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def gone(seat: Seat, code: int = 0) -> None:
    await seat.until(lambda: not seat.app.is_running)
    assert seat.app.return_value == code


def slow(gate: threading.Event) -> Script:
    return Script(known(), sent(), text("So far."), wait(gate), text(" More."), done())


@pytest.mark.parametrize("key", KEYS)
async def test_leaving_an_idle_session_needs_one_key(key: str) -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press(key)
        await gone(seat)


@pytest.mark.parametrize("key", KEYS)
async def test_leaving_while_streaming_is_asked_about(key: str, gate: threading.Event) -> None:
    clock = Clock()
    async with seated(big=slow(gate), clock=clock) as seat:
        await seat.press("space")
        await seat.sees("So far.")
        await seat.press(key)
        await seat.sees("answers are still streaming; stop them and quit?")
        await seat.press("n")
        await seat.until(lambda: seat.top is seat.main)
        assert "▶ streaming" in seat.titles[0]
        clock.now += 2.1
        await seat.press(key, "y")
        await gone(seat)
    saved = seat.store.sessions[0].answers[0]
    assert saved.text == "So far."
    assert saved.state is AnswerState.FAILED, "it is asked for again on resuming"


async def test_asking_twice_makes_one_question(gate: threading.Event) -> None:
    async with seated(big=slow(gate)) as seat:
        await seat.press("space")
        await seat.sees("So far.")
        await seat.press("ctrl+q", "ctrl+q")
        assert len(seat.app.screen_stack) == 2
        await seat.press("escape")
        assert seat.top is seat.main


async def test_ctrl_c_twice_within_two_seconds_leaves_at_once(gate: threading.Event) -> None:
    clock = Clock()
    async with seated(big=slow(gate), clock=clock) as seat:
        await seat.press("space")
        await seat.sees("So far.")
        await seat.press("ctrl+c")
        await seat.sees("stop them and quit?")
        clock.now += 1.9
        await seat.press("ctrl+c")
        await gone(seat, 130)
    assert seat.store.sessions[0].answers[0].text == "So far."


async def test_ctrl_c_twice_but_slowly_asks_as_before(gate: threading.Event) -> None:
    clock = Clock()
    async with seated(big=slow(gate), clock=clock) as seat:
        await seat.press("space")
        await seat.sees("So far.")
        await seat.press("ctrl+c", "escape")
        clock.now += 2.1
        await seat.press("ctrl+c")
        await seat.sees("stop them and quit?")
        assert seat.app.is_running


async def test_ctrl_c_copies_a_selection_and_stays() -> None:
    async with seated() as seat:
        await seat.run_all()
        seat.main.pane.view.text_select_all()
        await seat.pilot.pause()
        await seat.press("ctrl+c")
        assert seat.app.clipboard == "All is well."
        assert "copied 12 characters" in seat.hint
        assert seat.main.get_selected_text() is None
        await seat.press("ctrl+c")
        await gone(seat)


async def test_ctrl_c_copies_from_a_text_box() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("c")
        await seat.type("words")
        await seat.press("shift+home", "ctrl+c")
        assert seat.app.clipboard == "words"
        assert "words" in seat.row("Big Brain: note")
        await seat.press("end", "ctrl+c")
        await gone(seat)


async def test_leaving_with_something_unsaved_is_asked_about(gate: threading.Event) -> None:
    async with seated(big=slow(gate)) as seat:
        await seat.press("space")
        await seat.sees("So far.")
        seat.store.failing = DISK_FULL
        gate.set()
        await seat.until(lambda: not seat.comparison.queue)
        await seat.sees("○ not saved: the disk is full")
        await seat.press("q")
        await seat.sees("not everything is saved: the disk is full")
        await seat.press("escape")
        await seat.until(lambda: seat.top is seat.main)
        seat.store.failing = None
        await seat.sees("● saved 22:41")
        await seat.press("q")
        await gone(seat)
    assert seat.store.sessions[0].answers[0].text == "So far. More."


async def test_that_nothing_is_saved_is_told_while_an_answer_streams(
    gate: threading.Event,
) -> None:
    open_end = wait(threading.Event())
    big = Script(known(), sent(), text("So far. "), wait(gate), text("More. "), open_end)
    async with seated(big=big) as seat:
        await seat.press("space")
        await seat.sees("So far.")
        await seat.sees("✓ done")
        seat.store.failing = DISK_FULL
        gate.set()
        await seat.sees("More.")
        await seat.sees("○ not saved: the disk is full")
        assert seat.comparison.queue
        seat.store.failing = None
        await seat.sees("● saved 22:41")


async def test_one_may_leave_and_lose_it(gate: threading.Event) -> None:
    gate.set()
    async with seated(big=slow(gate)) as seat:
        await seat.press("space")
        await seat.settle()
        seat.store.failing = DISK_FULL
        await seat.press("n", "space")
        await seat.sees("○ not saved")
        await seat.until(lambda: not seat.comparison.queue)
        await seat.press("q", "l")
        await gone(seat)


async def test_a_copied_answer_says_where_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(clipboard, "_to_tmux", lambda words: not loaded.append(words))
    async with seated() as seat:
        await seat.press("y")
        assert "no answer to copy here yet" in seat.hint
        await seat.run_all()
        await seat.press("y")
        assert "copied 12 characters (by OSC 52" in seat.hint
        assert loaded == []
        monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
        await seat.press("y")
        assert "copied 12 characters to tmux" in seat.hint
        assert loaded == ["All is well."]
        monkeypatch.setattr(clipboard, "_to_tmux", lambda words: False)
        await seat.press("y")
        assert "which tmux drops unless set-clipboard is on" in seat.hint


async def test_what_cannot_be_encoded_can_still_be_copied() -> None:
    answer = replace(make_answer(cell("webhook", BIG)), text="half \ud83d pair")
    async with seated(session=make_session(number=12, answers=[answer])) as seat:
        await seat.press("y")
        assert seat.app.clipboard == "half ? pair"
