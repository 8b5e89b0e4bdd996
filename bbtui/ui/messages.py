"""Texts for answers and hosts: states, and figures in columns of fixed width."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import NamedTuple

from bbtui.domain.answer import STOPPED_BY_YOU, Answer, AnswerState, LiveAnswer
from bbtui.domain.host import Host, HostState
from bbtui.domain.score import Winner
from bbtui.domain.timing import Start, Timing, start_of
from bbtui.engine.pauses import Pause
from bbtui.engine.run_queue import WarmUp
from bbtui.formatting.durations import format_ns

SYMBOLS = {
    AnswerState.WAITING: "◌",
    AnswerState.THINKING: "▷",
    AnswerState.STREAMING: "▶",
    AnswerState.DONE: "✓",
    AnswerState.CUT: "✂",
    AnswerState.TRUNCATED: "┄",
    AnswerState.FAILED: "✗",
    AnswerState.STOPPED: "■",
}
QUEUED = "…"
NOT_RUN = "·"


def not_configured_text(configured: str) -> str:
    """Return that the configuration has no endpoint of this name any more."""
    return f"{configured} is no longer configured"


def format_rate(timing: Timing) -> str:
    """Return the tokens per second; ``~`` until the server has counted enough of them."""
    if timing.tok_s is None:
        return "– tok/s"
    mark = "" if timing.rate_exact else "~"
    return f"{mark}{timing.tok_s:.{1 if timing.tok_s < 1000 else 0}f} tok/s"


def format_tokens(timing: Timing) -> str:
    """Return the number of tokens; ``~`` while it counts chunks."""
    if timing.tokens is None:
        return "– tok"
    return f"{'' if timing.exact else '~'}{timing.tokens} tok"


def state_text(answer: Answer | LiveAnswer | None, *, queued: bool, now_ns: int) -> str:
    """Return the state of an answer with its symbol; "" for a cell that was never run."""
    return state_texts(answer, queued=queued, now_ns=now_ns)[0]


def state_texts(
    answer: Answer | LiveAnswer | None, *, queued: bool, now_ns: int
) -> tuple[str, ...]:
    """Return the state of an answer in full, then shorter where there is a shorter text."""
    if queued:
        return f"{QUEUED} waiting for its turn", f"{QUEUED} waiting"
    if answer is None:
        return ("",)
    symbol = SYMBOLS[answer.state]
    match answer.state:
        case AnswerState.WAITING if isinstance(answer, LiveAnswer):
            waited = format_ns(now_ns - (answer.sent_ns or answer.since_ns))
            what = answer.phase or answer.waits_for
            if not what:
                return (f"{symbol} waiting {waited}",)
            return f"{symbol} waiting {waited}: {what}", f"{symbol} {waited}: {what}"
        case AnswerState.CUT:
            return f"{symbol} {answer.state.label}", f"{symbol} token limit"
        case AnswerState.STOPPED:
            return f"{symbol} {STOPPED_BY_YOU.cause}", f"{symbol} stopped"
        case _:
            return (f"{symbol} {answer.state.label}",)


def rest_of_pause(pause: Pause, now_s: float) -> str:
    """Return when a paused endpoint is tried again or given up, counted down in seconds."""
    if pause.why.kind == "asked" or pause.until is None:
        return f"next try in {max(0.0, pause.retry_at - now_s):.0f} s"
    return f"gives up in {max(0.0, pause.until - now_s):.0f} s"


def pause_texts(pause: Pause, model: str, now_s: float) -> tuple[str, ...]:
    """Return the state of a queued answer whose endpoint is paused, then shorter texts.

    `model` is the endpoint's model, which may be what it waits for.
    """
    waited, rest = f"{now_s - pause.since:.0f} s", rest_of_pause(pause, now_s)
    what = f"loading {model}" if pause.why.kind == "loading" else "server away"
    if pause.why.kind == "asked":
        what = "as the server requests"
    return (
        f"{QUEUED} waiting {waited}: {what}, {rest}",
        f"{QUEUED} {waited}: {what}",
        f"{QUEUED} {rest}",
    )


def warmup_texts(warm: WarmUp) -> tuple[str, ...]:
    """Return the state of a queued answer whose endpoint is warmed up first, then a shorter one."""
    what = warm.live.phase or warm.live.waits_for
    text = f"{QUEUED} warms up, {warm.number} of {warm.total}"
    return (f"{text}: {what}", text) if what else (text,)


def cooldown_texts(until: float, now_s: float) -> tuple[str, ...]:
    """Return the state of a queued answer whose machine cools down, then a shorter one."""
    left = max(1, math.ceil(until - now_s))
    return f"{QUEUED} cools down, {left} s left", f"{QUEUED} cools down {left} s"


def start_parts(answer: Answer | LiveAnswer, timing: Timing) -> list[str]:
    """Return where the time before the first token went, as the server reports it.

    A model that was in memory has no load time, although the server reports a few ms.
    """
    cold = start_of(answer.warmth, timing.load_ns) in (Start.COLD, Start.UNKNOWN)
    parts = (
        ("load", timing.load_ns if cold else None),
        ("prefill", timing.prompt_eval_ns),
        ("queue", timing.known_queue_ns),
    )
    return [f"{name} {format_ns(ns)}" for name, ns in parts if ns is not None]


def score_text(score: int | None) -> str:
    """Return a score: ``4/5``; "" without one."""
    return "" if score is None else f"{score}/5"


def winner_text(winner: Winner | None, endpoint: str) -> str:
    """Return the outcome of a task for one endpoint: ``♛ winner``, ``tie``, ``both bad``, ""."""
    if winner is None or (winner.outcome == "endpoint" and winner.endpoint != endpoint):
        return ""
    return "♛ winner" if winner.outcome == "endpoint" else winner.outcome


HOST_SYMBOLS = {
    HostState.UNKNOWN: "○",
    HostState.PREPARING: "◔",
    HostState.LOADING: "◐",
    HostState.READY: "●",
    HostState.UNREACHABLE: "✗",
    HostState.STOPPED: "○",
    HostState.FAILED: "✗",
}


class HostText(NamedTuple):
    """The texts of a host."""

    state: str
    """Its state, with a symbol."""
    facts: tuple[str, ...]
    """What else is known of it, the most important first."""
    stays: str
    """How long its model stays in memory; "" if unknown."""

    @property
    def known(self) -> list[str]:
        """Everything but the state."""
        return [*self.facts, self.stays] if self.stays else list(self.facts)


def host_text(host: Host, *, stale: bool, now: datetime | None = None) -> HostText:
    """Return the texts of a host at a time; `stale` marks old news."""
    name = "checking …" if host.state is HostState.UNKNOWN else host.state
    state = f"{HOST_SYMBOLS[host.state]} {host.description or name}"
    if stale:
        state = f"{state} (old)"
    # What follows a comma is for the report ("…, repeat penalty 1.1").
    facts = [host.build.server.partition(",")[0]]
    if host.loaded is False:
        facts.append("model not loaded")
    if host.gpu_share is not None:
        facts.append("on CPU" if host.gpu_share == 0 else f"{host.gpu_share * 100:.0f} % GPU")
    if host.build.context_length:
        facts.append(f"ctx {host.build.context_length}")
    if host.full:
        facts.append("busy")
    facts += (card.summary for card in host.cards)
    stays = "stays loaded" if host.stays_loaded else ""
    if not stays and host.unloads_at is not None:
        stays = _unloads(host.unloads_at, now or datetime.now(UTC))
    return HostText(state, tuple(fact for fact in facts if fact), stays)


def _unloads(at: datetime, now: datetime) -> str:
    seconds = (at - now).total_seconds()
    # The time only moves when a request ends, so during a long answer it can be past.
    if seconds <= 0:
        return "busy"
    if seconds < 60:
        return f"unloads in {seconds:.0f} s"
    minutes, hours = seconds / 60, seconds / 3600
    if minutes < 90:
        return f"unloads in {minutes:.0f} m"
    return f"unloads in {hours:.0f} h" if hours < 48 else f"unloads in {hours / 24:.0f} d"
