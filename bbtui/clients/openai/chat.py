"""The OpenAI dialect: ``POST /v1/chat/completions``.

Spoken by vLLM, llama.cpp's server, LM Studio and many more, each in its own way.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import msgspec

from bbtui.clients.http import open_client
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import RequestFailed, error_reply
from bbtui.clients.openai.probe import api_path, is_awake
from bbtui.clients.openai.stream import OpenAIStreamParser
from bbtui.clients.ports import CancelToken, Event, ModelStateKnown, Request
from bbtui.clients.stream_events import stream_events, with_diagnosis
from bbtui.domain.answer import STOPPED_BY_YOU, Warmth
from bbtui.domain.endpoint import Options


class OpenAISource:
    """Streams answers from an OpenAI-compatible server; its URL may end in ``/v1`` or not."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._usage_supported = True

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """See `AnswerSource`."""
        target = self._peer.target("openai", request.model)
        return with_diagnosis(self._stream(request, cancel_token), cancel_token, target)

    def _stream(self, request: Request, cancel_token: CancelToken) -> Generator[Event]:
        warmth = Warmth.WARM if is_awake(self._peer, cancel_token) else Warmth.UNKNOWN
        if cancel_token.cancelled:
            raise RequestFailed(STOPPED_BY_YOU)
        yield ModelStateKnown(warmth, None)
        path = api_path(self._peer.url, "/chat/completions")
        for usage in (True, False) if self._usage_supported else (False,):
            body = chat_body(request, usage=usage)
            parser = OpenAIStreamParser(request.options, self._peer)
            with open_client(self._peer, cancel_token) as http, http.post(path, body) as response:
                if response.streams:
                    yield from stream_events(http, response, parser, cancel_token)
                    return
                reply = response.whole()
                refused = reply.status in (400, 422) and b"stream_options" in reply.body
                if not (usage and refused):
                    raise error_reply(reply, self._peer, "openai", request.model)
            self._usage_supported = False


def chat_body(request: Request, *, usage: bool) -> bytes:
    """Return the body of a request; `usage` requests the server's token count at the end."""
    body: dict[str, object] = {
        "model": request.model,
        "messages": [{"role": "user", "content": request.prompt}],
        "stream": True,
    }
    if usage:
        body["stream_options"] = {"include_usage": True}
    return msgspec.json.encode({**body, **_renamed(request.options)})


#: The dialect's names of our options (Ollama's names). Servers differ in what else they accept.
_NAMES = {
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "num_predict": "max_tokens",
    "stop": "stop",
    "think": "reasoning_effort",
}


def _renamed(options: Options) -> dict[str, object]:
    renamed = {_NAMES[name]: value for name, value in options.sent().items() if name in _NAMES}
    if renamed.get("reasoning_effort") not in ("low", "medium", "high"):
        renamed.pop("reasoning_effort", None)
    if (options.num_predict or 0) <= 0:
        renamed.pop("max_tokens", None)
    return renamed
