"""What a request waits for: to be taken by the server, then for the first data of its answer.

A request that a server did not take can be sent again later: the server is away, loads its model,
or requests a delay.

Ollama sends nothing before the first token, so only its list of loaded models distinguishes a load
from the rest: while a model loads it is either not in that list, or the list itself is delayed
(llama-server child, MLX). The list moves a model's expiry only when a request ends, so a model that
is listed after its expiry is processing an earlier request. llama.cpp sends the headers of its
reply when a slot takes the request, and reports which slots are busy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bbtui.domain.endpoint import Api
from bbtui.domain.host import Host, HostState
from bbtui.domain.observation import ErrorReply, NetworkFailure, Observation
from bbtui.domain.problem import NO_PROBLEM, Problem

BEHIND = "behind another request"
PREFILL = "prefill"
QUEUE_OR_PREFILL = "queue or prefill"
FIRST_DATA = "the first token"

_ANSWERING = (HostState.LOADING, HostState.READY)

#: "asked": it requests a delay.
UnavailableKind = Literal["away", "loading", "asked"]

#: No request was written.
_UNREACHED = (
    NetworkFailure.UNRESOLVED,
    NetworkFailure.REFUSED,
    NetworkFailure.CONNECT_TIMEOUT,
    NetworkFailure.UNREACHABLE,
    NetworkFailure.PROXY_UNREACHED,
)
#: What a proxy replies in place of a server that is away; those from 520 on are Cloudflare's.
_GATEWAY = (502, 503, 520, 521, 522, 523, 530)
#: A request that fails later than this was taken by a server, in s.
_AT_ONCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why a server did not take a request."""

    kind: UnavailableKind
    """Why it did not."""

    problem: Problem
    """The failure of the request."""

    delay_s: float = 0.0
    """The delay that it requests, in seconds."""

    retry_once: bool = False
    """Whether a repeat that fails in the same way is final: the request itself may be the cause."""


def unavailability(
    observed: Observation, problem: Problem = NO_PROBLEM, after_s: float = 0.0
) -> Unavailable | None:
    """Return why a server did not take a request that failed `after_s` seconds after it was sent.

    None if it did, or may have.
    """
    reply, delay_s = observed.error_reply, None
    if reply is not None:
        delay_s = reply.retry_after_s
        if reply.loading:
            return Unavailable("loading", problem, delay_s or 0.0)
        if delay_s is not None and reply.status in (429, 503):
            return Unavailable("asked", problem, delay_s, retry_once=True)
    if observed.network_failure in _UNREACHED:
        return Unavailable("away", problem)
    closed = observed.network_failure is NetworkFailure.CLOSED
    gateway = reply is not None and _from_gateway(reply, observed)
    if (closed or gateway) and after_s < _AT_ONCE_S:
        return Unavailable("away", problem, retry_once=True)
    return None


def _from_gateway(reply: ErrorReply, observed: Observation) -> bool:
    """Return whether a proxy replied because the server behind it is away."""
    if reply.error is not None:
        return False
    # The proxy of a pod does not know a pod that is off; a 404 in plain text is Ollama's.
    no_pod = reply.status == 404 and observed.target.through_pod_proxy
    return reply.status in _GATEWAY or (no_pod and reply.media != "text/plain")


def takes_requests(host: Host, paused: UnavailableKind) -> bool:
    """Return whether a check shows that a server takes requests, whatever it replies to them.

    `paused` is why none were sent. One that was away and loads now takes requests: its reply is the
    new reason.
    """
    if host.state in (HostState.READY, HostState.FAILED):
        return True
    # That of a pod that boots is not its server's own.
    if host.state is HostState.LOADING and host.observed is None:
        return paused == "away"
    replied = host.observed is not None and host.observed.error_reply is not None
    return (
        host.state is HostState.UNREACHABLE
        and host.observed is not None
        and replied
        and unavailability(host.observed) is None
    )


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """What is known of a request that has no answer yet."""

    model: str
    """The model that was requested."""
    api: Api
    """The API of the server."""

    sent_at: datetime
    """When it was sent, with a zone."""

    head: bool = False
    """Whether the headers of the reply have arrived."""

    host: Host | None = None
    """The result of a check that began after the request was sent; None before."""

    own_request_ahead: bool = False
    """Whether an earlier request of this program, to the same model of the same server, is still
    running.
    """


def wait_reason(waiting: WaitingRequest, before: str = "") -> str:
    """Return what a request waits for; `before`, the last reason, is kept until there is another.

    "" is not known yet.
    """
    host = waiting.host
    # A pod that still boots is "loading" too, with what was observed of it.
    if host is None or host.state not in _ANSWERING or host.observed is not None:
        return before or (BEHIND if waiting.own_request_ahead else "")
    if _loads(waiting, host):
        return f"loading {waiting.model}"
    if waiting.head and host.build.server.startswith("llama.cpp"):
        return PREFILL
    expired = host.unloads_at is not None and host.unloads_at < waiting.sent_at
    if waiting.own_request_ahead or host.full or expired:
        return BEHIND
    if host.full is False:
        return PREFILL
    return FIRST_DATA if host.loaded is None else QUEUE_OR_PREFILL


def _loads(waiting: WaitingRequest, host: Host) -> bool:
    if host.state is HostState.LOADING or host.loaded is False:
        return True
    # Ready, and its list of loaded models did not answer.
    return waiting.api == "ollama" and host.loaded is None
