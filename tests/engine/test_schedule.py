from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbtui.domain.answer import Cell
from bbtui.engine.run_queue import plan, startable

APART = {"big": "pod", "local": "this machine"}
TOGETHER = {"big": "this machine", "local": "this machine"}


def cells(*names: str) -> list[Cell]:
    """ "1big" is the first task of big."""
    return [Cell(name[0], name[1:]) for name in names]


QUEUE = cells("1big", "1local", "2big", "2local")


@pytest.mark.parametrize(
    ("machines", "order", "mode", "first"),
    [
        (APART, "auto", "at once", ["1big", "1local"]),
        (TOGETHER, "auto", "alone", ["1big"]),
        (APART, "parallel", "at once", ["1big", "1local"]),
        (TOGETHER, "parallel", "at once", ["1big", "1local"]),
        (APART, "serial", "alone", ["1big"]),
        (TOGETHER, "serial", "alone", ["1big"]),
        ({"big": "pod"}, "parallel", "alone", ["1big"]),
        ({}, "auto", "alone", []),
    ],
)
def test_order_decides_first_cells_and_mode(machines, order, mode, first):
    laid = plan(machines, order)
    queue = [cell for cell in QUEUE if cell.endpoint in machines]
    assert laid.mode == mode
    assert startable(queue, [], laid) == cells(*first)


def test_endpoint_continues_while_another_is_slow():
    assert startable(cells("2big", "2local"), cells("1big"), plan(APART, "auto")) == cells("2local")


def test_parallel_rounds_on_one_machine_run_in_step():
    laid = plan(TOGETHER, "parallel")
    assert startable(cells("2big", "2local"), cells("1big"), laid) == []
    assert startable(cells("2big", "2local"), [], laid) == cells("2big", "2local")
    assert startable(cells("1local", "2big"), cells("1big"), laid) == cells("1local")


def test_three_endpoints_on_two_machines_have_two_lanes():
    laid = plan({"a": "x", "b": "y", "c": "x"}, "auto")
    assert startable(cells("1c", "1b", "1a"), [], laid) == cells("1c", "1b")


@given(
    machines=st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xyz"), min_size=1),
    order=st.sampled_from(["auto", "parallel", "serial"]),
    data=st.data(),
)
def test_every_cell_runs_and_no_lane_has_two(machines, order, data):
    laid = plan(machines, order)
    names = st.sampled_from(sorted(machines))
    cell = st.builds(Cell, st.sampled_from("123"), names, st.integers(1, 2))
    queue = data.draw(st.lists(cell, unique=True, max_size=12), label="queue")
    wanted, active, begun = list(queue), [], []
    while queue or active:
        for cell in startable(queue, active, laid):
            queue.remove(cell)
            active.append(cell)
            begun.append(cell)
        lanes = [laid.lanes[cell.endpoint] for cell in active]
        assert len(lanes) == len(set(lanes))
        assert not laid.in_step or len({(cell.task, cell.trial) for cell in active}) <= 1
        assert active, "something waits and nothing runs"
        active.remove(data.draw(st.sampled_from(active), label="ends"))
    assert sorted(begun) == sorted(wanted)
    for lane in set(laid.lanes.values()):
        in_lane = [cell for cell in begun if laid.lanes[cell.endpoint] == lane]
        if not laid.in_step:
            assert in_lane == [cell for cell in wanted if cell in in_lane], "in the queue's order"
