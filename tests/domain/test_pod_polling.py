"""How often a pod is looked at."""

from __future__ import annotations

import pytest

from bbtui.domain.pod import Pod
from bbtui.domain.pod_polling import Quota, poll_after_s

PLENTY = Quota(60, 41, 12.0)
SCARCE = Quota(60, 14, 12.0)
SPENT = Quota(3000, 0, 1812.0)


def pod(status: str) -> Pod:
    return Pod("abc123", "box", status)


@pytest.mark.parametrize(
    ("status", "focused", "awaited", "seconds"),
    [
        ("RUNNING", True, False, 10),
        ("RUNNING", False, False, 30),
        ("RUNNING", True, True, 3),
        ("PROVISIONING", True, False, 3),
        ("STARTING", False, False, 3),
        ("EXITED", True, False, 30),
        ("EXITED", True, True, 3),
        ("EXITED", False, True, 3),
        ("ERROR", True, False, 10),
        ("HIBERNATING", True, False, 10),
        ("HIBERNATING", False, False, 30),
    ],
)
def test_interval_depends_on_state_and_focus(
    status: str, focused: bool, awaited: bool, seconds: float
):
    assert poll_after_s(pod(status), focused=focused, awaited=awaited) == seconds


def test_unknown_pod_is_polled_like_a_steady_one():
    assert poll_after_s(None) == 10
    assert poll_after_s(None, focused=False) == 30


def test_rate_is_halved_when_less_than_a_quarter_is_left():
    assert poll_after_s(pod("RUNNING"), quotas=(PLENTY,)) == 10
    assert poll_after_s(pod("RUNNING"), quotas=(Quota(60, 15, 12.0),)) == 10
    assert poll_after_s(pod("RUNNING"), quotas=(PLENTY, SCARCE)) == 20
    assert poll_after_s(pod("STARTING"), quotas=(SCARCE,)) == 6


def test_spent_window_is_waited_for():
    assert poll_after_s(pod("STARTING"), quotas=(SPENT,)) == 1812


def test_retry_after_of_the_provider_is_waited_for():
    assert poll_after_s(pod("RUNNING"), retry_after_s=45) == 45
    assert poll_after_s(pod("RUNNING"), retry_after_s=4) == 10


def test_ten_steady_minutes_stay_within_the_budget():
    assert 600 / poll_after_s(pod("RUNNING")) <= 70
