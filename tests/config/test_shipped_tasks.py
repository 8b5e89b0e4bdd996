"""The shipped tasks: their expected answers pass their own checks, and their programs work."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import os
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bbtui.config.tasks import load_tasks
from bbtui.domain.check import code_blocks, run_check
from bbtui.domain.task import Task
from bbtui.locations import shipped

TASKS = {task.id: task for task in load_tasks(shipped("tasks.toml"))}


def parse_bash(code: str) -> str | None:
    done = subprocess.run(["bash", "-n"], input=code, capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else None


def program(task: Task) -> str:
    (code,) = (code for language, code in code_blocks(task.expected) if language == "python")
    return code


def test_four_tasks_are_shipped() -> None:
    assert list(TASKS) == ["gitea-webhook", "evennia-architecture", "idle-pods", "async-faults"]
    for task in TASKS.values():
        assert task.expected
        assert 4 <= len(task.rubric) <= 7
        assert len(task.checks) >= 4
        assert task.prompt == task.prompt.strip()


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_expected_answer_passes_its_own_checks(task: Task) -> None:
    results = [run_check(check, task.expected, parse_bash) for check in task.checks]
    assert [result.check.title for result in results if not result.passed] == []


#: The one mistake of each wrong answer, by the checks that find it: it passes all others.
MISTAKES = {
    "gitea-webhook": [
        ["mentions hmac.compare_digest in code", "no == on a signature"],
        ["the header X-Gitea-Signature"],
    ],
    "evennia-architecture": [["AMP between Portal and Server"], ["typeclasses as proxy models"]],
    "idle-pods": [["a lock against a second run"], ["a time limit on requests"]],
    "async-faults": [["looks at the status"], ["concurrent requests"]],
}


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_wrong_answer_fails_only_the_checks_of_its_mistake(task: Task) -> None:
    found = [
        [check.title for check in task.checks if not run_check(check, text, parse_bash).passed]
        for text in task.wrong
    ]
    assert found == MISTAKES[task.id]


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_prompt_itself_does_not_pass_for_an_answer(task: Task) -> None:
    assert not all(run_check(check, task.prompt, parse_bash).passed for check in task.checks)


@pytest.fixture
def webhook() -> types.ModuleType:
    module = types.ModuleType("webhook")
    sys.modules["webhook"] = module  # dataclasses look their module up there
    try:
        exec(program(TASKS["gitea-webhook"]), module.__dict__)
        yield module
    finally:
        del sys.modules["webhook"]


def signed(body: bytes, kind: str = "push") -> dict[str, str]:
    digest = hmac.new(b"sesame", body, hashlib.sha256).hexdigest()
    return {"X-GITEA-Signature": digest, "x-gitea-event": kind}


PUSH = {
    "repository": {"full_name": "me/bbtui"},
    "sender": {"login": "me"},
    "ref": "refs/heads/main",
    "commits": [{}, {}],
}


def test_webhook_answer_reads_a_signed_push(webhook: Any) -> None:
    body = json.dumps(PUSH).encode()
    event = webhook.parse_webhook(signed(body), body, "sesame")
    assert event == webhook.Event("push", "me/bbtui", "me", "refs/heads/main", 2)
    other = webhook.parse_webhook(signed(body, "issues"), body, "sesame")
    assert (other.kind, other.ref, other.commits) == ("issues", None, 0)


@pytest.mark.parametrize(
    ("body", "headers", "message"),
    [
        (b"{}", {"X-Gitea-Event": "push"}, "the header X-Gitea-Signature is missing"),
        (b"{}", signed(b"{ }"), "the signature does not match the body"),
        (b"{}", {"X-Gitea-Signature": "ü"}, "the signature does not match the body"),
        (b"nope", signed(b"nope"), "the body is not JSON"),
        (b"\xff", signed(b"\xff"), "the body is not JSON"),
        (b"[]", signed(b"[]"), "the body is not a JSON object"),
        (b"{}", signed(b"{}"), "repository.full_name is missing"),
        (b'{"repository": 3}', signed(b'{"repository": 3}'), "repository.full_name is missing"),
    ],
)
def test_webhook_answer_refuses(
    webhook: Any, body: bytes, headers: dict[str, str], message: str
) -> None:
    with pytest.raises(webhook.WebhookError, match=message):
        webhook.parse_webhook(headers, body, "sesame")


class Provider(http.server.ThreadingHTTPServer):
    """A pod provider and a webhook: its requests, and its replies."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.pods: list[dict[str, Any]] = []
        self.stopped: list[str] = []
        self.messages: list[str] = []
        self.refuses: dict[str, int] = {}


