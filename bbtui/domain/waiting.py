"""What a request waits for before the first data of its answer.

Ollama sends nothing before the first token, so only its list of loaded models distinguishes a load
from the rest: while a model loads it is either not in that list, or the list itself is delayed
(llama-server child, MLX). The list moves a model's expiry only when a request ends, so a model that
is listed after its expiry is processing an earlier request. llama.cpp sends the headers of its
reply when a slot takes the request, and reports which slots are busy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bbtui.domain.endpoint import Api
from bbtui.domain.host import Host, HostState

BEHIND = "behind another request"
PREFILL = "prefill"
QUEUE_OR_PREFILL = "queue or prefill"
FIRST_DATA = "the first token"

_ANSWERING = (HostState.LOADING, HostState.READY)


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """What is known of a request that has no answer yet."""

    model: str
    api: Api

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
