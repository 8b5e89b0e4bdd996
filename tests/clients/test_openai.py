"""Every way a stream of the OpenAI dialect can end, and what is sent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bbtui.clients import stream_events
from bbtui.clients.http.peer import Peer
from bbtui.clients.openai.chat import OpenAISource, OpenAIStreamParser, chat_body
from bbtui.domain.answer import AnswerState, Cell, Read, ServerTimings
from bbtui.domain.endpoint import Endpoint, Options
from bbtui.domain.session import Session
from bbtui.domain.timing import measure
from bbtui.report.fairness import unsent
from tests.clients.streaming import MODEL, StreamResult, delta, request, stream_answer
from tests.fakes import make_answer
from tests.loopback import (
    CLOSE,
    RESET,
    SILENT,
    Drip,
    Loopback,
    Step,
    events,
    json_reply,
)

USAGE = {"choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 3}}


def openai(server: Loopback, *steps: object, options: Options | None = None) -> StreamResult:
    server.on("POST /v1/chat/completions", events(*steps))
    return stream_answer(OpenAISource(Peer(server.url)), request(options=options))


def test_done_with_usage_after_the_finish(loopback: Loopback) -> None:
    usage = {"prompt_tokens": 20, "completion_tokens": 3}
    cached = {"prompt_tokens_details": {"cached_tokens": 19}}
    timings = {"cache_n": 19, "prompt_n": 1, "prompt_ms": 5.1, "predicted_n": 3}
    result = openai(
        loopback,
        b": ping\n\n",
        delta(None, role="assistant"),
        delta(None, reasoning_content="Let me"),
        delta("", reasoning=" see"),
        delta("Hi"),
        delta(None, "stop"),
        {"choices": [], "usage": {**usage, **cached}, "timings": timings},
        b"data: [DONE]\n\n",
        SILENT,
    )
    assert (result.answer.thinking, result.answer.text) == ("Let me see", "Hi")
    assert result.ended.state is AnswerState.DONE
    assert result.ended.server == ServerTimings(
        prompt_eval_count=20, cached_count=19, prompt_eval_ns=5_100_000, eval_count=3
    )


@pytest.mark.parametrize(
    ("metrics", "figures"),
    [
        (
            {
                "queue_time_ms": 500.0,
                "time_to_first_token_ms": 250.0,
                "generation_time_ms": 900.5,
                "mean_itl_ms": 100.05,
                "tokens_per_second": 6.1,
            },
            ServerTimings(total_ns=1_650_500_000, prompt_eval_ns=250_000_000, eval_ns=900_500_000),
        ),
        (
            {"queue_time_ms": 500.0, "time_to_first_token_ms": 250.0, "mean_itl_ms": 100.0},
            ServerTimings(total_ns=1_650_000_000, prompt_eval_ns=250_000_000, eval_ns=900_000_000),
        ),
        ({"time_to_first_token_ms": 250.0}, ServerTimings(prompt_eval_ns=250_000_000)),
        ({}, ServerTimings()),
        (None, ServerTimings()),
    ],
)
def test_metrics_of_a_vllm_request_are_read(
    loopback: Loopback, metrics: object, figures: ServerTimings
) -> None:
    """As ``--enable-per-request-metrics`` adds them to the chunk with the usage."""
    usage = {"prompt_tokens": 20, "completion_tokens": 10}
    last = {"choices": [], "usage": usage, "metrics": metrics}
    result = openai(loopback, delta("Hi"), delta(None, "stop"), last)
    assert result.ended.server == replace(figures, prompt_eval_count=20, eval_count=10)


def test_queue_of_vllm_is_its_own() -> None:
    metrics = {
        "queue_time_ms": 500.0,
        "time_to_first_token_ms": 250.0,
        "generation_time_ms": 900.0,
    }
    parser = OpenAIStreamParser(Options(), Peer("http://localhost"))
    usage = {"completion_tokens": 10}
    last = {"choices": [], "usage": usage, "metrics": metrics}
    for data in (delta("Hi"), delta(None, "stop"), last):
        parser.feed(b"data: " + json.dumps(data).encode() + b"\n\n")
    parser.close()
    assert parser.ending is not None
    reads = (Read(760_000_000, 9, 1, 0, 1), Read(1_700_000_000, 9, 8, 0, 9))
    answer = replace(
        make_answer(Cell("", ""), ""),
        reads=reads,
        end_ns=1_700_000_000,
        server=parser.ending.server,
    )
    assert measure(answer).queue_ns == 500_000_000


@pytest.mark.parametrize("last", [(), (CLOSE,), (RESET,)])
def test_needs_no_done_after_the_finish(loopback: Loopback, last: tuple[Step, ...]) -> None:
    result = openai(loopback, delta("Hi", "stop"), *last)
    assert (result.answer.text, result.ended.state) == ("Hi", AnswerState.DONE)


@pytest.mark.parametrize(
    ("last", "later"),
    [
        ((delta("Hi"), delta(None, "stop"), USAGE, SILENT), 0),
        ((delta("H", "stop"), USAGE, delta("i"), SILENT), 0),
        ((delta("Hi"), delta(None, "stop"), USAGE, Drip(b": ping\n\n")), 1),
    ],
)
def test_stream_that_stays_open_after_the_finish_is_ended(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch, last: tuple[object, ...], later: int
) -> None:
    monkeypatch.setattr(stream_events, "GRACE_PERIOD_S", 0.3)
    result = openai(loopback, *last)
    assert (result.answer.text, result.ended.state) == ("Hi", AnswerState.DONE)
    assert result.ended.server.eval_count == 3
    assert result.answer.problem.cause == (
        "the server kept the stream open after the end of the answer"
    )
    reads = [event.at_ns for event in result.arrived]
    assert result.ended.at_ns in reads, "what was waited for the server is not the answer's time"
    assert sum(at_ns > result.ended.at_ns for at_ns in reads) >= later


def test_finish_reason_may_come_with_the_last_text(loopback: Loopback) -> None:
    result = openai(loopback, delta("Hi", "length"), options=Options(num_predict=3))
    assert result.answer.text == "Hi"
    assert result.ended.state is AnswerState.CUT
    assert result.ended.problem.cause == "token limit reached (num_predict 3)"


@pytest.mark.parametrize("last", [b"", b'data: {"choices":[{"del'])
def test_stream_without_finish_reason_is_truncated(loopback: Loopback, last: bytes) -> None:
    """Ollama's own /v1 loses an error in mid-stream in just this way."""
    result = openai(loopback, delta("Hi"), delta(""), last)
    assert result.ended.state is AnswerState.TRUNCATED
    assert result.ended.problem.cause == "incomplete (stream ended without a final message)"


