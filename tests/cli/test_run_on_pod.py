"""`bbtui run --no-tui` with an endpoint on a pod that is stopped."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbtui.cli.headless import pods_that_are_off
from bbtui.clients.ports import PodBinding
from bbtui.domain.pod import Pod
from bbtui.engine.comparison import Comparison
from bbtui.errors import PodError, PodFailure
from tests.cli.ollama import CHAT, FAILED, WHOLE, Ollama, end, word
from tests.cli.program import LIMIT_S, Program, line_with
from tests.fakes import BIG, MemoryStore, make_connection, make_session
from tests.fakes.pods import STOPPED, StillControl
from tests.fakes.runpod import KEY, FakeRunPod
from tests.fakes.runpod_failures import NO_GPU
from tests.loopback import SILENT, Wait, ndjson
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


@pytest.fixture
def fast_cloud() -> Iterator[FakeRunPod]:
    """Yield a provider whose pods start in less than a second."""
    with FakeRunPod(clock=lambda: time.monotonic() * 100) as cloud:
        cloud.add(POD)
        yield cloud


def configure(program: Program, cloud: FakeRunPod, server: str, **others: str) -> None:
    """Configure an endpoint `big` on the pod, whose server is at this address."""
    path = program.configure(**others, big=server)
    table = f'[endpoints.pod]\nprovider = "runpod"\nid = "{POD}"\napi_url = "{cloud.url}"\n'
    path.write_text(path.read_text("utf-8") + table, "utf-8")
    program.environ["RUNPOD_API_KEY"] = KEY


def test_pods_are_started_for_the_run_and_stopped_after_it(
    program: Program, fast_cloud: FakeRunPod, ollama: Ollama
) -> None:
    configure(program, fast_cloud, ollama.url, local=ollama.url)
    ended = program("run", "--no-tui", "--start-pods", "--stop-pods", "Say so.")
    assert ended.code == 0, ended.err
    assert fast_cloud.actions == ["start", "stop"]
    assert fast_cloud.status(POD) == "EXITED"
    assert len(ollama.prompts) == 2
    steps = [
        "big: starting the pod (NVIDIA L40S, price unknown until it runs)",
        "big    prompt-1  done",
        "big: stopping the pod",
        "big: stop accepted, stopped",
        "#1 saved: 2 of 2 answered",
    ]
    assert all(step in ended.err for step in steps), ended.err
    found = [ended.err.index(step) for step in steps]
    assert found == sorted(found)


def test_pod_is_stopped_when_the_run_is_interrupted(
    program: Program, fast_cloud: FakeRunPod, ollama: Ollama
) -> None:
    configure(program, fast_cloud, ollama.url)
    ollama.answer(ndjson(word("All "), SILENT))
    process = program.start("run", "--no-tui", "--start-pods", "--stop-pods", "Say so.")
    ollama.wait_for(CHAT)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 130
    assert fast_cloud.actions == ["start", "stop"]
    assert "big: stop accepted, stopped" in err
    assert "interrupted; #1 is saved" in err


def test_pod_that_is_still_starting_is_stopped_once_it_may_be(
    program: Program, cloud: FakeRunPod, closed_port_url: str
) -> None:
    configure(program, cloud, closed_port_url)
    process = program.start("run", "--no-tui", "--start-pods", "--stop-pods", "Say so.")
    assert process.stderr
    line_with(process.stderr, "big: the pod is provisioning")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 130
    assert cloud.actions == ["start", "stop"]
    assert "big: stop accepted" in err


def test_pod_that_runs_already_is_left_running(
    program: Program, cloud: FakeRunPod, ollama: Ollama
) -> None:
    cloud.add(POD, running=True)
    configure(program, cloud, ollama.url)
    ended = program("run", "--no-tui", "--start-pods", "--stop-pods", "Say so.")
    assert ended.code == 0, ended.err
    assert cloud.actions == []
    assert "1 answer on Big at $0.79/h: no answer yet to estimate the time from" in ended.err


def test_rerun_on_a_pod_is_estimated_from_the_answers_of_the_session(
    program: Program, cloud: FakeRunPod, ollama: Ollama
) -> None:
    cloud.add(POD, running=True)
    configure(program, cloud, ollama.url)
    ollama.answer(WHOLE, FAILED, WHOLE)
    program("run", "--no-tui", "--tasks", program.tasks("one", "two"))
    ended = program("run", "--no-tui", "--resume", "1", "--retry-errors")
    assert re.search(r"^1 answer on Big: about 0 s, <\$0\.0001$", ended.err, re.MULTILINE)


def test_pod_that_cannot_be_stopped_is_exit_3_with_the_command(
    program: Program, fast_cloud: FakeRunPod, ollama: Ollama
) -> None:
    configure(program, fast_cloud, ollama.url)
    ollama.answer(ndjson(word("All "), Wait(more := threading.Event()), word("is well."), end()))
    process = program.start("run", "--no-tui", "--start-pods", "--stop-pods", "Say so.")
    ollama.wait_for(CHAT)
    fast_cloud.key = "another key"
    more.set()
    _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 3
    assert "big: THE POD WAS NOT STOPPED and may be billed: " in err
    assert "; stop it: bbtui pods stop big" in err


def test_pod_whose_start_is_refused_leaves_its_answers_missing(
    program: Program, fast_cloud: FakeRunPod, ollama: Ollama
) -> None:
    configure(program, fast_cloud, ollama.url)
    fast_cloud.next(NO_GPU)
    ended = program("run", "--no-tui", "--start-pods", "--stop-pods", "Say so.")
    assert ended.code == 3
    assert ollama.prompts == []
    assert "There are not enough free GPUs" in ended.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--stop-pods", "Hi"), "--stop-pods needs --start-pods"),
    ],
)
def test_unusable_pod_options_are_refused(
    program: Program, ollama: Ollama, words: tuple[str, ...], sentence: str
) -> None:
    program.configure(local=ollama.url)
    ended = program("run", "--no-tui", *words)
    assert ended.code == 2
    assert sentence in ended.err


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
    link = make_connection(BIG)._replace(pod=PodBinding(STOPPED.id, "account", lambda: control))
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
