"""The tick: when and how often the screen is updated from its session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.timer import Timer


class Refresh:
    """Runs an update at a steady rate while there is something to wait for, else when woken."""

    def __init__(
        self, update: Callable[[], bool], call_later: Callable[[Callable[[], None]], None]
    ) -> None:
        """Create the tick of a screen.

        `update` takes and shows what is new, and returns whether the engine is busy. `call_later`
        runs a function in the thread of the screen; it is called from any thread.
        """
        self._update, self._call_later = update, call_later
        self._timer: Timer | None = None
        self._woken = False

    def start(self, timer: Timer) -> None:
        """Take the paused timer that calls `tick`."""
        self._timer = timer

    def tick(self) -> None:
        """Update once, and pause the timer when the engine is idle."""
        if not self._update() and self._timer is not None:
            self._timer.pause()

    def now(self) -> None:
        """Update at once, and resume the timer."""
        self._woken = False
        if self._timer is not None:
            self._timer.resume()
        self.tick()

    def wake(self) -> None:
        """Update soon; callable from any thread."""
        if not self._woken:
            self._woken = True
            self._call_later(self.now)