@pytest.mark.parametrize(
    "error",
    [
        b'data: {"error":{"code":500,"message":"it broke","type":"server_error"}}\n\n',
        b'error: {"code":500,"message":"it broke"}\n\ndata: [DONE]\n\n',
    ],
)
def test_error_in_mid_stream(loopback: Loopback, error: bytes) -> None:
    result = openai(loopback, delta("Hi"), error)
    assert result.answer.text == "Hi"
    assert result.ended.state is AnswerState.FAILED
    assert result.ended.problem.cause == "server message: it broke"


@pytest.mark.parametrize("step", [CLOSE, RESET])
def test_connection_lost(loopback: Loopback, step: Step) -> None:
    result = openai(loopback, delta("Hi"), step)
    size = result.arrived[0].size
    assert result.ended.state is AnswerState.FAILED
    assert result.ended.problem.cause == f"connection lost after {size} bytes"


@pytest.mark.parametrize("status", [400, 422])
def test_request_is_repeated_once_without_stream_options(loopback: Loopback, status: int) -> None:
    refused = json_reply({"error": {"message": "unknown field stream_options"}}, status)
    loopback.on("POST /v1/chat/completions", refused, events(delta("Hi", "stop")))
    source = OpenAISource(Peer(loopback.url))
    assert stream_answer(source).ended.state is AnswerState.DONE
    first, second = loopback.requests_to("POST /v1/chat/completions")
    assert first.json.pop("stream_options") == {"include_usage": True}
    assert "stream_options" not in second.json
    stream_answer(source)
    assert len(loopback.requests_to("POST /v1/chat/completions")) == 3, "it is remembered"


