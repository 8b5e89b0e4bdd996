"""`bbtui run --no-tui` with an endpoint on a pod that is stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.ollama import Ollama
from tests.cli.program import Program
from tests.fakes.runpod import KEY, FakeRunPod

POD = "7h9k2m4n6p"


@pytest.fixture
def cloud() -> Iterator[FakeRunPod]:
    with FakeRunPod() as cloud:
        cloud.add(POD)
        yield cloud


def test_a_stopped_pod_is_told_before_the_run(
    bbtui: Program, cloud: FakeRunPod, nobody_listens: str
) -> None:
    with Ollama() as ollama:
        path = bbtui.configure(local=ollama.url, big=nobody_listens)
        table = f'[endpoints.pod]\nprovider = "runpod"\nid = "{POD}"\napi_url = "{cloud.url}"\n'
        path.write_text(path.read_text("utf-8") + table, "utf-8")
        bbtui.environ["RUNPOD_API_KEY"] = KEY
        ended = bbtui("run", "--no-tui", "Say so.", "--report", "r.md", "--json", "s.json")
        assert ollama.prompts == ["Say so."]
    assert ended.code == 3
    told = "big: the pod is stopped; start it: bbtui pods start big"
    assert told in ended.err
    assert ended.err.index(told) < ended.err.index("answered")
    report = (bbtui.here / "r.md").read_text("utf-8")
    assert "**UNAVAILABLE** — the pod is stopped" in report
    assert "bbtui pods start big" in report
    saved = (bbtui.here / "s.json").read_text("utf-8")
    seen = json.loads(saved)["seen"]["big"]
    assert seen["pod"] == {"machine": "NVIDIA L40S", "price": None, "up_s": 0, "same_as": ""}
    everything = [ended.out, ended.err, report, saved]
    files = [one.read_bytes() for one in Path(bbtui.home).rglob("*") if one.is_file()]
    assert not any(KEY in text or POD in text for text in everything)
    secret, configured = KEY.encode(), path.read_bytes()
    assert not any(secret in file for file in files if file != configured)
    assert cloud.actions == []
