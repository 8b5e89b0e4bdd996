"""bbtui pods list and show: which pod is found, and what is printed."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.cli.pods_command import BIG, SPARE, PodsCommand, pods

__all__ = ["pods"]


def test_list_has_every_pod_with_its_endpoint_and_price(pods: PodsCommand):
    pods.cloud.add(BIG, running=True)
    pods.cloud.add(SPARE, name="spare", gpu="NVIDIA A40", cluster="c1", locked=True)
    ended = pods("list")
    assert ended.code == 0
    head, first, second = ended.out.splitlines()
    assert head.split() == ["endpoint", "pod", "id", "state", "machine", "price", "up"]
    assert first == (f"big-brain  ollama-box  {BIG}  running  NVIDIA L40S  $0.79/h  1 h 0 min")
    assert second == (
        f"–          spare       {SPARE}  stopped  NVIDIA A40   unknown  –          part of a "
        "cluster, locked"
    )
    assert pods().out == ended.out


def test_list_without_a_configuration_uses_the_default_account(pods: PodsCommand):
    pods.environ["BBTUI_CONFIG"] = str(pods.home / "empty.toml")
    Path(pods.environ["BBTUI_CONFIG"]).write_text("", encoding="utf-8")
    del pods.environ["RUNPOD_API_KEY"]
    ended = pods("list")
    assert ended.code == 2
    assert ended.err == (
        "bbtui: the environment variable RUNPOD_API_KEY with RunPod's key is not set\n"
        "export RUNPOD_API_KEY=… and restart; create a key in RunPod's console under Settings\n"
    )


def test_network_failure_names_the_network(pods: PodsCommand, monkeypatch: pytest.MonkeyPatch):
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    Path(pods.environ["BBTUI_CONFIG"]).write_text("", encoding="utf-8")
    ended = pods("list")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == (
        "bbtui: api.runpod.io:443 cannot be reached: Name or service not known\ncheck the network\n"
    )


def test_empty_account_is_reported(pods: PodsCommand):
    ended = pods("list")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == (
        "big-brain: its pod was not found in the account of its key\n"
        "there are no pods; rent one in the provider's console\n"
    )
    assert json.loads(pods("list", "--json").out) == []


def test_list_and_show_print_the_same_json(pods: PodsCommand):
    pods.cloud.add(BIG, running=True)
    (row,) = json.loads(pods("--json").out)
    assert row == json.loads(pods("show", "big-brain", "--json").out)
    assert row["endpoints"] == ["big-brain"]
    assert (row["status"], row["state"], row["actions"]) == ("RUNNING", "running", ["stop"])
    assert (row["cost_per_hour"], row["uptime_s"], row["gpu_count"]) == (0.79, 3600, 1)
    assert "env" not in row
    pods("stop", "--yes")
    row = json.loads(pods("show", "--json").out)
    assert (row["cost_per_hour"], row["last_cost_per_hour"]) == (None, 0.79)


def test_failing_account_does_not_hide_the_other(pods: PodsCommand):
    pods.configure(
        '[[endpoints]]\nname = "other"\nmodel = "m"\n[endpoints.pod]\nprovider = "runpod"\n'
        f'id = "{SPARE}"\nkey = "env:OTHER_KEY"\napi_url = "{pods.cloud.url}"\n'
    )
    pods.cloud.add(BIG)
    ended = pods("list")
    assert ended.code == 2
    assert "big-brain  ollama-box" in ended.out
    assert "other: " not in ended.err
    assert "the environment variable OTHER_KEY" in ended.err


def test_show_prints_state_machine_and_cost(pods: PodsCommand):
    pods.cloud.add(BIG, running=True)
    ended = pods("show")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        f"pod       ollama-box ({BIG})",
        "endpoint  big-brain",
        "state     running",
        "machine   NVIDIA L40S  GPU 71 %  mem 44 %",
        "price     $0.79/h",
        "up        1 h 0 min, cost $0.79 so far",
        "actions   stop",
    ]


def test_pod_without_an_endpoint_is_shown_by_its_id(pods: PodsCommand):
    pods.cloud.add(SPARE, name="spare", price=0.0, running=True)
    out = pods("show", SPARE).out
    assert "endpoint  –" in out
    assert "price     unknown" in out
    assert "cost unknown so far" in out
    assert "$0" not in out


def test_undocumented_state_is_shown_as_it_is(pods: PodsCommand):
    pods.cloud.add(BIG, more={"status": "HIBERNATING", "actions": ["start"]})
    out = pods("show").out
    assert "state     HIBERNATING" in out
    assert "actions   start" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("start", "big-brian"), 'unknown endpoint "big-brian"; did you mean "big-brain"?'),
        (("show", "local"), "the endpoint local is not on a pod"),
        (("stop", "nosuchpod9"), '"nosuchpod9" is neither an endpoint nor a pod id'),
        (("show", "../keys"), '"../keys" is neither an endpoint nor a pod id'),
        (("start",), "this is not a terminal\nuse --yes to start without confirmation"),
    ],
)
def test_unknown_pod_is_exit_2(pods: PodsCommand, words: tuple[str, ...], sentence: str):
    pods.cloud.add(BIG)
    ended = pods(*words)
    assert (ended.code, ended.out) == (2, "")
    assert sentence in ended.err
    assert pods.cloud.actions == []


def test_name_may_be_omitted_only_with_one_pod(pods: PodsCommand):
    path = pods.configure(
        '[[endpoints]]\nname = "other"\nmodel = "m"\n[endpoints.pod]\nprovider = "runpod"\n'
        f'id = "{SPARE}"\napi_url = "{pods.cloud.url}"\n'
    )
    ended = pods("show")
    assert (
        ended.code,
        "several pods are configured (big-brain, other): name one" in ended.err,
    ) == (
        2,
        True,
    )
    path.write_text("", encoding="utf-8")
    ended = pods("show")
    assert (ended.code, "no pod is configured" in ended.err) == (2, True)


def test_deleted_pod_is_exit_3(pods: PodsCommand):
    ended = pods("show", "big-brain")
    assert ended.code == 3
    assert ended.err.startswith("bbtui: RunPod has no such pod (HTTP 404)")
