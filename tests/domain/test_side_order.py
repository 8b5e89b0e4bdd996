"""The order in which sides are queried."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbtui.domain.answer import Round
from bbtui.domain.side_order import in_turn, side_order
from tests.fakes import make_endpoint, make_session


def session_of(sides: int, trials: int = 1):
    return make_session(endpoints=[make_endpoint(f"side-{n}") for n in range(sides)], trials=trials)


def test_two_sides_take_turns_over_tasks_and_over_trials() -> None:
    session = session_of(2, trials=2)
    first = {
        trial: [side_order(session, Round(task.id, trial))[0] for task in session.tasks]
        for trial in (1, 2)
    }
    assert first == {1: ["side-0", "side-1"] * 2, 2: ["side-1", "side-0"] * 2}


@pytest.mark.parametrize(("sides", "trials"), [(2, 4), (3, 6), (4, 4), (5, 10)])
def test_trials_of_one_task_are_balanced(sides: int, trials: int) -> None:
    session = session_of(sides, trials)
    for task in session.tasks:
        orders = [side_order(session, Round(task.id, trial)) for trial in range(1, trials + 1)]
        for place in range(sides):
            counts = Counter(order[place] for order in orders)
            assert set(counts.values()) == {trials // sides}


@given(st.integers(1, 5), st.integers(1, 4), st.data())
def test_in_turn_has_the_same_cells_round_by_round(sides: int, trials: int, data) -> None:
    session = session_of(sides, trials)
    cells = data.draw(st.lists(st.sampled_from(session.cells()), unique=True))
    ordered = in_turn(session, cells)
    assert sorted(ordered) == sorted(cells)
    rounds = list(dict.fromkeys((cell.task, cell.trial) for cell in cells))
    assert list(dict.fromkeys((cell.task, cell.trial) for cell in ordered)) == rounds
    for task, trial in rounds:
        order = side_order(session, Round(task, trial))
        places = [order.index(cell.endpoint) for cell in ordered if cell[::2] == (task, trial)]
        assert places == sorted(places)
