"""The actions of a pod, and the text of its state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.domain.pod import Pod, PodAction, PodStatus, action_failed, action_result, find_blocker

RUNNING = Pod(
    "abc123",
    "ollama-box",
    PodStatus.RUNNING,
    actions=(PodAction.STOP,),
    gpu="NVIDIA L40S",
    gpu_count=1,
    cost_per_hour=0.79,
)
STOPPED = replace(RUNNING, status=PodStatus.EXITED, actions=(PodAction.START,), cost_per_hour=None)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("PROVISIONING", "provisioning"),
        ("STARTING", "starting"),
        ("RUNNING", "running"),
        ("EXITED", "stopped"),
        ("ERROR", "in error"),
        ("TERMINATED", "gone"),
        ("HIBERNATING", "HIBERNATING"),
    ],
)
def test_state_is_a_word_and_an_unknown_one_is_shown_raw(status: str, words: str):
    assert replace(RUNNING, status=status).state_text == words


def test_start_and_stop_undo_each_other():
    assert list(PodAction) == ["start", "stop"]
    assert PodAction.START.aims == {"PROVISIONING", "STARTING", "RUNNING"}
    assert "EXITED" in PodAction.STOP.aims
    assert not PodAction.START.aims & PodAction.STOP.aims


def test_provider_list_decides_the_actions_in_an_unknown_state():
    assert find_blocker(RUNNING, PodAction.STOP) is None
    assert find_blocker(STOPPED, PodAction.START) is None
    strange = replace(STOPPED, status="HIBERNATING")
    assert find_blocker(strange, PodAction.START) is None
    found = find_blocker(strange, PodAction.STOP)
    assert found is not None
    assert found.cause == "the pod ollama-box is HIBERNATING; it cannot be stopped now"


@pytest.mark.parametrize(
    ("pod", "action", "cause", "fix"),
    [
        (
            replace(RUNNING, in_cluster=True),
            PodAction.STOP,
            "the pod ollama-box is part of a cluster and cannot be stopped by itself",
            "act on its cluster in the provider's console",
        ),
        (
            replace(RUNNING, locked=True),
            PodAction.STOP,
            "the pod ollama-box is locked: it cannot be stopped",
            "unlock it in the provider's console, then stop it",
        ),
        (
            replace(STOPPED, status="TERMINATED", actions=()),
            PodAction.START,
            "the pod ollama-box no longer exists",
            "create another one in the provider's console, and set its id and url in the "
            "configuration",
        ),
        (
            replace(STOPPED, actions=()),
            PodAction.START,
            "the pod ollama-box is stopped; it cannot be started now",
            "try again in a moment",
        ),
    ],
)
def test_blocker_names_cause_and_fix(pod: Pod, action: PodAction, cause: str, fix: str):
    found = find_blocker(pod, action)
    assert found is not None
    assert (found.cause, found.fix) == (cause, fix)


def test_locked_pod_may_be_started():
    assert find_blocker(replace(STOPPED, locked=True), PodAction.START) is None


@pytest.mark.parametrize(
    ("action", "status", "began", "waited_s", "found"),
    [
        (PodAction.START, "RUNNING", False, 0, True),
        (PodAction.START, "PROVISIONING", False, 900, None),
        (PodAction.START, "EXITED", False, 59, None),
        (PodAction.START, "EXITED", False, 60, False),
        (PodAction.START, "EXITED", True, 3, False),
        (PodAction.START, "ERROR", False, 0, False),
        (PodAction.START, "TERMINATED", False, 0, False),
        (PodAction.START, "HIBERNATING", True, 900, None),
        (PodAction.STOP, "EXITED", False, 0, True),
        (PodAction.STOP, "TERMINATED", False, 0, True),
        (PodAction.STOP, "RUNNING", False, 900, None),
        (PodAction.STOP, "ERROR", False, 0, False),
    ],
)
def test_whether_an_action_has_come_to_its_end(
    action: PodAction, status: str, began: bool, waited_s: float, found: bool | None
):
    pod = replace(RUNNING, status=status)
    assert action_result(pod, action, began=began, waited_s=waited_s) is found


def test_action_with_another_result_names_the_state():
    error = action_failed(
        "big-brain", replace(RUNNING, status="ERROR"), PodAction.START, waited_s=42
    )
    assert error.message == "big-brain was started but is in error after 42 s"
    assert error.fix == "see its log in the provider's console"


def test_states_that_bill():
    assert RUNNING.bills
    assert replace(RUNNING, cost_per_hour=None, status="STARTING").bills
    assert replace(RUNNING, status="HIBERNATING").bills
    assert not STOPPED.bills


def test_hardware_text():
    assert RUNNING.hardware_text == "NVIDIA L40S"
    assert replace(RUNNING, gpu_count=2).hardware_text == "2 × NVIDIA L40S"
    assert replace(RUNNING, gpu_count=0).hardware_text == "no GPU"
    assert replace(RUNNING, gpu="").hardware_text == "no GPU"
