"""bbtui pods start and stop: confirmation, request, and wait."""

from __future__ import annotations

import pytest

from tests.cli.pods_command import BIG, PodsCommand, pods
from tests.fakes.runpod_failures import (
    BLOCKED,
    BROKEN,
    DONE_BUT_BROKEN,
    NO_FREE_GPU,
    NO_GPU,
    limited,
)

__all__ = ["pods"]


def test_confirmation_names_the_price(pods: PodsCommand):
    pods.cloud.add(BIG)
    pods.terminal = True
    ended = pods("start", answer="n\n")
    assert ended.code == 0
    assert ended.err == (
        "start big-brain (NVIDIA L40S, price unknown until it runs)? [y/N] cancelled\n"
    )
    assert pods.cloud.actions == []
    ended = pods("start", answer="y\n")
    assert ended.err.endswith("big-brain: start accepted, provisioning\n")
    assert pods.cloud.actions == ["start"]
    pods.cloud.advance(60)
    ended = pods("stop", answer="yes\n")
    assert ended.err == (
        "stop big-brain ($0.79/h, up 20 s, cost <$0.0001 so far)? The data on its container disk "
        "will be lost. [y/N] big-brain: stop accepted, stopped\n"
    ).replace("<$0.0001", "$0.0044")
    ended = pods("start", answer="")
    assert "start big-brain (NVIDIA L40S, $0.79/h when it last ran)?" in ended.err
    assert pods.cloud.actions == ["start", "stop"]


def test_yes_prints_the_price_and_does_not_ask(pods: PodsCommand):
    pods.cloud.add(BIG)
    ended = pods("start", "--yes")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.splitlines() == [
        "start big-brain (NVIDIA L40S, price unknown until it runs)",
        "big-brain: start accepted, provisioning",
    ]
    assert pods.pauses == []


def test_action_that_is_already_done_is_not_sent(pods: PodsCommand):
    pods.cloud.add(BIG, running=True)
    assert pods("start").err == "big-brain is already running\n"
    assert pods("stop", "--yes").code == 0
    assert pods("stop").err == "big-brain is already stopped\n"
    assert pods.cloud.actions == ["stop"]


@pytest.mark.parametrize(
    ("pod", "verb", "sentence"),
    [
        ({"running": True, "locked": True}, "stop", "is locked: it cannot be stopped\nunlock it"),
        ({"running": True, "cluster": "c"}, "stop", "is part of a cluster and cannot be stopped"),
        ({"cluster": "c"}, "start", "is part of a cluster and cannot be started by itself\nact on"),
    ],
)
def test_blocked_action_is_not_sent(
    pods: PodsCommand, pod: dict[str, object], verb: str, sentence: str
):
    pods.cloud.add(BIG, **pod)
    ended = pods(verb, "--yes")
    assert ended.code == 3
    assert f"bbtui: the pod ollama-box {sentence}" in ended.err
    assert pods.cloud.actions == []


def test_wait_prints_every_state_of_a_start(pods: PodsCommand):
    pods.cloud.add(BIG)
    ended = pods("start", "--yes", "--wait")
    assert ended.code == 0
    assert ended.err.splitlines()[1:] == [
        "big-brain: start accepted, provisioning",
        "big-brain: starting (21 s)",
        "big-brain: running after 42 s",
        "big-brain: NVIDIA L40S, $0.79/h; its server may need another minute",
    ]
    assert set(pods.pauses) == {3.0}


def test_wait_follows_a_start_that_is_already_under_way(pods: PodsCommand):
    pods.cloud.add(BIG)
    pods("start", "--yes")
    ended = pods("start", "--wait")
    assert ended.err.startswith("big-brain is already provisioning\nbig-brain: starting (")
    ended = pods("stop", "--yes", "--wait")
    assert ended.err.endswith("big-brain: stop accepted, stopped\n")


def test_long_wait_repeats_the_state_and_ends_after_its_limit(pods: PodsCommand):
    pods.cloud.add(BIG, more={"status": "PROVISIONING", "actions": ["stop"]})
    ended = pods("start", "--yes", "--wait")
    assert ended.code == 3
    assert "big-brain: provisioning (30 s)\nbig-brain: provisioning (1 min)" in ended.err
    assert "big-brain is still provisioning after 30 min; stopped waiting" in ended.err


def test_failed_start_is_exit_3(pods: PodsCommand):
    pods.cloud.add(BIG, fails=True)
    ended = pods("start", "--yes", "--wait")
    assert ended.code == 3
    assert "bbtui: big-brain was started but is in error after 42 s\n" in ended.err
    assert "see its log in the provider's console" in ended.err


