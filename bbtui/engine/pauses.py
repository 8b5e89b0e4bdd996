"""Endpoints whose server does not take requests now: their cells wait, and do not fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, replace

from bbtui.domain.answer import Cell
from bbtui.domain.waiting import Unavailable, UnavailableKind

#: How long after a refusal the next request is sent at the earliest, in s.
RETRY_S = 2.0
#: How long a server may load its model, unless another limit is set, in s.
LOADING_S = 600.0
#: The same for a server that is away, where no user can stop the wait, in s.
UNATTENDED_S = 60.0
#: The longest delay that a server may request, in s; after more than that an answer fails.
LONGEST_DELAY_S = 3600.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Why the cells of an endpoint wait; times are those of `Pauses`' clock, in seconds."""

    why: Unavailable
    """Why the server takes no requests."""

    began_at: float
    """When the last request was refused."""

    since: float
    """When the first one in a row was."""

    retry_at: float
    """When it is decided next whether the server takes requests again."""

    until: float | None
    """When the cells are given up; None: when they are stopped."""


@dataclass(frozen=True, slots=True)
class WaitLimits:
    """How long cells wait for a server that does not take requests."""

    away_s: float | None = None
    """For one that is away, in seconds; None: until that is stopped."""

    loading_s: float = LOADING_S
    """For one that loads its model, in seconds."""

    @classmethod
    def choose(cls, wait_s: float | None, *, unattended: bool) -> WaitLimits:
        """Return the limits for a number of seconds that the user set, or did not (None)."""
        if wait_s is not None:
            return cls(wait_s, wait_s)
        return cls(UNATTENDED_S if unattended else None)

    def of(self, kind: UnavailableKind) -> float | None:
        """Return the limit of a pause in seconds; None without one, as for a requested delay."""
        return {"away": self.away_s, "loading": self.loading_s, "asked": None}[kind]


class Pauses:
    """The paused endpoints, by name."""

    def __init__(self, limits: WaitLimits, clock: Callable[[], float]) -> None:
        """Start without any; `clock` is monotonic, in seconds."""
        self._limits = limits
        self._clock = clock
        self.current: Mapping[str, Pause] = {}
        """The pauses; replaced and never changed, so that a snapshot can hold it."""
        self._since: dict[str, dict[UnavailableKind, float]] = {}
        self._retried: set[Cell] = set()

    def begin(self, cell: Cell, why: Unavailable) -> bool:
        """Pause the endpoint of a cell that was refused; return False if the cell is to fail."""
        if why.delay_s > LONGEST_DELAY_S or (why.retry_once and cell in self._retried):
            return False
        if why.retry_once:
            self._retried.add(cell)
        now = self._clock()
        # A server that refuses again right after a pause has no new limit, also where it is away
        # and loads by turns.
        since = self._since.setdefault(cell.endpoint, {}).setdefault(why.kind, now)
        limit_s = self._limits.of(why.kind)
        pause = Pause(
            why,
            began_at=now,
            since=since,
            retry_at=now + (why.delay_s if why.kind == "asked" else max(RETRY_S, why.delay_s)),
            until=None if limit_s is None else since + limit_s,
        )
        self.current = {**self.current, cell.endpoint: pause}
        return True

    def settle(self, cell: Cell) -> None:
        """Note that a request was taken, however its answer ended."""
        self._since.pop(cell.endpoint, None)
        self._retried.discard(cell)

    def end(self, names: Iterable[str]) -> None:
        """End the pauses of these endpoints, whose cells do not wait any more."""
        ended = set(names)
        self._remove(ended)
        for name in ended:
            self._since.pop(name, None)

    def _remove(self, names: Set[str]) -> None:
        self.current = {name: one for name, one in self.current.items() if name not in names}

    def poll(self, answers: Callable[[str, Pause], bool]) -> dict[str, Pause]:
        """End the pauses of servers that answer again, and return those to be given up, ended too.

        `answers` returns whether a check of an endpoint that began after its pause has shown that
        the server takes requests.
        """
        now = self._clock()
        back, overdue = set(), {}
        for name, one in self.current.items():
            tried = now >= one.retry_at
            if tried and (one.why.kind == "asked" or answers(name, one)):
                back.add(name)
            elif one.until is not None and now >= one.until:
                overdue[name] = one
            elif tried:
                self.current = {**self.current, name: replace(one, retry_at=now + RETRY_S)}
        if back:
            self._remove(back)
        if overdue:
            self.end(overdue)
        return overdue
