"""Whatever a server streams: the answer is consistent, and can be kept, shown and written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaStreamParser
from bbtui.clients.openai.chat import OpenAIStreamParser
from bbtui.clients.stream_events import StreamParser
from bbtui.domain.answer import MOST, Cell, LiveAnswer
from bbtui.domain.endpoint import Options
from bbtui.domain.timing import Meter, measure
from bbtui.store.codec import from_document, to_document

TEXT = st.sampled_from(
    ["hi ", "<th", "ink>", "</thi", "nk>", "[THINK]", "\n", "`", "\ud83d", "\ude00"]
)
ODD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        TEXT,
        st.sampled_from(["stop", "length", "abort", "null"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["type", "text", "message", "thinking"]), inner, max_size=3
        ),
    ),
    max_leaves=4,
)


def objects(usual: dict[str, Any], *names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with the usual fields, of which some are odd."""
    odd = st.dictionaries(st.sampled_from(names), ODD, max_size=2)
    return st.builds(lambda more: {**usual, **more}, odd)


DELTAS = st.builds(
    lambda text, odd: {"content": text, **odd}, TEXT, objects({}, "content", "reasoning")
)
CHOICES = st.builds(
    lambda delta, odd: {"delta": delta, **odd},
    DELTAS,
    objects({}, "finish_reason", "index", "delta"),
)
CHUNKS = st.builds(
    lambda choice, odd: {"choices": [choice], **odd},
    CHOICES,
    objects({}, "usage", "timings", "metrics", "error", "choices"),
)
LINES = st.builds(
    lambda message, odd: {"message": message, **odd},
    DELTAS,
    objects({}, "done", "done_reason", "eval_count", "total_duration", "error", "message"),
)


def read(parser: StreamParser[Any], data: bytes, size: int, *, lost: bool) -> None:
    live, meter = LiveAnswer(Cell("task", "endpoint"), 1, datetime.now(UTC)), Meter()
    for at, start in enumerate(range(0, len(data), size)):
        live.append(at, size, parser.feed(data[start : start + size]))
        meter.update(live)
        if parser.ending is not None:
            break
    else:
        live.append(len(data), 0, parser.close(lost=lost))
    ending = parser.ending
    if ending is None:
        assert lost
        return
    live.end(ending.state, len(data) + 1, ending.problem.noting(ending.note), ending.server)
    answer = live.answer()
    assert sum(read.text for read in answer.reads) == len(answer.text)
    assert sum(read.thinking for read in answer.reads) == len(answer.thinking)
    assert meter.update(live) == measure(answer)
    if answer.state.answered:
        assert answer.text.strip() or answer.thinking.strip()
    (answer.text + answer.thinking + answer.problem.cause).encode()
    assert from_document(type(answer.server), to_document(answer.server)) == answer.server
    counts = (answer.server.total_ns, answer.server.eval_count, answer.server.prompt_eval_count)
    assert all(count is None or 0 <= count <= MOST for count in counts)


@given(
    st.lists(CHUNKS, max_size=8),
    st.sampled_from([b"\n\n", b"\r\n\r\n", b"\n"]),
    st.sampled_from([b"", b"data: [DONE]\n\n", b"event: error\n\n", b"\xff"]),
    st.integers(1, 60),
    st.booleans(),
)
def test_any_events_make_a_consistent_answer(
    chunks: list[object],
    end: bytes,
    last: bytes,
    size: int,
    lost: bool,
) -> None:
    data = b"".join(b"data: " + json.dumps(chunk).encode() + end for chunk in chunks) + last
    read(OpenAIStreamParser(Options(), Peer("http://127.0.0.1:1")), data, size, lost=lost)


@given(st.lists(LINES, max_size=8), st.integers(1, 60), st.booleans())
def test_any_lines_make_a_consistent_answer(
    lines: list[object],
    size: int,
    lost: bool,
) -> None:
    data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    read(OllamaStreamParser(Options(), Peer("http://127.0.0.1:1")), data, size, lost=lost)
