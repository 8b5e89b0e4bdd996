"""Warnings about an endpoint or an answer that works, but not as it should.

Those about the machine are worded by the diagnosis rules. Those about an answer are computed from
the server's saved counts, so that a report arrives at the same ones:

* context full: prompt and answer together fill 95 % of the context as running. Ollama then drops
  the oldest messages, or shifts the context, without notice.
* prompt truncated: the server counted fewer tokens than the prompt can have. A recorded one
  (tests/traces/chat-truncated-prompt) counts 2051 for 6000 words at a context of 4096. A token of
  text is three to six characters long; above eight for each token, a part was left out.
"""

from __future__ import annotations

from bbtui.domain.answer import ServerTimings
from bbtui.domain.diagnosis import diagnose
from bbtui.domain.endpoint import Api
from bbtui.domain.host import Build, Host
from bbtui.domain.observation import Observation, ServerFacts, ServerKind, Target
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem

FULL_FROM = 0.95
#: More characters than that for each token, and a part of the prompt was not read.
CHARACTERS_PER_TOKEN = 8
#: In characters; below it a repeated word or a template decides the ratio.
LONG_PROMPT = 2000
#: The one release that does not count cached prompt tokens.
_MISCOUNTS = "Ollama 0.30.0"


def machine_flag(host: Host, model: str, pod: Pod | None = None) -> Problem | None:
    """Return the warning that a model is not, or only in part, on the available GPU."""
    running = pod if pod is not None and pod.running else None
    there = host.gpu_there if running is None else bool(running.gpu) and running.gpu_count != 0
    serving = ServerFacts(gpu_share=host.gpu_share, gpu_there=there)
    return _diagnosed(Target("", "", model=model), serving, running)


def narrow_flag(running: int | None, wanted: int | None, model: str, api: Api) -> Problem | None:
    """Return the warning that the context is shorter than requested; both in tokens."""
    # Not the real kind: an Ollama behind the OpenAI API would be flagged for its API instead.
    kind: ServerKind = "ollama" if api == "ollama" else "other"
    serving = ServerFacts(kind=kind, context=running, wanted_context=wanted)
    return _diagnosed(Target("", "", api=api, model=model), serving)


def context_flag(prompt: str, server: ServerTimings, build: Build) -> Problem | None:
    """Return the warning for a truncated prompt or a full context, by the server's counts."""
    count, running = server.prompt_eval_count, build.context_length
    characters = sum(not character.isspace() for character in prompt)
    if (
        count
        and build.server != _MISCOUNTS
        and characters > max(LONG_PROMPT, CHARACTERS_PER_TOKEN * count)
    ):
        return Problem(
            f"the prompt was truncated: the server read {count:,} tokens of its {len(prompt):,} "
            "characters",
            "raise num_ctx in [options], or shorten the prompt",
        )
    used = (count or 0) + (server.eval_count or 0)
    if running and count is not None and used >= FULL_FROM * running:
        return Problem(
            f"the context is full: {used:,} of {running:,} tokens; its beginning may be cut",
            "raise num_ctx in [options], or lower num_predict",
        )
    return None


def _diagnosed(target: Target, serving: ServerFacts, pod: Pod | None = None) -> Problem | None:
    found = diagnose(Observation(target, server=serving, pod=pod))
    return None if found is None else found.problem
