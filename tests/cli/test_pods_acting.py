"""bbtui pods start and stop: what is asked first, what is sent, and how it is followed."""

from __future__ import annotations

import pytest

from tests.cli.workspace import BIG, Desk, desk
from tests.fakes.runpod_troubles import (
    BLOCKED,
    BROKEN,
    DONE_BUT_BROKEN,
    NO_FREE_GPU,
    NO_GPU,
    limited,
)

__all__ = ["desk"]


def test_start_asks_once_and_names_the_price(desk: Desk):
    desk.cloud.add(BIG)
    desk.terminal = True
    told = desk("start", answer="n\n")
    assert told.code == 0
    assert told.err == (
        "start big-brain (NVIDIA L40S, price unknown until it runs)? [y/N] cancelled\n"
    )
    assert desk.cloud.actions == []
    told = desk("start", answer="y\n")
    assert told.err.endswith("big-brain: start accepted, provisioning\n")
    assert desk.cloud.actions == ["start"]
    desk.cloud.advance(60)
    told = desk("stop", answer="yes\n")
    assert told.err == (
        "stop big-brain ($0.79/h, up 20 s, cost <$0.0001 so far)? The data on its container disk "
        "will be lost. [y/N] big-brain: stop accepted, stopped\n"
    ).replace("<$0.0001", "$0.0044")
    told = desk("start", answer="")
    assert "start big-brain (NVIDIA L40S, $0.79/h when it last ran)?" in told.err
    assert desk.cloud.actions == ["start", "stop"]


def test_with_yes_nothing_is_asked_and_the_price_is_told(desk: Desk):
    desk.cloud.add(BIG)
    told = desk("start", "--yes")
    assert (told.code, told.out) == (0, "")
    assert told.err.splitlines() == [
        "start big-brain (NVIDIA L40S, price unknown until it runs)",
        "big-brain: start accepted, provisioning",
    ]
    assert desk.pauses == []


def test_what_is_so_already_is_said_and_done(desk: Desk):
    desk.cloud.add(BIG, running=True)
    assert desk("start").err == "big-brain is already running\n"
    assert desk("stop", "--yes").code == 0
    assert desk("stop").err == "big-brain is already stopped\n"
    assert desk.cloud.actions == ["stop"]


@pytest.mark.parametrize(
    ("pod", "verb", "sentence"),
    [
        ({"running": True, "locked": True}, "stop", "is locked: it cannot be stopped\nunlock it"),
        ({"running": True, "cluster": "c"}, "stop", "is part of a cluster and cannot be stopped"),
        ({"cluster": "c"}, "start", "is part of a cluster and cannot be started by itself\nact on"),
    ],
)
def test_a_pod_that_cannot_be_acted_on_is_not_asked_to(
    desk: Desk, pod: dict[str, object], verb: str, sentence: str
):
    desk.cloud.add(BIG, **pod)
    told = desk(verb, "--yes")
    assert told.code == 3
    assert f"bbtui: the pod ollama-box {sentence}" in told.err
    assert desk.cloud.actions == []


def test_wait_follows_a_start_to_its_end(desk: Desk):
    desk.cloud.add(BIG)
    told = desk("start", "--yes", "--wait")
    assert told.code == 0
    assert told.err.splitlines()[1:] == [
        "big-brain: start accepted, provisioning",
        "big-brain: starting (21 s)",
        "big-brain: running after 42 s",
        "big-brain: NVIDIA L40S, $0.79/h; its server may need another minute",
    ]
    assert set(desk.pauses) == {3.0}


def test_wait_follows_a_stop_and_a_start_that_goes_on_already(desk: Desk):
    desk.cloud.add(BIG)
    desk("start", "--yes")
    told = desk("start", "--wait")
    assert told.err.startswith("big-brain is already provisioning\nbig-brain: starting (")
    told = desk("stop", "--yes", "--wait")
    assert told.err.endswith("big-brain: stop accepted, stopped\n")


def test_a_long_wait_shows_signs_of_life(desk: Desk):
    desk.cloud.add(BIG, more={"status": "PROVISIONING", "actions": ["stop"]})
    told = desk("start", "--yes", "--wait")
    assert told.code == 3
    assert "big-brain: provisioning (30 s)\nbig-brain: provisioning (1 min)" in told.err
    assert "big-brain is still provisioning after 30 min; stopped waiting" in told.err


