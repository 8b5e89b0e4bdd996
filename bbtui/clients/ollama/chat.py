"""Ollama's native dialect: ``POST /api/chat``.

Ollama sends no status line before the first token, so the wait for it holds queue, load and
prefill alike. That is why the client checks before the request whether the model is in memory, and
loads it in a step of its own.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator

import msgspec

from bbtui.clients.http import fetch, open_client
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import RequestFailed, error_reply
from bbtui.clients.ollama.probe import PS_WITHIN_S, loaded_model
from bbtui.clients.ollama.stream import OllamaStreamParser
from bbtui.clients.ports import CancelToken, Event, ModelStateKnown, PhaseStarted, Request
from bbtui.clients.stream_events import stream_events, with_diagnosis
from bbtui.domain.answer import STOPPED_BY_YOU, Warmth


class OllamaSource:
    """Stream answers from an Ollama in its own dialect."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """See `AnswerSource`."""
        target = self._peer.target("ollama", request.model)
        return with_diagnosis(self._stream(request, cancel_token), cancel_token, target)

    def _stream(self, request: Request, cancel_token: CancelToken) -> Generator[Event]:
        warmth = self._warmth(request, cancel_token)
        preload_ns = None
        if warmth is Warmth.COLD and not request.cold:
            yield PhaseStarted(f"loading {request.model}")
            preload_ns = preload(self._peer, request, cancel_token)
            warmth = Warmth.WARM
        if cancel_token.cancelled:
            raise RequestFailed(STOPPED_BY_YOU)
        yield ModelStateKnown(warmth, preload_ns)
        body = chat_body(request, [{"role": "user", "content": request.prompt}])
        parser = OllamaStreamParser(request.options, self._peer)
        with (
            open_client(self._peer, cancel_token) as http,
            http.post("/api/chat", body) as response,
        ):
            if not response.streams:
                raise error_reply(response.whole(), self._peer, "ollama", request.model)
            yield from stream_events(http, response, parser, cancel_token)

    def _warmth(self, request: Request, cancel_token: CancelToken) -> Warmth:
        """Return whether the model is in memory with these options; UNKNOWN on a failed request.

        A model that runs with another context is loaded again, so it counts as cold; but one
        whose trained context is shorter than the requested one keeps its own and is not.
        """
        try:
            ps = fetch(self._peer, "/api/ps", within_s=PS_WITHIN_S, cancel_token=cancel_token)
            loaded = loaded_model(ps, request.model)
        except RequestFailed:
            return Warmth.UNKNOWN
        if loaded is None:
            return Warmth.COLD
        wanted, running = request.options.num_ctx, loaded.context_length
        if wanted is None or running is None or running == wanted:
            return Warmth.WARM
        return Warmth.UNKNOWN if request.cold and running < wanted else Warmth.COLD


def preload(peer: Peer, request: Request, cancel_token: CancelToken) -> int:
    """Load the model and nothing else; return the time it took in ns, or raise RequestFailed.

    The options are those of the request that follows: others would load it once more.
    """
    started_ns = time.perf_counter_ns()
    with (
        open_client(peer, cancel_token) as http,
        http.post("/api/chat", chat_body(request, [])) as response,
    ):
        reply = response.whole()
    value = reply.value()
    if not response.streams or not isinstance(value, dict) or value.get("error"):
        raise error_reply(reply, peer, "ollama", request.model)
    return time.perf_counter_ns() - started_ns


def chat_body(request: Request, messages: list[dict[str, str]]) -> bytes:
    """Return the body of a chat request, with the options that are set and `think` beside them.

    `num_predict` 0 means "no limit" to one of Ollama's paths and "nothing" to another: not sent.
    """
    options = request.options.sent()
    think = options.pop("think", None)
    if options.get("num_predict") == 0:
        del options["num_predict"]
    body: dict[str, object] = {"model": request.model, "messages": messages, "stream": True}
    if options:
        body["options"] = options
    if think is not None:
        body["think"] = think
    return msgspec.json.encode(body)