class Asked(http.server.BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        assert self.headers["Authorization"] == "Bearer k3y"
        self.say(200, {"pods": self.server.pods})

    def do_POST(self) -> None:
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/hook":
            assert "Authorization" not in self.headers
            self.server.messages.append(payload["text"])
            return self.say(200, {})
        pod = self.path.split("/")[2]
        assert (self.path, payload) == (f"/pods/{pod}/action", {"action": "stop"})
        if pod in self.server.refuses:
            return self.say(self.server.refuses[pod], {})
        self.server.stopped.append(pod)
        return self.say(200, {})

    def say(self, status: int, payload: object) -> None:
        body = json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def pod(name: str, util: int | None = 0, status: str = "RUNNING") -> dict[str, Any]:
    runtime = None if util is None else {"uptime": 9999, "gpus": [{"util": util}]}
    return {"id": name, "name": name, "status": status, "runtime": runtime}


class Cron:
    """Runs the expected program as cron would, its clock turned forward by hand."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.now = 1_000_000.0
        self.environ = {
            **os.environ,
            "POD_API": address,
            "POD_API_KEY": "k3y",
            "WEBHOOK_URL": f"{address}/hook",
            "XDG_STATE_HOME": str(folder / "state"),
            "NO_PROXY": "*",
        }

    def run(self, minutes: float = 0) -> subprocess.CompletedProcess[str]:
        self.now += minutes * 60
        clock = f"import time\ntime.time = lambda: {self.now}\n"
        path = self.folder / "idle-pods.py"
        path.write_text(clock + program(TASKS["idle-pods"]))
        return subprocess.run(
            [sys.executable, str(path)], env=self.environ, capture_output=True, text=True
        )


@pytest.fixture
def cron(tmp_path: Path, provider: Provider) -> Cron:
    return Cron(tmp_path, f"http://127.0.0.1:{provider.server_port}")


def test_cron_answer_stops_what_was_idle_all_the_time(cron: Cron, provider: Provider) -> None:
    provider.pods = [pod("idle"), pod("busy"), pod("unknown", None), pod("off", 0, "EXITED")]
    for look in range(7):
        provider.pods[1] = pod("busy", 60 if look == 3 else 0)
        assert provider.stopped == []
        done = cron.run(minutes=5)
        assert (done.returncode, done.stderr) == (0, "")
    assert provider.stopped == ["idle"]
    assert provider.messages == ["stopped idle: idle for 30 minutes"]


def test_cron_answer_does_not_bridge_a_gap(cron: Cron, provider: Provider) -> None:
    provider.pods = [pod("idle")]
    cron.run()
    cron.run(minutes=45)
    assert provider.stopped == []


def test_failed_stop_does_not_keep_the_others_running(cron: Cron, provider: Provider) -> None:
    provider.pods = [pod("stuck"), pod("gone"), pod("idle")]
    provider.refuses = {"stuck": 500, "gone": 409}
    for _ in range(7):
        done = cron.run(minutes=5)
    assert provider.stopped == ["idle"]
    assert done.returncode == 1
    assert done.stderr == "idle-pods: stuck could not be stopped: HTTP 500\n"
    assert provider.messages == [
        "stopped gone: idle for 30 minutes\nstopped idle: idle for 30 minutes\n"
        "stuck could not be stopped: HTTP 500"
    ]


@pytest.mark.parametrize("damage", ["{", "[1]", '{"idle": 3}', '{"idle": ["x", "y"]}'])
def test_cron_answer_survives_a_damaged_memory(cron: Cron, provider: Provider, damage: str) -> None:
    provider.pods = [pod("idle")]
    state = cron.folder / "state" / "idle-pods.json"
    state.parent.mkdir()
    state.write_text(damage)
    done = cron.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(state.read_text()) == {"idle": [cron.now, cron.now]}


def test_provider_error_is_reported(cron: Cron, provider: Provider) -> None:
    cron.environ["POD_API"] = "http://127.0.0.1:1"
    done = cron.run()
    assert done.returncode == 1
    assert done.stderr.startswith("idle-pods: the pods could not be looked at: ")
    assert len(provider.messages) == 1
    del cron.environ["WEBHOOK_URL"]
    assert cron.run().stderr == "idle-pods: 'WEBHOOK_URL' is not set\n"
