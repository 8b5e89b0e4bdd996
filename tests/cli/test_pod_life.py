"""A pod's whole life in a real terminal, from stopped to stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.ollama import Ollama
from tests.cli.program import Program
from tests.cli.terminal import in_terminal
from tests.fakes.proxy import CHAT, HOST, POD_ID, PodProxy
from tests.fakes.runpod import KEY, FakeRunPod
from tests.fakes.runpod_failures import NO_GPU
from tests.ui.pods import MODEL, FakePod

LAUNCHER = ("tests.cli.conditions", f"here={HOST}")
RENTED = f"""
[[endpoints]]
name = "big-brain"
label = "Big Brain"
url = "{{url}}"
model = "{MODEL}"
ca = "{{ca}}"
[endpoints.pod]
provider = "runpod"
id = "{POD_ID}"
api_url = "{{api}}"
"""


@pytest.fixture
def rent(tmp_path: Path) -> Iterator[FakePod]:
    """Yield an account with one pod, which is stopped."""
    with FakeRunPod() as cloud, PodProxy(tmp_path) as proxy:
        cloud.add(POD_ID)
        rent = FakePod(cloud, proxy, {"RUNPOD_API_KEY": KEY})
        rent.off()
        yield rent


@pytest.fixture
def program(program: Program, ollama: Ollama, rent: FakePod) -> Program:
    """Return the pod's endpoint beside one that answers at once."""
    path = program.configure(local=ollama.url)
    table = RENTED.format(url=rent.proxy.url, ca=rent.proxy.ca, api=rent.cloud.url)
    path.write_text(table + path.read_text("utf-8"), "utf-8")
    program.environ |= rent.environ
    return program


def test_pod_is_started_used_and_stopped_from_the_screen(program: Program, rent: FakePod) -> None:
    words = ("run", "--tasks", program.tasks("one"))
    with in_terminal(program, *words, launcher=LAUNCHER) as terminal:
        terminal.shows("○ pod is stopped · s starts it")
        rent.cloud.next(NO_GPU)
        terminal.press("s")
        terminal.shows("Big Brain's pod: ollama-box")
        terminal.shows("y start the pod (price unknown until it runs)   esc cancel")
        terminal.press("y")
        terminal.shows("RunPod did not start the pod (HTTP 400)")
        terminal.shows("… s shows all")
        assert rent.cloud.actions == ["start"]

        terminal.press("s")
        terminal.shows("y start the pod")
        terminal.press("y")
        terminal.shows("◔ provisioning ")
        rent.boots()
        rent.cloud.advance(60)
        terminal.shows("◐ booting ")
        terminal.shows("L40S  $0.79/h")
        assert not rent.proxy.requests_to(CHAT)
        rent.serves(there=False)
        terminal.shows("have the model gemma3:27b")

        terminal.press("m")
        terminal.shows("not on this server · enter pulls it")
        terminal.press("\r")
        terminal.shows("pull gemma3:27b to Big Brain? 16.0 GB")
        rent.serves()
        terminal.press("y")
        terminal.shows("pulling gemma3:27b: done")
        terminal.press("m")
        terminal.shows("● ready  L40S  $0.79/h  up ")
        terminal.shows("All is well.")
        terminal.shows("✓ done")

        terminal.press("q")
        terminal.shows("Big Brain's pod is running and billing: $0.79/h, up ")
        terminal.shows("so far")
        terminal.press("x")
        assert terminal.ended() == 0
        assert b"#1 saved: " in terminal.raw
    assert rent.cloud.actions == ["start", "start", "stop"]
    assert rent.cloud.status(POD_ID) == "EXITED"
    with in_terminal(program, launcher=LAUNCHER) as terminal:
        terminal.shows("○ pod is stopped · s starts it")
        terminal.shows("L40S  $0.79/h when it last ran")
        terminal.press("q")
        assert terminal.ended() == 0
    assert [one["text"] for one in program.session("1")["answers"]] == ["All is well."]
