"""`bbtui doctor`: steps, causes and fixes, also for endpoints on pods."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from bbtui.__main__ import main
from bbtui.cli import doctor
from bbtui.cli.doctor import examine_all, subject_of
from bbtui.cli.launch import Launch
from bbtui.cli.tui import SessionSwitcher, build_workspace
from bbtui.clients.doctor.run import Subject
from bbtui.clients.http.peer import Peer
from bbtui.config.endpoints import PROVIDERS
from bbtui.config.settings import EndpointSettings, PodSettings, Settings
from bbtui.domain.diagnosis import Diagnosis, Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import HopState, Step, completed
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem
from bbtui.engine.comparison import Comparison
from bbtui.locations import Locations
from bbtui.store.sessions import SessionStore
from tests.cli.command import make_context
from tests.cli.ollama import Ollama
from tests.cli.program import Program
from tests.cli.terminal import in_terminal
from tests.fakes import make_session
from tests.fakes.pods import RUNNING
from tests.fakes.proxy import PodProxy
from tests.fakes.runpod import KEY, FakeRunPod
from tests.loopback import Loopback
from tests.waiting import wait_until

HOPS = (
    *("name", "tcp", "tls", "proxy", "pod", "server", "version", "model"),
    *("loaded", "gpu", "context", "round trip"),
)
SHOWN = (
    *("DNS", "TCP", "TLS", "proxy", "pod", "server", "version", "model"),
    *("loaded", "GPU", "context", "round trip"),
)


def blocks(text: str) -> dict[str, list[str]]:
    """Return the lines of each endpoint's block, by its name."""
    found = (block.splitlines() for block in text.strip().split("\n\n"))
    return {lines[0].split()[0]: lines for lines in found}


def marks(lines: list[str]) -> dict[str, str]:
    """Return the mark of each hop."""
    found = (re.match(r"  ([✓✗·]) ([A-Za-z]+(?: trip)?)", line) for line in lines)
    return {match[2]: match[1] for match in found if match}


def test_endpoints_that_can_answer_pass_every_step(program: Program, ollama: Ollama) -> None:
    program.configure(one=ollama.url, two=ollama.url)
    ended = program("doctor")
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    found = blocks(ended.out)
    assert list(found) == ["one", "two"]
    for name, lines in found.items():
        assert lines[0] == f"{name}  can answer  gemma3:1b at {ollama.url}"
        assert tuple(marks(lines)) == SHOWN
        assert "✗" not in marks(lines).values()
        assert re.fullmatch(r"  ✓ round trip  median of 3, [\d.]+ ms", lines[-1])
    assert "  ✓ version     Ollama 0.33.0" in found["one"]


def test_unreachable_endpoint_has_cause_and_fix(
    program: Program, ollama: Ollama, closed_port_url: str
) -> None:
    program.configure(big=closed_port_url, local=ollama.url)
    ended = program("doctor")
    assert ended.code == 3
    found = blocks(ended.out)
    assert found["local"][0].startswith("local  can answer")
    lines = found["big"]
    at = closed_port_url.removeprefix("http://")
    assert lines[0] == f"big  cannot answer  gemma3:1b at {closed_port_url}"
    assert lines[2:5] == [
        "  ✗ TCP",
        f"      cause: nothing listens at {at} (connection refused)",
        "      fix:   start the server here (for Ollama: ollama serve), or correct the endpoint's "
        "url",
    ]
    assert marks(lines)["server"] == "·"
    assert lines[-1] == "  · round trip  not reached"
    assert program("doctor", "-e", "local").code == 0
    assert list(blocks(program("doctor", "-e", "local").out)) == ["local"]


def test_doctor_and_run_give_the_same_cause_and_fix(program: Program, closed_port_url: str) -> None:
    program.configure(big=closed_port_url)
    program.tasks("one")
    tasks = program.home / "tasks.toml"
    ran = program("run", "--no-tui", "--tasks", tasks, "--wait", "0", "--json", "-")
    seen = json.loads(ran.out)["seen"]["big"]
    (one,) = json.loads(program("doctor", "--json").out)
    assert (seen["words"], seen["hint"]) == (
        one["diagnosis"]["cause"],
        one["diagnosis"]["fix"],
    )


def test_doctor_and_screen_give_the_same_cause_and_fix(
    program: Program, closed_port_url: str
) -> None:
    program.configure(big=closed_port_url)
    (one,) = json.loads(program("doctor", "--json").out)
    with in_terminal(program) as terminal:
        terminal.shows("run")
        terminal.press("d")
        terminal.shows("the endpoint cannot answer")
        # A long line is wrapped.
        assert f"cause: {one['diagnosis']['cause']}" in terminal.text
        assert f"fix:   {one['diagnosis']['fix'][:60]}" in terminal.text
        terminal.press("\x1b")
        wait_until(lambda: "the endpoint cannot answer" not in terminal.text)
        terminal.press("\x11")
        assert terminal.ended() == 0


