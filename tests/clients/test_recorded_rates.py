"""The recorded exchanges at their recorded times: tok/s against the server's own."""

from __future__ import annotations

import json
import statistics
from dataclasses import replace

import pytest

from bbtui.domain.answer import AnswerState, Warmth
from bbtui.domain.flags import answer_flags
from bbtui.domain.session import Session
from bbtui.domain.timing import Timing, measure, start_text
from bbtui.formatting.durations import NS_PER_S
from tests.clients.streaming import recorded_answer
from tests.fakes import BIG, make_session
from tests.loopback import TRACES, Trace
from tests.rates import recorded_rates


def timing_of(name: str) -> Timing:
    return measure(recorded_answer(Trace.load(name)))


def flags_of(name: str, session: Session | None = None) -> list[str]:
    answer = recorded_answer(Trace.load(name))
    session = session or make_session()
    cell = answer.cell._replace(task=session.tasks[0].id, endpoint=BIG)
    answer = replace(answer, cell=cell)
    return [flag.cause for flag in answer_flags(session, answer, measure(answer))]


def test_rates_agree_with_the_servers_own() -> None:
    rates = recorded_rates()
    assert len(rates) >= 17
    assert statistics.median(abs(one.ratio - 1) for one in rates) <= 0.02
    assert all(one.flagged for one in rates if abs(one.ratio - 1) > 0.10)


@pytest.mark.parametrize("name", ["chat-short-stop", "v1-chat-short-stop"])
def test_stop_token_without_text_ends_the_span(name: str) -> None:
    trace = Trace.load(name)
    timing, answer = measure(recorded_answer(trace)), recorded_answer(trace)
    assert answer.state is AnswerState.DONE
    assert (timing.tokens, sum(read.chunks for read in answer.reads)) == (57, 56)
    assert timing.tok_s == 56 * NS_PER_S / (trace.at_ns[-1] - trace.at_ns[0])
    assert timing.rate_exact


def test_tokens_of_a_first_read_are_left_out() -> None:
    timing = timing_of("chat-buffering-proxy-100")
    assert (timing.tokens, timing.first_tokens) == (100, 30)
    assert timing.tok_s == pytest.approx(128, rel=0.01)
    assert timing.rate_exact
    assert flags_of("chat-buffering-proxy-100") == [
        "30 tokens came in the first read: the time to the first token is the proxy's",
        "about 23 tokens came in each later read: the chunk gaps are the proxy's",
    ]


def test_few_tokens_after_a_first_read_are_flagged() -> None:
    timing = timing_of("chat-buffering-proxy-40")
    assert timing.tok_s is not None
    assert timing.tok_s < 150
    assert not timing.rate_exact
    assert flags_of("chat-buffering-proxy-40")[0] == (
        "30 tokens came in the first read: the time to the first token is the proxy's, "
        "and tok/s rests on the 10 after it"
    )


def test_direct_answers_are_not_flagged() -> None:
    for name in ("chat-warm", "chat-short-stop", "llama-server-chat", "v1-chat", "chat-length"):
        assert flags_of(name) == []
        assert timing_of(name).rate_exact


def test_model_that_was_listed_and_loaded_again_is_reloaded() -> None:
    listed = json.loads(b"".join(Trace.load("ps-before-reload").reads))["models"][0]
    answer = replace(recorded_answer(Trace.load("chat-listed-but-reloaded")), warmth=Warmth.WARM)
    assert listed["name"] == "gemma3:270m"
    assert start_text(answer, measure(answer).load_ns) == (
        "reloaded (1.1 s inside the first token)"
    )


def test_every_recorded_rate_is_of_a_stream() -> None:
    names = {one.name for one in recorded_rates()}
    assert names < {path.stem for path in TRACES.glob("*.json")}
    assert {"chat-short-stop", "chat-buffering-proxy-40", "llama-server-chat"} < names
