"""RunPod's REST API v2: list pods, get one, start it, stop it.

https://docs.runpod.io/api-reference-v2; the tests' fake is checked against its OpenAPI document.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec

from bbtui.clients.http import open_client
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import Reply, RequestFailed
from bbtui.clients.runpod.errors import error_from_reply, rate_limited, unreadable_reply
from bbtui.clients.runpod.json_replies import UnexpectedReplyError, read_pod, read_pods, read_quotas
from bbtui.domain.pod import Pod, PodAction
from bbtui.domain.pod_polling import Quota
from bbtui.errors import PodError, PodFailure

#: The longest wait for a whole reply, in s.
WITHIN_S = 15.0

#: More pages than an account has; a list that never ends is not followed.
_MAX_PAGES = 20
#: After these the action was not performed: the request was rejected.
_NOT_PERFORMED: tuple[PodFailure, ...] = ("key", "blocked", "gone", "refused")


class RunPodClient:
    """See `PodControl`.

    `peer` has the key in its headers; `variable` is the environment variable it came from, for
    errors. `clock` is monotonic, in seconds; `within_s` is the longest wait for a reply.
    """

    def __init__(
        self,
        peer: Peer,
        variable: str,
        prices: PriceCache,
        *,
        within_s: float = WITHIN_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._peer = peer
        self._variable = variable
        self._prices = prices
        self._within_s = within_s
        self._clock = clock
        self._wait_until = clock()
        self.quotas: tuple[Quota, ...] = ()
        """See `PodControl`."""

    def pods(self) -> tuple[Pod, ...]:
        """See `PodControl`."""
        pods: list[Pod] = []
        query = {"includeClusterPods": "true"}
        for _ in range(_MAX_PAGES):
            reply = self._get(f"/pods?{urlencode(query)}")
            try:
                page, cursor = read_pods(reply.body)
            except UnexpectedReplyError as error:
                raise unreadable_reply(reply, self._peer, incomplete=error.incomplete) from None
            pods += page
            if not cursor or cursor == query.get("cursor"):
                break
            query["cursor"] = cursor
        return tuple(map(self._prices.with_last_price, pods))

    def pod(self, pod_id: str) -> Pod:
        """See `PodControl`."""
        return self._read(self._get(_path(pod_id)))

    def perform(self, pod_id: str, action: PodAction) -> Pod:
        """See `PodControl`. ValueError for anything that is not a `PodAction`."""
        action = PodAction(action)
        body = msgspec.json.encode({"action": action.value})
        try:
            return self._read(self._send(f"{_path(pod_id)}/action", body, action))
        except PodError as error:
            if error.kind == "limited":  # not performed, and no further request is allowed
                raise
            failure = error
        except RequestFailed as error:
            failure = PodError(error.problem.cause, error.problem.fix, "unreachable")
            if error.sent_ns is None:  # never written, so not performed
                raise failure from None
        return self._verify(pod_id, action, failure)

    def _verify(self, pod_id: str, action: PodAction, failure: PodError) -> Pod:
        """Return the pod if it changes as requested although the action failed; else raise.

        A 409 means that there was nothing to do; after a 5xx or a lost reply it may have worked.
        """
        try:
            pod = self.pod(pod_id)
        except PodError as error:
            if failure.kind in _NOT_PERFORMED:
                raise failure from None
            if error.kind == "gone":
                raise
            unknown = f"cannot tell whether RunPod did {action} the pod: {error.message}"
            raise PodError(
                f"{failure.message}; {unknown}",
                "check with `bbtui pods show` before you retry: the pod may already be billing",
                failure.kind,
            ) from None
        if pod.status in action.aims:
            return pod
        cause = f"{failure.message}; the pod is {pod.state_text}"
        raise PodError(cause, failure.fix, failure.kind) from None

    def _read(self, reply: Reply) -> Pod:
        try:
            return self._prices.with_last_price(read_pod(reply.body))
        except UnexpectedReplyError as error:
            raise unreadable_reply(reply, self._peer, incomplete=error.incomplete) from None

    def _get(self, path: str) -> Reply:
        try:
            return self._send(path)
        except RequestFailed as failure:
            raise PodError(failure.problem.cause, failure.problem.fix, "unreachable") from None

    def _send(self, path: str, body: bytes | None = None, action: PodAction | None = None) -> Reply:
        """Send one request; return its reply if that is a JSON object with status 200.

        Raise RequestFailed, with the time it was written if it was, or PodError.
        """
        wait_s = self._wait_until - self._clock()
        if wait_s > 0:
            raise rate_limited(wait_s, self._peer.where)
        with open_client(self._peer) as http:
            try:
                reply = http.fetch(path, body, within_s=self._within_s)
            except RequestFailed as failure:
                failure.sent_ns = http.sent_ns
                raise
        self.quotas = read_quotas(reply.headers)
        error = error_from_reply(reply, self._peer, self._variable, action)
        if error is None:
            return reply
        # Another thread may have to wait longer.
        self._wait_until = max(self._wait_until, self._clock() + error.retry_after_s)
        raise error


def _path(pod_id: str) -> str:
    return f"/pods/{quote(pod_id, safe='')}"


class PriceCache:
    """Known prices, kept in a file that only the user can read (None: in memory only).

    Knowing a pod's id is enough to reach it, so the file has only its hash. A file that cannot be
    read or written is ignored.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._prices = _read(path) if path else {}

    def with_last_price(self, pod: Pod) -> Pod:
        """Return the pod with its last price, which is its present one if it has one."""
        key = hashlib.sha256(pod.id.encode()).hexdigest()[:16]
        with self._lock:
            previous = self._prices.get(key)
            if pod.cost_per_hour is None:
                return replace(pod, last_cost_per_hour=previous)
            if pod.cost_per_hour != previous:
                self._prices[key] = pod.cost_per_hour
                self._save()
        return replace(pod, last_cost_per_hour=pod.cost_per_hour)

    def _save(self) -> None:
        if self._path is None:
            return
        # Another process, or another account in this one, may have added others meanwhile.
        self._prices = _read(self._path) | self._prices
        part = self._path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(self._prices))
            part.replace(self._path)


def _read(path: Path) -> dict[str, float]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, float])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
