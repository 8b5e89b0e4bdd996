"""Quitting: without a question when nothing is lost by it, else with one; and interrupts."""

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
from tests.ui.driver import AppDriver, cell, run_app

KEYS = ["q", "ctrl+q", "ctrl+c"]


class Clock:
    """A clock in seconds that the test advances."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def gone(app: AppDriver, code: int = 0) -> None:
    await app.until(lambda: not app.app.is_running)
    assert app.app.return_value == code


def slow(release: threading.Event) -> Script:
    return Script(known(), sent(), text("So far."), wait(release), text(" More."), done())


@pytest.mark.parametrize("key", KEYS)
async def test_quitting_an_idle_session_takes_one_key(key: str) -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press(key)
        await gone(app)


@pytest.mark.parametrize("key", KEYS)
async def test_quitting_while_streaming_needs_confirmation(
    key: str, release: threading.Event
) -> None:
    clock = Clock()
    async with run_app(big=slow(release), clock=clock) as app:
        await app.press("space")
        await app.shows("So far.")
        await app.press(key)
        await app.shows("answers are still streaming; stop them and quit?")
        await app.press("n")
        await app.until(lambda: app.top is app.main)
        assert "▶ streaming" in app.titles[0]
        clock.now += 2.1
        await app.press(key, "y")
        await gone(app)
    saved = app.store.sessions[0].answers[0]
    assert saved.text == "So far."
    assert saved.state is AnswerState.FAILED, "it is asked for again on resuming"


async def test_quitting_twice_opens_one_dialog(release: threading.Event) -> None:
    async with run_app(big=slow(release)) as app:
        await app.press("space")
        await app.shows("So far.")
        await app.press("ctrl+q", "ctrl+q")
        assert len(app.app.screen_stack) == 2
        await app.press("escape")
        assert app.top is app.main


async def test_ctrl_c_twice_within_two_seconds_quits_at_once(release: threading.Event) -> None:
    clock = Clock()
    async with run_app(big=slow(release), clock=clock) as app:
        await app.press("space")
        await app.shows("So far.")
        await app.press("ctrl+c")
        await app.shows("stop them and quit?")
        clock.now += 1.9
        await app.press("ctrl+c")
        await gone(app, 130)
    assert app.store.sessions[0].answers[0].text == "So far."


async def test_ctrl_c_twice_slowly_needs_confirmation(release: threading.Event) -> None:
    clock = Clock()
    async with run_app(big=slow(release), clock=clock) as app:
        await app.press("space")
        await app.shows("So far.")
        await app.press("ctrl+c", "escape")
        clock.now += 2.1
        await app.press("ctrl+c")
        await app.shows("stop them and quit?")
        assert app.app.is_running


async def test_ctrl_c_copies_a_selection_and_does_not_quit() -> None:
    async with run_app() as app:
        await app.run_all()
        app.main.pane.view.text_select_all()
        await app.pilot.pause()
        await app.press("ctrl+c")
        assert app.app.clipboard == "All is well."
        assert "copied 12 characters" in app.hint
        assert app.main.get_selected_text() is None
        await app.press("ctrl+c")
        await gone(app)


async def test_ctrl_c_copies_from_a_text_box() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("c")
        await app.type("words")
        await app.press("shift+home", "ctrl+c")
        assert app.app.clipboard == "words"
        assert "words" in app.row("Big Brain: note")
        await app.press("end", "ctrl+c")
        await gone(app)


async def test_quitting_with_unsaved_data_needs_confirmation(release: threading.Event) -> None:
    async with run_app(big=slow(release)) as app:
        await app.press("space")
        await app.shows("So far.")
        app.store.failing = DISK_FULL
        release.set()
        await app.until(lambda: not app.comparison.queue)
        await app.shows("○ not saved: the disk is full")
        await app.press("q")
        await app.shows("not everything is saved: the disk is full")
        await app.press("escape")
        await app.until(lambda: app.top is app.main)
        app.store.failing = None
        await app.shows("● saved 22:41")
        await app.press("q")
        await gone(app)
    assert app.store.sessions[0].answers[0].text == "So far. More."


async def test_header_shows_failed_saving_while_an_answer_streams(
    release: threading.Event,
) -> None:
    open_end = wait(threading.Event())
    big = Script(known(), sent(), text("So far. "), wait(release), text("More. "), open_end)
    async with run_app(big=big) as app:
        await app.press("space")
        await app.shows("So far.")
        await app.shows("✓ done")
        app.store.failing = DISK_FULL
        release.set()
        await app.shows("More.")
        await app.shows("○ not saved: the disk is full")
        assert app.comparison.queue
        app.store.failing = None
        await app.shows("● saved 22:41")


async def test_unsaved_data_may_be_discarded(release: threading.Event) -> None:
    release.set()
    async with run_app(big=slow(release)) as app:
        await app.press("space")
        await app.settle()
        app.store.failing = DISK_FULL
        await app.press("n", "space")
        await app.shows("○ not saved")
        await app.until(lambda: not app.comparison.queue)
        await app.press("q", "l")
        await gone(app)


async def test_copying_an_answer_shows_where_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(clipboard, "_to_tmux", lambda words, pass_on: not loaded.append(words))
    async with run_app() as app:
        await app.press("y")
        assert "no answer to copy here yet" in app.hint
        await app.run_all()
        await app.press("y")
        assert "copied 12 characters (OSC 52" in app.hint
        assert loaded == []
        monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
        await app.press("y")
        assert "copied 12 characters to tmux" in app.hint
        assert loaded == ["All is well."]
        monkeypatch.setattr(clipboard, "_to_tmux", lambda words, pass_on: False)
        await app.press("y")
        assert "tmux drops it unless set-clipboard is on" in app.hint


async def test_text_that_cannot_be_encoded_can_be_copied() -> None:
    answer = replace(make_answer(cell("webhook", BIG)), text="half \ud83d pair")
    async with run_app(session=make_session(number=12, answers=[answer])) as app:
        await app.press("y")
        assert app.app.clipboard == "half ? pair"


@pytest.mark.parametrize(("length", "copied"), [(75_000, True), (75_001, False)])
async def test_text_that_terminals_do_not_take_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, length: int, copied: bool
) -> None:
    loaded: list[bool] = []
    monkeypatch.setattr(clipboard, "_to_tmux", lambda words, pass_on: not loaded.append(pass_on))
    answer = replace(
        make_answer(cell("webhook", BIG)), text="é" * (length // 2) + "x" * (length % 2)
    )
    async with run_app(session=make_session(number=12, answers=[answer])) as app:
        await app.press("y")
        assert bool(app.app.clipboard) is copied
        assert ("not copied" in app.hint) is not copied
        monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
        await app.press("y")
        assert ("to tmux only: terminals take 75 kB" in app.hint) is not copied
        assert loaded == [copied]
