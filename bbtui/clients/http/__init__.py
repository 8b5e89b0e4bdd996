"""HTTP requests. httpx is imported with the first one, since it would delay the first paint."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import Reply
from bbtui.clients.ports import CancelToken

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient


def open_client(
    peer: Peer, cancel_token: CancelToken | None = None
) -> contextlib.closing[HttpClient]:
    """Return a client for requests to `peer`, closed at the end of a ``with`` block.

    Raise RequestFailed if a proxy variable or a TLS file cannot be used.
    """
    from bbtui.clients.http.client import HttpClient

    return contextlib.closing(HttpClient(peer, cancel_token or CancelToken()))


def fetch(
    peer: Peer,
    path: str,
    body: bytes | None = None,
    *,
    within_s: float,
    cancel_token: CancelToken | None = None,
) -> Reply:
    """Send one request on a connection of its own; see `HttpClient.fetch`."""
    with open_client(peer, cancel_token) as http:
        return http.fetch(path, body, within_s=within_s)
