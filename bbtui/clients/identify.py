"""Which server answers at an address, and which models it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbtui.clients.http import open_client
from bbtui.clients.http.decoders import MODELS, VERSION, decode_reply
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import CHECK_API, Reply, RequestFailed, error_reply
from bbtui.clients.ollama.models import OllamaModels
from bbtui.clients.openai.models import OpenAIModels
from bbtui.clients.openai.probe import OpenAIProbe
from bbtui.clients.ports import CancelToken
from bbtui.domain.candidate import ServerFound
from bbtui.domain.endpoint import HostState
from bbtui.domain.problem import Problem
from bbtui.errors import EndpointError

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient

_NEAR_S, _FAR_S = 3.0, 6.0


def identify(url: str, cancel_token: CancelToken) -> ServerFound | Problem:
    """Ask a base URL who is there: Ollama, llama.cpp, vLLM, or another that speaks OpenAI's API.

    Blocks for seconds at most; cancelling ends the wait for the first answers. The order
    is that of the questions only one of them can answer: ``/api/version``, then ``/v1/models``.
    """
    peer = Peer(url.removesuffix("/v1"))
    try:
        with open_client(peer, cancel_token) as http:
            return _ollama(http, peer) or _openai(http, peer)
    except RequestFailed as failure:
        return failure.problem
    except EndpointError as failure:
        return Problem.of(failure)


def _ollama(http: HttpClient, peer: Peer) -> ServerFound | None:
    """An Ollama with those of its models that can chat; None if it is another server."""
    reply = http.fetch("/api/version", within_s=_within_s(peer))
    told = decode_reply(reply, VERSION)
    if told is not None:
        chatting = (model for model in OllamaModels(peer).list_models().models if model.chats)
        return ServerFound("ollama", f"Ollama {peer.quoted(told.version, 30)}", tuple(chatting))
    if peer.pod and "html" in reply.content_type:
        raise error_reply(reply, peer, "ollama", "")
    return None


def _openai(http: HttpClient, peer: Peer) -> ServerFound:
    """A server that lists its models as OpenAI does; its own name is found by its probe."""
    reply = http.fetch("/v1/models", within_s=_within_s(peer))
    if decode_reply(reply, MODELS) is None:
        if OpenAIProbe(peer, "").check().state is HostState.LOADING:
            problem = Problem(f"{peer.where} is still loading its model", "look again in a moment")
            raise RequestFailed(problem)
        raise _stranger(reply, peer)
    models = OpenAIModels(peer).list_models().models
    host = OpenAIProbe(peer, models[0].name if models else "").check()
    return ServerFound("openai", host.build.server or "OpenAI-compatible", models)


def _stranger(reply: Reply, peer: Peer) -> RequestFailed:
    """Who answers but is none of them; where more can be said, `error_reply` says it."""
    plain = "html" not in reply.content_type and not isinstance(reply.value(), dict)
    if plain and reply.status in (200, 400, 404, 405, 501):
        cause = (
            f"{peer.where} answers, but neither as Ollama nor as an OpenAI-compatible server does"
        )
        return RequestFailed(Problem(cause, "something else listens there: check host and port"))
    refused = error_reply(reply, peer, "openai", "")
    known = refused.problem.fix == CHECK_API
    return RequestFailed(Problem(refused.problem.cause)) if known else refused


def _within_s(peer: Peer) -> float:
    return _NEAR_S if peer.nearby else _FAR_S
