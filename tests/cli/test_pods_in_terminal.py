"""bbtui pods in a terminal, and between runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.pods_command import BIG
from tests.cli.program import Program
from tests.cli.terminal import in_terminal
from tests.fakes.runpod import KEY, FakeRunPod
from tests.fakes.runpod_failures import PAGE


@pytest.fixture
def cloud(program: Program) -> Iterator[FakeRunPod]:
    """Yield an account with one pod, and a configuration that names it."""
    with FakeRunPod() as cloud:
        cloud.add(BIG)
        path = program.home / "bbtui.toml"
        path.write_text(
            '[[endpoints]]\nname = "big-brain"\nmodel = "m"\nurl = "https://x.example"\n'
            f'[endpoints.pod]\nprovider = "runpod"\nid = "{BIG}"\napi_url = "{cloud.url}"\n',
            encoding="utf-8",
        )
        program.environ |= {"BBTUI_CONFIG": str(path), "RUNPOD_API_KEY": KEY}
        yield cloud


def test_start_asks_for_confirmation_in_a_terminal(program: Program, cloud: FakeRunPod):
    with in_terminal(program, "pods", "start") as terminal:
        terminal.shows("start big-brain (NVIDIA L40S, price unknown until it runs)? [y/N]")
        assert cloud.actions == []
        terminal.press("y\n")
        terminal.shows("big-brain: start accepted, provisioning")
        assert terminal.ended() == 0
    assert cloud.status(BIG) == "PROVISIONING"


def test_last_price_is_kept_between_runs(program: Program, cloud: FakeRunPod):
    assert program("pods", "start", "--yes").code == 0
    assert program("pods", "stop", "--yes").code == 0
    assert "$0.79/h when it last ran" in program("pods", "show").out


@pytest.mark.usefixtures("new_interpreter")
def test_interrupted_wait_does_not_stop_the_pod(program: Program, cloud: FakeRunPod):
    with in_terminal(program, "pods", "start", "--yes", "--wait") as terminal:
        terminal.shows("start accepted")
        terminal.press("\x03")
        assert terminal.ended() == 130
        assert "stopped waiting; the pod continues. Check: bbtui pods show" in terminal.text
    assert cloud.actions == ["start"]


def test_pod_key_is_in_no_output_and_no_file(program: Program, cloud: FakeRunPod):
    cloud.next(PAGE)
    ended = [program("pods"), program("pods", "start", "--yes"), program("config", "show")]
    assert [ended.code for ended in ended] == [3, 0, 0]
    assert KEY not in "".join(ended.out + ended.err for ended in ended)
    files = [path for path in program.home.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
