"""bbtui pods as a user types it: in a process of its own, and in a real terminal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.program import Program
from tests.cli.terminal import in_terminal
from tests.cli.workspace import BIG
from tests.fakes.runpod import KEY, FakeRunPod
from tests.fakes.runpod_troubles import PAGE


@pytest.fixture
def cloud(program: Program) -> Iterator[FakeRunPod]:
    """An account with one pod, and a configuration that names it."""
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


def test_the_list(program: Program, cloud: FakeRunPod):
    ended = program("pods")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[1].split()[:4] == ["big-brain", "ollama-box", BIG, "stopped"]


def test_a_start_is_asked_for_in_a_terminal(program: Program, cloud: FakeRunPod):
    with in_terminal(program, "pods", "start") as terminal:
        terminal.shows("start big-brain (NVIDIA L40S, price unknown until it runs)? [y/N]")
        assert cloud.actions == []
        terminal.press("y\n")
        terminal.shows("big-brain: start accepted, provisioning")
        assert terminal.ended() == 0
    assert cloud.status(BIG) == "PROVISIONING"


def test_without_a_terminal_a_yes_is_needed(program: Program, cloud: FakeRunPod):
    ended = program("pods", "start", "big-brain", stdin="y\n")
    assert ended.code == 2
    assert "this is not a terminal\nuse --yes to start without confirmation" in ended.err
    assert cloud.actions == []


def test_the_last_price_is_known_in_the_next_run(program: Program, cloud: FakeRunPod):
    assert program("pods", "start", "--yes").code == 0
    assert program("pods", "stop", "--yes").code == 0
    assert "$0.79/h when it last ran" in program("pods", "show").out


def test_a_wait_that_is_interrupted_leaves_the_pod_going(program: Program, cloud: FakeRunPod):
    with in_terminal(program, "pods", "start", "--yes", "--wait") as terminal:
        terminal.shows("start accepted")
        terminal.press("\x03")
        assert terminal.ended() == 130
        assert "stopped waiting; the pod continues. Check: bbtui pods show" in terminal.text
    assert cloud.actions == ["start"]


def test_the_key_is_in_nothing_that_is_written(program: Program, cloud: FakeRunPod):
    cloud.next(PAGE)
    told = [program("pods"), program("pods", "start", "--yes"), program("config", "show")]
    assert [ended.code for ended in told] == [3, 0, 0]
    assert KEY not in "".join(ended.out + ended.err for ended in told)
    files = [path for path in program.home.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


@pytest.mark.parametrize("words", [(), ("list",), ("show",), ("start",), ("stop",)])
def test_help(program: Program, words: tuple[str, ...]):
    ended = program("pods", *words, "-h")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"usage: {' '.join(('bbtui', 'pods', *words))}")
