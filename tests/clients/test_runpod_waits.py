"""How long RunPod wants to be left alone, in each way of saying so."""

from __future__ import annotations

import pytest

from bbtui.errors import PodError
from tests.clients.cloud import POD, cloud, control
from tests.fakes.runpod import FakeRunPod
from tests.fakes.runpod_failures import Failure
from tests.loopback import Reply

__all__ = ["cloud"]


def retry_after_s(cloud: FakeRunPod) -> float:
    with pytest.raises(PodError) as caught:
        control(cloud.url).pod(POD)
    assert caught.value.kind == "limited"
    return caught.value.retry_after_s


def test_retry_after_date_uses_the_clock_of_the_server(cloud: FakeRunPod):
    then, there = "Mon, 01 Jan 2001 00:00:42 GMT", "Mon, 01 Jan 2001 00:00:12 GMT"
    reply = Reply((), 429, {"Retry-After": then, "Date": there}, "length")
    cloud.next(Failure(reply))
    assert retry_after_s(cloud) == 30


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 10),
        ({"Retry-After": "soon"}, 10),
        ({"Retry-After": "-5"}, 10),
        (
            {
                "RateLimit-Policy": '"minute";q=60;w=60, "hour";q=3000;w=3600',
                "RateLimit": '"minute";r=0;t=17, "hour";r=2000;t=1812',
            },
            17,
        ),
    ],
)
def test_wait_without_a_length_has_a_default(
    cloud: FakeRunPod, headers: dict[str, str], seconds: float
):
    cloud.next(Failure(Reply((), 429, headers, "length")))
    assert retry_after_s(cloud) == seconds