def test_other_refusals_are_not_repeated(loopback: Loopback) -> None:
    refused = json_reply({"error": {"message": "bad stream_options"}}, 400)
    loopback.on("POST /v1/chat/completions", refused)
    result = stream_answer(OpenAISource(Peer(loopback.url)))
    assert result.ended.state is AnswerState.FAILED
    assert len(loopback.requests_to("POST /v1/chat/completions")) == 2


def test_supported_options_are_sent(loopback: Loopback) -> None:
    options = Options(
        temperature=0.0, top_p=0.9, top_k=3, seed=7, num_ctx=8192, num_predict=50, stop=("END",)
    )
    openai(loopback, delta("Hi", "stop"), options=options)
    [seen] = loopback.requests_to("POST /v1/chat/completions")
    assert seen.json == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Say hello."}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "top_p": 0.9,
        "seed": 7,
        "max_tokens": 50,
        "stop": ["END"],
    }


@pytest.mark.parametrize(
    "options",
    [
        Options(temperature=0.0, top_p=0.9, top_k=3, seed=7, num_ctx=8192, num_predict=50),
        Options(think="low", num_predict=-1, stop=("END",)),
        Options(think=None),
        Options(think=True),
    ],
)
def test_report_names_options_that_are_not_sent(options: Options) -> None:
    words = {"num_predict": "max_tokens", "think": "reasoning_effort"}
    body = json.loads(chat_body(request(options=options), usage=True))
    missing = [name for name in options.sent() if words.get(name, name) not in body]
    endpoint = Endpoint("a", "A", MODEL, "openai", "http://127.0.0.1")
    session = Session("id", datetime.now(UTC), (), (endpoint,), options)
    assert unsent(session, endpoint) == missing


def test_unsent_limit_is_the_servers_own(loopback: Loopback) -> None:
    result = openai(loopback, delta("Hi", "length"), options=Options(num_ctx=8192))
    assert result.ended.state is AnswerState.CUT
    assert result.ended.problem.cause == (
        "token limit reached (the server's own: its context or maximum length)"
    )
    assert "set num_predict in [options]" in result.ended.problem.fix


@pytest.mark.parametrize(
    ("prompt", "count", "limit", "fix"),
    [
        (3000, 1090, "the context of 4,096 tokens", "start the server with more context"),
        (12, 115, "the server's own, after 115 tokens", "set num_predict in [options]"),
    ],
)
@pytest.mark.parametrize("server", ["llama.cpp", "vllm"])
def test_limit_of_the_server_is_explained_by_the_counts(
    loopback: Loopback, server: str, prompt: int, count: int, limit: str, fix: str
) -> None:
    if server == "vllm":
        models = [{"id": MODEL, "owned_by": "vllm", "max_model_len": 4096}]
        loopback.on("GET /v1/models", json_reply({"data": models}))
    else:
        settings = {"n_ctx": 4096}
        props = {"model_path": "a.gguf", "default_generation_settings": settings}
        loopback.on("GET /props", json_reply(props))
    usage = {"prompt_tokens": prompt, "completion_tokens": count}
    result = openai(loopback, delta("Hi", "length"), {"choices": [], "usage": usage})
    assert result.ended.state is AnswerState.CUT
    assert result.ended.problem.cause == f"token limit reached ({limit})"
    assert fix in result.ended.problem.fix
