"""Every way a stream can end, told apart; and what is sent before it."""

from __future__ import annotations

import pytest

from bbtui.clients import answering
from bbtui.clients.base import Arrived, Event, Line, Phase
from bbtui.clients.ollama import OllamaSource
from bbtui.clients.openai import OpenAISource, unsent
from bbtui.clients.peer import Peer
from bbtui.domain.answer import AnswerState, Piece, ServerTimings, Warmth
from bbtui.domain.endpoint import Options
from tests.clients.asking import MODEL, Asking, Told, ask, in_memory, request
from tests.loopback import (
    CLOSE,
    HEAD,
    RESET,
    SILENT,
    Loopback,
    Reply,
    Step,
    events,
    json_reply,
    ndjson,
)

LOST = "see that 127.0.0.1 still runs, then ask again"


def said(content: str, thinking: str = "") -> dict[str, object]:
    message = {"role": "assistant", "content": content}
    return {"message": {**message, "thinking": thinking} if thinking else message, "done": False}


def done(reason: str | None = "stop", **more: object) -> dict[str, object]:
    because = {} if reason is None else {"done_reason": reason}
    return {"message": {"role": "assistant", "content": ""}, "done": True, **because, **more}


def delta(content: str | None, finish: str | None = None, **more: object) -> dict[str, object]:
    return {
        "choices": [{"index": 0, "delta": {"content": content, **more}, "finish_reason": finish}]
    }


def ollama(server: Loopback, *steps: object, options: Options | None = None) -> Told:
    in_memory(server)
    server.on("POST /api/chat", ndjson(*steps))
    return ask(OllamaSource(Peer(server.url)), request(options=options))


def openai(server: Loopback, *steps: object, options: Options | None = None) -> Told:
    server.on("POST /v1/chat/completions", events(*steps))
    return ask(OpenAISource(Peer(server.url)), request(options=options))


def test_done(loopback: Loopback) -> None:
    figures = {"total_duration": 9, "load_duration": 1, "prompt_eval_count": 5, "eval_count": 2}
    told = ollama(loopback, said("Hel"), said("lo"), done(prompt_eval_cached_count=0, **figures))
    assert told.answer.text == "Hello"
    assert told.ended.state is AnswerState.DONE
    assert (told.ended.cause, told.ended.hint) == ("", "")
    assert told.ended.server == ServerTimings(
        total_ns=9, load_ns=1, prompt_eval_count=5, cached_count=0, eval_count=2
    )
    assert told.known[0] == (Warmth.WARM, None)
    assert told.phases == []


def test_the_last_object_may_carry_text_and_say_no_reason(loopback: Loopback) -> None:
    last = {"message": {"content": "lo"}, "done": True}
    told = ollama(loopback, said("Hel"), last)
    assert (told.answer.text, told.ended.state) == ("Hello", AnswerState.DONE)


def test_thinking_is_told_from_the_answer(loopback: Loopback) -> None:
    told = ollama(loopback, said("", "hm"), said("So", "!"), done())
    assert told.answer.thinking == "hm!"
    assert told.answer.text == "So"
    assert told.arrived[0].pieces == (Piece("", "hm"),)


def test_nulls_and_unknown_keys_do_no_harm(loopback: Loopback) -> None:
    odd = {"message": {"content": None, "tool_calls": [{}]}, "done": None, "eval_count": None}
    told = ollama(loopback, odd, {"message": None, "new": {"a": [1]}}, b"\n\r\n", said("x"), done())
    assert (told.answer.text, told.ended.state) == ("x", AnswerState.DONE)


@pytest.mark.parametrize(
    ("options", "cause", "hint"),
    [
        (Options(num_predict=8), "cut at num_predict 8", "raise num_predict"),
        (
            Options(num_predict=9, num_ctx=64),
            "cut at the end of the context (num_ctx 64)",
            "raise num_ctx",
        ),
        (Options(), "cut at the end of the context", "set num_ctx"),
    ],
)
def test_cut(loopback: Loopback, options: Options, cause: str, hint: str) -> None:
    in_memory(loopback, context_length=64)
    loopback.on("POST /api/chat", ndjson(said("x"), done("length", eval_count=8)))
    told = ask(OllamaSource(Peer(loopback.url)), request(options=options))
    assert told.ended.state is AnswerState.CUT
    assert told.ended.cause == cause
    assert hint in told.ended.hint


