"""Decodes what RunPod's REST API v2 sends, leniently: a pod needs only an id and a status.

Every other field is decoded by itself, and skipped if it cannot be.

`env` has secrets in clear and `ssh` access data: neither has a field here, so neither is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec

from bbtui.clients.http import replies
from bbtui.domain.pod import Pod, PodAction
from bbtui.domain.pod_polling import Quota
from bbtui.formatting.sanitize import excerpt

#: One member of a RateLimit header: ``"minute";r=41;t=12``.
_MEMBER = re.compile(r'"(?P<window>[^"]*)"(?P<parameters>(?:\s*;\s*\w+=\d+)*)')
_HTTP_PORT = re.compile(r"(\d{1,5})/http", re.ASCII | re.IGNORECASE)
_PARAMETER = re.compile(r"(\w+)=(\d{1,9})(?!\d)")

#: The wait after a 429 that does not report one.
_DEFAULT_WAIT_S = 10.0

T = TypeVar("T")

#: A number within a plausible range.
Number = Annotated[float, msgspec.Meta(ge=-1e12, le=1e12)]


class _Gpu(msgspec.Struct):
    id: str | None = None
    count: int | None = None


class _Use(msgspec.Struct, rename="camel"):
    util: Number | None = None
    memory_util: Number | None = None


class _Runtime(msgspec.Struct):
    uptime: Number | None = None
    gpus: list[_Use] | None = None


_NULL = msgspec.Raw(b"null")


class _Pod(msgspec.Struct, rename="camel"):
    id: str
    status: str
    name: msgspec.Raw = _NULL
    actions: msgspec.Raw = _NULL
    ports: msgspec.Raw = _NULL
    gpu: msgspec.Raw = _NULL
    cost: msgspec.Raw = _NULL
    locked: msgspec.Raw = _NULL
    cluster: object = None
    runtime: msgspec.Raw = _NULL
    started_at: msgspec.Raw = _NULL


class _List(msgspec.Struct, rename="camel"):
    pods: list[msgspec.Raw]
    # The list is documented as complete; other clients follow a cursor.
    next_cursor: str | None = None
    cursor: str | None = None


_POD = msgspec.json.Decoder(_Pod, strict=False)
_LIST = msgspec.json.Decoder(_List, strict=False)
_TEXT = msgspec.json.Decoder(str | None)
_TEXTS = msgspec.json.Decoder(list[str] | None)
_GPU = msgspec.json.Decoder(_Gpu | None, strict=False)
_COST = msgspec.json.Decoder(Number | None, strict=False)
_FLAG = msgspec.json.Decoder(bool | None, strict=False)
_RUNTIME = msgspec.json.Decoder(_Runtime | None, strict=False)

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class UnexpectedReplyError(Exception):
    """A body without the expected document."""

    def __init__(self, *, incomplete: bool) -> None:
        super().__init__()
        self.incomplete = incomplete
        """Whether it starts as the document but ends too early."""


def read_pod(body: bytes) -> Pod:
    """Return the pod in a reply; raise UnexpectedReplyError."""
    try:
        return _pod(_POD.decode(body))
    except _UNREADABLE as error:
        raise _unexpected(error) from None


def read_pods(body: bytes) -> tuple[list[Pod], str]:
    """Return the pods in a reply, and the cursor of the next page ("" if there is none).

    A pod that cannot be decoded is skipped; raise UnexpectedReplyError if all are.
    """
    try:
        page = _LIST.decode(body)
    except _UNREADABLE as error:
        raise _unexpected(error) from None
    pods = [_pod(pod) for raw in page.pods if (pod := _field(_POD, raw)) is not None]
    if page.pods and not pods:
        raise UnexpectedReplyError(incomplete=False)
    return pods, page.next_cursor or page.cursor or ""


def read_quotas(headers: Mapping[str, str]) -> tuple[Quota, ...]:
    """Return the windows of the rate limit (header names in lower case); none if not reported.

    ``RateLimit-Policy: "minute";q=60;w=60`` has the quota of each window, ``RateLimit:
    "minute";r=41;t=12`` what remains of it and the seconds until it resets.
    """
    policy = _members(headers.get("ratelimit-policy", ""))
    remaining = _members(headers.get("ratelimit", ""))
    return tuple(
        Quota(policy[window]["q"], state["r"], float(state.get("t", 0)))
        for window, state in remaining.items()
        if "r" in state and "q" in policy.get(window, {})
    )


def read_retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds to wait after a 429: Retry-After, else the end of an exhausted window.

    A date is compared with the Date header: this machine's clock may be wrong.
    """
    delay_s = replies.read_retry_after(headers)
    if delay_s is not None:
        return delay_s
    exhausted = [quota.resets_s for quota in read_quotas(headers) if quota.remaining <= 0]
    return max(exhausted, default=_DEFAULT_WAIT_S)


def _pod(wire: _Pod) -> Pod:
    actions = _field(_TEXTS, wire.actions) or []
    gpu = _field(_GPU, wire.gpu) or _Gpu()
    cost = _field(_COST, wire.cost)
    runtime = _field(_RUNTIME, wire.runtime) or _Runtime()
    gpus = runtime.gpus or []
    return Pod(
        id=excerpt(wire.id),
        name=excerpt(_field(_TEXT, wire.name) or wire.id),
        status=excerpt(wire.status),
        actions=tuple(action for action in PodAction if action in actions),
        gpu=excerpt(gpu.id or ""),
        gpu_count=gpu.count if gpu.count is not None else (1 if gpu.id else None),
        cost_per_hour=cost if cost is not None and cost > 0 else None,
        locked=bool(_field(_FLAG, wire.locked)),
        in_cluster=wire.cluster is not None,
        uptime_s=None if runtime.uptime is None else max(0, round(runtime.uptime)),
        gpu_util=_mean([gpu.util for gpu in gpus]),
        memory_util=_mean([gpu.memory_util for gpu in gpus]),
        started_at=_time(_field(_TEXT, wire.started_at) or "", datetime.fromisoformat),
        http_ports=_http_ports(_field(_TEXTS, wire.ports) or []),
    )


def _field(decoder: msgspec.json.Decoder[T], raw: msgspec.Raw) -> T | None:
    """Return a field of a document; None if it has another form."""
    try:
        return decoder.decode(raw)
    except _UNREADABLE:
        return None


def _mean(values: list[float | None]) -> int | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known)) if known else None


def _http_ports(ports: list[str]) -> tuple[int, ...]:
    """Return the numbers of the ports of the form ``11434/http``."""
    return tuple(int(match[1]) for match in map(_HTTP_PORT.fullmatch, ports) if match)


def _members(header: str) -> dict[str, dict[str, int]]:
    return {
        member["window"]: {name: int(n) for name, n in _PARAMETER.findall(member["parameters"])}
        for member in _MEMBER.finditer(header)
    }


def _time(text: str, parse: Callable[[str], datetime]) -> datetime | None:
    """Return a time with its zone, UTC if it has none; None if it cannot be parsed."""
    try:
        time = parse(text)
    except ValueError:
        return None
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _unexpected(error: Exception) -> UnexpectedReplyError:
    # The text of msgspec's error for a document that ends too early.
    return UnexpectedReplyError(incomplete="truncated" in str(error))
