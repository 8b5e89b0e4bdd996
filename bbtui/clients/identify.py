"""Identifies the server at an address, and lists its models."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bbtui.clients.http import open_client
from bbtui.clients.http.json_replies import LIST_WITHIN_S, VERSION, decode_reply, read_models
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import CHECK_API, Reply, RequestFailed, error_reply
from bbtui.clients.ollama.models import OllamaModels
from bbtui.clients.openai.models import OpenAIModels
from bbtui.clients.openai.paths import call_paths, first_found
from bbtui.clients.openai.probe import OpenAIProbe
from bbtui.clients.ports import CancelToken
from bbtui.domain.candidate import ServerFound
from bbtui.domain.host import HostState
from bbtui.domain.problem import Problem
from bbtui.errors import EndpointError

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient

_NEAR_S, _FAR_S = 3.0, 6.0


def identify(url: str, cancel_token: CancelToken) -> ServerFound | Problem:
    """Return the server at a base URL: Ollama, llama.cpp, vLLM, or another with OpenAI's API.

    Blocks for some seconds at most; cancelling ends the wait for the first replies.
    ``/api/version`` comes before ``/v1/models``: only Ollama has it, but Ollama has both.
    """
    peer = Peer(url.removesuffix("/v1"))
    try:
        with open_client(peer, cancel_token) as http:
            within_s = _NEAR_S if peer.nearby else _FAR_S
            return _ollama(http, peer, within_s) or _openai(http, peer)
    except RequestFailed as failure:
        return failure.problem
    except EndpointError as failure:
        return Problem.of(failure)


def _ollama(http: HttpClient, peer: Peer, within_s: float) -> ServerFound | None:
    """Return an Ollama with its models that can chat; None if it is another server."""
    reply = http.fetch("/api/version", within_s=within_s)
    version = decode_reply(reply, VERSION)
    if version is not None:
        chatting = (model for model in OllamaModels(peer).list_models().models if model.chats)
        return ServerFound("ollama", f"Ollama {peer.quoted(version.version, 30)}", tuple(chatting))
    if peer.pod and "html" in reply.content_type:
        raise error_reply(reply, peer, "ollama", "")
    return None


def _openai(http: HttpClient, peer: Peer) -> ServerFound:
    """Return a server that lists its models as OpenAI does; its probe finds its name."""
    get = partial(http.fetch, within_s=LIST_WITHIN_S)
    reply = first_found(get, call_paths(peer.url, "/models"))
    if read_models(reply) is None:
        if OpenAIProbe(peer, "").check().state is HostState.LOADING:
            problem = Problem(f"{peer.where} is still loading its model", "try again in a moment")
            raise RequestFailed(problem)
        raise _unknown_server(reply, peer)
    models = OpenAIModels(peer).list_models().models
    host = OpenAIProbe(peer, models[0].name if models else "").check()
    return ServerFound("openai", host.build.server or "OpenAI-compatible", models)


def _unknown_server(reply: Reply, peer: Peer) -> RequestFailed:
    """Return the failure for a reply of no known server, by `error_reply` if that knows more."""
    plain = "html" not in reply.content_type and not isinstance(reply.value(), dict)
    if plain and reply.status in (200, 400, 404, 405, 501):
        cause = f"{peer.where} is neither an Ollama nor an OpenAI-compatible server"
        return RequestFailed(Problem(cause, "another service listens there: check host and port"))
    refused = error_reply(reply, peer, "openai", "")
    known = refused.problem.fix == CHECK_API
    return RequestFailed(Problem(refused.problem.cause)) if known else refused