@pytest.mark.parametrize("last", [b"", b'{"message":{"content":"half'])
def test_the_end_of_the_stream_without_done_is_truncated(loopback: Loopback, last: bytes) -> None:
    told = ollama(loopback, said("Hel"), said("lo"), last)
    assert told.answer.text == "Hello"
    assert told.ended.state is AnswerState.TRUNCATED
    assert told.ended.cause == "ended without saying so (truncated)"
    assert told.ended.hint


def test_a_stream_of_nothing_is_truncated(loopback: Loopback) -> None:
    assert ollama(loopback).ended.state is AnswerState.TRUNCATED


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("model runner has unexpectedly stopped", "model runner has unexpectedly stopped"),
        ('{"error":{"code":500,"message":"out of\\tmemory"}}', "out of memory"),
        ({"code": 500, "message": "no"}, "no"),
        ("\x1b[31mred\x07", "\ufffd[31mred\ufffd"),
        ("", ""),
    ],
)
def test_an_error_inside_http_200(loopback: Loopback, error: object, words: str) -> None:
    told = ollama(loopback, said("Hel"), {"error": error})
    assert told.answer.text == "Hel"
    assert told.ended.state is AnswerState.FAILED
    assert told.ended.cause == f"the server said: {words}"


@pytest.mark.parametrize("step", [CLOSE, RESET])
def test_a_connection_lost_in_mid_stream(loopback: Loopback, step: Step) -> None:
    told = ollama(loopback, said("Hel"), step)
    size = told.arrived[0].size
    assert told.answer.text == "Hel"
    assert told.ended.state is AnswerState.FAILED
    assert told.ended.cause == f"connection lost after {size} bytes"
    assert told.ended.hint == LOST


def test_a_connection_closed_before_any_answer(loopback: Loopback) -> None:
    in_memory(loopback)
    loopback.on("POST /api/chat", Reply((CLOSE,), framing="raw"))
    told = ask(OllamaSource(Peer(loopback.url)))
    at = f"127.0.0.1:{loopback.port}"
    assert told.ended.cause == f"{at} closed the connection before it answered"
    assert len(told.sent) == 1
    assert told.answer.end_ns is not None
    assert len(loopback.asked("POST /api/chat")) == 1, "a request is never sent twice"


def test_stopped_before_any_header(loopback: Loopback) -> None:
    in_memory(loopback)
    loopback.on("POST /api/chat", Reply((SILENT,)))
    asking = Asking(OllamaSource(Peer(loopback.url)))
    seen = loopback.wait_for("POST /api/chat")
    asking.line.stop()
    assert seen.gone.wait(10), "the server sees that the client has gone"
    told = asking.told()
    assert told.ended.state is AnswerState.STOPPED
    assert (told.ended.cause, told.ended.hint) == ("stopped by you", "")
    assert len(told.sent) == 1


@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_stopped_in_mid_stream(loopback: Loopback, framing: str) -> None:
    in_memory(loopback)
    first = b'{"message":{"content":"Hel"},"done":false}\n'
    loopback.on("POST /api/chat", Reply((first, SILENT), framing=framing))
    asking = Asking(OllamaSource(Peer(loopback.url)))
    asking.wait_for(lambda event: isinstance(event, Arrived))
    asking.line.stop()
    assert loopback.wait_for("POST /api/chat").gone.wait(10)
    told = asking.told()
    assert told.answer.text == "Hel"
    assert told.ended.state is AnswerState.STOPPED
    assert told.ended.cause == "stopped by you"


def test_stopped_while_the_model_loads(loopback: Loopback) -> None:
    loopback.on("GET /api/ps", json_reply({"models": []}))
    loopback.on("POST /api/chat", Reply((SILENT,)))
    asking = Asking(OllamaSource(Peer(loopback.url)))
    load = loopback.wait_for("POST /api/chat")
    assert load.json["messages"] == []
    asking.line.stop()
    assert load.gone.wait(10)
    told = asking.told()
    assert told.ended.state is AnswerState.STOPPED
    assert not told.sent, "the prompt itself was never sent"
    assert len(loopback.asked("POST /api/chat")) == 1


def test_stopped_before_it_began(loopback: Loopback) -> None:
    in_memory(loopback)
    line = Line()
    line.stop()
    told = ask(OllamaSource(Peer(loopback.url)), line=line)
    assert told.ended.state is AnswerState.STOPPED
    assert not loopback.asked("POST /api/chat")


