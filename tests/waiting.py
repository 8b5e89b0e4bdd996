"""Waiting for a condition: no test sleeps for a time it has guessed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Generous: only a failing test uses it up.
LIMIT_S = 60.0
#: The pause between two looks at a condition.
STEP_S = 0.005


def wait_until(condition: Callable[[], T], limit: float = LIMIT_S) -> T:
    """Poll `condition` until it is true and return its result.

    AssertionError after `limit` seconds. Whatever has to happen meanwhile (a tick of the engine)
    belongs in the condition.
    """
    never = threading.Event()
    deadline = time.monotonic() + limit
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not true within {limit:g} s: {named(condition)}"
        never.wait(STEP_S)
    return value


def named(condition: Callable[[], object]) -> str:
    """Return where a condition is written, for a message."""
    code = getattr(condition, "__code__", None)
    place = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
    return f"{getattr(condition, '__qualname__', condition)!s}{place}"
