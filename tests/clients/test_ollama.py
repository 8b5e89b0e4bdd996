"""Every way a stream of Ollama can end."""

from __future__ import annotations

import socket
import time

import pytest

from bbtui.clients import stream_events
from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.domain.answer import AnswerState, Piece, ServerTimings, Warmth
from bbtui.domain.endpoint import Options
from bbtui.domain.problem import Problem
from tests.clients.streaming import StreamResult, chunk, done, in_memory, request, stream_answer
from tests.loopback import (
    CLOSE,
    RESET,
    SILENT,
    Loopback,
    Reply,
    Step,
    json_reply,
    ndjson,
)

LOST = "check that 127.0.0.1 is still running, then try again"


def ollama(server: Loopback, *steps: object, options: Options | None = None) -> StreamResult:
    in_memory(server)
    server.on("POST /api/chat", ndjson(*steps))
    return stream_answer(OllamaSource(Peer(server.url)), request(options=options))


def test_done(loopback: Loopback) -> None:
    figures = {"total_duration": 9, "load_duration": 1, "prompt_eval_count": 5, "eval_count": 2}
    result = ollama(
        loopback, chunk("Hel"), chunk("lo"), done(prompt_eval_cached_count=0, **figures)
    )
    assert result.answer.text == "Hello"
    assert result.ended.state is AnswerState.DONE
    assert (result.ended.problem.cause, result.ended.problem.fix) == ("", "")
    assert result.ended.server == ServerTimings(
        total_ns=9, load_ns=1, prompt_eval_count=5, cached_count=0, eval_count=2
    )
    assert result.known[0] == (Warmth.WARM, None)
    assert result.phases == []


