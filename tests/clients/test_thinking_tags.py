"""Thinking that a server sends inside the text of the answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbtui.clients.http.peer import Peer
from bbtui.clients.openai.chat import OpenAISource
from bbtui.clients.thinking_tags import ThinkingTags
from bbtui.domain.answer import AnswerState, Piece
from bbtui.domain.timing import measure
from tests.clients.streaming import StreamResult, chunk, delta, done, ollama, stream_answer
from tests.loopback import Loopback, events, ndjson

NOTE = "thinking inside the text was separated by its tags"
CODE = "Use this:\n```\nprint('</think>')\n```\nIt ends the thinking."


def split(parts: list[str]) -> tuple[str, str]:
    """Return the thinking and the text that come of these parts."""
    tags = ThinkingTags()
    text = thinking = ""
    for piece in [*(tags.feed(Piece(part)) for part in parts), tags.close()]:
        if piece is None:
            continue
        if piece.ends_thinking:
            text, thinking = "", thinking + text
        thinking, text = thinking + piece.thinking, text + piece.text
    return thinking, text


@pytest.mark.parametrize(
    ("sent", "thinking", "text"),
    [
        ("<think>\nplan\n</think>\n\nAnswer", "plan\n", "Answer"),
        ("\n <think>plan</think>Answer", "\n plan", "Answer"),
        ("plan\n</think>\n\nAnswer", "plan\n", "Answer"),
        ("[THINK]plan[/THINK]Answer", "plan", "Answer"),
        ("◁think▷plan◁/think▷Answer", "plan", "Answer"),
        ("<seed:think>plan</seed:think>Answer", "plan", "Answer"),
        ("<think>\n\n</think>\n\nAnswer", "", "Answer"),
        ("</think>\n\nAnswer", "", "Answer"),
        ("<think>one</think><think>two</think>Answer", "onetwo", "Answer"),
        ("<think>if a < b: </thin", "if a < b: </thin", ""),
        ("a < b and c[0] <th", "", "a < b and c[0] <th"),
        ("<thinker>no</thinker>", "", "<thinker>no</thinker>"),
        ("The tags are <think> and </think>.", "", "The tags are <think> and </think>."),
        ("It ends with `</think>`, always.", "", "It ends with `</think>`, always."),
        (CODE, "", CODE),
        ("plan</think>", "plan", ""),
        ("", "", ""),
    ],
)
@given(st.data())
def test_tags_are_found_wherever_they_are_cut(
    sent: str, thinking: str, text: str, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(sent)))))
    parts = [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    got_thinking, got_text = split(parts)
    assert (got_thinking.lstrip(), got_text) == (thinking.lstrip(), text)


def openai(server: Loopback, *steps: object) -> StreamResult:
    server.on("POST /v1/chat/completions", events(*steps, delta(None, "stop")))
    return stream_answer(OpenAISource(Peer(server.url)))


@pytest.mark.parametrize("opening", ["<think>", ""])
def test_answer_text_begins_after_the_tag(loopback: Loopback, opening: str) -> None:
    result = openai(
        loopback, delta(f"{opening}\nplan"), delta(" more\n</th"), delta("ink>\n\n"), delta("Hi")
    )
    answer = result.answer
    assert (answer.thinking.strip(), answer.text) == ("plan more", "Hi")
    assert answer.state is AnswerState.DONE
    assert answer.problem.cause == NOTE
    timing = measure(answer)
    first, *_, last = [read.offset_ns for read in answer.reads if read.chunks]
    assert (timing.ttft_ns, timing.ttfa_ns) == (first, last)
    assert sum(read.thinking for read in answer.reads) == len(answer.thinking)


def test_tags_are_separated_in_ollamas_api(loopback: Loopback) -> None:
    result = ollama(loopback, ndjson(chunk("<think>"), chunk("hm</think>"), chunk("Hi"), done()))
    assert (result.answer.thinking, result.answer.text) == ("hm", "Hi")


def test_text_about_a_tag_stays_where_the_server_separates_thinking(loopback: Loopback) -> None:
    result = openai(loopback, delta(None, reasoning_content="hm"), delta("It is </think> here."))
    assert (result.answer.thinking, result.answer.text) == ("hm", "It is </think> here.")
    assert not result.answer.problem


def test_blank_thinking_without_an_answer_is_nothing(loopback: Loopback) -> None:
    result = openai(loopback, delta("\n"), delta("<think>"), delta("\n</think>\n"))
    assert result.answer.state is AnswerState.FAILED
    assert (
        result.answer.problem.cause == 'no text received: the server ended the answer with "stop"'
    )


def test_thinking_without_an_answer_is_incomplete(loopback: Loopback) -> None:
    result = openai(loopback, delta("<think>plan</think>"))
    assert (result.answer.state, result.answer.thinking) == (AnswerState.TRUNCATED, "plan")
    assert result.answer.problem.cause == (
        f"incomplete (thinking, and no text of an answer); {NOTE}"
    )
