"""What servers and gateways send beside the documented stream, and what is kept of it."""

from __future__ import annotations

import json

import msgspec
import pytest

from bbtui.clients import stream_events
from bbtui.clients.http.json_parts import Count, PartDecoder
from bbtui.clients.http.peer import Peer
from bbtui.clients.openai.chat import OpenAISource
from bbtui.clients.stream_lines import Ndjson, ServerSentEvents
from bbtui.domain.answer import MOST, AnswerState, ServerTimings
from bbtui.domain.endpoint import Options
from bbtui.store.codec import from_document
from tests.clients.streaming import (
    StreamResult,
    chunk,
    delta,
    done,
    ollama,
    request,
    stream_answer,
)
from tests.loopback import CLOSE, RESET, SILENT, Loopback, Mark, Reply, events, json_reply, ndjson

COMPLETION = {
    "object": "chat.completion",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 5, "completion_tokens": 2},
}


def replied(server: Loopback, reply: Reply, options: Options | None = None) -> StreamResult:
    server.on("POST /v1/chat/completions", reply)
    return stream_answer(OpenAISource(Peer(server.url)), request(options=options))


def openai(server: Loopback, *steps: object) -> StreamResult:
    return replied(server, events(*steps))


# Ends


@pytest.mark.parametrize("word", ["stop", "eos_token", "STOP", "end_turn", "COMPLETE", "eosFound"])
def test_word_for_a_whole_answer_is_done(loopback: Loopback, word: str) -> None:
    assert openai(loopback, delta("Hi", word)).ended.state is AnswerState.DONE


@pytest.mark.parametrize(
    "word",
    ["length", "max_tokens", "MAX_TOKENS", "model_length", "maxPredictedTokensReached"],
)
def test_limit_by_any_name_is_cut(loopback: Loopback, word: str) -> None:
    assert openai(loopback, delta("Hi", word)).ended.state is AnswerState.CUT


@pytest.mark.parametrize(
    ("word", "fix"),
    [
        ("abort", "see the server's log"),
        ("error", "see the server's log"),
        ("insufficient_system_resource", "see the server's log"),
        ("content_filter", "rephrase the prompt"),
        ("SAFETY", "rephrase the prompt"),
    ],
)
def test_any_other_word_is_quoted_and_incomplete(loopback: Loopback, word: str, fix: str) -> None:
    for ended in (
        openai(loopback, delta("half a"), delta(None, word), b"data: [DONE]\n\n").ended,
        ollama(loopback, ndjson(chunk("half a"), done(word))).ended,
    ):
        assert ended.state is AnswerState.TRUNCATED
        assert ended.problem.cause == f'incomplete (the server ended the answer with "{word}")'
        assert fix in ended.problem.fix


@pytest.mark.parametrize("word", [None, "", "null"])
def test_no_word_is_no_end(loopback: Loopback, word: str | None) -> None:
    assert openai(loopback, delta("Hi", word)).ended.state is AnswerState.TRUNCATED


# Nothing


@pytest.mark.parametrize("text", ["", " \n"])
def test_nothing_is_no_answer(loopback: Loopback, text: str) -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 36000, "completion_tokens": 0}}
    result = openai(loopback, delta(text), delta(None, "stop"), usage, b"data: [DONE]\n\n")
    assert result.ended.state is AnswerState.FAILED
    assert result.ended.problem.cause == 'no text received: the server ended the answer with "stop"'
    assert "the prompt may be longer than its context" in result.ended.problem.fix
    assert result.ended.server.prompt_eval_count == 36000


@pytest.mark.parametrize("word", ["load", "stop", "length"])
def test_load_is_no_answer(loopback: Loopback, word: str) -> None:
    result = ollama(loopback, ndjson(done(word)))
    assert result.ended.state is AnswerState.FAILED
    assert (
        result.ended.problem.cause == f'no text received: the server ended the answer with "{word}"'
    )


# Not the stream


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("blank", ["", "\n\n  "])
def test_whole_completion_is_the_answer(loopback: Loopback, indent: int | None, blank: str) -> None:
    body = (blank + json.dumps(COMPLETION, indent=indent)).encode()
    result = replied(loopback, Reply((body,), framing="length"))
    assert (result.answer.text, result.ended.state) == ("Hi", AnswerState.DONE)
    assert result.ended.server == ServerTimings(prompt_eval_count=5, eval_count=2)


