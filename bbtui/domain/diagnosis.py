"""From what was observed of an endpoint to what is wrong with it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from bbtui.domain.address import POD_PROXY
from bbtui.domain.diagnosis_rules.rule import Hop
from bbtui.domain.endpoint import Api
from bbtui.domain.observation import Observation, ServerFacts, Target
from bbtui.domain.pod import PodAction, find_blocker
from bbtui.domain.problem import Problem
from bbtui.formatting.durations import format_uptime

__all__ = ["Diagnosis", "Hop", "diagnose", "server_name"]

#: What a dialect's servers are called.
SERVER_NAMES: Mapping[Api, str] = {"ollama": "Ollama", "openai": "an OpenAI-compatible server"}

_KINDS = {"ollama": "Ollama", "llama.cpp": "llama.cpp", "vllm": "vLLM"}
_MODELS_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with an endpoint, worded alike for pane, report and doctor."""

    hop: Hop
    """The connection step that is concerned."""

    problem: Problem
    """The cause and the fix."""

    blocks: bool = True
    """Whether the endpoint cannot answer like this; otherwise it answers, but not as it should."""


def diagnose(observed: Observation) -> Diagnosis | None:
    """Return the diagnosis by the first rule that applies; None if nothing is wrong."""
    from bbtui.domain.diagnosis_rules.rules import RULES  # not needed before a problem

    for row in RULES:
        if row.when(observed):
            filled = message_values(observed)
            problem = Problem(row.cause.format_map(filled), row.fix.format_map(filled))
            return Diagnosis(row.hop, problem, row.blocks)
    return None


def message_values(seen: Observation) -> dict[str, str]:
    """Return every value that a message may use, by its name in braces."""
    target, reply, pod = seen.target, seen.error_reply, seen.pod
    serving = seen.server or ServerFacts()
    refused = find_blocker(pod, PodAction.START) if pod is not None else None
    text = "" if reply is None else reply.text
    return {
        "where": target.where,
        "host": target.host,
        # A pod's host is masked and could not be used as it is.
        "unproxied": POD_PROXY if target.through_pod_proxy else target.host,
        "name": target.name or "NAME",
        "setting": target.setting,
        "model": target.model,
        "wanted": SERVER_NAMES[target.api],
        "there": _there(target),
        "pull": _typed("pull", target),
        "run": _run(target),
        "detail": seen.detail,
        "proxies": seen.proxies or "the environment",
        "limit": "" if seen.limit_s is None else f"{seen.limit_s:g} s",
        "silence": "" if seen.limit_s is None else f" for {seen.limit_s:g} s",
        "received": f"{seen.received or 0:,} bytes",
        "after": "" if seen.received is None else f", after {seen.received:,} bytes",
        "status": "" if reply is None else f"HTTP {reply.status}",
        "text": text,
        "quoted": f': "{text}"' if text else "",
        "rest": f": {text}" if text else " (empty reply)",
        "error": (reply.error if reply is not None else None) or "nothing",
        "location": reply.location if reply is not None and reply.location else "another address",
        "pod_unknown": "" if seen.pod_unknown is None else seen.pod_unknown.cause,
        "pod_unknown_fix": (seen.pod_unknown.fix if seen.pod_unknown else "")
        or "try again in a minute",
        "pod_state": "" if pod is None else pod.state_text,
        "pod_fix": "" if refused is None else refused.fix,
        "uptime": "" if pod is None or pod.uptime_s is None else format_uptime(pod.uptime_s),
        "server": server_name(serving),
        "instead": _models_instead(serving),
        "share": f"{(serving.gpu_share or 0) * 100:.0f} %",
        "context": f"{serving.context or 0:,}",
        "requested": f"{serving.wanted_context or 0}",
    }


def server_name(serving: ServerFacts) -> str:
    """Return name and version of a server, as far as reported: ``Ollama 0.33.0``."""
    name = _KINDS.get(serving.kind, SERVER_NAMES["openai"])
    return f"{name} {serving.version}" if serving.version else name


def _there(target: Target) -> str:
    if target.this_machine:
        return "here"
    return f"on {'the pod' if target.through_pod_proxy else target.host}"


def _typed(verb: str, target: Target) -> str:
    """Return the Ollama command for the model, and where to run it."""
    command = f"ollama {verb} {shlex.quote(target.model)}" if target.model else f"ollama {verb}"
    if not target.this_machine:
        return f"{command} {_there(target)}"
    own = target.where.endswith(":11434")
    return command if own else f"OLLAMA_HOST={target.where} {command}"


def _run(target: Target) -> str:
    """Return how to load the model; only Ollama loads on request."""
    if target.api == "ollama":
        return _typed("run", target)
    return "the server's log shows when it is loaded"


def _models_instead(serving: ServerFacts) -> str:
    """Return the models that the server has instead, shortened if long."""
    names = ", ".join(serving.models or ())
    if len(names) > _MODELS_SHOWN:
        names = names[: _MODELS_SHOWN - 1].rstrip() + "…"
    return f", but {names}" if names else ""
