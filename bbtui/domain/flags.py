"""Warnings about an endpoint or an answer that works, but not as it should.

Those about the machine are worded by the diagnosis rules. Those about an answer are computed from
what is saved with it, so that the pane, a report and a JSON document arrive at the same ones:

* context full: prompt and answer together fill 95 % of the context as running. Ollama then drops
  the oldest messages, or shifts the context, without notice.
* prompt truncated: the server counted fewer tokens than the prompt can have. A recorded one
  (tests/traces/chat-truncated-prompt) counts 2051 for 6000 words at a context of 4096. A token of
  text is three to six characters long; above eight for each token, a part was left out. A cut
  prompt of Chinese, hex or logs has three to four (tests/traces/chat-truncated-chinese): it is seen
  where the same prompt was counted elsewhere.
* buffered: many chunks in one read, the work of a proxy (tests/traces/chat-buffering-proxy-40).
* cached, identical: what repeats do not show (`repeats`).
* clocks differ: the server's times do not fit what was seen here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from bbtui.domain.answer import Answer, AnswerState, Cell, ServerTimings
from bbtui.domain.diagnosis import diagnose
from bbtui.domain.endpoint import Api, Endpoint
from bbtui.domain.host import Build, Host
from bbtui.domain.observation import Observation, ServerFacts, ServerKind, Target
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem
from bbtui.domain.repeats import cache_flag, identical_flag
from bbtui.domain.session import Session
from bbtui.domain.timing import FEW_TOKENS, Timing
from bbtui.formatting.durations import format_ns
from bbtui.formatting.numbers import format_rate
from bbtui.formatting.text import counted

FULL_FROM = 0.95
#: More characters than that for each token, and a part of the prompt was not read.
CHARACTERS_PER_TOKEN = 8
#: In characters; below it a repeated word or a template decides the ratio.
LONG_PROMPT = 2000
#: The same weights read at least that part of the tokens that they read elsewhere, whatever the
#: template; other weights, with a tokenizer of their own, at least the other part.
SAME_WEIGHTS, OTHER_WEIGHTS = 0.95, 0.5
#: In tokens; below it a template decides the ratio.
_FEW = 100
#: The one release that does not count cached prompt tokens.
_MISCOUNTS = "Ollama 0.30.0"
_OLLAMA = re.compile(r"Ollama 0\.(\d{1,4})\.")
_UNBUFFER = "turn off buffering in the proxy (nginx: proxy_buffering off), or connect without it"


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


def endpoint_flag(session: Session, endpoint: Endpoint) -> Problem | None:
    """Return the warning that all answers of an endpoint had a shorter context than requested."""
    running = session.host_record(endpoint).build.context_length
    return narrow_flag(running, session.options.num_ctx, endpoint.model, endpoint.api)


def answer_flags(session: Session, answer: Answer, timing: Timing) -> tuple[Problem, ...]:
    """Return the warnings about an answer that has ended; `timing` has its figures.

    The problem of a whole answer is its note: thinking separated by tags, parts left out.
    """
    build = session.host_record(session.endpoint(answer.cell.endpoint)).build
    prompt = session.task(answer.cell.task).prompt
    found = (
        context_flag(prompt, answer.server, build) or prompt_flag(session, answer),
        *timing_flags(timing, build.server),
        _clocks_flag(answer, timing),
        cache_flag(session, answer),
        identical_flag(session, answer.cell.task, answer.cell.endpoint),
        answer.problem if answer.state is AnswerState.DONE and answer.problem else None,
    )
    return tuple(flag for flag in found if flag is not None)


def context_flag(prompt: str, server: ServerTimings, build: Build) -> Problem | None:
    """Return the warning for a truncated prompt or a full context, by the server's counts."""
    count, running = server.prompt_eval_count, build.context_length
    characters = sum(not character.isspace() for character in prompt)
    if (
        count
        and build.server != _MISCOUNTS
        and characters > max(LONG_PROMPT, CHARACTERS_PER_TOKEN * count)
    ):
        return _truncated(count, f"of its {len(prompt):,} characters")
    used = (count or 0) + (server.eval_count or 0)
    if running and count is not None and used >= FULL_FROM * running:
        return Problem(
            f"the context is full: {used:,} of {running:,} tokens; its beginning may be cut",
            "raise num_ctx in [options], or lower num_predict",
        )
    return None


