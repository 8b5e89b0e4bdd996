"""RunPod's API: the fields of a pod, the effect of an action, and how few requests are sent."""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bbtui
from bbtui.clients.http.peer import Peer
from bbtui.clients.ports import PodControl
from bbtui.clients.runpod.client import PriceCache, RunPodClient
from bbtui.domain.pod import PodAction
from bbtui.errors import PodError
from tests.clients.cloud import POD, cloud, control
from tests.fakes.openapi import MISSING, interface
from tests.fakes.runpod import KEY, FakeRunPod
from tests.fakes.runpod_failures import (
    BROKEN,
    DONE_BUT_BROKEN,
    DONE_BUT_LOST,
    EMPTY,
    HALF,
    NO_FREE_GPU,
    NO_GPU,
    NOTHING,
    PAGE,
    limited,
)
from tests.loopback import Loopback, json_reply

__all__ = ["cloud"]


@pytest.fixture
def steer(cloud: FakeRunPod) -> PodControl:
    return control(cloud.url)


def test_running_pod_is_decoded_completely(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD, running=True)
    pod = steer.pod(POD)
    assert (pod.id, pod.name, pod.status, pod.running) == (POD, "ollama-box", "RUNNING", True)
    assert pod.actions == (PodAction.STOP,)
    assert (pod.gpu, pod.gpu_count, pod.cost_per_hour) == ("NVIDIA L40S", 1, 0.79)
    assert (pod.uptime_s, pod.gpu_util, pod.memory_util) == (3600, 71, 44)
    assert pod.started_at == datetime(2026, 11, 23, 15, 59, 20, tzinfo=UTC)
    assert pod.http_ports == (11434,)
    assert not pod.locked
    assert not pod.in_cluster


def test_stopped_pod_has_its_last_price(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD)
    assert steer.pod(POD).cost_per_hour is None
    assert steer.pod(POD).last_cost_per_hour is None
    steer.perform(POD, PodAction.START)
    steer.perform(POD, PodAction.STOP)
    pod = steer.pod(POD)
    assert (pod.cost_per_hour, pod.last_cost_per_hour, pod.uptime_s) == (None, 0.79, None)


def test_pod_secrets_are_dropped(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD, running=True)
    assert "hf_SECRETINTHEENVIRONMENT" not in repr((steer.pod(POD), steer.pods()))


def test_pod_starts_and_stops(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD)
    assert steer.perform(POD, PodAction.START).status == "PROVISIONING"
    cloud.advance(25)
    assert steer.pod(POD).status == "STARTING"
    cloud.advance(25)
    assert steer.pod(POD).running
    assert steer.perform(POD, PodAction.STOP).stopped
    assert cloud.actions == ["start", "stop"]


def test_list_includes_cluster_members(cloud: FakeRunPod, steer: PodControl):
    cloud.add("one")
    cloud.add("two", cluster="cluster_1")
    assert [(pod.id, pod.in_cluster) for pod in steer.pods()] == [("one", False), ("two", True)]


def test_all_pages_of_a_list_are_read(cloud: FakeRunPod, steer: PodControl):
    for name in ("one", "two", "three", "four", "five"):
        cloud.add(name)
    cloud.page_size = 2
    assert [pod.id for pod in steer.pods()] == ["one", "two", "three", "four", "five"]
    assert len(cloud.requests) == 3


def test_endless_list_is_abandoned(loopback: Loopback):
    reply = json_reply({"pods": [{"id": "a", "status": "EXITED"}], "nextCursor": "same"})
    loopback.on("GET /pods?includeClusterPods=true", reply)
    loopback.on("GET /pods?includeClusterPods=true&cursor=same", reply)
    assert len(control(loopback.url).pods()) == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"status": "HIBERNATING", "actions": ["start", "hibernate"]},
        {"name": None, "cost": None, "gpu": None, "startedAt": None},
        {"runtime": {"uptime": "soon", "gpus": 7}},
        {"runtime": {"uptime": 1e300}},
        {"runtime": {"gpus": [{}, {"util": 50}]}},
        {"startedAt": "the day before"},
        {"cpu": {"id": "cpu5c", "vcpuCount": 4}, "brandNew": [1, 2]},
    ],
)
def test_unknown_fields_are_ignored(cloud: FakeRunPod, steer: PodControl, odd: dict[str, object]):
    cloud.add(POD, running=True, more=odd)
    pod = steer.pod(POD)
    assert pod.id == POD
    assert pod.status == odd.get("status", "RUNNING")


def test_unknown_status_is_kept_with_known_actions(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD, more={"status": "HIBERNATING", "actions": ["start", "hibernate"]})
    pod = steer.pod(POD)
    assert pod.state_text == "HIBERNATING"
    assert pod.actions == (PodAction.START,)


def test_control_characters_in_names_are_removed(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD, name="box\x1b[31m\nred")
    assert steer.pod(POD).name == "box\N{REPLACEMENT CHARACTER}[31m red"


def test_uptime_comes_from_the_provider(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD, running=True, more={"startedAt": "2999-01-01T00:00:00Z"})
    assert steer.pod(POD).uptime_s == 3600


def test_time_without_a_zone_is_utc(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD, running=True, more={"startedAt": "2026-11-23T17:02:00"})
    assert steer.pod(POD).started_at == datetime(2026, 11, 23, 17, 2, tzinfo=UTC)


