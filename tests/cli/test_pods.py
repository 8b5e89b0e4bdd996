"""bbtui pods: which pod is meant, and what is printed of it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.cli.workspace import BIG, SPARE, Desk, desk

__all__ = ["desk"]


def test_the_list_has_every_pod_with_its_endpoint_and_price(desk: Desk):
    desk.cloud.add(BIG, running=True)
    desk.cloud.add(SPARE, name="spare", gpu="NVIDIA A40", cluster="c1", locked=True)
    told = desk("list")
    assert told.code == 0
    head, first, second = told.out.splitlines()
    assert head.split() == ["endpoint", "pod", "id", "state", "machine", "price", "up"]
    assert first == (f"big-brain  ollama-box  {BIG}  running  NVIDIA L40S  $0.79/h  1 h 0 min")
    assert second == (
        f"–          spare       {SPARE}  stopped  NVIDIA A40   unknown  –          part of a "
        "cluster, locked"
    )
    assert desk().out == told.out


def test_the_list_without_a_configuration_asks_the_usual_account(desk: Desk):
    desk.environ["BBTUI_CONFIG"] = str(desk.home / "empty.toml")
    Path(desk.environ["BBTUI_CONFIG"]).write_text("", encoding="utf-8")
    del desk.environ["RUNPOD_API_KEY"]
    told = desk("list")
    assert told.code == 2
    assert told.err == (
        "bbtui: the environment variable RUNPOD_API_KEY, which holds RunPod's key, is not set\n"
        "export RUNPOD_API_KEY=… and start again; RunPod's console makes keys under Settings\n"
    )


def test_without_a_network_no_setting_is_blamed(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    Path(desk.environ["BBTUI_CONFIG"]).write_text("", encoding="utf-8")
    told = desk("list")
    assert (told.code, told.out) == (3, "")
    assert told.err == (
        "bbtui: api.runpod.io:443 cannot be reached: Name or service not known\ncheck the network\n"
    )


def test_an_empty_account_is_a_sentence(desk: Desk):
    told = desk("list")
    assert (told.code, told.out) == (0, "")
    assert told.err == (
        "big-brain: its pod was not found in the account of its key\n"
        "there are no pods; rent one in the provider's console\n"
    )
    assert json.loads(desk("list", "--json").out) == []


def test_the_list_and_one_pod_as_json(desk: Desk):
    desk.cloud.add(BIG, running=True)
    (row,) = json.loads(desk("--json").out)
    assert row == json.loads(desk("show", "big-brain", "--json").out)
    assert row["endpoints"] == ["big-brain"]
    assert (row["status"], row["state"], row["actions"]) == ("RUNNING", "running", ["stop"])
    assert (row["cost_per_hour"], row["uptime_s"], row["gpu_count"]) == (0.79, 3600, 1)
    assert "env" not in row
    desk("stop", "--yes")
    row = json.loads(desk("show", "--json").out)
    assert (row["cost_per_hour"], row["last_cost_per_hour"]) == (None, 0.79)


def test_of_two_accounts_one_that_fails_hides_nothing(desk: Desk):
    desk.configure(
        '[[endpoints]]\nname = "other"\nmodel = "m"\n[endpoints.pod]\nprovider = "runpod"\n'
        f'id = "{SPARE}"\nkey = "env:OTHER_KEY"\napi_url = "{desk.cloud.url}"\n'
    )
    desk.cloud.add(BIG)
    told = desk("list")
    assert told.code == 2
    assert "big-brain  ollama-box" in told.out
    assert "other: " not in told.err
    assert "the environment variable OTHER_KEY" in told.err


def test_show_tells_what_a_pod_is_does_and_costs(desk: Desk):
    desk.cloud.add(BIG, running=True)
    told = desk("show")
    assert told.code == 0
    assert told.out.splitlines() == [
        f"pod       ollama-box ({BIG})",
        "endpoint  big-brain",
        "state     running",
        "machine   NVIDIA L40S  GPU 71 %  mem 44 %",
        "price     $0.79/h",
        "up        1 h 0 min, cost $0.79 so far",
        "actions   stop",
    ]


def test_a_pod_without_an_endpoint_is_named_by_its_id(desk: Desk):
    desk.cloud.add(SPARE, name="spare", price=0.0, running=True)
    out = desk("show", SPARE).out
    assert "endpoint  –" in out
    assert "price     unknown" in out
    assert "cost unknown so far" in out
    assert "$0" not in out


def test_a_state_that_is_not_documented_is_shown_raw(desk: Desk):
    desk.cloud.add(BIG, more={"status": "HIBERNATING", "actions": ["start"]})
    out = desk("show").out
    assert "state     HIBERNATING" in out
    assert "actions   start" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("start", "big-brian"), 'there is no endpoint "big-brian"; did you mean "big-brain"?'),
        (("show", "local"), "the endpoint local is not on a pod"),
        (("stop", "nosuchpod9"), '"nosuchpod9" is neither an endpoint nor a pod id'),
        (("show", "../keys"), '"../keys" is neither an endpoint nor a pod id'),
        (("start",), "this is not a terminal\nuse --yes to start without confirmation"),
    ],
)
def test_what_cannot_be_meant_is_exit_2(desk: Desk, words: tuple[str, ...], sentence: str):
    desk.cloud.add(BIG)
    told = desk(*words)
    assert (told.code, told.out) == (2, "")
    assert sentence in told.err
    assert desk.cloud.actions == []


def test_without_a_name_the_only_pod_is_meant(desk: Desk):
    path = desk.configure(
        '[[endpoints]]\nname = "other"\nmodel = "m"\n[endpoints.pod]\nprovider = "runpod"\n'
        f'id = "{SPARE}"\napi_url = "{desk.cloud.url}"\n'
    )
    told = desk("show")
    assert (told.code, "several pods are configured (big-brain, other): name one" in told.err) == (
        2,
        True,
    )
    path.write_text("", encoding="utf-8")
    told = desk("show")
    assert (told.code, "no pod is configured" in told.err) == (2, True)


def test_a_configured_pod_that_is_gone_is_exit_3(desk: Desk):
    told = desk("show", "big-brain")
    assert told.code == 3
    assert told.err.startswith("bbtui: RunPod knows no such pod (HTTP 404)")