def prompt_flag(session: Session, answer: Answer) -> Problem | None:
    """Return the warning that fewer tokens of a prompt were read than of the same one elsewhere."""
    count = answer.server.prompt_eval_count
    own = session.endpoint(answer.cell.endpoint)
    if not count or session.host_record(own).build.server == _MISCOUNTS:
        return None
    for endpoint in session.endpoints:
        least = SAME_WEIGHTS if _same_weights(session, own, endpoint) else OTHER_WEIGHTS
        counts = session.once(_prompt_counts, answer.cell.task, endpoint.name)
        # A tenth is no prompt that was cut, but one whose cached tokens were not counted.
        comparable = bisect_right(counts, 10 * count)
        if comparable and count < least * (read := counts[comparable - 1]):
            whose = endpoint.label or endpoint.name
            return _truncated(count, f"({whose} read {read:,} tokens of the same prompt)")
    return None


def _prompt_counts(session: Session, task: str, endpoint: str) -> list[int]:
    """Return the counts of the prompt's tokens in all answers of a cell, ascending."""
    trials = range(1, session.trials + 1)
    answers = (one for trial in trials for one in session.attempts(Cell(task, endpoint, trial)))
    counts = (one.server.prompt_eval_count for one in answers)
    return sorted(count for count in counts if count is not None and count >= _FEW)


def _same_weights(session: Session, one: Endpoint, other: Endpoint) -> bool:
    digests = {session.host_record(endpoint).build.digest for endpoint in (one, other)}
    return one.model == other.model or (len(digests) == 1 and "" not in digests)


def _truncated(count: int, compared: str) -> Problem:
    return Problem(
        f"the prompt was truncated: the server read {count:,} tokens {compared}",
        "raise num_ctx in [options], or shorten the prompt",
    )


def timing_flags(timing: Timing, server: str = "") -> Iterator[Problem]:
    """Yield what the way between server and client does to the figures.

    `server` is its name and version.
    """
    paced = timing.pace_differs and not _leaves_sampling_out(server)
    word = "token" if timing.exact else "chunk"
    first = timing.first_tokens or 0
    after = (timing.tokens or 0) - first
    own = f"{format_rate(timing.server_tok_s, True)} by the server's times" if paced else ""
    if timing.first_buffered:
        rough = ""
        if timing.rough:
            rough = f", and tok/s rests on the {after} after it" + (own and f" ({own})")
        elif own:
            rough = f", and tok/s: {own}"
        yield Problem(
            f"{counted(first, word)} came in the first read: "
            f"the time to the first token is the proxy's{rough}",
            _UNBUFFER,
        )
    elif timing.rough:
        yield Problem(
            f"{counted(first, word)} came in the first read, and {after} after it: "
            f"tok/s is approximate{own and f' ({own})'}",
            "compare tok/s of longer answers",
        )
    elif paced:
        yield Problem(
            f"tok/s is {format_rate(timing.tok_s, True)} here and "
            f"{format_rate(timing.server_tok_s, True)} by the server's own times: "
            "the network or a proxy in between sets the pace",
            "run bbtui closer to the server, or compare the server's own times",
        )
    elif timing.tokens == first >= FEW_TOKENS:
        yield Problem(
            "the answer came in one piece: the time to the first token is that of all of it"
        )
    if timing.later_buffered:
        yield Problem(
            f"about {timing.tokens_per_read or 0:.0f} {word}s came in each later read: "
            "the chunk gaps are the proxy's",
            _UNBUFFER,
        )


def _leaves_sampling_out(server: str) -> bool:
    """Return whether a server's generation time is less than the time it took (Ollama < 0.30)."""
    version = _OLLAMA.match(server)
    return version is not None and 0 < int(version[1]) < 30  # 0.0.0 is a build of its developers


def _clocks_flag(answer: Answer, timing: Timing) -> Problem | None:
    """Return the warning that the server's times are in no figure, with these times."""
    if not timing.clocks_differ:
        return None
    server = answer.server
    times = (
        ("total", server.total_ns),
        ("load", server.load_ns),
        ("prefill", server.prompt_eval_ns),
        ("generation", server.eval_ns),
    )
    there = ", ".join(f"{name} {format_ns(ns)}" for name, ns in times if ns is not None)
    here = f"first token {format_ns(timing.ttft_ns)}, end {format_ns(timing.e2e_ns)}"
    return Problem(
        f"the server's times contradict the client's: {there}, but {here} here",
        "compare the client's figures only; the server's are left out of load, prefill and queue",
    )


def _diagnosed(target: Target, serving: ServerFacts, pod: Pod | None = None) -> Problem | None:
    found = diagnose(Observation(target, server=serving, pod=pod))
    return None if found is None else found.problem
