"""The order in which a round queries its sides.

A side that always comes first is always measured on the rested machine, and is read first where
answers are judged as they come. So the order changes from round to round, by the rows of Williams
squares: over one set of rows each side has each place equally often, and follows each other side
equally often (Williams 1949, "Experimental designs balanced for the estimation of residual effects
of treatments"). The real times are in `Answer.started_at`.
"""

from __future__ import annotations

from collections.abc import Iterable

from bbtui.domain.answer import Cell, Round
from bbtui.domain.blind import williams_squares
from bbtui.domain.session import Session


def side_order(session: Session, place: Round) -> tuple[str, ...]:
    """Return the names of the endpoints in the order of their requests in one round.

    Each task begins another row further than the one before it, and so does each trial of it: the
    order is balanced over the tasks of one trial and over the trials of one task.
    """
    names = [endpoint.name for endpoint in session.endpoints]
    rows = [row for square in williams_squares(len(names)) for row in square]
    number = next((n for n, one in enumerate(session.tasks) if one.id == place.task), 0)
    return tuple(names[side] for side in rows[(number + place.trial - 1) % len(rows)])


def in_turn(session: Session, cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells round by round as they come, in each round in the order of its sides."""
    rounds: dict[Round, list[Cell]] = {}
    for cell in cells:
        rounds.setdefault(cell.round, []).append(cell)
    ordered = []
    for place, found in rounds.items():
        rank = {name: position for position, name in enumerate(side_order(session, place))}
        ordered += sorted(found, key=lambda cell: rank[cell.endpoint])
    return ordered
