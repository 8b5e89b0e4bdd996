from __future__ import annotations

from dataclasses import replace

from bbtui.domain.cell_results import session_results
from bbtui.domain.endpoint import Options
from bbtui.domain.host import Build
from bbtui.domain.session import HostRecord, Session
from bbtui.report.fairness import differences, unsent
from tests.report.samples import BIG, LOCAL, MIDDLE, complete, empty


def differing(session: Session) -> list[str]:
    return [difference.text for difference in differences(session_results(session))]


def test_ollama_api_supports_every_option() -> None:
    session = replace(empty(MIDDLE), options=Options(think="low", num_ctx=8192, top_k=4))
    assert unsent(session, BIG) == []


def test_known_differences_are_listed() -> None:
    assert differing(complete()) == [
        "context (Big Brain: 8,192 tokens, Local: 4,096 tokens)",
        "server (Big Brain: Ollama 0.33.3, Local: Ollama 0.31.1)",
        "cold starts (Big Brain: none, Local: 1 of 3)",
    ]


def test_unknown_value_is_no_difference() -> None:
    session = empty(BIG, LOCAL).with_host_record(
        "local", HostRecord(Build("Ollama 0.33.3", context_length=1))
    )
    assert differing(session) == []


def test_different_weights_of_one_model_are_a_difference() -> None:
    session = empty(BIG, replace(LOCAL, model=BIG.model))
    session = session.with_host_record(
        "big-brain", HostRecord(Build(quantisation="Q4_K_M", digest="a" * 64))
    )
    session = session.with_host_record(
        "local", HostRecord(Build(quantisation="Q8_0", digest="b" * 64))
    )
    assert differing(session) == [
        "weights (Big Brain: Q4_K_M aaaaaaaaaaaa, Local: Q8_0 bbbbbbbbbbbb)"
    ]
    # Two models are what is compared, not a condition of it.
    assert differing(replace(session, endpoints=(BIG, LOCAL))) == []


def test_unsupported_options_are_a_difference() -> None:
    assert differing(empty(MIDDLE, LOCAL)) == [
        "options sent (Middle: without num_ctx and think, Local: all)"
    ]
