"""What keeps an answer from its best, with the words a user reads."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bbtui.domain.answer import Cell, Read, ServerTimings
from bbtui.domain.endpoint import Options
from bbtui.domain.flags import (
    answer_flags,
    context_flag,
    endpoint_flag,
    machine_flag,
    narrow_flag,
    timing_flags,
)
from bbtui.domain.host import Build, Host, HostState
from bbtui.domain.pod import Pod
from bbtui.domain.session import HostRecord, Session
from bbtui.domain.timing import measure
from tests.fakes import BIG, LOCAL, make_answer, make_endpoint, make_session, make_tasks
from tests.replies import Trace

MODEL = "gemma3:27b"


def loaded(gpu_share: float | None, gpu_there: bool | None = None) -> Host:
    return Host(HostState.READY, loaded=True, gpu_share=gpu_share, gpu_there=gpu_there)


def test_cpu_is_a_flag_only_where_there_is_a_gpu() -> None:
    flag = machine_flag(loaded(0.0, gpu_there=True), MODEL)
    assert flag is not None
    assert flag.cause == "gemma3:27b runs on the CPU although a GPU is available"
    assert flag.fix.startswith("ollama stop gemma3:27b")
    assert machine_flag(loaded(0.0), MODEL) is None
    assert machine_flag(loaded(None, gpu_there=True), MODEL) is None
    assert machine_flag(loaded(1.0, gpu_there=True), MODEL) is None


@pytest.mark.parametrize(
    ("share", "gpu", "count", "cause"),
    [
        (0.0, "NVIDIA L40S", 1, "gemma3:27b runs on the CPU although a GPU is available"),
        (1.0, "NVIDIA L40S", 1, None),
        (0.0, "NVIDIA L40S", 0, "the pod runs without a GPU"),
        (0.0, "", None, None),
    ],
)
def test_pods_own_gpu_counts(share: float, gpu: str, count: int | None, cause: str) -> None:
    pod = Pod("abc", "box", "RUNNING", gpu=gpu, gpu_count=count)
    flag = machine_flag(loaded(share), MODEL, pod)
    assert (flag and flag.cause) == cause


def test_part_on_the_cpu_is_a_flag() -> None:
    flag = machine_flag(loaded(0.75), MODEL)
    assert flag is not None
    assert flag.cause == "only 75 % of gemma3:27b is on the GPU"


def test_context_shorter_than_requested_is_flagged() -> None:
    flag = narrow_flag(4096, 8192, MODEL, "ollama")
    assert flag is not None
    assert flag.cause == ("gemma3:27b runs with a context of 4,096 tokens, not the requested 8192")
    assert narrow_flag(8192, 8192, MODEL, "ollama") is None
    assert narrow_flag(None, 8192, MODEL, "ollama") is None
    assert narrow_flag(4096, None, MODEL, "ollama") is None


def test_prompt_cut_without_an_error_is_flagged() -> None:
    """The recorded one: 6,000 words sent, num_ctx 4096."""
    last = json.loads(Trace.load("chat-truncated-prompt").reads[-1])
    server = ServerTimings(
        prompt_eval_count=last["prompt_eval_count"], eval_count=last["eval_count"]
    )
    assert server.prompt_eval_count == 2051
    flag = context_flag("word " * 6000, server, Build("Ollama 0.33.0", context_length=4096))
    assert flag is not None
    assert (
        flag.cause
        == "the prompt was truncated: the server read 2,051 tokens of its 30,000 characters"
    )
    assert flag.fix == "raise num_ctx in [options], or shorten the prompt"


@pytest.mark.parametrize(
    ("prompt", "count", "server"),
    [
        ("word " * 2000, 2001, "Ollama 0.33.0"),  # all of it
        ("Donaudampfschifffahrt " * 200, 600, "Ollama 0.33.0"),  # long words
        ("x" + " " * 20_000, 90, "Ollama 0.33.0"),  # blanks are many to a token
        ("word " * 300, 100, "Ollama 0.33.0"),  # too short to tell
        ("word " * 6000, 2051, "Ollama 0.30.0"),  # miscounts what was cached
        ("word " * 6000, None, "Ollama 0.33.0"),  # not reported
    ],
)
def test_prompt_that_may_be_whole_is_not_flagged(
    prompt: str, count: int | None, server: str
) -> None:
    timings = ServerTimings(prompt_eval_count=count, eval_count=4)
    assert context_flag(prompt, timings, Build(server)) is None


@pytest.mark.parametrize(
    ("count", "written", "running", "full"),
    [
        (3000, 891, 4096, False),
        (3000, 892, 4096, True),
        (4000, None, 4096, True),
        (4000, 90, None, False),
        (None, 4096, 4096, False),
    ],
)
def test_context_that_is_nearly_full_is_flagged(
    count: int | None, written: int | None, running: int | None, full: bool
) -> None:
    server = ServerTimings(prompt_eval_count=count, eval_count=written)
    flag = context_flag("Why?", server, Build("Ollama 0.33.0", context_length=running))
    assert (flag is not None) is full
    if flag is not None and written:
        assert flag.cause == (
            "the context is full: 3,892 of 4,096 tokens; its beginning may be cut"
        )


CHINESE = Trace.load("chat-truncated-chinese")


def counted_session(*counts: tuple[str, int | None], model: str = "") -> Session:
    """A session in which these endpoints, in this order, counted so many tokens of one prompt."""
    endpoints = [make_endpoint(name, model=model) for name in dict(counts)]
    session = make_session(tasks=make_tasks()[:1], endpoints=endpoints, trials=3)
    for position, (name, count) in enumerate(counts):
        trial = 1 + sum(name == earlier for earlier, _ in counts[:position])
        one = make_answer(Cell("webhook", name, trial), f"Hello {trial}")
        session = session.with_answer(replace(one, server=ServerTimings(prompt_eval_count=count)))
    return session


def prompt_flags(session: Session) -> list[str]:
    """Return the flags of prompts that were cut; that a repeat may be cached is another flag."""
    return [
        flag.cause
        for answer in session.answers
        for flag in answer_flags(session, answer, measure(answer))
        if "cached" not in flag.cause
    ]


def test_prompt_that_was_cut_is_seen_where_the_same_weights_read_more() -> None:
    last = json.loads(CHINESE.reads[-1].splitlines()[-1])
    assert last["prompt_eval_count"] == 515
    session = counted_session((BIG, 1362), (LOCAL, 515), model="gemma3:270m")
    assert prompt_flags(session) == [
        "the prompt was truncated: the server read 515 tokens "
        "(Big Brain read 1,362 tokens of the same prompt)"
    ]


def test_weights_are_the_same_by_digest() -> None:
    session = counted_session((BIG, 1362), (LOCAL, 1200))
    assert prompt_flags(session) == []
    for name in (BIG, LOCAL):
        session = session.with_host_record(name, HostRecord(Build("Ollama", digest="d6a5")))
    assert prompt_flags(session) == [
        "the prompt was truncated: the server read 1,200 tokens "
        "(Big Brain read 1,362 tokens of the same prompt)"
    ]


def test_prompt_that_was_cut_in_one_trial_is_seen_by_the_other() -> None:
    session = counted_session((LOCAL, 1362), (LOCAL, 515))
    [cause] = prompt_flags(session)
    assert cause.endswith("515 tokens (Local read 1,362 tokens of the same prompt)")


@pytest.mark.parametrize(
    "counts",
    [
        ((BIG, 1362), (LOCAL, 700)),  # another tokenizer
        ((BIG, 90), (LOCAL, 20)),  # a template decides
        ((BIG, 1362), (BIG, 15)),  # the others were cached, and not counted
        ((BIG, 1362), (LOCAL, None)),
        ((BIG, None), (LOCAL, 515)),
    ],
)
def test_other_counts_do_not_tell_that_a_prompt_was_cut(
    counts: tuple[tuple[str, int | None], ...],
) -> None:
    assert prompt_flags(counted_session(*counts)) == []


def test_prompt_is_not_compared_where_cached_tokens_are_not_counted() -> None:
    session = counted_session((LOCAL, 1362), (LOCAL, 15))
    session = session.with_host_record(LOCAL, HostRecord(Build("Ollama 0.30.0")))
    assert prompt_flags(session) == []


def test_context_that_the_server_lowered_is_flagged() -> None:
    session = counted_session((LOCAL, 12))
    session = replace(session, options=Options(num_ctx=1_000_000))
    session = session.with_host_record(LOCAL, HostRecord(Build("Ollama", context_length=32_768)))
    flag = endpoint_flag(session, session.endpoints[0])
    assert flag is not None
    assert flag.cause == (
        "gemma3:1b runs with a context of 32,768 tokens, not the requested 1000000"
    )


def test_proxy_that_drips_is_flagged_with_both_paces() -> None:
    reads = tuple(Read((500 + 200 * number) * 1_000_000, 9, 4, 0, 1) for number in range(21))
    dripped = replace(
        make_answer(Cell("webhook", BIG), ""),
        reads=reads,
        end_ns=4_500_000_000,
        server=ServerTimings(eval_ns=1_000_000_000, eval_count=21),
    )
    assert [flag.cause for flag in timing_flags(measure(dripped))] == [
        "tok/s is 5.0 here and 20.0 by the server's own times: "
        "the network or a proxy in between sets the pace"
    ]


def test_speed_of_a_few_tokens_after_a_buffer_is_flagged_with_the_servers_own() -> None:
    """As behind a proxy in a run by hand: 29.5 tok/s here, where the engine made 10.7."""
    reads = (Read(3_294_000_000, 4096, 60, 0, 14), Read(3_362_000_000, 900, 9, 0, 2))
    buffered = replace(
        make_answer(Cell("webhook", BIG), ""),
        reads=reads,
        end_ns=3_363_000_000,
        server=ServerTimings(eval_ns=1_400_000_000, eval_count=16),
    )
    few = replace(buffered, reads=(reads[0]._replace(chunks=2), reads[1]))
    assert [flag.cause for flag in timing_flags(measure(buffered))] == [
        "14 tokens came in the first read: the time to the first token is the proxy's, "
        "and tok/s rests on the 2 after it (10.7 by the server's times)"
    ]
    assert [flag.cause for flag in timing_flags(measure(few))] == [
        "14 tokens came in the first read, and 2 after it: "
        "tok/s is approximate (10.7 by the server's times)"
    ]


@pytest.mark.parametrize(
    ("server", "flagged"),
    [("Ollama 0.29.4", False), ("Ollama 0.30.1", True), ("Ollama 0.0.0", True), ("vLLM", True)],
)
def test_pace_is_not_compared_where_sampling_is_no_part_of_the_generation(
    server: str, flagged: bool
) -> None:
    reads = tuple(Read((500 + 12 * number) * 1_000_000, 9, 4, 0, 1) for number in range(101))
    one = replace(
        make_answer(Cell("webhook", BIG), ""),
        reads=reads,
        end_ns=1_701_000_000,
        server=ServerTimings(eval_ns=1_000_000_000, eval_count=101),
    )
    assert any(timing_flags(measure(one), server)) is flagged


def test_answer_of_one_piece_has_the_time_of_all_of_it() -> None:
    whole = replace(
        make_answer(Cell("webhook", BIG), ""),
        reads=(Read(900_000_000, 5000, 400, 0, 1),),
        server=ServerTimings(eval_count=100),
    )
    assert [flag.cause for flag in timing_flags(measure(whole))] == [
        "the answer came in one piece: the time to the first token is that of all of it"
    ]


def test_server_of_the_other_dialect_is_not_flagged_for_being_one() -> None:
    assert narrow_flag(8192, 8192, MODEL, "openai") is None
    flag = narrow_flag(4096, 8192, MODEL, "openai")
    assert flag is not None
    assert "4,096 tokens" in flag.cause


def test_answer_is_compared_with_the_longest_comparable_reading_of_its_prompt() -> None:
    session = counted_session(("a", 600), ("b", 610), ("b", 2_000), ("b", 9_000))
    assert prompt_flags(session)[0] == (
        "the prompt was truncated: the server read 600 tokens "
        "(B read 2,000 tokens of the same prompt)"
    )


def test_warnings_of_all_answers_read_each_answer_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trials = 200
    session = make_session(tasks=make_tasks()[:1], trials=trials)
    answers = tuple(
        replace(
            make_answer(Cell("webhook", endpoint.name, trial), "Same."),
            server=ServerTimings(prompt_eval_count=600),
        )
        for endpoint in session.endpoints
        for trial in range(1, trials + 1)
    )
    session = replace(session, answers=answers)
    read: list[Cell] = []
    attempts = Session.attempts
    monkeypatch.setattr(
        Session, "attempts", lambda self, cell: read.append(cell) or attempts(self, cell)
    )
    for answer in answers:
        answer_flags(session, answer, measure(answer))
    assert len(read) <= 5 * len(answers)