def test_request_is_stamped_before_the_server_reads_it(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, seen_ns = socket.socket.send, []

    def returns_late(sock: socket.socket, data: bytes) -> int:
        count = send(sock, data)
        if b'"messages"' in bytes(data):
            loopback.wait_for("POST /api/chat")
            seen_ns.append(time.perf_counter_ns())
        return count

    monkeypatch.setattr(socket.socket, "send", returns_late)
    result = ollama(loopback, chunk("Hello"), done())
    assert result.sent[0].at_ns < seen_ns[0]


def test_last_object_may_have_text_and_no_reason(loopback: Loopback) -> None:
    last = {"message": {"content": "lo"}, "done": True}
    result = ollama(loopback, chunk("Hel"), last)
    assert (result.answer.text, result.ended.state) == ("Hello", AnswerState.DONE)


def test_thinking_is_separate_from_the_answer(loopback: Loopback) -> None:
    result = ollama(loopback, chunk("", "hm"), chunk("So", "!"), done())
    assert result.answer.thinking == "hm!"
    assert result.answer.text == "So"
    assert result.arrived[0].pieces == (Piece("", "hm"),)


def test_nulls_and_unknown_keys_are_ignored(loopback: Loopback) -> None:
    odd = {"message": {"content": None, "tool_calls": [{}]}, "done": None, "eval_count": None}
    result = ollama(
        loopback, odd, {"message": None, "new": {"a": [1]}}, b"\n\r\n", chunk("x"), done()
    )
    assert (result.answer.text, result.ended.state) == ("x", AnswerState.DONE)


SHORT, LONG = "set num_predict in [options] for more", "raise num_ctx in [options] for more"


@pytest.mark.parametrize(
    ("sent", "model_file", "counts", "cause", "fix"),
    [
        (8, "", (5, 8), "num_predict 8", "raise num_predict in [options] for more"),
        (8, "num_predict   4", (5, 8), "num_predict 8", "raise num_predict in [options] for more"),
        (None, "num_predict   8", (5, 8), "num_predict 8 in the model's file", SHORT),
        (None, 'stop "a"\nnum_predict 8\n', (5, 8), "num_predict 8 in the model's file", SHORT),
        (9, "num_predict 8", (5, 8), "the server's own, after 8 tokens", SHORT),
        (None, "num_ctx 64", (30, 34), "the context of 64 tokens", LONG),
        (-1, "num_predict -1", (30, 33), "the context of 64 tokens", LONG),
        (None, "", (5, 640), "Ollama's 10 × the context of 64 tokens", LONG),
        (None, "num_predict many", (5, 8), "the server's own, after 8 tokens", SHORT),
    ],
)
def test_token_limit_is_explained_by_the_counts(
    loopback: Loopback,
    sent: int | None,
    model_file: str,
    counts: tuple[int, int],
    cause: str,
    fix: str,
) -> None:
    in_memory(loopback, context_length=64)
    loopback.on("POST /api/show", json_reply({"parameters": model_file}))
    end = done("length", prompt_eval_count=counts[0], eval_count=counts[1])
    loopback.on("POST /api/chat", ndjson(chunk("x"), end))
    options = Options(num_predict=sent)
    result = stream_answer(OllamaSource(Peer(loopback.url)), request(options=options))
    assert result.ended.state is AnswerState.CUT
    assert result.ended.problem == Problem(f"token limit reached ({cause})", fix)


def test_token_limit_without_counts_is_the_servers_own(loopback: Loopback) -> None:
    in_memory(loopback)
    loopback.on("POST /api/chat", ndjson(chunk("x"), done("length")))
    ended = stream_answer(OllamaSource(Peer(loopback.url))).ended
    assert ended.problem.cause == "token limit reached (the server's own)"


@pytest.mark.parametrize("last", [b"", b'{"message":{"content":"half'])
def test_stream_without_done_is_truncated(loopback: Loopback, last: bytes) -> None:
    result = ollama(loopback, chunk("Hel"), chunk("lo"), last)
    assert result.answer.text == "Hello"
    assert result.ended.state is AnswerState.TRUNCATED
    assert result.ended.problem.cause == "incomplete (stream ended without a final message)"
    assert result.ended.problem.fix


def test_empty_stream_is_truncated(loopback: Loopback) -> None:
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
def test_error_inside_http_200_fails(loopback: Loopback, error: object, words: str) -> None:
    result = ollama(loopback, chunk("Hel"), {"error": error})
    assert result.answer.text == "Hel"
    assert result.ended.state is AnswerState.FAILED
    assert result.ended.problem.cause == f"server message: {words}"


@pytest.mark.parametrize("step", [CLOSE, RESET])
def test_connection_lost_in_mid_stream_fails(loopback: Loopback, step: Step) -> None:
    result = ollama(loopback, chunk("Hel"), step)
    size = result.arrived[0].size
    assert result.answer.text == "Hel"
    assert result.ended.state is AnswerState.FAILED
    assert result.ended.problem.cause == f"connection lost after {size} bytes"
    assert result.ended.problem.fix == LOST


def test_connection_closed_before_any_answer_fails(loopback: Loopback) -> None:
    in_memory(loopback)
    loopback.on("POST /api/chat", Reply((CLOSE,), framing="raw"))
    result = stream_answer(OllamaSource(Peer(loopback.url)))
    at = f"127.0.0.1:{loopback.port}"
    assert result.ended.problem.cause == f"{at} closed the connection before replying"
    assert len(result.sent) == 1
    assert result.answer.end_ns is not None
    assert len(loopback.requests_to("POST /api/chat")) == 1, "a request is never sent twice"


def test_endless_answer_is_cut(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stream_events.MAX_ANSWER == 4 * 1024 * 1024
    monkeypatch.setattr(stream_events, "MAX_ANSWER", 10)
    result = ollama(loopback, chunk("12345678"), chunk("90ab"), SILENT)
    assert result.answer.text == "1234567890", "one limit, whatever a chunk has"
    assert result.ended.state is AnswerState.CUT
    assert result.ended.problem.cause == "size limit reached (4 MiB of text)"
