"""The countdown to the limit of a pod's proxy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bbtui.domain.answer import AnswerState, Cell, LiveAnswer, Piece
from bbtui.domain.proxy_timeout import POD_PROXY, ProxyTimeout, countdown, preload_advice

MODEL = "gemma3:27b"
ASKED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
S = 1_000_000_000


def asked(sent_ns: int | None = None) -> LiveAnswer:
    growing = LiveAnswer(Cell("task", "big"), 1, ASKED, asked_ns=1000)
    growing.sent_ns = sent_ns
    return growing


@pytest.mark.parametrize(
    ("silent_s", "words"),
    [
        (0, ""),
        (59.9, ""),
        (60, "the proxy gives up in 40 s"),
        (62, "the proxy gives up in 38 s"),
        (99.4, "the proxy gives up in 1 s"),
        (100, "the proxy gives up any moment now"),
        (130, "the proxy gives up any moment now"),
    ],
)
def test_countdown_to_a_proxys_limit(silent_s: float, words: str) -> None:
    assert countdown(asked(), 1000 + int(silent_s * S), POD_PROXY) == words
    assert countdown(asked(sent_ns=5 * S), int((5 + silent_s) * S), POD_PROXY) == words


def test_every_byte_restarts_the_countdown() -> None:
    growing = asked(sent_ns=10 * S)
    timeout = ProxyTimeout(limit_s=10, warn_after_s=4)
    assert countdown(growing, 16 * S, timeout) == "the proxy gives up in 4 s"
    growing.append(6 * S, 1, [Piece("x")])
    assert countdown(growing, 17 * S, timeout) == ""
    assert countdown(growing, 21 * S, timeout) == "the proxy gives up in 5 s"
    growing.end(AnswerState.DONE, 12 * S)
    assert countdown(growing, 99 * S, timeout) == ""


def test_preload_advice_is_the_fix_of_the_diagnosis() -> None:
    assert preload_advice(MODEL, "ollama") == (
        "if it takes longer to load: ollama run gemma3:27b on the pod, before the first request"
    )
    assert preload_advice(MODEL, "openai") == ""