def test_start_without_a_free_gpu_is_exit_3(pods: PodsCommand):
    pods.cloud.add(BIG)
    pods.cloud.next(NO_GPU)
    ended = pods("start", "--yes", "--wait")
    assert ended.code == 3
    assert f'message: "{NO_FREE_GPU}"; the pod is stopped' in ended.err
    assert pods.cloud.actions == ["start"]


def test_start_that_worked_despite_an_error_is_accepted(pods: PodsCommand):
    pods.cloud.add(BIG)
    pods.cloud.next(DONE_BUT_BROKEN)
    ended = pods("start", "--yes")
    assert (ended.code, ended.err.splitlines()[-1]) == (
        0,
        "big-brain: start accepted, provisioning",
    )


def test_passing_failure_is_retried_after_the_requested_time(pods: PodsCommand):
    pods.cloud.add(BIG)
    pods("start", "--yes")
    looks = iter([None, BROKEN, limited(12)])

    def on_the_way() -> None:
        if (failure := next(looks, None)) is not None:
            pods.cloud.next(failure)

    pods.meanwhile = on_the_way
    ended = pods("start", "--wait")
    assert ended.code == 0
    assert "answered HTTP 500" in ended.err
    assert "retrying" in ended.err
    assert "wait 12 s; retrying" in ended.err
    assert 12.0 in pods.pauses
    assert "running after" in ended.err


def test_lasting_failure_ends_the_wait(pods: PodsCommand):
    pods.cloud.add(BIG)
    pods("start", "--yes")

    pods.meanwhile = lambda: pods.cloud.next(BLOCKED)
    ended = pods("start", "--wait")
    assert ended.code == 3
    assert "blocked the request before it reached RunPod" in ended.err


def test_rate_limit_beyond_the_time_limit_ends_the_wait(pods: PodsCommand):
    pods.cloud.add(BIG)
    pods("start", "--yes")
    pods.meanwhile = lambda: pods.cloud.next(limited(40_000))
    ended = pods("start", "--wait")
    assert ended.code == 3
    assert "bbtui: too many requests to" in ended.err
    assert pods.pauses == [3.0]


def test_start_that_falls_back_to_stopped_is_exit_3(pods: PodsCommand):
    pod = pods.cloud.add(BIG)
    pods.cloud.next(DONE_BUT_BROKEN)
    pods.meanwhile = lambda: setattr(pod, "status", "EXITED")
    ended = pods("start", "--yes", "--wait")
    assert ended.code == 3
    assert "bbtui: big-brain was started but is stopped after 3 s\n" in ended.err
    assert len(pods.pauses) == 1


def test_late_stop_is_waited_for(pods: PodsCommand):
    pod = pods.cloud.add(BIG, running=True)
    looks = iter(range(100))
    pod.more = {"status": "RUNNING", "actions": ["stop"]}
    pods.meanwhile = lambda: pod.more.clear() if next(looks) >= 2 else None
    ended = pods("stop", "--yes", "--wait")
    assert ended.code == 0
    assert ended.err.endswith("big-brain: stopped after 9 s\n")


def test_five_failed_polls_in_a_row_end_the_wait(pods: PodsCommand):
    pods.cloud.add(BIG)
    pods("start", "--yes")
    pods.meanwhile = lambda: pods.cloud.next(BROKEN)
    ended = pods("start", "--wait")
    assert ended.code == 3
    assert ended.err.count("retrying") == 4
    assert "bbtui: 127.0.0.1" in ended.err


def test_pod_that_starts_without_its_gpu_is_reported(pods: PodsCommand):
    pod = pods.cloud.add(BIG)
    pods.meanwhile = lambda: pod.more.update(gpu={"id": "NVIDIA L40S", "count": 0})
    ended = pods("start", "--yes", "--wait")
    assert ended.err.endswith(
        "big-brain: no GPU, $0.79/h; its server may need another minute\n"
        "big-brain: it started without its GPU: models will run on the CPU\n"
    )


def test_accepted_start_without_effect_fails_after_a_minute(pods: PodsCommand):
    pods.cloud.add(BIG, more={"status": "EXITED", "actions": ["start"]})
    ended = pods("start", "--yes", "--wait")
    assert ended.code == 3
    assert "big-brain: start accepted, stopped\n" in ended.err
    assert "bbtui: big-brain was started but is stopped after 1 min\n" in ended.err
    assert sum(pods.pauses) == 60
