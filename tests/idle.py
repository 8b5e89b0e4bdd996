"""Waiting for the application under test: until it is idle, or until a condition is true."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

import textual.app
import textual.pilot
from textual.app import App
from textual.screen import Screen

from tests.waiting import LIMIT_S, STEP_S, named

T = TypeVar("T")

#: Passes of the event loop after which one that is never idle is left alone.
_PASSES = 2_000


async def until(pilot: Any, condition: Callable[[], T], limit: float = LIMIT_S) -> T:
    """Wait for a condition, while the app goes on; return its result.

    AssertionError after `limit` seconds.
    """
    deadline = time.monotonic() + limit
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not true within {limit:g} s: {named(condition)}"
        await asyncio.sleep(STEP_S)
        await idle(pilot.app)
    return value


async def idle(app: App[Any]) -> None:
    """Let the app handle every message it has, and draw what is due.

    What threads and timers bring later is no part of it: that is waited for by a condition.
    """
    await _loop_idle()
    for _ in range(_PASSES):
        if not app.is_running:
            return
        if app._resize_event is not None:  # a new size is passed on a moment later
            app._check_resize()
        elif _is_due(app.screen):
            app.screen._on_timer_update()
        else:
            return
        await _loop_idle()


def _is_due(screen: Screen[Any]) -> bool:
    """Return whether a screen has something to lay out, to draw or to call."""
    return bool(
        screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._recompose_required
        or screen._dirty_widgets
        or screen._callbacks
    )


def has_changed(app: App[Any]) -> bool:
    """Return whether something of the screen has changed and is not passed on for drawing yet."""
    return any(
        _is_due(screen)
        or screen._compositor._dirty_regions
        or any(
            one._repaint_required or one._layout_required
            for one in screen.walk_children(with_self=True)
        )
        for screen in app.screen_stack
    )


async def _loop_idle(*_: float) -> None:
    """Wait until nothing in the event loop is ready to run."""
    ready = asyncio.get_running_loop()._ready
    for _ in range(_PASSES):
        await asyncio.sleep(0)
        if not ready:
            return


def let_pilots_wait_for_the_loop() -> None:
    """Replace the wait of Textual's pilots by one for the event loop.

    Textual's own takes 20 ms or more, two or three times a key, until the process uses little
    CPU: on a busy machine that comes late, and beside threads it says nothing.
    """
    textual.app.wait_for_idle = _loop_idle
    textual.pilot.wait_for_idle = _loop_idle