def test_a_start_that_fails_on_its_way_is_told(desk: Desk):
    desk.cloud.add(BIG, fails=True)
    told = desk("start", "--yes", "--wait")
    assert told.code == 3
    assert "bbtui: big-brain was started, and is in error after 42 s\n" in told.err
    assert "its log in the provider's console says why" in told.err


def test_a_start_without_a_free_gpu(desk: Desk):
    desk.cloud.add(BIG)
    desk.cloud.next(NO_GPU)
    told = desk("start", "--yes", "--wait")
    assert told.code == 3
    assert f'it said: "{NO_FREE_GPU}"; the pod is stopped' in told.err
    assert desk.cloud.actions == ["start"]


def test_a_start_that_worked_behind_an_error_is_accepted(desk: Desk):
    desk.cloud.add(BIG)
    desk.cloud.next(DONE_BUT_BROKEN)
    told = desk("start", "--yes")
    assert (told.code, told.err.splitlines()[-1]) == (0, "big-brain: start accepted, provisioning")


def test_while_waiting_a_passing_trouble_is_told_and_a_wait_obeyed(desk: Desk):
    desk.cloud.add(BIG)
    desk("start", "--yes")
    looks = iter([None, BROKEN, limited(12)])

    def on_the_way() -> None:
        if (trouble := next(looks, None)) is not None:
            desk.cloud.next(trouble)

    desk.meanwhile = on_the_way
    told = desk("start", "--wait")
    assert told.code == 0
    assert "answered HTTP 500" in told.err
    assert "retrying" in told.err
    assert "it wants 12 s of quiet; retrying" in told.err
    assert 12.0 in desk.pauses
    assert "running after" in told.err


def test_when_it_cannot_be_looked_at_any_more_waiting_ends(desk: Desk):
    desk.cloud.add(BIG)
    desk("start", "--yes")

    desk.meanwhile = lambda: desk.cloud.next(BLOCKED)
    told = desk("start", "--wait")
    assert told.code == 3
    assert "blocked the request before RunPod saw it" in told.err


def test_a_limit_that_lasts_longer_than_anybody_waits_ends_the_waiting(desk: Desk):
    desk.cloud.add(BIG)
    desk("start", "--yes")
    desk.meanwhile = lambda: desk.cloud.next(limited(40_000))
    told = desk("start", "--wait")
    assert told.code == 3
    assert "bbtui: too many requests to" in told.err
    assert desk.pauses == [3.0]


def test_a_start_that_falls_back_is_told(desk: Desk):
    pod = desk.cloud.add(BIG)
    desk.cloud.next(DONE_BUT_BROKEN)
    desk.meanwhile = lambda: setattr(pod, "status", "EXITED")
    told = desk("start", "--yes", "--wait")
    assert told.code == 3
    assert "bbtui: big-brain was started, and is stopped after 3 s\n" in told.err
    assert len(desk.pauses) == 1


def test_a_stop_that_is_late_is_waited_for(desk: Desk):
    pod = desk.cloud.add(BIG, running=True)
    looks = iter(range(100))
    pod.more = {"status": "RUNNING", "actions": ["stop"]}
    desk.meanwhile = lambda: pod.more.clear() if next(looks) >= 2 else None
    told = desk("stop", "--yes", "--wait")
    assert told.code == 0
    assert told.err.endswith("big-brain: stopped after 9 s\n")


def test_five_looks_that_fail_in_a_row_end_the_waiting(desk: Desk):
    desk.cloud.add(BIG)
    desk("start", "--yes")
    desk.meanwhile = lambda: desk.cloud.next(BROKEN)
    told = desk("start", "--wait")
    assert told.code == 3
    assert told.err.count("retrying") == 4
    assert "bbtui: 127.0.0.1" in told.err


def test_a_pod_that_comes_back_without_its_gpu_is_told(desk: Desk):
    pod = desk.cloud.add(BIG)
    desk.meanwhile = lambda: pod.more.update(gpu={"id": "NVIDIA L40S", "count": 0})
    told = desk("start", "--yes", "--wait")
    assert told.err.endswith(
        "big-brain: no GPU, $0.79/h; its server may need another minute\n"
        "big-brain: it started without its GPU: models will run on the CPU\n"
    )


def test_a_start_that_is_accepted_and_never_shows_is_given_a_minute(desk: Desk):
    desk.cloud.add(BIG, more={"status": "EXITED", "actions": ["start"]})
    told = desk("start", "--yes", "--wait")
    assert told.code == 3
    assert "big-brain: start accepted, stopped\n" in told.err
    assert "bbtui: big-brain was started, and is stopped after 1 min\n" in told.err
    assert sum(desk.pauses) == 60
