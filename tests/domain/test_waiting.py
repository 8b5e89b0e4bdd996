"""What a request waits for, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bbtui.domain.host import UNKNOWN_HOST, Build, Host, HostState
from bbtui.domain.observation import Observation, Target
from bbtui.domain.problem import Problem
from bbtui.domain.waiting import (
    BEHIND,
    FIRST_DATA,
    PREFILL,
    QUEUE_OR_PREFILL,
    WaitingRequest,
    wait_reason,
)

MODEL = "gemma3:27b"
ASKED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LATER, EARLIER = ASKED + timedelta(minutes=5), ASKED - timedelta(seconds=1)


def ready(server: str = "Ollama 0.33.0", **more: Any) -> Host:
    return Host(HostState.READY, detail="ready", build=Build(server), **more)


def llama(**more: Any) -> Host:
    return ready("llama.cpp b1", loaded=True, **more)


@pytest.mark.parametrize(
    ("host", "more", "words"),
    [
        # Ollama: absent while it loads (GGUF), or the list is held back (MLX).
        (ready(loaded=False), {}, "loading gemma3:27b"),
        (ready(loaded=None), {}, "loading gemma3:27b"),
        (ready(loaded=False), {"own_request_ahead": True}, "loading gemma3:27b"),
        # Ollama: in memory. Nothing distinguishes prefill from a queue, but for two things.
        (ready(loaded=True), {}, QUEUE_OR_PREFILL),
        (ready(loaded=True, unloads_at=LATER), {}, QUEUE_OR_PREFILL),
        (ready(loaded=True, stays_loaded=True), {}, QUEUE_OR_PREFILL),
        (ready(loaded=True, unloads_at=EARLIER), {}, BEHIND),
        (ready(loaded=True, unloads_at=LATER), {"own_request_ahead": True}, BEHIND),
        # llama.cpp: its slots, and the head that comes with one.
        (Host(HostState.LOADING, detail="loading"), {"api": "openai"}, "loading gemma3:27b"),
        (ready("llama.cpp b1", loaded=False), {"api": "openai"}, "loading gemma3:27b"),
        (llama(full=True), {"api": "openai"}, BEHIND),
        (llama(full=True), {"api": "openai", "head": True}, PREFILL),
        (llama(full=False), {"api": "openai"}, PREFILL),
        (llama(), {"api": "openai"}, QUEUE_OR_PREFILL),
        (llama(), {"api": "openai", "head": True}, PREFILL),
        # vLLM sends its head at once; others tell nothing at all.
        (ready("vLLM 0.11", loaded=True), {"api": "openai", "head": True}, QUEUE_OR_PREFILL),
        (ready("OpenAI-compatible"), {"api": "openai"}, FIRST_DATA),
        # Not looked at since the request left.
        (None, {}, ""),
        (None, {"own_request_ahead": True}, BEHIND),
    ],
)
def test_reason_of_the_wait(host: Host | None, more: dict[str, Any], words: str) -> None:
    waiting = WaitingRequest(
        **{"model": MODEL, "api": "ollama", "sent_at": ASKED, "host": host, **more}
    )
    assert wait_reason(waiting) == words


@pytest.mark.parametrize(
    "host",
    [
        None,
        UNKNOWN_HOST,
        Host(HostState.UNREACHABLE, Problem("nothing listens on port 11434")),
        Host(HostState.FAILED, Problem("it does not have the model")),
        Host(HostState.STOPPED, Problem("the pod is stopped")),
        Host(HostState.PREPARING, Problem("the pod starts")),
        Host(
            HostState.LOADING,
            Problem("the pod boots"),
            observed=Observation(Target("pod:443", "pod")),
        ),
    ],
)
def test_last_reason_is_kept_without_a_new_check(host: Host | None) -> None:
    waiting = WaitingRequest(MODEL, "ollama", ASKED, host=host)
    assert wait_reason(waiting, "loading gemma3:27b") == "loading gemma3:27b"
    assert wait_reason(waiting) == ""
