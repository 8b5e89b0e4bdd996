"""Waiting for a condition: no test sleeps for a time it has guessed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

#: Generous: only a failing test uses it up.
LIMIT_S = 60.0
_STEP_S = 0.005


def wait_until(condition: Callable[[], T], limit: float = LIMIT_S) -> T:
    """Poll `condition` until it is true and return its result.

    AssertionError after `limit` seconds. Whatever has to happen meanwhile (a tick of the engine)
    belongs in the condition.
    """
    never = threading.Event()
    deadline = time.monotonic() + limit
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not true within {limit:g} s: {_named(condition)}"
        never.wait(_STEP_S)
    return value


async def until(pilot: Any, condition: Callable[[], T], limit: float = LIMIT_S) -> T:
    """The same for a Textual pilot: the app goes on while its test waits."""
    deadline = time.monotonic() + limit
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not true within {limit:g} s: {_named(condition)}"
        await pilot.pause(_STEP_S)
    return value


def _named(condition: Callable[[], object]) -> str:
    code = getattr(condition, "__code__", None)
    place = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
    return f"{getattr(condition, '__qualname__', condition)!s}{place}"
