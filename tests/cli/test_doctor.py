"""`bbtui doctor` as typed, and its words for endpoints with pods."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from bbtui.__main__ import main
from bbtui.cli import doctor
from bbtui.config.endpoints import PROVIDERS
from bbtui.domain.diagnosis import Diagnosis, Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import HopState, Step, completed
from bbtui.domain.problem import Problem
from tests.cli.ollama import Ollama
from tests.cli.program import Program
from tests.cli.terminal import in_terminal
from tests.fakes.proxy import PodProxy
from tests.fakes.runpod import KEY, FakeRunPod
from tests.waiting import wait_until

HOPS = (
    *("name", "tcp", "tls", "proxy", "pod", "server", "version", "model"),
    *("loaded", "gpu", "context", "round trip"),
)


def blocks(text: str) -> dict[str, list[str]]:
    """The lines of each endpoint's block, by its name."""
    found = (block.splitlines() for block in text.strip().split("\n\n"))
    return {lines[0].split()[0]: lines for lines in found}


def marks(lines: list[str]) -> dict[str, str]:
    """The mark of each hop."""
    found = (re.match(r"  ([✓✗·]) ([a-z]+(?: trip)?)", line) for line in lines)
    return {match[2]: match[1] for match in found if match}


def test_all_can_answer(program: Program, ollama: Ollama) -> None:
    program.configure(one=ollama.url, two=ollama.url)
    ended = program("doctor")
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    found = blocks(ended.out)
    assert list(found) == ["one", "two"]
    for name, lines in found.items():
        assert lines[0] == f"{name}  can answer  gemma3:1b at {ollama.url}"
        assert tuple(marks(lines)) == HOPS
        assert "✗" not in marks(lines).values()
        assert re.fullmatch(r"  ✓ round trip  median of 3, [\d.]+ ms", lines[-1])
    assert "  ✓ version     Ollama 0.33.0" in found["one"]


def test_one_cannot(program: Program, ollama: Ollama, closed_port_url: str) -> None:
    program.configure(big=closed_port_url, local=ollama.url)
    ended = program("doctor")
    assert ended.code == 3
    found = blocks(ended.out)
    assert found["local"][0].startswith("local  can answer")
    lines = found["big"]
    at = closed_port_url.removeprefix("http://")
    assert lines[0] == f"big  cannot answer  gemma3:1b at {closed_port_url}"
    assert lines[2:5] == [
        "  ✗ tcp",
        f"      cause: nothing listens at {at} (connection refused)",
        "      fix:   start the server here (for Ollama: ollama serve), or correct the endpoint's "
        "url",
    ]
    assert marks(lines)["server"] == "·"
    assert lines[-1] == "  · round trip  not reached"
    assert program("doctor", "-e", "local").code == 0
    assert list(blocks(program("doctor", "-e", "local").out)) == ["local"]


def test_the_words_are_those_of_the_run(program: Program, closed_port_url: str) -> None:
    program.configure(big=closed_port_url)
    program.tasks("one")
    ran = program("run", "--no-tui", "--tasks", program.home / "tasks.toml", "--json", "-")
    answer = json.loads(ran.out)["answers"][0]
    (one,) = json.loads(program("doctor", "--json").out)
    assert (answer["cause"], answer["hint"]) == (
        one["diagnosis"]["cause"],
        one["diagnosis"]["fix"],
    )


def test_the_words_are_those_of_the_screen(program: Program, closed_port_url: str) -> None:
    program.configure(big=closed_port_url)
    (one,) = json.loads(program("doctor", "--json").out)
    with in_terminal(program) as terminal:
        terminal.shows("run")
        terminal.press("d")
        terminal.shows("it cannot answer")
        # The last words of a long line may stand on the next one.
        assert f"cause: {one['diagnosis']['cause']}" in terminal.text
        assert f"fix:   {one['diagnosis']['fix'][:60]}" in terminal.text
        terminal.press("\x1b")
        wait_until(lambda: "it cannot answer" not in terminal.text)
        terminal.press("\x11")
        assert terminal.ended() == 0