def test_chunks_without_events_are_the_answer(loopback: Loopback) -> None:
    result = replied(loopback, ndjson(delta("Hel"), delta("lo"), delta(None, "stop")))
    assert (result.answer.text, result.ended.state) == ("Hello", AnswerState.DONE)


@pytest.mark.parametrize(
    "error",
    [
        {"error": "Unexpected endpoint or method. (POST /chat)"},
        {"error": {"message": "Unexpected endpoint or method. (POST /chat)"}},
        {"object": "error", "message": "Unexpected endpoint or method. (POST /chat)", "code": 404},
        {"detail": "Unexpected endpoint or method. (POST /chat)"},
    ],
)
def test_error_in_place_of_the_stream_is_quoted(loopback: Loopback, error: object) -> None:
    for indent in (None, 2):
        body = json.dumps(error, indent=indent).encode()
        result = replied(loopback, Reply((body,), framing="length"))
        assert result.ended.state is AnswerState.FAILED
        assert result.ended.problem.cause == (
            "server message: Unexpected endpoint or method. (POST /chat)"
        )


def test_formatted_error_in_ollamas_dialect_is_quoted(loopback: Loopback) -> None:
    body = json.dumps({"error": "no such thing"}, indent=2).encode()
    result = ollama(loopback, Reply((body,), framing="length"))
    assert result.ended.problem.cause == "server message: no such thing"


def test_plain_text_in_place_of_events_is_quoted(loopback: Loopback) -> None:
    result = replied(loopback, Reply((b"Internal Server Error",), framing="length"))
    assert result.ended.state is AnswerState.FAILED
    assert result.ended.problem.cause == (
        'the stream contains a line that is not JSON: "Internal Server Error"'
    )


# Odd fields


@pytest.mark.parametrize(
    ("usage", "count", "note"),
    [
        ('{"completion_tokens": 37.0, "total_tokens": 40.25}', 37, ""),
        ('{"completion_tokens": "37"}', 37, ""),
        ('{"completion_tokens": 37.5}', None, "usage.completion_tokens"),
        ('{"completion_tokens": -1}', None, "usage.completion_tokens"),
        (f'{{"completion_tokens": {2**62 + 1}}}', None, "usage.completion_tokens"),
        (f'{{"completion_tokens": 1{"0" * 5000}}}', None, "usage.completion_tokens"),
        ("[37]", None, "usage"),
    ],
)
def test_unreadable_figure_is_unknown(
    loopback: Loopback, usage: str, count: int | None, note: str
) -> None:
    last = f'data: {{"choices": [], "usage": {usage}}}\n\n'.encode()
    result = openai(loopback, delta("Hi", "stop"), last)
    assert (result.answer.text, result.ended.state) == ("Hi", AnswerState.DONE)
    assert result.ended.server.eval_count == count
    assert result.ended.note == (f"left out as unreadable: {note}" if note else "")


def test_figures_no_clock_gives_are_unknown() -> None:
    assert ServerTimings(total_ns=-1, eval_count=MOST + 1, load_ns=0, eval_ns=MOST) == (
        ServerTimings(load_ns=0, eval_ns=MOST)
    )


@pytest.mark.parametrize("ns", [-1_000_000, 2**63])
def test_ollamas_impossible_duration_is_unknown(loopback: Loopback, ns: int) -> None:
    last = done(prompt_eval_duration=ns, eval_count=5)
    result = ollama(loopback, ndjson(chunk("Hi"), last))
    assert result.ended.server == ServerTimings(eval_count=5)
    assert result.ended.state is AnswerState.DONE


def test_content_may_be_in_parts(loopback: Loopback) -> None:
    plan = {"type": "thinking", "thinking": [{"type": "text", "text": "plan"}]}
    result = openai(
        loopback,
        {"choices": [{"delta": {"content": [plan]}}]},
        {"choices": [{"delta": {"content": [{"type": "text", "text": "Hello"}]}}]},
        {"choices": [{"delta": {"content": [" wor", {"type": "image", "url": "x"}, "ld"]}}]},
        delta(None, "stop"),
    )
    assert (result.answer.thinking, result.answer.text) == ("plan", "Hello world")

    parts = [{"type": "text", "text": "Hello"}, " world"]
    lines = ndjson({"message": {"content": parts, "thinking": ["plan"]}}, done())
    answer = ollama(loopback, lines).answer
    assert (answer.thinking, answer.text) == ("plan", "Hello world")


