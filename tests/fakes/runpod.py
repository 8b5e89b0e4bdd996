"""RunPod's REST API v2 on the loopback, with pods whose state follows the clock of the test.

Every request, and every reply that is not a deliberate failure, is validated against the published
interface (`tests.fakes.openapi`); leaving the context fails on violations::

    with FakeRunPod() as cloud:
        pod = cloud.add("abc123", price=0.79)
        cloud.next(limited(12))          # the next request fails, the one after it does not
        cloud.advance(60)                # a pod that was started is running now

It may also be run on the real time: ``FakeRunPod(clock=time.monotonic)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.openapi import interface
from tests.fakes.runpod_failures import BLOCKED, Failure, document, problem
from tests.loopback import Loopback, Reply, Request

KEY = "rpa_TESTKEY0123456789"
#: A key that may read and not act.
READ_ONLY_KEY = "rpa_LOOKONLY9876543210"

#: How long a pod takes from its start to the next state, and the one after.
PROVISIONING_S = 20.0
STARTING_S = 20.0

_BEGAN = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
_ACTIONS = {
    "RUNNING": ["stop", "restart", "terminate"],
    "EXITED": ["start", "terminate"],
    "ERROR": ["start", "terminate"],
    "PROVISIONING": ["stop", "terminate"],
    "STARTING": ["stop", "terminate"],
}


@dataclass
class FakePod:
    """A pod whose status follows `started_s` unless it is fixed."""

    id: str
    name: str
    gpu: str
    price: float
    status: str | None = None
    """A status that does not change with time; None: it follows `started_s`."""
    locked: bool = False
    cluster: str | None = None
    fails: bool = False
    started_s: float | None = None
    """When it was started, by the clock; None: it is stopped."""
    more: dict[str, Any] = field(default_factory=dict)

    def status_at(self, now: float) -> str:
        """Return the status at a time of the clock."""
        if self.status is not None:
            return self.status
        if self.started_s is None:
            return "EXITED"
        age = now - self.started_s
        if age < PROVISIONING_S:
            return "PROVISIONING"
        if age < PROVISIONING_S + STARTING_S:
            return "STARTING"
        return "ERROR" if self.fails else "RUNNING"


class FakeRunPod(Loopback):
    """The API; `url` includes its version, and `key` is the valid key."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        super().__init__()
        self.url += "/v2"
        self.key = KEY
        self.violations: list[str] = []
        #: What is left of the minute's 60 requests, sent with each reply; None: not sent.
        self.remaining: int | None = 41
        #: More pods than this come in pages, each with a cursor.
        self.page_size: int | None = None
        self._now_s = 0.0
        self._clock = clock
        self._pods: dict[str, FakePod] = {}
        self._failures: list[Failure] = []

    def add(
        self,
        pod_id: str,
        *,
        name: str = "ollama-box",
        gpu: str = "NVIDIA L40S",
        price: float = 0.79,
        running: bool = False,
        **more: Any,
    ) -> FakePod:
        """Add a pod: stopped, or `running` for an hour."""
        pod = FakePod(pod_id, name, gpu, price, **more)
        pod.started_s = self.now() - 3600 - PROVISIONING_S - STARTING_S if running else None
        self._pods[pod_id] = pod
        return pod

    def remove(self, pod_id: str) -> None:
        """Remove a pod."""
        del self._pods[pod_id]

    def status(self, pod_id: str) -> str:
        """Return the status of a pod now."""
        return self._pods[pod_id].status_at(self.now())

    def next(self, *failures: Failure) -> None:
        """Let the next requests fail, each with one of these."""
        self._failures += failures

    def now(self) -> float:
        """Return the time of its clock, in seconds."""
        return self._now_s if self._clock is None else self._clock()

    def advance(self, seconds: float) -> None:
        """Advance the clock."""
        self._now_s += seconds

    @property
    def actions(self) -> list[str]:
        """Every requested action, in order."""
        return [request.json["action"] for request in self.requests if request.method == "POST"]

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        assert not self.violations, "\n".join(self.violations)

    def reply(self, request: Request) -> Reply:
        """See `Loopback`."""
        published = interface()
        if published is not None and "cursor=" not in request.path:
            self.violations += published.request(
                request.method, request.path, request.headers, request.body
            )
        failure = self._next_failure(request)
        if failure is not None and not failure.takes_effect:
            return failure.reply
        reply = self._answer(request)
        if failure is not None:
            return failure.reply
        if published is not None and self.page_size is None and not self._undocumented():
            self.violations += published.answer(
                request.method, request.path, reply.status, reply.headers, _body(reply)
            )
        return reply

    def _next_failure(self, request: Request) -> Failure | None:
        for position, failure in enumerate(self._failures):
            if failure.only in ("", request.method):
                return self._failures.pop(position)
        return None

    def _answer(self, request: Request) -> Reply:
        if not request.headers.get("user-agent", "").startswith("bbtui/"):
            return BLOCKED.reply
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key not in (self.key, READ_ONLY_KEY):
            return problem(401, "invalid bearer token")
        parts = urlsplit(request.path).path.split("/")[2:]
        match request.method, parts:
            case "GET", ["pods"]:
                return self._list(request.path)
            case "GET", ["pods", pod_id] if pod_id in self._pods:
                return self._document(self._view(self._pods[pod_id]))
            case "POST", ["pods", pod_id, "action"] if pod_id in self._pods:
                if key == READ_ONLY_KEY:
                    return problem(403, "access denied")
                return self._act(self._pods[pod_id], request.json["action"])
        return problem(404, "resource not found")

    def _list(self, target: str) -> Reply:
        members_too = "includeClusterPods=true" in target
        pods = [pod for pod in self._pods.values() if members_too or pod.cluster is None]
        views = [self._view(pod) for pod in pods]
        if self.page_size is None:
            return self._document({"pods": views})
        begin = int(target.partition("cursor=")[2] or 0)
        end = begin + self.page_size
        more = {"nextCursor": str(end)} if end < len(views) else {}
        return self._document({"pods": views[begin:end], **more})

    def _act(self, pod: FakePod, action: str) -> Reply:
        if pod.cluster is not None:
            return problem(409, "pod is a cluster member")
        if action not in _ACTIONS.get(pod.status_at(self.now()), []):
            return problem(409, "action not valid for current pod status")
        if action == "start":
            pod.status, pod.started_s = None, self.now()
        elif action == "stop" and not pod.locked:
            pod.status, pod.started_s = None, None
        else:
            return problem(400, f"cannot {action} this pod")
        return self._document(self._view(pod))

    def _view(self, pod: FakePod) -> dict[str, Any]:
        """Return a pod as the API shows it."""
        status = pod.status_at(self.now())
        ready_s = PROVISIONING_S + STARTING_S
        up_s = 0 if pod.started_s is None else self.now() - pod.started_s - ready_s
        runtime = {
            "uptime": max(0, int(up_s)),
            "gpus": [{"util": 71, "memoryUtil": 44}],
            "cpu": {"util": 12},
            "memory": {"util": 31},
            "ports": [{"private": 11434, "public": None, "type": "http", "ip": None}],
        }
        began = None if pod.started_s is None else _BEGAN + timedelta(seconds=pod.started_s)
        view = {
            "id": pod.id,
            "name": pod.name,
            "status": status,
            "actions": _ACTIONS.get(status, []),
            "image": "ollama/ollama:0.33.3",
            "args": "",
            "disk": 50,
            "ports": ["11434/http", "22/tcp"],
            "env": {"OLLAMA_HOST": "0.0.0.0", "HF_TOKEN": "hf_SECRETINTHEENVIRONMENT"},
            "registry": None,
            "mounts": {"persistent": {"size": 100, "path": "/root/.ollama"}},
            "gpu": {"id": pod.gpu, "count": 1},
            "cloud": "SECURE",
            "dataCenterId": "EU-RO-1",
            "cudaVersion": "12.8",
            "ssh": {"proxy": None, "direct": None},
            "template": None,
            "cost": 0.0 if status in ("EXITED", "TERMINATED") else pod.price,
            "locked": pod.locked,
            "globalNetworking": {"enabled": False},
            "runtime": runtime if status == "RUNNING" else None,
            "createdAt": "2026-11-20T09:00:00Z",
            "startedAt": None if began is None else began.isoformat().replace("+00:00", "Z"),
        }
        if pod.cluster is not None:
            view["cluster"] = {"id": pod.cluster, "rank": 0}
        return view | pod.more

    def _document(self, value: object) -> Reply:
        headers = {}
        if self.remaining is not None:
            headers = {
                "RateLimit-Policy": '"minute";q=60;w=60, "hour";q=3000;w=3600',
                "RateLimit": f'"minute";r={self.remaining};t=12, "hour";r=2800;t=1812',
            }
        return document(value, **headers)

    def _undocumented(self) -> bool:
        """Return whether a pod has fields or a status that the interface does not document."""
        pods = self._pods.values()
        return any(pod.more or pod.status_at(self.now()) not in _ACTIONS for pod in pods)


def _body(reply: Reply) -> bytes:
    return b"".join(step for step in reply.steps if isinstance(step, bytes))