def test_remaining_rate_limit_is_read(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD)
    assert steer.quotas == ()
    steer.pod(POD)
    assert [(one.limit, one.remaining, one.resets_s) for one in steer.quotas] == [
        (60, 41, 12.0),
        (3000, 2800, 1812.0),
    ]
    cloud.remaining = None
    steer.pod(POD)
    assert steer.quotas == ()


def test_start_of_a_running_pod_succeeds(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD, running=True)
    assert steer.perform(POD, PodAction.START).running
    assert cloud.actions == ["start"]


def test_stop_of_a_stopped_pod_succeeds(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD)
    assert steer.perform(POD, PodAction.STOP).stopped


@pytest.mark.parametrize("failure", [DONE_BUT_BROKEN, DONE_BUT_LOST])
def test_failed_action_that_took_effect_is_not_repeated(
    cloud: FakeRunPod, steer: PodControl, failure
):
    cloud.add(POD)
    cloud.next(failure)
    assert steer.perform(POD, PodAction.START).status == "PROVISIONING"
    assert cloud.actions == ["start"]


@pytest.mark.parametrize("failure", [BROKEN, NOTHING, PAGE, HALF, EMPTY])
def test_failed_action_is_followed_by_one_check(cloud: FakeRunPod, steer: PodControl, failure):
    cloud.add(POD)
    cloud.next(failure)
    with pytest.raises(PodError, match="the pod is stopped"):
        steer.perform(POD, PodAction.START)
    assert [request.method for request in cloud.requests] == ["POST", "GET"]


def test_outcome_is_unknown_if_the_check_fails_too(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD)
    cloud.next(DONE_BUT_BROKEN, BROKEN)
    with pytest.raises(PodError) as caught:
        steer.perform(POD, PodAction.START)
    assert "cannot tell whether RunPod did start the pod" in caught.value.message
    assert "the pod may already be billing" in caught.value.fix
    assert cloud.actions == ["start"]


def test_start_without_a_free_gpu_quotes_the_provider(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD)
    cloud.next(NO_GPU)
    with pytest.raises(PodError) as caught:
        steer.perform(POD, PodAction.START)
    error = caught.value
    assert error.message == (
        f'RunPod did not start the pod (HTTP 400); message: "{NO_FREE_GPU}"; the pod is stopped'
    )
    assert "if no GPU is free there, try again later" in error.fix
    assert (error.kind, error.exit_code) == ("refused", 3)
    assert steer.perform(POD, PodAction.START).changing


def test_no_request_is_sent_during_the_wait_after_429(cloud: FakeRunPod):
    cloud.add(POD)
    peer = Peer(cloud.url, {"Authorization": f"Bearer {KEY}"}, provider=True)
    steer = RunPodClient(peer, "RUNPOD_API_KEY", PriceCache(), clock=cloud.now)
    cloud.next(limited(12))
    for waited, left in ((0, 12), (5, 7)):
        cloud.advance(waited)
        with pytest.raises(PodError) as caught:
            steer.perform(POD, PodAction.START)
        assert caught.value.kind == "limited"
        assert caught.value.retry_after_s == left
        assert f"wait {left} s" in caught.value.message
    assert len(cloud.requests) == 1
    cloud.advance(7)
    assert steer.pod(POD).stopped


def test_every_request_has_user_agent_and_accept(cloud: FakeRunPod, steer: PodControl):
    cloud.add(POD)
    steer.pods()
    steer.perform(POD, PodAction.START)
    for request in cloud.requests:
        assert request.headers["user-agent"] == f"bbtui/{bbtui.__version__}"
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.headers["accept"].startswith("application/json")
    assert cloud.requests[-1].json == {"action": "start"}


@pytest.mark.parametrize("action", ["terminate", "restart", "delete", "Start", ""])
def test_unknown_action_is_rejected(cloud: FakeRunPod, steer: PodControl, action: str):
    cloud.add(POD, running=True)
    with pytest.raises(ValueError, match="is not a valid PodAction"):
        steer.perform(POD, action)  # type: ignore[arg-type]
    assert cloud.requests == []


def test_program_cannot_delete_a_pod():
    words = set()
    package = Path(bbtui.__file__).parent
    forge = package / "clients" / "forge"  # which edits a comment on an issue by PATCH
    for file in package.rglob("*.py"):
        if forge in file.parents:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        values = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        words |= {value for value in values if isinstance(value, str)}
    assert {"start", "stop"} <= words
    assert words & {"terminate", "DELETE", "PATCH"} == set()
    assert not [word for word in words if "podTerminate" in word]


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_fake_rejects_requests_outside_the_openapi_document(cloud: FakeRunPod):
    published = interface()
    assert published is not None
    post = {"authorization": "Bearer x", "content-type": "application/json"}
    act = f"/v2/pods/{POD}/action"
    assert published.request("POST", act, post, b'{"action": "start"}') == []
    assert published.request("POST", act, post, b'{"action": "begin"}')
    assert published.request("POST", act, post, b'{"action": "start", "force": true}')
    assert published.request("POST", act, {"authorization": "Bearer x"}, b'{"action": "start"}')
    assert published.request("GET", "/v2/pods", {}, b"")
    assert published.request("GET", "/v2/pods?all=true", post, b"")
    assert published.request("GET", "/v1/pods", post, b"")
    kind = {"Content-Type": "application/json"}
    assert published.answer("GET", f"/v2/pods/{POD}", 200, kind, json.dumps({"id": 3}).encode())
    assert published.answer("GET", "/v2/pods", 200, {"Content-Type": "text/html"}, b"")