def test_text_of_an_older_completion_is_read(loopback: Loopback) -> None:
    steps = ({"choices": [{"text": "Hel"}]}, {"choices": [{"text": "lo", "finish_reason": "stop"}]})
    assert openai(loopback, *steps).answer.text == "Hello"


def test_refusal_is_text(loopback: Loopback) -> None:
    result = openai(loopback, delta(None, "stop", refusal="I cannot."))
    assert (result.answer.text, result.ended.state) == ("I cannot.", AnswerState.DONE)


def test_other_choices_are_other_answers(loopback: Loopback) -> None:
    def choices(*texts: str, finish: str | None = None) -> dict[str, object]:
        each = enumerate(texts)
        return {
            "choices": [
                {"index": index, "delta": {"content": text}, "finish_reason": finish}
                for index, text in each
            ]
        }

    second = {"choices": [{"index": 1, "delta": {"content": "B"}, "finish_reason": "length"}]}
    result = openai(loopback, choices("A", "B"), second, choices("a", "b", finish="stop"))
    assert (result.answer.text, result.ended.state) == ("Aa", AnswerState.DONE)


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        (b"A\\ud83d", b"\\ude00B", "A\N{GRINNING FACE}B"),
        (b"A\\ud83d", b"B", "A\ufffdB"),
        (b"A", b"\\ude00B", "A\ufffdB"),
        (b"A", b"B\\ud83d", "AB\ufffd"),
    ],
)
def test_halves_of_a_character_are_joined(
    loopback: Loopback, first: bytes, second: bytes, text: str
) -> None:
    parts = [
        b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % part for part in (first, second)
    ]
    result = openai(loopback, *parts, delta(" end", "stop"))
    assert result.ended.state is AnswerState.DONE
    assert result.answer.text == f"{text} end"
    lines = [b'{"message":{"content":"%s"}}\n' % part for part in (first, second)]
    assert ollama(loopback, ndjson(*lines, done())).answer.text == text


@pytest.mark.parametrize("filler", [b": PROCESSING", b"null", b"", b"[]"])
def test_filler_is_no_reason_to_fail(loopback: Loopback, filler: bytes) -> None:
    line = b"data: " + filler + b"\n\n"
    result = openai(loopback, line, delta("Hel"), line, delta("lo", "stop"), line)
    assert (result.answer.text, result.ended.state) == ("Hello", AnswerState.DONE)


@pytest.mark.parametrize("empty", [{}, "", [], None, False, {"message": "", "code": None}])
def test_empty_error_is_none(loopback: Loopback, empty: object) -> None:
    result = openai(
        loopback, {**delta("Hi"), "error": empty}, {**delta("!", "stop"), "error": empty}
    )
    assert (result.answer.text, result.ended.state) == ("Hi!", AnswerState.DONE)
    last = {**done(), "error": empty}
    assert ollama(loopback, ndjson({**chunk("Hi"), "error": empty}, last)).answer.text == "Hi"


# Server-sent events


@pytest.mark.parametrize("bom", [b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_byte_order_mark_costs_no_text(loopback: Loopback, bom: bytes) -> None:
    assert openai(loopback, bom, delta("Hi"), delta("!", "stop")).answer.text == "Hi!"
    assert ollama(loopback, ndjson(bom, chunk("Hi"), done())).answer.text == "Hi"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (b'event: error\ndata: {"message": "no template"}\n\n', "no template"),
        (b'data: {"detail": "no template"}\nevent: error\n\n', "no template"),
        (b"event: error\ndata: no template\n\n", "no template"),
        (b'event: error\ndata: {"error": {"message": "no template"}}\n\n', "no template"),
        (b"event: error\ndata: {}\n\n", "an error without a message"),
        (b"event: error\n\n", "an error without a message"),
        (b"error: no template\n\n", "no template"),
        (b'data: {"object":"error","message":"no template","code":400}\n\n', "no template"),
        (b'data: {"choices":[{"error":{"message":"no template"}}]}\n\n', "no template"),
    ],
)
def test_error_of_any_shape_is_quoted(loopback: Loopback, event: bytes, words: str) -> None:
    result = openai(loopback, delta("Hi"), event, delta("!", "stop"))
    assert result.answer.text == "Hi"
    assert result.ended.state is AnswerState.FAILED
    assert result.ended.problem.cause == f"server message: {words}"


# What came before the stream broke


