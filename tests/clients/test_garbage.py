"""What a user reads, and keeps, when a stream is not what it should be."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from bbtui.clients.doctor.run import Subject, examine
from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaSource
from bbtui.clients.openai.chat import OpenAISource
from bbtui.domain.answer import AnswerState
from bbtui.domain.endpoint import Endpoint
from tests.clients.streaming import (
    DONE,
    HELLO,
    assert_failed,
    delta,
    in_memory,
    ollama,
    stream_answer,
)
from tests.loopback import SILENT, Loopback, Reply, events, ndjson

FORM = 'check the endpoint\'s url and its api ("ollama" or "openai"); a proxy may be in between'


LEFT_OUT = "left out as unreadable: "


@pytest.mark.parametrize(
    ("line", "note"),
    [
        (b"data: what\x1b[2J is this\n", '"data: what\ufffd[2J is this"'),
        (b'{"message":{"content":"x"\n', '"{"message":{"content":"x""'),
        (b"x" * 500 + b"\n", f'"{"x" * 39}…"'),
        (b"[1, 2]\n", '"[1, 2]"'),
        (b'"words"\n', '""words""'),
        (b"42\n", '"42"'),
        (b'{"eval_count":1e30}\n', "eval_count"),
        (b'{"message":5}\n', "message"),
        (b'{"message":[]}\n', "message"),
        (b"1\n2\n3\n4\n1\n", '"1", "2", "3" and 1 more'),
    ],
)
def test_unreadable_part_is_left_out_and_noted(loopback: Loopback, line: bytes, note: str) -> None:
    result = ollama(loopback, ndjson(HELLO, line, HELLO, DONE))
    assert (result.answer.text, result.ended.state) == ("HelloHello", AnswerState.DONE)
    assert result.ended.note == LEFT_OUT + note


def test_stream_that_begins_with_garbage_fails(loopback: Loopback) -> None:
    result = ollama(loopback, ndjson(b"data: what is this\n", HELLO, SILENT))
    assert result.answer.text == ""
    assert_failed(result, 'the stream contains a line that is not JSON: "data: what is this"', FORM)


def test_line_of_brackets_fails(loopback: Loopback) -> None:
    result = ollama(loopback, ndjson(b'{"x":' + b"[" * 100_000 + b"\n"))
    assert result.ended.state is AnswerState.FAILED
    assert result.ended.problem.cause.startswith("the stream contains a line ")
    assert len(result.ended.problem.cause) < 150


def test_garbage_in_an_event_fails(loopback: Loopback) -> None:
    loopback.on("POST /v1/chat/completions", ndjson(b"data: {no}\n\n"))
    result = stream_answer(OpenAISource(Peer(loopback.url)))
    assert_failed(result, 'the stream contains a line that is not JSON: "{no}"', FORM)


def test_plain_text_instead_of_a_stream_fails(loopback: Loopback) -> None:
    result = ollama(loopback, Reply((b"Ollama is running",), framing="length"))
    assert_failed(result, 'the stream contains a line that is not JSON: "Ollama is running"', FORM)


@pytest.mark.parametrize("source", [OllamaSource, OpenAISource])
def test_line_of_20_megabytes_fails(
    loopback: Loopback, source: type[OllamaSource] | type[OpenAISource]
) -> None:
    in_memory(loopback)
    for route in ("POST /api/chat", "POST /v1/chat/completions"):
        loopback.on(route, ndjson(*[b"x" * 1_000_000] * 20, SILENT))
    result = stream_answer(source(Peer(loopback.url)))
    assert_failed(result, "the server sent a line longer than 16 MiB", FORM)


def test_invalid_utf_8_is_replaced(loopback: Loopback) -> None:
    line = b'{"message":{"content":"caf\xff\xfe\xc3"},"done":false}\n'
    result = ollama(loopback, ndjson(line, DONE))
    assert result.answer.text == "caf\ufffd\ufffd\ufffd"
    assert result.ended.state is AnswerState.DONE


def test_character_split_by_a_read_is_whole(loopback: Loopback) -> None:
    line = '{"message":{"content":"学🙂"},"done":false}\n'.encode()
    result = ollama(loopback, ndjson(*(line[i : i + 1] for i in range(len(line))), DONE))
    assert result.answer.text == "学🙂"
    assert len(result.arrived) == len(line) + 1
    assert [event.size for event in result.arrived[:-1]] == [1] * len(line)


def test_text_is_kept_unchanged(loopback: Loopback) -> None:
    text = "[bold]x[/] \x1b]0;title\x07 \u0085\u2028 <b>"
    result = ollama(loopback, ndjson({"message": {"content": text}}, DONE))
    assert result.answer.text == text


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br"])
def test_unknown_compression_is_named(loopback: Loopback, encoding: str) -> None:
    packed = Reply((b"\x0b\x02\x80{}\x03",), headers={"Content-Encoding": encoding})
    cause = f"cannot decompress the reply of 127.0.0.1:{loopback.port} ({encoding}) after 0 bytes"
    assert_failed(ollama(loopback, packed), cause, "must not compress the stream")
    loopback.on("GET /api/version", packed)
    endpoint = Endpoint("a", "A", "m", "ollama", loopback.url)
    one = examine(Subject(endpoint, Peer(loopback.url)))
    assert one.diagnosis is not None
    assert one.diagnosis.problem.cause == cause


def test_status_is_reported_before_an_error_that_is_compressed(loopback: Loopback) -> None:
    packed = Reply((b"\x0b\x02\x80",), 403, headers={"Content-Encoding": "br"})
    result = ollama(loopback, packed)
    assert "HTTP 403" in result.ended.problem.cause


@pytest.mark.parametrize("first", [b"", b"\n", b"\xef\xbb\xbf", b": ping\n\n"])
def test_stream_that_is_called_a_page_is_read(loopback: Loopback, first: bytes) -> None:
    page = {"Content-Type": "text/html; charset=utf-8"}
    stream = replace(events(first, delta("Hel"), delta("lo", "stop")), headers=page)
    loopback.on("POST /v1/chat/completions", stream)
    result = stream_answer(OpenAISource(Peer(loopback.url)))
    assert (result.answer.text, result.ended.state) == ("Hello", AnswerState.DONE)
    assert len([read for read in result.answer.reads if read.chunks]) == 2
    lines = replace(ndjson(HELLO, DONE), headers=page)
    assert ollama(loopback, lines).answer.text == "Hello"


@pytest.mark.parametrize("page", [b"\n <!doctype html><title>Sign in", b"<html>", b""])
def test_page_is_still_a_page(loopback: Loopback, page: bytes) -> None:
    result = ollama(loopback, Reply((page,), headers={"Content-Type": "text/html"}))
    assert "answered with a web page instead of JSON (HTTP 200)" in result.ended.problem.cause


def test_compressed_stream_of_a_proxy_is_decoded_or_fails(loopback: Loopback) -> None:
    packed = gzip.compress(b'{"message":{"content":"Hello"}}\n{"done":true}\n')
    result = ollama(loopback, Reply((packed,), headers={"Content-Encoding": "gzip"}))
    assert (result.answer.text, result.ended.state) == ("Hello", AnswerState.DONE)
    [seen] = loopback.requests_to("POST /api/chat")
    assert seen.headers["accept-encoding"] == "identity"
    result = ollama(loopback, Reply((b"no gzip",), headers={"Content-Encoding": "gzip"}))
    assert result.ended.problem.cause.startswith("cannot decompress the reply of 127.0.0.1")
    assert "a proxy in between must not compress the stream" in result.ended.problem.fix