def test_a_consumer_that_leaves_frees_the_server(loopback: Loopback) -> None:
    in_memory(loopback)
    loopback.on("POST /api/chat", ndjson(said("Hel"), SILENT))
    stream = OllamaSource(Peer(loopback.url)).ask(request(), Line())
    event: Event = next(stream)
    while not isinstance(event, Arrived):
        event = next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert loopback.wait_for("POST /api/chat").gone.wait(10)


def test_a_load_is_a_step_of_its_own(loopback: Loopback) -> None:
    loopback.on("GET /api/ps", json_reply({"models": []}))
    loopback.on("POST /api/chat", json_reply(done("load")), ndjson(said("x"), done()))
    options = Options(temperature=0.3, num_ctx=8192, num_predict=0, stop=("END",), think="low")
    told = ask(OllamaSource(Peer(loopback.url)), request("Why?", options=options))
    assert told.events[0] == Phase(f"loading {MODEL}")
    assert told.known[0].warmth is Warmth.WARM
    load, chat = loopback.asked("POST /api/chat")
    sent = {
        "model": MODEL,
        "stream": True,
        "options": {"temperature": 0.3, "num_ctx": 8192, "stop": ["END"]},
        "think": "low",
    }
    assert load.json == {**sent, "messages": []}
    assert chat.json == {**sent, "messages": [{"role": "user", "content": "Why?"}]}


def test_cold_leaves_the_load_step_out(loopback: Loopback) -> None:
    loopback.on("GET /api/ps", json_reply({"models": []}))
    loopback.on("POST /api/chat", ndjson(said("x"), done()))
    told = ask(OllamaSource(Peer(loopback.url)), request(cold=True))
    assert told.phases == []
    assert told.known == [(Warmth.COLD, None)]
    [chat] = loopback.asked("POST /api/chat")
    assert chat.json["think"] is False
    assert "options" not in chat.json


def test_another_context_is_a_load(loopback: Loopback) -> None:
    in_memory(loopback, context_length=4096)
    loopback.on("POST /api/chat", json_reply(done("load")), ndjson(said("x"), done()))
    told = ask(OllamaSource(Peer(loopback.url)), request(options=Options(num_ctx=8192)))
    assert told.phases == [f"loading {MODEL}"]
    assert told.known[0].warmth is Warmth.WARM


@pytest.mark.parametrize(
    "ps", [Reply((b"<html>",), 502, {}, "length"), json_reply({}), Reply((CLOSE,), framing="raw")]
)
def test_warmth_that_cannot_be_known_is_unknown(loopback: Loopback, ps: Reply) -> None:
    loopback.on("GET /api/ps", ps)
    loopback.on("POST /api/chat", ndjson(said("x"), done()))
    told = ask(OllamaSource(Peer(loopback.url)))
    assert told.known == [(Warmth.UNKNOWN, None)]
    assert told.ended.state is AnswerState.DONE


def test_a_load_that_fails_is_the_end(loopback: Loopback) -> None:
    loopback.on("GET /api/ps", json_reply({"models": []}))
    loopback.on("POST /api/chat", json_reply({"error": "out of memory"}, 500))
    told = ask(OllamaSource(Peer(loopback.url)))
    at = f"127.0.0.1:{loopback.port}"
    assert told.ended.cause == f"HTTP 500 from {at}; the server said: out of memory"
    assert not told.sent
    assert len(loopback.asked("POST /api/chat")) == 1


