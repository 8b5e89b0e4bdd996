"""How long a round has been in view with all its answers: the time a judgement took."""

from __future__ import annotations

from collections.abc import Callable

from bbtui.domain.answer import Round

#: A longer time without a key or the mouse is a pause and not counted, in s.
LONGEST_S = 120.0


class JudgingClock:
    """Counts the time that each round is in view, without pauses."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Count nothing yet; `clock` returns monotonic seconds."""
        self._clock = clock
        self._counted_s: dict[Round, float] = {}
        #: The round in view, and since when nothing was counted of it.
        self._place: Round | None = None
        self._since = clock()

    def show(self, place: Round | None) -> None:
        """Note the round in view; None while it is incomplete, or while none is in view."""
        if place != self._place:
            self.note_activity()
            self._place = place

    def note_activity(self) -> None:
        """Note a sign of the judge: what came before it is counted unless it was a pause."""
        now = self._clock()
        if self._place is not None and now - self._since <= LONGEST_S:
            counted_s = self._counted_s.get(self._place, 0.0)
            self._counted_s[self._place] = counted_s + now - self._since
        self._since = now

    def took_ms(self, place: Round) -> int | None:
        """Return the time of a round up to now, in ms; None if it was never in view complete."""
        self.note_activity()
        counted_s = self._counted_s.get(place)
        return None if counted_s is None else round(counted_s * 1000)