@pytest.mark.parametrize(("variable", "colour"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_in_a_terminal(
    program: Program, ollama: Ollama, variable: dict[str, str], colour: bool
) -> None:
    program.configure(local=ollama.url)
    program.environ.update(variable)
    with in_terminal(program, "doctor") as terminal:
        assert terminal.ended() == 0
    assert "round trip  median of 3" in terminal.text
    assert "checking" not in terminal.text
    assert (b"\x1b[32m" in terminal.raw) is colour


def test_json(program: Program, ollama: Ollama, closed_port_url: str) -> None:
    program.configure(big=closed_port_url, local=ollama.url)
    ended = program("doctor", "--json")
    assert ended.code == 3
    big, local = json.loads(ended.out)
    assert (big["endpoint"], big["can_answer"]) == ("big", False)
    assert set(big["diagnosis"]) == {"hop", "cause", "fix"}
    assert big["diagnosis"]["hop"] == "tcp"
    assert (local["endpoint"], local["can_answer"], local["diagnosis"]) == ("local", True, None)
    for one in (big, local):
        assert tuple(hop["hop"] for hop in one["hops"]) == HOPS
        assert all(set(hop) == {"hop", "state", "detail", "ms", "fix"} for hop in one["hops"])
    assert local["hops"][-1]["state"] == "passed"
    assert local["hops"][-1]["ms"] > 0


def test_a_key_that_is_not_set(program: Program, ollama: Ollama) -> None:
    """One endpoint that nothing can be sent to does not hide the others."""
    config = program.configure(local=ollama.url, big=ollama.url)
    with config.open("a") as file:
        file.write('headers = { Authorization = "env:BIG_AUTH" }\n')
    ended = program("doctor")
    assert ended.code == 3
    found = blocks(ended.out)
    assert found["local"][0].startswith("local  can answer")
    assert marks(found["big"])["server"] == "✗"
    assert "the environment variable BIG_AUTH, the value of its header Authorization," in ended.out
    assert "      fix:   export BIG_AUTH=… and start again" in found["big"]


def test_without_a_configuration(program: Program) -> None:
    ended = program("doctor")
    assert (ended.code, ended.out) == (2, "")
    assert "nothing is configured yet" in ended.err
    program.configure(local="http://127.0.0.1:9")
    ended = program("doctor", "-e", "locl")
    assert ended.code == 2
    assert "local" in ended.err


def test_an_own_authority_is_found_beside_the_configuration(
    program: Program, tmp_path: Path, ollama: Ollama
) -> None:
    config = program.configure(local=ollama.url.replace("http:", "https:"))
    with config.open("a") as file:
        file.write('ca = "own.pem"\n')
    ended = program("doctor")
    assert ended.code == 3
    missing = config.parent / "own.pem"
    assert f"cause: the endpoint's ca cannot be used: {missing}: No such file" in ended.out


POD = """
[[endpoints]]
name = "big"
model = "gemma3:27b"
url = "{url}"
ca = "{ca}"
[endpoints.pod]
provider = "runpod"
id = "abc123xyz"
"""


def test_a_pod_without_a_key_for_its_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The chat does not need the key; the pod's state is just not known."""
    # The program's own start changes how this process takes signals.
    monkeypatch.setattr("bbtui.__main__._prepare", lambda: None)
    with PodProxy(tmp_path) as proxy:
        proxy.resolving(monkeypatch)
        proxy.serves("gemma3:27b")
        config = tmp_path / "c.toml"
        config.write_text(POD.format(url=proxy.url, ca=proxy.ca))
        code = main(["doctor", "-c", str(config)])
    out = capsys.readouterr().out
    lines = blocks(out)["big"]
    assert code == 0
    assert lines[0].endswith(f"gemma3:27b at https://{proxy.where}")
    assert (
        "  · pod         not known: the environment variable RUNPOD_API_KEY, which holds RunPod's "
        "key, is not set"
    ) in lines
    assert any(line.startswith("      fix:   export RUNPOD_API_KEY=… and") for line in lines)
    assert "abc123xyz" not in out


def test_a_pod_with_a_key_that_its_provider_does_not_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What helps is another key: whether the pod is to be started, nobody knows."""
    monkeypatch.setattr("bbtui.__main__._prepare", lambda: None)
    monkeypatch.setenv("RUNPOD_API_KEY", "expired")
    with PodProxy(tmp_path) as proxy, FakeRunPod() as cloud:
        proxy.resolving(monkeypatch)
        config = tmp_path / "c.toml"
        table = POD.format(url=proxy.url, ca=proxy.ca) + f'api_url = "{cloud.url}"\n'
        config.write_text(table)
        code = main(["doctor", "--json", "-c", str(config)])
        (one,) = json.loads(capsys.readouterr().out)
        assert code == 3
        assert one["diagnosis"]["hop"] == "pod"
        assert "does not accept the key in RUNPOD_API_KEY (HTTP 401)" in one["diagnosis"]["cause"]
        assert one["diagnosis"]["fix"].startswith("it is wrong, expired or revoked: make one in")
        proxy.serves("gemma3:27b")
        assert main(["doctor", "--json", "-c", str(config)]) == 0
        (one,) = json.loads(capsys.readouterr().out)
    (pod,) = (hop for hop in one["hops"] if hop["hop"] == "pod")
    assert pod["state"] == "open"
    assert "does not accept the key in RUNPOD_API_KEY (HTTP 401)" in pod["detail"]
    assert pod["fix"].startswith("it is wrong, expired or revoked: make one in")


def test_on_a_pod_the_server_beside_it_is_on_that_pod(
    tmp_path: Path,
    ollama: Ollama,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("bbtui.__main__._prepare", lambda: None)
    monkeypatch.setenv("RUNPOD_POD_ID", "7h9k2m4n6p")
    monkeypatch.setenv("RUNPOD_API_KEY", KEY)
    config = tmp_path / "c.toml"
    table = '[[endpoints]]\nname = "local"\nmodel = "gemma3:1b"\nurl = "{}"\n'
    config.write_text(table.format(ollama.url))
    with FakeRunPod() as cloud:
        cloud.add("7h9k2m4n6p", running=True)
        monkeypatch.setitem(PROVIDERS, "runpod", (cloud.url, "env:RUNPOD_API_KEY"))
        assert main(["doctor", "-c", str(config)]) == 0
    lines = blocks(capsys.readouterr().out)["local"]
    assert any(line.startswith("  ✓ pod         running, NVIDIA L40S") for line in lines)


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


ENDPOINT = Endpoint("big", "Big", "gemma3:27b", "ollama", "http://gpu-box:11434")


def test_two_things_that_are_not_as_they_should_be() -> None:
    """The first is explained; of the second there is the cause."""
    steps = [
        Step(Hop.GPU, HopState.FAILED, "only 43 % of gemma3:27b is on the GPU"),
        Step(Hop.CONTEXT, HopState.FAILED, "a context of 4,096 tokens"),
        Step(Hop.TCP, HopState.PASSED, "10.0.0.2:11434", 12.34),
    ]
    problem = Problem("only 43 % of gemma3:27b is on the GPU", "free memory")
    wrong = Diagnosis(Hop.GPU, problem, blocks=False)
    lines = doctor.lines_of(completed(ENDPOINT, steps, wrong), colour=False)
    assert lines[0] == "big  can answer  gemma3:27b at http://gpu-box:11434"
    assert "  ✓ tcp         10.0.0.2:11434, 12 ms" in lines
    assert lines[-5:-1] == [
        "  ✗ gpu",
        "      cause: only 43 % of gemma3:27b is on the GPU",
        "      fix:   free memory",
        "  ✗ context     a context of 4,096 tokens",
    ]


@pytest.mark.parametrize(
    ("environ", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_where_it_is_wanted(environ: dict[str, str], colour: bool) -> None:
    assert doctor.wants_colour(Screen(), environ) is colour
    assert doctor.wants_colour(io.StringIO(), environ) is False
    lines = doctor.lines_of(completed(ENDPOINT, [], None), colour=colour)
    assert any("\x1b[" in line for line in lines) is colour
