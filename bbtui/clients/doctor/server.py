"""What an examination asks the server itself: version, model, memory, GPU, context, round trip."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

from bbtui.clients.doctor.findings import Findings
from bbtui.clients.gpu import has_gpu
from bbtui.clients.http.decoders import MODELS, VERSION, decode_reply
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import Reply, RequestFailed, error_reply
from bbtui.clients.ollama.probe import (
    PS_WITHIN_S,
    ModelEntry,
    find_model,
    loaded_model,
    read_listing,
)
from bbtui.clients.openai.llama_cpp import detect_llama_cpp, is_loading
from bbtui.domain.diagnosis_messages import server
from bbtui.domain.diagnosis_rules import Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.observation import ServerFacts, ServerKind

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient

NEAR_S, FAR_S = 3.0, 5.0
_TRIPS = 3
_WHEN_LOADED = "told when the model is loaded"


class ServerIdentity(NamedTuple):
    """Which server answers. `context` in tokens and `is_loading` are told by llama.cpp and vLLM."""

    kind: ServerKind
    version: str = ""
    context: int | None = None
    loading: bool = False
    asleep: bool = False


class ServerChecks:
    """Asks one server, hop by hop. Every method raises RequestFailed where a request fails.

    `http` is a client of the server's root, above ``/v1``.
    """

    def __init__(
        self, http: HttpClient, endpoint: Endpoint, peer: Peer, notes: Findings, num_ctx: int | None
    ) -> None:
        self._http = http
        self._peer = peer
        self._notes = notes
        self._api = endpoint.api
        self._model = endpoint.model
        self._num_ctx = num_ctx
        self._within_s = NEAR_S if peer.nearby else FAR_S

    def who(self) -> ServerIdentity:
        """Which server it is, by what only one of them answers."""
        first = self._get("/api/version")
        if (said := decode_reply(first, VERSION)) is not None:
            return ServerIdentity("ollama", self._peer.quoted(said.version, 30))
        api = self._api
        if first.status not in (200, 404, 405) and not is_loading(first):
            raise error_reply(first, self._peer, api, "")
        if (found := detect_llama_cpp(self._get)) is not None:
            if found.props is None:
                return ServerIdentity("llama.cpp", loading=True)
            return ServerIdentity(
                "llama.cpp",
                self._peer.quoted(found.props.build_info or "", 30),
                found.props.context,
                asleep=bool(found.props.is_sleeping),
            )
        reply = self._get("/v1/models")
        listed = decode_reply(reply, MODELS)
        if listed is None:
            raise error_reply(first if api == "ollama" else reply, self._peer, api, "")
        if not any(one.owned_by == "vllm" for one in listed.named):
            return ServerIdentity("other")
        ours = next((one for one in listed.named if one.id == self._model), None)
        said = decode_reply(self._get("/version"), VERSION)
        version = self._peer.quoted(said.version, 30) if said else ""
        return ServerIdentity("vllm", version, ours.max_model_len if ours else None)

    def version(self, who: ServerIdentity) -> bool:
        """Note who it is; whether it is one that this endpoint can ask."""
        told = ServerFacts(who.kind, who.version)
        return self._notes.check(Hop.VERSION, told, server(told))

    def ollama(self) -> None:
        """The model's hops, on an Ollama in its own dialect."""
        tags = self._get("/api/tags")
        try:
            kept = read_listing(tags)
        except RequestFailed:
            raise error_reply(tags, self._peer, "ollama", "") from None
        ours = find_model(kept, self._model)
        there = tuple(self._peer.quoted(one.name or "") for one in kept)
        told = ServerFacts(models=there, model_there=ours is not None)
        if not self._notes.check(Hop.MODEL, told, self._described(ours)):
            return
        try:
            ps = self._http.fetch("/api/ps", within_s=PS_WITHIN_S)
            running = loaded_model(ps, self._model)
        except RequestFailed:
            # It holds back while a model loads or unloads.
            self._notes.left(Hop.LOADED, "not told: a model may be loading or unloading")
        else:
            self._memory(running)
        self._round_trip("/api/version")

    def openai(self, who: ServerIdentity) -> None:
        """The model's hops, in the OpenAI dialect."""
        if who.loading:
            self._notes.check(Hop.LOADED, ServerFacts("llama.cpp", loading=True), "")
            return
        reply = self._get("/v1/models")
        listed = decode_reply(reply, MODELS)
        if listed is None:
            raise error_reply(reply, self._peer, "openai", "")
        names = tuple(self._peer.quoted(one.id) for one in listed.named)
        there = any(one.id == self._model for one in listed.named)
        if who.kind == "llama.cpp":
            # It has one model and answers with it, whatever name is asked for.
            self._notes.passed(Hop.MODEL, f"{', '.join(names)}: its only one")
        elif there or who.kind == "vllm":
            told = ServerFacts("other", models=names, model_there=there)
            if not self._notes.check(Hop.MODEL, told, self._model):
                return
        else:
            self._notes.left(Hop.MODEL, f"not among the {len(names)} that it lists")
        if who.kind in ("llama.cpp", "vllm"):
            words = "asleep: the next question wakes it" if who.asleep else "in memory"
            self._notes.passed(Hop.LOADED, words)
        else:
            self._notes.left(Hop.LOADED, "not told by this server")
        self._notes.left(Hop.GPU, "not told by this server")
        self._context(ServerFacts("other", context=who.context), "not told by this server")
        self._round_trip("/v1/models")

    def _memory(self, running: ModelEntry | None) -> None:
        """What ``/api/ps`` says of the model."""
        if running is None:
            cold = ServerFacts(loaded=False)
            if self._peer.pod:
                self._notes.check(Hop.LOADED, cold, "")
            else:
                self._notes.left(Hop.LOADED, "not in memory: the first question loads it")
            for hop in (Hop.GPU, Hop.CONTEXT):
                self._notes.left(hop, _WHEN_LOADED)
            return
        self._notes.passed(Hop.LOADED, "in memory")
        share = running.gpu_share
        pod = self._notes.pod
        there = bool(pod.gpu_count) if pod and pod.gpu_count is not None else None
        if pod is None and self._peer.this_machine:
            there = has_gpu()
        told = ServerFacts(gpu_share=share, gpu_there=there)
        if share is None:
            self._notes.left(Hop.GPU, "not told")
        elif share == 0 and not there and (pod is None or pod.gpu_count != 0):
            self._notes.left(Hop.GPU, "on the CPU")
        else:
            self._notes.check(Hop.GPU, told, f"{share:.0%} on the GPU".replace("%", " %"), pod=pod)
        self._context(ServerFacts(context=running.context_length), "not told")

    def _context(self, told: ServerFacts, unknown: str) -> None:
        if told.context is None:
            self._notes.left(Hop.CONTEXT, unknown)
            return
        wanted = self._num_ctx
        words = f"{told.context:,} tokens"
        if wanted is None:
            words += ", the server's own choice"
        elif told.context > wanted and self._api == "ollama":
            words += f"; the next question loads it again with {wanted:,}"
        serving = ServerFacts(told.kind, context=told.context, wanted_context=wanted)
        self._notes.check(Hop.CONTEXT, serving, words)

    def _round_trip(self, path: str) -> None:
        """The median of a few short questions on the open connection."""
        times = []
        for _ in range(_TRIPS):
            begun = time.perf_counter()
            self._get(path)
            times.append((time.perf_counter() - begun) * 1000)
        self._notes.measured(Hop.ROUND_TRIP, f"median of {_TRIPS}", statistics.median(times))

    def _described(self, listed: ModelEntry | None) -> str:
        details = listed.details if listed else None
        sizes = (details.parameter_size, details.quantization_level) if details else ()
        told = (self._peer.quoted(size, 30) for size in sizes if size)
        return " ".join([self._model, *told])

    def _get(self, path: str) -> Reply:
        return self._http.fetch(path, within_s=self._within_s)
