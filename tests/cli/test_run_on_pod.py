"""`bbtui run --no-tui` with an endpoint on a pod that is stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bbtui.cli.headless import pods_that_are_off
from bbtui.clients.ports import PodBinding
from bbtui.domain.pod import Pod
from bbtui.engine.comparison import Comparison
from bbtui.errors import PodError, PodFailure
from tests.cli.ollama import Ollama
from tests.cli.program import Program
from tests.fakes import BIG, MemoryStore, make_connection, make_session
from tests.fakes.pods import STOPPED, StillControl
from tests.fakes.runpod import KEY, FakeRunPod
from tests.waiting import wait_until

POD = "7h9k2m4n6p"


@pytest.fixture
def cloud() -> Iterator[FakeRunPod]:
    with FakeRunPod() as cloud:
        cloud.add(POD)
        yield cloud


def test_stopped_pod_is_named_before_the_run(
    program: Program, cloud: FakeRunPod, closed_port_url: str
) -> None:
    with Ollama() as ollama:
        path = program.configure(local=ollama.url, big=closed_port_url)
        table = f'[endpoints.pod]\nprovider = "runpod"\nid = "{POD}"\napi_url = "{cloud.url}"\n'
        path.write_text(path.read_text("utf-8") + table, "utf-8")
        program.environ["RUNPOD_API_KEY"] = KEY
        ended = program(
            "run", "--no-tui", "Say so.", "--wait", "0", "--report", "r.md", "--json", "s.json"
        )
        assert ollama.prompts == ["Say so."]
    assert ended.code == 3
    expected = "big: the pod is stopped; start it: bbtui pods start big"
    assert expected in ended.err
    assert ended.err.index(expected) < ended.err.index("answered")
    report = (program.here / "r.md").read_text("utf-8")
    assert "**UNAVAILABLE** — the pod is stopped" in report
    assert "bbtui pods start big" in report
    saved = (program.here / "s.json").read_text("utf-8")
    seen = json.loads(saved)["seen"]["big"]
    assert seen["pod"] == {"machine": "NVIDIA L40S", "price": None, "up_s": 0, "same_as": ""}
    everything = [ended.out, ended.err, report, saved]
    files = [one.read_bytes() for one in Path(program.home).rglob("*") if one.is_file()]
    assert not any(KEY in text or POD in text for text in everything)
    secret, configured = KEY.encode(), path.read_bytes()
    assert not any(secret in file for file in files if file != configured)
    assert cloud.actions == []


class Refusing(StillControl):
    """A provider that answers the first request, and fails every later one."""

    def __init__(self, pod: Pod, failure: PodFailure) -> None:
        super().__init__(pod)
        self._failure, self._shown = failure, False

    def pod(self, pod_id: str) -> Pod:
        if self._shown:
            raise PodError("no request is allowed", "wait", self._failure)
        self._shown = True
        return super().pod(pod_id)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        ("limited", f"{BIG}: the pod is stopped; start it: bbtui pods start {BIG}"),
        ("broken", f"{BIG}: pod state unknown: no request is allowed; wait"),
    ],
)
def test_stopped_pod_is_named_when_the_next_check_fails(failure: PodFailure, expected: str) -> None:
    control = Refusing(STOPPED, failure)
    link = replace(make_connection(BIG), pod=PodBinding(STOPPED.id, "account", lambda: control))
    comparison = Comparison(make_session(endpoints=[link.endpoint]), [link], MemoryStore())
    pods = comparison.hosts.pods
    pods.start(lambda: None)
    try:
        wait_until(lambda: pods.last_check(BIG).pod)
        pods.check_soon()
        wait_until(lambda: pods.last_check(BIG).check_error)
        assert pods_that_are_off(comparison.snapshot()) == [expected]
    finally:
        comparison.close()
