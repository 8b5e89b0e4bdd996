"""The costs of pods in a report; an unknown price is never guessed."""

from __future__ import annotations

import re
from dataclasses import replace

from bbtui.domain.answer import Cell
from bbtui.domain.cost import PodUse
from bbtui.domain.session import HostRecord, Session
from bbtui.report.markdown import render_markdown
from tests.fakes import BIG, LOCAL, MORNING, make_answer, make_session
from tests.fakes.checks import check_here

POD = PodUse("NVIDIA L40S", 0.79, 1200)


def session_on_pod(pod: PodUse | None) -> Session:
    session = make_session(answers=[make_answer(Cell("webhook", BIG), first_ms=3600, each_ms=20)])
    return session.with_host_record(BIG, HostRecord(pod=pod))


def written(session: Session) -> str:
    """Return the report without the padding of its tables."""
    text = render_markdown(session, now=MORNING, run_check=check_here)
    text = text.replace("\\$", "$")
    return re.sub(r" {2,}", " ", text)


def test_pod_session_shows_price_and_costs() -> None:
    text = written(session_on_pod(POD))
    assert "| Pod | NVIDIA L40S, $0.79/h | – |" in text
    assert ("| Cost | $0.26 (pod up 20 min, idle $0.26) | – |") in text
    assert "cost $0.0008" in text
    assert "storage is not included" in text


def test_costs_are_in_summary_comparison_and_latency() -> None:
    text = written(session_on_pod(POD))
    assert "- Cost of the session: Big Brain $0.26 (pod up 20 min, idle $0.26)." in text
    assert "| **Cost of an answer** | $0.0008 (1 answer) | – | |" in text
    latency = text.partition("## Latency summary")[2]
    assert "| Prefill | Cost | Start |" in latency
    assert "| $0.0008 | warm |" in latency


def test_shared_pod_is_counted_once() -> None:
    answers = [
        make_answer(Cell("webhook", name), first_ms=599_980, each_ms=20) for name in (BIG, LOCAL)
    ]
    session = make_session(answers=answers).with_host_record(
        BIG, HostRecord(pod=replace(POD, up_s=1800))
    )
    text = written(
        session.with_host_record(LOCAL, HostRecord(pod=replace(POD, up_s=1800, same_as=BIG)))
    )
    assert (
        "| Cost | $0.40 (pod up 30 min, idle $0.13) | included in Big Brain (same pod) |"
    ) in text


def test_unknown_price_gives_unknown_cost() -> None:
    text = written(session_on_pod(PodUse("NVIDIA L40S", None, 1200)))
    assert "price unknown" in text
    assert "| Cost | unknown (pod up 20 min)" in text
    assert "cost unknown" in text
    assert "$0" not in text


def test_session_without_pod_shows_no_costs() -> None:
    text = written(session_on_pod(None))
    assert "| Pod |" not in text
    assert "**Cost:**" not in text
    assert "cost $" not in text
    assert "Cost of" not in text
    assert "| Cost |" not in text
