"""Checks the server itself: version, model, memory, GPU, context, round trip."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from bbtui.clients.doctor.findings import Findings
from bbtui.clients.gpu import has_gpu
from bbtui.clients.http.json_replies import LIST_WITHIN_S, VERSION, decode_reply, read_models
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import Reply, RequestFailed, error_reply, timed_out
from bbtui.clients.ollama.probe import (
    PS_WITHIN_S,
    ModelEntry,
    find_digest,
    find_model,
    read_listing,
)
from bbtui.clients.openai.paths import call_paths, first_found, require_chat
from bbtui.clients.openai.probe import detect_llama_cpp, is_loading
from bbtui.domain.diagnosis import server_name
from bbtui.domain.diagnosis_rules.rule import Hop
from bbtui.domain.endpoint import Api, Endpoint
from bbtui.domain.observation import ServerFacts, ServerKind

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient

NEAR_S, FAR_S = 3.0, 5.0
_TRIPS = 3
#: From this time on a list of models is called slow, in s.
_SLOW_S = 1.0
_NO_LIST = f"unknown: its list of models did not come within {LIST_WITHIN_S:g} s"
_WHEN_LOADED = "known once the model is loaded"


class ListReply(NamedTuple):
    """A reply with a list of models."""

    reply: Reply | None
    """None if it did not come in time."""

    seconds: float
    """How long it took."""

    @property
    def note(self) -> str:
        """What to add where the list is shown: ``; its list of models took 3.5 s``, or ""."""
        return f"; its list of models took {self.seconds:.1f} s" if self.seconds > _SLOW_S else ""


class ServerIdentity(NamedTuple):
    """Which server replies."""

    kind: ServerKind
    """Which software it is."""
    version: str = ""
    """Its version; "" if it reports none."""

    context: int | None = None
    """In tokens, from llama.cpp and vLLM."""

    loading: bool = False
    """Whether a llama.cpp is loading its model."""

    asleep: bool = False
    """Whether a llama.cpp has unloaded its model until the next request."""

    models: ListReply | None = None
    """Its list of models, where it was identified by that."""

    @property
    def api(self) -> Api:
        """The API to use with it."""
        return "ollama" if self.kind == "ollama" else "openai"


@dataclass(frozen=True, slots=True)
class ServerChecks:
    """Checks one server, hop by hop. Every method raises RequestFailed where a request fails."""

    http: HttpClient
    """A client of the server's root, above ``/v1``."""

    endpoint: Endpoint
    """The endpoint whose server is checked."""
    peer: Peer
    """That server."""
    findings: Findings
    """Collects the result of each step."""

    num_ctx: int | None
    """The context that the options ask for, in tokens."""

    detects: bool = False
    """Whether the API of the endpoint is an assumption."""

    def identify(self) -> ServerIdentity:
        """Return which server it is, by the replies that only one of them sends."""
        first = self._get("/api/version")
        if (decoded := decode_reply(first, VERSION)) is not None:
            return ServerIdentity("ollama", self.peer.quoted(decoded.version, 30))
        api = self.endpoint.api
        if first.status not in (200, 404, 405) and not is_loading(first):
            raise error_reply(first, self.peer, api, "")
        if (llama_cpp := detect_llama_cpp(self._get)) is not None:
            props = llama_cpp.props
            if props is None:
                return ServerIdentity("llama.cpp", loading=True)
            return ServerIdentity(
                "llama.cpp",
                self.peer.quoted(props.build_info or "", 30),
                props.context,
                asleep=bool(props.is_sleeping),
            )
        models = self._list(*call_paths(self.peer.url, "/models"))
        if models.reply is None:
            return ServerIdentity("other", models=models)
        listed = read_models(models.reply)
        if listed is None:
            if api == "ollama" and not self.detects:
                raise error_reply(first, self.peer, api, "")
            within_s = NEAR_S if self.peer.nearby else FAR_S
            require_chat(self.http, self.peer, models.reply, within_s)
            return ServerIdentity("other", models=models)
        if not any(model.owned_by == "vllm" for model in listed):
            return ServerIdentity("other", models=models)
        ours = next((model for model in listed if model.id == self.endpoint.model), None)
        decoded = decode_reply(self._get("/version"), VERSION)
        version = self.peer.quoted(decoded.version, 30) if decoded else ""
        context = ours.max_model_len if ours else None
        return ServerIdentity("vllm", version, context, models=models)

    def check_version(self, identity: ServerIdentity) -> bool:
        """Add the version; return whether the endpoint's API is the server's."""
        facts = ServerFacts(identity.kind, identity.version)
        found = "; api: openai (detected)" if self.detects and identity.api == "openai" else ""
        return self.findings.check(Hop.VERSION, facts, server_name(facts) + found)

    def check_ollama(self) -> None:
        """Add the hops of the model, in Ollama's own dialect."""
        tags, ours = self._list("/api/tags"), None
        if tags.reply is None:
            self.findings.skipped(Hop.MODEL, _NO_LIST)
        else:
            try:
                on_disk = read_listing(tags.reply)
            except RequestFailed:
                raise error_reply(tags.reply, self.peer, "ollama", "") from None
            ours = find_model(on_disk, self.endpoint.model)
            names = tuple(self.peer.quoted(entry.name or "") for entry in on_disk)
            facts = ServerFacts(models=names, model_there=ours is not None)
            if not self.findings.check(Hop.MODEL, facts, self._describe(ours) + tags.note):
                return
        try:
            loaded = read_listing(self.http.fetch("/api/ps", within_s=PS_WITHIN_S))
        except RequestFailed:
            # Ollama does not reply while a model loads or unloads.
            self.findings.skipped(Hop.LOADED, "unknown: a model may be loading or unloading")
        else:
            running = find_model(loaded, self.endpoint.model)
            self._check_memory(running or find_digest(loaded, ours.digest if ours else None))
        self._measure_round_trip("/api/version")

    def check_openai(self, identity: ServerIdentity) -> None:
        """Add the hops of the model, in the OpenAI dialect."""
        if identity.loading:
            self.findings.check(Hop.LOADED, ServerFacts("llama.cpp", loading=True), "")
            return
        models = identity.models or self._list(*call_paths(self.peer.url, "/models"))
        if models.reply is None:
            self.findings.skipped(Hop.MODEL, _NO_LIST)
        elif not self._check_listed(identity, models.reply, models.note):
            return
        if identity.kind in ("llama.cpp", "vllm"):
            detail = "asleep: the next request wakes it" if identity.asleep else "in memory"
            self.findings.passed(Hop.LOADED, detail)
        else:
            self.findings.skipped(Hop.LOADED, "not reported by this server")
        self.findings.skipped(Hop.GPU, "not reported by this server")
        facts = ServerFacts("other", context=identity.context)
        self._check_context(facts, "not reported by this server")
        # Any reply will do, also that there is no such path.
        slow = models.reply is None or bool(models.note)
        models_path = call_paths(self.peer.url, "/models")[0]
        self._measure_round_trip("/health" if slow else models_path)

    def _check_listed(self, identity: ServerIdentity, reply: Reply, note: str) -> bool:
        """Add the hop of the model by the list; return whether the next one can be checked."""
        listed = read_models(reply)
        if listed is None:
            self.findings.skipped(Hop.MODEL, "models not listed by this server")
            return True
        names = tuple(self.peer.quoted(model.id) for model in listed)
        has_model = any(model.id == self.endpoint.model for model in listed)
        if identity.kind == "llama.cpp":
            # It has one model and uses it, whatever name is requested.
            self.findings.passed(Hop.MODEL, f"{', '.join(names)}: its only model{note}")
        elif has_model or identity.kind == "vllm":
            facts = ServerFacts("other", models=names, model_there=has_model)
            return self.findings.check(Hop.MODEL, facts, self.endpoint.model + note)
        else:
            self.findings.skipped(Hop.MODEL, f"not among the {len(names)} models it lists{note}")
        return True

    def _check_memory(self, running: ModelEntry | None) -> None:
        """Add the hops that ``/api/ps`` reports."""
        if running is None:
            if self.peer.pod:
                self.findings.check(Hop.LOADED, ServerFacts(loaded=False), "")
            else:
                self.findings.skipped(Hop.LOADED, "not in memory: the first request loads it")
            for hop in (Hop.GPU, Hop.CONTEXT):
                self.findings.skipped(hop, _WHEN_LOADED)
            return
        self.findings.passed(Hop.LOADED, "in memory")
        share, pod = running.gpu_share, self.findings.pod
        gpu_there = bool(pod.gpu_count) if pod and pod.gpu_count is not None else None
        if pod is None and self.peer.this_machine:
            gpu_there = has_gpu()
        if share is None:
            self.findings.skipped(Hop.GPU, "not reported")
        elif share == 0 and not gpu_there and (pod is None or pod.gpu_count != 0):
            self.findings.skipped(Hop.GPU, "on the CPU")
        else:
            facts = ServerFacts(gpu_share=share, gpu_there=gpu_there)
            self.findings.check(Hop.GPU, facts, f"{share * 100:.0f} % on the GPU", pod=pod)
        self._check_context(ServerFacts(context=running.context_length), "not reported")

    def _check_context(self, facts: ServerFacts, unknown: str) -> None:
        if facts.context is None:
            self.findings.skipped(Hop.CONTEXT, unknown)
            return
        wanted = self.num_ctx
        detail = f"{facts.context:,} tokens"
        if wanted is None:
            detail += ", the server's default"
        elif facts.context > wanted and self.endpoint.api == "ollama":
            detail += f"; the next request reloads the model with {wanted:,}"
        self.findings.check(Hop.CONTEXT, replace(facts, wanted_context=wanted), detail)

    def _measure_round_trip(self, path: str) -> None:
        """Add the median time of a few short requests on the open connection."""
        times = []
        for _ in range(_TRIPS):
            started = time.perf_counter()
            self._get(path)
            times.append((time.perf_counter() - started) * 1000)
        self.findings.measured(Hop.ROUND_TRIP, f"median of {_TRIPS}", statistics.median(times))

    def _describe(self, listed: ModelEntry | None) -> str:
        details = listed.details if listed else None
        sizes = (details.parameter_size, details.quantization_level) if details else ()
        return " ".join(
            [self.endpoint.model, *(self.peer.quoted(size, 30) for size in sizes if size)]
        )

    def _list(self, *paths: str) -> ListReply:
        """Return a list of models: a slow one is no server that cannot answer."""
        fetch = partial(self.http.fetch, within_s=LIST_WITHIN_S)
        started = time.perf_counter()
        try:
            reply: Reply | None = first_found(fetch, paths)
        except RequestFailed as failure:
            if not timed_out(failure):
                raise
            reply = None
        return ListReply(reply, time.perf_counter() - started)

    def _get(self, path: str) -> Reply:
        return self.http.fetch(path, within_s=NEAR_S if self.peer.nearby else FAR_S)
