"""Blind judging: which rounds hide their sides, and the position of each side.

The order of a blind round comes from a recorded seed. It is balanced in blocks: of the rounds of a
block each side is in each place as often as any other, to within one. Which rounds are hidden now
follows from the log of judgements alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from string import ascii_uppercase
from typing import Literal

from bbtui.domain.answer import Round
from bbtui.domain.score import Blinding, Redo, Remark, Reveal, Undo, Winner
from bbtui.domain.session import Session
from bbtui.domain.task import is_typed

#: What separates the parts of a digest's input; no name holds it.
_BREAK = "\0"


@dataclass(frozen=True, slots=True)
class Blind:
    """What is hidden of a session, and the order of its columns; see `blind_state`."""

    on: bool = False
    """Whether rounds are hidden from here on."""
    seed: str = ""
    """What the order of the sides is made from while it is on."""
    names: tuple[str, ...] = ()
    """The endpoints in the order of the session."""
    drawn: Mapping[Round, tuple[str, ...]] = field(default_factory=dict)
    """The order of the sides in each round while it is hidden; empty while blind mode is off."""
    revealed: Mapping[Round, tuple[str, ...]] = field(default_factory=dict)
    """The rounds that were revealed, each with the order its sides had."""
    judged_blind: frozenset[Round] = frozenset()
    """The rounds with a judgement made while they were hidden."""
    judged_before: frozenset[Round] = frozenset()
    """The rounds that had a judgement when blind mode was turned on: they stay open."""

    def hides(self, place: Round) -> bool:
        """Return whether the sides of a round are hidden."""
        return self.on and place not in self.revealed and place not in self.judged_before

    def order(self, place: Round) -> tuple[str, ...]:
        """Return the endpoints from left to right in a round.

        A round that was revealed keeps its order; endpoints added since follow at the right.
        """
        if self.hides(place):
            return self.drawn.get(place, self.names)
        known = [name for name in self.revealed.get(place, ()) if name in self.names]
        return (*known, *(name for name in self.names if name not in known))

    def blinding(self, place: Round) -> Literal["open", "blind", "unblinded"]:
        """Return what a judge can know of the sides of a round: see `Conditions.blinding`."""
        if self.hides(place):
            return "blind"
        was_hidden = place in self.revealed or place in self.judged_blind
        return "unblinded" if was_hidden else "open"


def blind_state(session: Session) -> Blind:
    """Fold the log of a session into what is hidden now."""
    names = tuple(endpoint.name for endpoint in session.endpoints)
    if not any(isinstance(row.what, Blinding) for row in session.judgements):
        return Blind(names=names)
    on, seed = False, ""
    revealed: dict[Round, tuple[str, ...]] = {}
    judged: set[Round] = set()
    judged_blind: set[Round] = set()
    judged_before: set[Round] = set()
    for row in session.judgements:
        what = row.what
        if isinstance(what, Blinding):
            if not (on and what.on):  # two programs may turn it on: the first seed is in use
                on, seed, judged_before = what.on, what.seed, set(judged)
        elif isinstance(what, Reveal):
            revealed[row.cell.round] = row.conditions.order
        elif not isinstance(what, Undo | Redo | Remark):
            # A winner is that of every trial of its task.
            trials = range(1, session.trials + 1) if isinstance(what, Winner) else [row.cell.trial]
            places = [Round(row.cell.task, trial) for trial in trials]
            judged.update(places)
            if row.conditions.blinding == "blind":
                judged_blind.update(places)
    drawn = drawn_orders(session, seed) if on else {}
    return Blind(
        on, seed, names, drawn, revealed, frozenset(judged_blind), frozenset(judged_before)
    )


def side_letter(position: int) -> str:
    """Return the label of a hidden side by its place from 0: A, B, and so on."""
    letters = len(ascii_uppercase)
    return ascii_uppercase[position % letters] * (position // letters + 1)


def drawn_orders(session: Session, seed: str) -> Mapping[Round, tuple[str, ...]]:
    """Return the endpoints from left to right in every round, as the seed orders them.

    The rounds of a block are shuffled by their digests, then take the rows of a Williams square in
    turn (E. J. Williams 1949): after each full square each side was in each place, and before and
    after each other side, equally often.

    A block is one trial of all tasks. A single task, and one typed later, whose coming
    must not change the order of the others, has a block of its trials.
    """
    together = tuple(task.id for task in session.tasks if not is_typed(task))
    alone = tuple(task.id for task in session.tasks if is_typed(task))
    if len(together) == 1:
        together, alone = (), (*together, *alone)
    names = tuple(endpoint.name for endpoint in session.endpoints)
    return _drawn(seed, session.id, together, alone, session.trials, names)


@lru_cache(maxsize=4)
def _drawn(
    seed: str,
    session: str,
    together: tuple[str, ...],
    alone: tuple[str, ...],
    trials: int,
    names: tuple[str, ...],
) -> Mapping[Round, tuple[str, ...]]:
    if not names:
        return {}
    numbers = range(1, trials + 1)
    blocks = [[Round(task, trial) for trial in numbers] for task in alone]
    if together:
        blocks += [[Round(task, trial) for task in together] for trial in numbers]
    squares = williams_squares(len(names))
    orders: dict[Round, tuple[str, ...]] = {}
    for block in blocks:
        shuffled = sorted(block, key=lambda place: _digest(seed, session, *place))
        # The first row is drawn too: else the side that is left once more would be known.
        rows = _rows_in_turn(squares, int.from_bytes(_digest(seed, session, *block[0], "first")))
        for rank, place in enumerate(shuffled):
            orders[place] = tuple(names[index] for index in rows[rank % len(rows)])
    return orders


def williams_squares(sides: int) -> list[list[tuple[int, ...]]]:
    """Return one square for an even number of sides, two for an odd one: rows of indexes.

    Each square has each side once in each row and column. Over all of them each side follows each
    other one equally often.
    """
    first = [0]
    first += ((step + 1) // 2 if step % 2 else sides - step // 2 for step in range(1, sides))
    square = [tuple((index + row) % sides for index in first) for row in range(sides)]
    return [square] if sides % 2 == 0 else [square, [row[::-1] for row in square]]


def _rows_in_turn(squares: list[list[tuple[int, ...]]], start: int) -> list[tuple[int, ...]]:
    """Return the rows of all squares, beginning with a row and a square drawn by `start`."""
    sides = len(squares[0])
    row, square = start % sides, start // sides % len(squares)
    ordered = [*squares[square:], *squares[:square]]
    return [one[(row + step) % sides] for one in ordered for step in range(sides)]


def _digest(*parts: object) -> bytes:
    text = _BREAK.join(map(str, parts))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