@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_object_that_came_whole_before_a_loss_is_kept(loopback: Loopback, end: Mark) -> None:
    event = b"data: " + json.dumps(delta("lo", "stop")).encode()
    for result in (
        openai(loopback, delta("Hel"), event, end),
        ollama(loopback, ndjson(chunk("Hello"), json.dumps(done()).encode(), end)),
    ):
        assert (result.answer.text, result.ended.state) == ("Hello", AnswerState.DONE)


@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_half_an_object_before_a_loss_is_not(loopback: Loopback, end: Mark) -> None:
    whole, half = json.dumps(chunk("lo")).encode(), json.dumps(chunk("lost")).encode()[:-3]
    kept = ollama(loopback, ndjson(chunk("Hel"), whole, end))
    assert kept.answer.text == "Hello"
    assert kept.ended.problem.cause.startswith("connection lost after ")
    assert ollama(loopback, ndjson(chunk("Hel"), half, end)).answer.text == "Hel"


def test_one_limit_also_for_a_single_delta(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_events, "MAX_ANSWER", 10)
    for steps in ([delta("x" * 15, "stop")], [delta("x" * 5, reasoning="y" * 6), SILENT]):
        result = openai(loopback, *steps)
        assert len(result.answer.text) + len(result.answer.thinking) == 10
        assert result.ended.state is AnswerState.CUT
        assert result.ended.problem.cause == "size limit reached (4 MiB of text)"
    whole = {**COMPLETION, "choices": [{"message": {"content": "x" * 15}, "finish_reason": "stop"}]}
    assert len(replied(loopback, json_reply(whole)).answer.text) == 10


def test_blank_lines_are_one_read(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_events, "BLANKS_NS", 60_000_000_000)
    blanks = [b"\n"] * 500
    for result in (
        openai(loopback, *blanks, delta("Hi"), *blanks, delta("!", "stop")),
        ollama(loopback, ndjson(*blanks, chunk("Hi"), *blanks, chunk("!"), done())),
    ):
        assert (result.answer.text, result.ended.state) == ("Hi!", AnswerState.DONE)
        assert len(result.arrived) < 5
        assert result.arrived[0].size == 1
        assert sum(event.size for event in result.arrived) > 1000


@pytest.mark.parametrize("framing", [Ndjson, ServerSentEvents])
def test_event_is_complete_after_a_blank_read(framing: type[Ndjson | ServerSentEvents]) -> None:
    framer = framing()
    reads = [b"\r\n", b"\n\n", b'data: {"a":1}', b"\r", b"\n", b"\r\n", b"\n"]
    lines = [line for read in reads for line in framer.feed(read)] + framer.close()
    assert [line.removeprefix(b"data: ") for line in lines] == [b'{"a":1}']


# Decoding part by part


class Inner(msgspec.Struct):
    name: str
    size: Count | None = None


class Outer(msgspec.Struct):
    items: list[Inner] | None = None
    text: str | None = None


OUTER = PartDecoder(Outer)


@pytest.mark.parametrize(
    ("document", "expected", "left_out"),
    [
        (b'{"items":[{"name":"a","size":1}],"text":"t"}', Outer([Inner("a", 1)], "t"), ()),
        (b'{"items":[{"name":"a","size":-1}]}', Outer([Inner("a")]), ("items.size",)),
        (b'{"items":[{"size":1},{"name":"b"},5]}', Outer([Inner("b")]), ("items",)),
        (b'{"items":{"a":1},"text":5}', Outer(), ("items", "text")),
        (b'{"items":null,"text":null,"more":1}', Outer(), ()),
        (
            b'{"items":[{"name":"\\ud83d","size":"\\ud83d"}]}',
            Outer([Inner("\ud83d")]),
            ("items.size",),
        ),
        (b'{"text":"\xff","items":[{"name":"a","size":NaN}]}', Outer([Inner("a")], "\ufffd"), ()),
    ],
)
def test_what_cannot_be_read_is_left_out_alone(
    document: bytes, expected: Outer, left_out: tuple[str, ...]
) -> None:
    assert OUTER.decode_parts(document) == (expected, left_out)


@pytest.mark.parametrize("document", [b"[]", b"5", b"null", b'"x"'])
def test_document_of_another_form_is_refused(document: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        OUTER.decode(document)


def test_figure_of_an_earlier_version_that_no_clock_gives_is_unknown() -> None:
    written = '{"total_ns":-5,"eval_count":7,"prompt_eval_count":9223372036854775807}'
    assert from_document(ServerTimings, written) == ServerTimings(eval_count=7)