@pytest.mark.parametrize(("variable", "colour"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_doctor_in_a_terminal_erases_its_progress(
    program: Program, ollama: Ollama, variable: dict[str, str], colour: bool
) -> None:
    program.configure(local=ollama.url)
    program.environ.update(variable)
    with in_terminal(program, "doctor") as terminal:
        assert terminal.ended() == 0
    assert "round trip  median of 3" in terminal.text
    assert "checking" not in terminal.text
    assert (b"\x1b[32m" in terminal.raw) is colour


def test_json_has_every_step_and_the_diagnosis(
    program: Program, ollama: Ollama, closed_port_url: str
) -> None:
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


def test_unset_key_of_one_endpoint_does_not_hide_the_others(
    program: Program, ollama: Ollama
) -> None:
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
    assert "      fix:   export BIG_AUTH=… and restart" in found["big"]


def test_doctor_without_a_configured_endpoint_is_a_usage_error(program: Program) -> None:
    ended = program("doctor")
    assert (ended.code, ended.out) == (2, "")
    assert "no configuration yet" in ended.err
    program.configure(local="http://127.0.0.1:9")
    ended = program("doctor", "-e", "locl")
    assert ended.code == 2
    assert "local" in ended.err


def test_relative_ca_is_resolved_beside_the_configuration(
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


def test_pod_step_is_open_without_a_provider_key(
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
        "  · pod         unknown: the environment variable RUNPOD_API_KEY with RunPod's key is "
        "not set"
    ) in lines
    assert any(line.startswith("      fix:   export RUNPOD_API_KEY=… and") for line in lines)
    assert "abc123xyz" not in out


def test_rejected_provider_key_is_the_cause_and_a_new_key_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fix is another key: whether the pod is stopped is not known."""
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
        assert "rejected the key in RUNPOD_API_KEY (HTTP 401)" in one["diagnosis"]["cause"]
        assert one["diagnosis"]["fix"].startswith(
            "it is invalid, expired or revoked: create one in"
        )
        proxy.serves("gemma3:27b")
        assert main(["doctor", "--json", "-c", str(config)]) == 0
        (one,) = json.loads(capsys.readouterr().out)
    (pod,) = (hop for hop in one["hops"] if hop["hop"] == "pod")
    assert pod["state"] == "open"
    assert "rejected the key in RUNPOD_API_KEY (HTTP 401)" in pod["detail"]
    assert pod["fix"].startswith("it is invalid, expired or revoked: create one in")


def test_local_server_is_on_the_pod_that_bbtui_runs_on(
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


def test_second_failed_step_has_its_detail_only() -> None:
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
    assert "  ✓ TCP         10.0.0.2:11434, 12 ms" in lines
    assert lines[-5:-1] == [
        "  ✗ GPU",
        "      cause: only 43 % of gemma3:27b is on the GPU",
        "      fix:   free memory",
        "  ✗ context     a context of 4,096 tokens",
    ]


@pytest.mark.parametrize(
    ("environ", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_follows_terminal_and_environment(environ: dict[str, str], colour: bool) -> None:
    assert doctor.wants_colour(Screen(), environ) is colour
    assert doctor.wants_colour(io.StringIO(), environ) is False
    lines = doctor.lines_of(completed(ENDPOINT, [], None), colour=colour)
    assert any("\x1b[" in line for line in lines) is colour


def subject(name: str, url: str, pod: Callable[[], Pod] | None = None) -> Subject:
    return Subject(Endpoint(name, name, "gemma3:1b", "ollama", url), Peer(url), pod=pod)


def test_endpoints_are_examined_in_parallel(ollama: Ollama) -> None:
    """The first waits for the second to have begun: one after the other would never end."""
    with Loopback() as second:

        def look() -> Pod:
            second.wait_for("GET /api/version")
            return RUNNING

        found = examine_all([subject("one", ollama.url, look), subject("two", second.url)])
    assert [one.endpoint.name for one in found] == ["one", "two"]
    assert [one.can_answer for one in found] == [True, False]


def test_crash_ends_one_examination_only(ollama: Ollama) -> None:
    def broken() -> Pod:
        raise KeyError("status")

    crashed, other = examine_all([subject("one", ollama.url, broken), subject("two", ollama.url)])
    assert other.can_answer
    assert not crashed.can_answer
    assert crashed.diagnosis is not None
    assert crashed.diagnosis.problem.cause == (
        "internal error while diagnosing this endpoint: KeyError('status')"
    )
    assert crashed.diagnosis.problem.fix.startswith("a bug in bbtui (clients/")


def test_screen_and_doctor_report_a_crash_alike(ollama: Ollama, tmp_path: Path) -> None:
    def broken(_: PodSettings) -> NoReturn:
        raise KeyError("status")

    pod = PodSettings("runpod", "abc123", "env:RUNPOD_API_KEY", "https://x.example")
    own = EndpointSettings("one", "one", ollama.url, "gemma3:1b", pod=pod)
    settings = Settings(endpoints=(own,))
    folders = (tmp_path / name for name in ("config", "data", "cache", "state"))
    context = make_context(Locations(*folders), terminal=True, pod_control=broken)
    with SessionStore.open(tmp_path / "sessions.db") as store:
        session = make_session(endpoints=[own.value()])
        comparison = Comparison(session, [], store)
        launch = Launch(comparison, store, lambda _: comparison, settings)
        examine = build_workspace(SessionSwitcher(launch), context).examine
        assert examine is not None
        on_screen = examine(own.value(), lambda _: None)
        comparison.close()
    (in_doctor,) = examine_all([subject_of(own, context, session.options.num_ctx)])
    assert on_screen.diagnosis is not None
    assert "internal error while diagnosing this endpoint" in on_screen.diagnosis.problem.cause
    assert on_screen == in_doctor
