"""Checks the server itself: version, model, memory, GPU, context, round trip."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
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
from bbtui.clients.openai.probe import detect_llama_cpp, is_loading
from bbtui.domain.diagnosis import server_name
from bbtui.domain.diagnosis_rules import Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.observation import ServerFacts, ServerKind

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient

NEAR_S, FAR_S = 3.0, 5.0
_TRIPS = 3
_WHEN_LOADED = "known once the model is loaded"


class ServerIdentity(NamedTuple):
    """Which server replies."""

    kind: ServerKind
    version: str = ""

    context: int | None = None
    """In tokens, from llama.cpp and vLLM."""

    loading: bool = False
    """Whether a llama.cpp is loading its model."""

    asleep: bool = False
    """Whether a llama.cpp has unloaded its model until the next request."""


class ServerChecks:
    """Checks one server, hop by hop. Every method raises RequestFailed where a request fails.

    `http` is a client of the server's root, above ``/v1``.
    """

    def __init__(
        self,
        http: HttpClient,
        endpoint: Endpoint,
        peer: Peer,
        findings: Findings,
        num_ctx: int | None,
    ) -> None:
        self._http = http
        self._peer = peer
        self._findings = findings
        self._api = endpoint.api
        self._model = endpoint.model
        self._num_ctx = num_ctx
        self._within_s = NEAR_S if peer.nearby else FAR_S

    def identify(self) -> ServerIdentity:
        """Return which server it is, by the replies that only one of them sends."""
        first = self._get("/api/version")
        if (decoded := decode_reply(first, VERSION)) is not None:
            return ServerIdentity("ollama", self._peer.quoted(decoded.version, 30))
        api = self._api
        if first.status not in (200, 404, 405) and not is_loading(first):
            raise error_reply(first, self._peer, api, "")
        if (llama_cpp := detect_llama_cpp(self._get)) is not None:
            props = llama_cpp.props
            if props is None:
                return ServerIdentity("llama.cpp", loading=True)
            return ServerIdentity(
                "llama.cpp",
                self._peer.quoted(props.build_info or "", 30),
                props.context,
                asleep=bool(props.is_sleeping),
            )
        reply = self._get("/v1/models")
        listed = decode_reply(reply, MODELS)
        if listed is None:
            raise error_reply(first if api == "ollama" else reply, self._peer, api, "")
        if not any(model.owned_by == "vllm" for model in listed.named):
            return ServerIdentity("other")
        ours = next((model for model in listed.named if model.id == self._model), None)
        decoded = decode_reply(self._get("/version"), VERSION)
        version = self._peer.quoted(decoded.version, 30) if decoded else ""
        return ServerIdentity("vllm", version, ours.max_model_len if ours else None)

    def check_version(self, identity: ServerIdentity) -> bool:
        """Add the version; return whether the endpoint's API is the server's."""
        facts = ServerFacts(identity.kind, identity.version)
        return self._findings.check(Hop.VERSION, facts, server_name(facts))

    def check_ollama(self) -> None:
        """Add the hops of the model, in Ollama's own dialect."""
        tags = self._get("/api/tags")
        try:
            on_disk = read_listing(tags)
        except RequestFailed:
            raise error_reply(tags, self._peer, "ollama", "") from None
        ours = find_model(on_disk, self._model)
        names = tuple(self._peer.quoted(entry.name or "") for entry in on_disk)
        facts = ServerFacts(models=names, model_there=ours is not None)
        if not self._findings.check(Hop.MODEL, facts, self._describe(ours)):
            return
        try:
            ps = self._http.fetch("/api/ps", within_s=PS_WITHIN_S)
            running = loaded_model(ps, self._model)
        except RequestFailed:
            # Ollama does not reply while a model loads or unloads.
            self._findings.skipped(Hop.LOADED, "unknown: a model may be loading or unloading")
        else:
            self._check_memory(running)
        self._measure_round_trip("/api/version")

    def check_openai(self, identity: ServerIdentity) -> None:
        """Add the hops of the model, in the OpenAI dialect."""
        if identity.loading:
            self._findings.check(Hop.LOADED, ServerFacts("llama.cpp", loading=True), "")
            return
        reply = self._get("/v1/models")
        listed = decode_reply(reply, MODELS)
        if listed is None:
            raise error_reply(reply, self._peer, "openai", "")
        names = tuple(self._peer.quoted(model.id) for model in listed.named)
        has_model = any(model.id == self._model for model in listed.named)
        if identity.kind == "llama.cpp":
            # It has one model and uses it, whatever name is requested.
            self._findings.passed(Hop.MODEL, f"{', '.join(names)}: its only model")
        elif has_model or identity.kind == "vllm":
            facts = ServerFacts("other", models=names, model_there=has_model)
            if not self._findings.check(Hop.MODEL, facts, self._model):
                return
        else:
            self._findings.skipped(Hop.MODEL, f"not among the {len(names)} models it lists")
        if identity.kind in ("llama.cpp", "vllm"):
            detail = "asleep: the next request wakes it" if identity.asleep else "in memory"
            self._findings.passed(Hop.LOADED, detail)
        else:
            self._findings.skipped(Hop.LOADED, "not reported by this server")
        self._findings.skipped(Hop.GPU, "not reported by this server")
        self._check_context(
            ServerFacts("other", context=identity.context), "not reported by this server"
        )
        self._measure_round_trip("/v1/models")

    def _check_memory(self, running: ModelEntry | None) -> None:
        """Add the hops that ``/api/ps`` reports."""
        if running is None:
            cold = ServerFacts(loaded=False)
            if self._peer.pod:
                self._findings.check(Hop.LOADED, cold, "")
            else:
                self._findings.skipped(Hop.LOADED, "not in memory: the first request loads it")
            for hop in (Hop.GPU, Hop.CONTEXT):
                self._findings.skipped(hop, _WHEN_LOADED)
            return
        self._findings.passed(Hop.LOADED, "in memory")
        share = running.gpu_share
        pod = self._findings.pod
        gpu_there = bool(pod.gpu_count) if pod and pod.gpu_count is not None else None
        if pod is None and self._peer.this_machine:
            gpu_there = has_gpu()
        facts = ServerFacts(gpu_share=share, gpu_there=gpu_there)
        if share is None:
            self._findings.skipped(Hop.GPU, "not reported")
        elif share == 0 and not gpu_there and (pod is None or pod.gpu_count != 0):
            self._findings.skipped(Hop.GPU, "on the CPU")
        else:
            detail = f"{share * 100:.0f} % on the GPU"
            self._findings.check(Hop.GPU, facts, detail, pod=pod)
        self._check_context(ServerFacts(context=running.context_length), "not reported")

    def _check_context(self, facts: ServerFacts, unknown: str) -> None:
        if facts.context is None:
            self._findings.skipped(Hop.CONTEXT, unknown)
            return
        wanted = self._num_ctx
        detail = f"{facts.context:,} tokens"
        if wanted is None:
            detail += ", the server's default"
        elif facts.context > wanted and self._api == "ollama":
            detail += f"; the next request reloads the model with {wanted:,}"
        facts = replace(facts, wanted_context=wanted)
        self._findings.check(Hop.CONTEXT, facts, detail)

    def _measure_round_trip(self, path: str) -> None:
        """Add the median time of a few short requests on the open connection."""
        times = []
        for _ in range(_TRIPS):
            started = time.perf_counter()
            self._get(path)
            times.append((time.perf_counter() - started) * 1000)
        self._findings.measured(Hop.ROUND_TRIP, f"median of {_TRIPS}", statistics.median(times))

    def _describe(self, listed: ModelEntry | None) -> str:
        details = listed.details if listed else None
        sizes = (details.parameter_size, details.quantization_level) if details else ()
        return " ".join([self._model, *(self._peer.quoted(size, 30) for size in sizes if size)])

    def _get(self, path: str) -> Reply:
        return self._http.fetch(path, within_s=self._within_s)
