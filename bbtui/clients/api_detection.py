"""Detection of the API of a server, for an endpoint whose configuration leaves it out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

from bbtui.clients.http import open_client
from bbtui.clients.http.json_replies import LIST_WITHIN_S, VERSION, decode_reply, read_models
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import RequestFailed, is_unknown_route, timed_out
from bbtui.clients.openai.paths import call_paths, first_found, require_chat, server_root
from bbtui.clients.ports import CancelToken, Connection, Event, Request
from bbtui.domain.endpoint import Api
from bbtui.domain.host import Host

_NEAR_S, _FAR_S = 3.0, 5.0


class DetectingClient:
    """See `AnswerSource` and `Probe`: those of the API that the server is found to speak.

    As long as none is found, those of the assumed one, whose failure has the reason.
    """

    def __init__(
        self, peer: Peer, assumed: Connection, connect: Callable[[Api], Connection]
    ) -> None:
        """Prepare the detection, which the first request begins.

        `connect` returns the connection in another API than that of `assumed`.
        """
        self._peer = peer
        self._assumed = assumed
        self._connect = connect
        self._found: Connection | None = None
        self._lock = threading.Lock()

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """See `AnswerSource`."""
        return self._connection(cancel_token).source.stream(request, cancel_token)

    def check(self) -> Host:
        """See `Probe`."""
        return self._connection(CancelToken()).probe.check()

    def found(self) -> Connection | None:
        """Return the connection in the API that was found; None before."""
        return self._found

    def _connection(self, cancel_token: CancelToken) -> Connection:
        with self._lock:  # a check and a request do not both ask
            if self._found is None and (api := detect_api(self._peer, cancel_token)):
                known = api == self._assumed.endpoint.api
                self._found = self._assumed if known else self._connect(api)
        return self._found or self._assumed


def detect_api(peer: Peer, cancel_token: CancelToken) -> Api | None:
    """Return the API that a server speaks; None if that cannot be determined now.

    ``/api/version`` comes before ``/v1/models``: only Ollama has it, but Ollama has both.
    """
    from bbtui.clients.openai.probe import is_loading  # not needed before a request

    try:
        with open_client(server_root(peer), cancel_token) as http:
            within_s = _NEAR_S if peer.nearby else _FAR_S
            first = http.fetch("/api/version", within_s=within_s)
            if decode_reply(first, VERSION) is not None:
                return "ollama"
            if is_unknown_route(first) or is_loading(first):
                return "openai"
            no_route = first.status in (404, 405)
            paths = call_paths(peer.url, "/models")
            try:
                models = first_found(partial(http.fetch, within_s=LIST_WITHIN_S), paths)
            except RequestFailed as failure:
                return "openai" if no_route and timed_out(failure) else None
            # A path that requires a key exists, unless every path does.
            guarded = no_route and models.status in (401, 403)
            if not guarded and read_models(models) is None:
                require_chat(http, peer, models, within_s)
            return "openai"
    except RequestFailed:
        return None
