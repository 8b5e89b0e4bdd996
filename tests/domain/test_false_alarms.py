"""The sentences on simulated sessions: few false alarms; `make bench` has more sessions."""

from __future__ import annotations

import pytest

from tests.simulated import Simulated, simulate


def test_no_difference_is_claimed_in_more_than_one_of_twenty_sessions() -> None:
    sessions = list(simulate(150, 11, range(4, 51), (2, 3, 4)))
    assert sum(one.claims_at_the_end() for one in sessions) <= 0.05 * len(sessions)


def test_looking_after_each_task_claims_no_more_than_that() -> None:
    sessions = list(simulate(150, 1, range(4, 31), (2, 3, 4)))
    assert sum(one.claims_ever() for one in sessions) <= 0.05 * len(sessions)


def test_difference_of_a_point_is_found_on_twenty_tasks() -> None:
    sessions = list(simulate(80, 12, (20,), (2,), points=1.0))
    assert sum(one.claims_at_the_end() for one in sessions) >= 0.7 * len(sessions)


@pytest.mark.parametrize("points", [0.0, 1.0, 2.5])
def test_fast_look_agrees_with_the_sentences(points: float) -> None:
    for one in simulate(12, 13, range(6, 20), (2, 3), points=points):
        for until in range(1, one.tasks):
            assert one._is_enough(until) == one.claims_at(until)


def test_simulated_session_without_any_difference_is_never_clear() -> None:
    assert not Simulated([[3] * 12, [3] * 12]).claims_ever()
