"""The paths of API calls below a base URL.

Most servers have them below ``/v1``, some below another path: ``/v1beta/openai``, ``/api/paas/v4``,
``/api``. A path in a base URL is used as it is; where it does not have a call, ``/v1`` below it is
tried, since a proxy may have the whole server below a path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import Reply, error_reply

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient

#: The statuses of a path, or a method on it, that a server does not have.
NO_SUCH_PATH = (404, 405, 501)
#: The statuses of a request that requires a key, or another one.
_NO_ENTRY = (401, 403)


def server_root(peer: Peer) -> Peer:
    """Return the server above ``/v1``, where the calls that are not OpenAI's are."""
    return replace(peer, url=peer.url.removesuffix("/v1"))


def call_paths(url: str, call: str) -> tuple[str, ...]:
    """Return the paths of a call (``/models``) below the server's root, in the order to try."""
    below_v1 = f"/v1{call}"
    alone = url.endswith("/v1") or not urlsplit(url).path
    return (below_v1,) if alone else (call, below_v1)


def first_found(fetch: Callable[[str], Reply], paths: Iterable[str]) -> Reply:
    """Return the reply of the first path that the server has; that of the first if it has none."""
    replies = []
    for path in paths:
        replies.append(fetch(path))
        if replies[-1].status not in NO_SUCH_PATH:
            return replies[-1]
    return replies[0]


def require_chat(http: HttpClient, peer: Peer, models: Reply, within_s: float) -> None:
    """Raise RequestFailed unless a server that does not list its models takes chat requests.

    An empty one is sent, which a server refuses before it uses a model. `models` is what it sent
    in place of the list.
    """
    if models.status in _NO_ENTRY:
        raise error_reply(models, peer, "openai", "")
    post = partial(http.fetch, body=b"{}", within_s=within_s)
    reply = first_found(post, call_paths(peer.url, "/chat/completions"))
    if reply.status in _NO_ENTRY:
        raise error_reply(reply, peer, "openai", "")
    refused = 400 <= reply.status < 500 and reply.status not in NO_SUCH_PATH
    knows_chat = reply.status == 200 or (refused and isinstance(reply.value(), dict))
    if reply.is_page or not knows_chat:
        raise error_reply(models, peer, "openai", "")