def test_an_answer_without_end_is_cut(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answering.MAX_ANSWER == 4 * 1024 * 1024
    monkeypatch.setattr(answering, "MAX_ANSWER", 10)
    told = ollama(loopback, said("12345678"), said("90ab"), SILENT)
    assert told.answer.text == "1234567890ab"
    assert told.ended.state is AnswerState.CUT
    assert told.ended.cause == "cut at 4 MiB of text"


def test_openai_done_with_usage_after_the_finish(loopback: Loopback) -> None:
    usage = {"prompt_tokens": 20, "completion_tokens": 3}
    cached = {"prompt_tokens_details": {"cached_tokens": 19}}
    timings = {"cache_n": 19, "prompt_n": 1, "prompt_ms": 5.1, "predicted_n": 3}
    told = openai(
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
    assert (told.answer.thinking, told.answer.text) == ("Let me see", "Hi")
    assert told.ended.state is AnswerState.DONE
    assert told.ended.server == ServerTimings(
        prompt_eval_count=20, cached_count=19, prompt_eval_ns=5_100_000, eval_count=3
    )


@pytest.mark.parametrize("last", [(), (CLOSE,), (RESET,)])
def test_openai_needs_no_done_after_the_finish(loopback: Loopback, last: tuple[Step, ...]) -> None:
    told = openai(loopback, delta("Hi", "stop"), *last)
    assert (told.answer.text, told.ended.state) == ("Hi", AnswerState.DONE)


def test_openai_finish_may_ride_on_the_last_text(loopback: Loopback) -> None:
    told = openai(loopback, delta("Hi", "length"), options=Options(num_predict=3))
    assert told.answer.text == "Hi"
    assert told.ended.state is AnswerState.CUT
    assert told.ended.cause == "cut at num_predict 3"


@pytest.mark.parametrize("last", [b"", b'data: {"choices":[{"del'])
def test_openai_without_finish_is_truncated(loopback: Loopback, last: bytes) -> None:
    """Ollama's own /v1 loses an error in mid-stream in just this way."""
    told = openai(loopback, delta("Hi"), delta(""), last)
    assert told.ended.state is AnswerState.TRUNCATED
    assert told.ended.cause == "ended without saying so (truncated)"


@pytest.mark.parametrize(
    "error",
    [
        b'data: {"error":{"code":500,"message":"it broke","type":"server_error"}}\n\n',
        b'error: {"code":500,"message":"it broke"}\n\ndata: [DONE]\n\n',
    ],
)
def test_openai_error_in_mid_stream(loopback: Loopback, error: bytes) -> None:
    told = openai(loopback, delta("Hi"), error)
    assert told.answer.text == "Hi"
    assert told.ended.state is AnswerState.FAILED
    assert told.ended.cause == "the server said: it broke"


@pytest.mark.parametrize("step", [CLOSE, RESET])
def test_openai_connection_lost(loopback: Loopback, step: Step) -> None:
    told = openai(loopback, delta("Hi"), step)
    size = told.arrived[0].size
    assert told.ended.state is AnswerState.FAILED
    assert told.ended.cause == f"connection lost after {size} bytes"


@pytest.mark.parametrize("step", [HEAD, b": queued\n\n"])
def test_openai_stopped(loopback: Loopback, step: Step) -> None:
    loopback.on("POST /v1/chat/completions", events(step, SILENT))
    asking = Asking(OpenAISource(Peer(loopback.url)))
    seen = loopback.wait_for("POST /v1/chat/completions")
    asking.line.stop()
    assert seen.gone.wait(10)
    assert asking.told().ended.state is AnswerState.STOPPED


@pytest.mark.parametrize("status", [400, 422])
def test_openai_asks_once_more_without_stream_options(loopback: Loopback, status: int) -> None:
    refused = json_reply({"error": {"message": "unknown field stream_options"}}, status)
    loopback.on("POST /v1/chat/completions", refused, events(delta("Hi", "stop")))
    source = OpenAISource(Peer(loopback.url))
    assert ask(source).ended.state is AnswerState.DONE
    first, second = loopback.asked("POST /v1/chat/completions")
    assert first.json.pop("stream_options") == {"include_usage": True}
    assert "stream_options" not in second.json
    ask(source)
    assert len(loopback.asked("POST /v1/chat/completions")) == 3, "it is remembered"


def test_openai_refused_for_good(loopback: Loopback) -> None:
    refused = json_reply({"error": {"message": "bad stream_options"}}, 400)
    loopback.on("POST /v1/chat/completions", refused)
    told = ask(OpenAISource(Peer(loopback.url)))
    assert told.ended.state is AnswerState.FAILED
    assert len(loopback.asked("POST /v1/chat/completions")) == 2


def test_openai_says_what_it_has_words_for(loopback: Loopback) -> None:
    options = Options(
        temperature=0.0, top_p=0.9, top_k=3, seed=7, num_ctx=8192, num_predict=50, stop=("END",)
    )
    openai(loopback, delta("Hi", "stop"), options=options)
    [seen] = loopback.asked("POST /v1/chat/completions")
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
    assert unsent(options) == ("top_k", "num_ctx", "think")
    assert unsent(Options(think="low", num_predict=-1)) == ("num_predict",)
