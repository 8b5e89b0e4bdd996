"""What is examined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bbtui.clients.http.peer import Peer
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.pod import Pod


@dataclass(frozen=True, slots=True)
class Subject:
    """An endpoint to be examined.

    `num_ctx` is the context the options ask for. `pod` asks the provider for the pod behind it,
    and raises PodError; None is that there is none.
    """

    endpoint: Endpoint
    peer: Peer
    num_ctx: int | None = None
    pod: Callable[[], Pod] | None = None
