from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bbtui.domain.answer import Cell, Read
from bbtui.domain.cell_results import session_results
from bbtui.domain.endpoint import Options
from bbtui.domain.host import Build
from bbtui.domain.session import HostRecord, Schedule, Session
from bbtui.report.fairness import differences, unsent
from bbtui.report.method import equal_conditions, limits
from bbtui.report.styled_text import Code
from tests.report.samples import BIG, HARBOUR, LOCAL, MIDDLE, MS, answer, complete, empty


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


def test_reloads_are_named_among_the_cold_starts() -> None:
    session = empty(BIG, LOCAL)
    for task in ("webhook", "harbour"):
        for endpoint in (BIG, LOCAL):
            reloaded = (task, endpoint) == ("harbour", LOCAL)
            one = answer(
                Cell(task, endpoint.name),
                "Lamps and ropes.",
                load_ms=350 if reloaded else 1,
            )
            session = session.with_answer(one)
    assert differing(session) == ["cold starts (Big Brain: none, Local: 1 of 2, 1 reloaded)"]
    text = "".join(map(str, limits(session_results(session))))
    assert "Local reloaded its model for 1 answer: the first token includes the load." in text


def test_buffered_answers_are_a_difference() -> None:
    session = empty(BIG, LOCAL, tasks=(HARBOUR,))
    direct = answer(Cell("harbour", LOCAL.name), "Lamps and ropes.")
    buffered = replace(
        answer(Cell("harbour", BIG.name), "Lamps and ropes."),
        reads=(Read(2000 * MS, 4096, 12, 0, 30), Read(2871 * MS, 900, 4, 0, 66)),
    )
    session = session.with_answer(direct).with_answer(buffered)
    assert differing(session) == ["buffered answers (Big Brain: 1 of 1, Local: none)"]
    [difference] = differences(session_results(session))
    assert "proxy_buffering off" in str(difference.remedy)


@pytest.mark.parametrize(
    ("cached", "named"),
    [(None, True), (60, True), (12, False), (0, False)],
    ids=["unknown", "all", "template", "none"],
)
def test_repeats_that_a_prefix_cache_may_have_served_are_named(
    cached: int | None, named: bool
) -> None:
    session = replace(empty(BIG, LOCAL, tasks=(HARBOUR,)), trials=2)
    for trial in (1, 2):
        one = answer(Cell("harbour", LOCAL.name, trial), "Lamps and ropes.", cached=cached)
        session = session.with_answer(one)
    text = "".join(map(str, limits(session_results(session))))
    assert ("Local answered one prompt several times" in text) is named
    assert "Big Brain answered" not in text


def test_single_answers_are_no_repeats() -> None:
    assert "several times" not in "".join(map(str, limits(session_results(complete()))))


def test_warm_ups_pauses_and_marker_are_in_the_method() -> None:
    session = replace(empty(LOCAL), schedule=Schedule(warmup=2, cooldown_s=1.5, cache_bust=True))
    one = answer(Cell("harbour", LOCAL.name), "Lamps.")
    marked = session.with_answer(replace(one, marker="[5f3a09b1c2d4]\n\n"))
    assert equal_conditions(marked)[-3:] == (
        "2 warm-up requests to each endpoint before its first measured one; not counted.",
        "A pause of 1.5 s between two requests to one machine.",
        (
            "A marker",
            " such as ",
            Code("[5f3a09b1c2d4]"),
            ", another one for each answer, before every prompt: none is served from the prefix "
            "cache.",
        ),
    )


def test_who_was_asked_first_is_counted_by_the_times_of_the_answers() -> None:
    session = replace(empty(BIG, LOCAL, tasks=(HARBOUR,)), trials=3, mode="alone")
    for trial, names in ((1, "big-brain local"), (2, "local big-brain"), (3, "local big-brain")):
        for place, name in enumerate(names.split()):
            one = answer(Cell("harbour", name, trial), "Lamps.")
            later = one.started_at + timedelta(minutes=2 * trial + place)
            session = session.with_answer(replace(one, started_at=later))
    assert "First in a round: Big Brain 1, Local 2 of 3." in equal_conditions(session)
    at_once = replace(session, mode="at once")
    assert not any("First in a round" in str(line) for line in equal_conditions(at_once))


def test_repeats_that_are_alike_are_a_limitation() -> None:
    session = replace(empty(LOCAL, tasks=(HARBOUR,)), trials=2)
    for trial in (1, 2):
        session = session.with_answer(answer(Cell("harbour", LOCAL.name, trial), "Lamps."))
    assert limits(session_results(session))[-1] == (
        "Local gave identical answers to every trial of the only task (fixed seed): these repeats "
        "do not show how much its answers vary."
    )
