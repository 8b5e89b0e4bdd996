from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbtui.clients import stream_lines
from bbtui.clients.stream_lines import MAX_LINE, LineTooLongError, Ndjson, ServerSentEvents

#: What `str.splitlines` would break a line at, and what a read may cut in two.
AWKWARD = "a\u0085b\u2028c\u2029d\x0be\x0cf\x1cg é学🙂"
TEXT = st.text(
    st.one_of(st.sampled_from(AWKWARD), st.characters(exclude_characters="\r\n")), min_size=1
).filter(lambda text: bool(text.encode("utf-8", "replace").strip()))


@st.composite
def pieces(draw: st.DrawFn, data: bytes) -> list[bytes]:
    cuts = draw(st.lists(st.integers(0, len(data)), max_size=12))
    return [data[start:end] for start, end in pairwise([0, *sorted(cuts), len(data)])]


def framed(framer: Ndjson | ServerSentEvents, reads: list[bytes]) -> list[bytes]:
    return [line for read in reads for line in framer.feed(read)] + framer.close()


@given(st.data())
def test_objects_do_not_depend_on_read_boundaries(data: st.DataObject) -> None:
    lines = [line.encode("utf-8", "replace").strip() for line in data.draw(st.lists(TEXT))]
    end = data.draw(st.sampled_from([b"\n", b"\r\n", b"\n\n"]))
    last = data.draw(st.sampled_from([b"", end]))
    wire = end.join(lines) + (last if lines else b"")
    assert framed(Ndjson(), data.draw(pieces(wire))) == lines


@given(st.data())
def test_events_do_not_depend_on_read_boundaries(data: st.DataObject) -> None:
    texts = [text.encode("utf-8", "replace") for text in data.draw(st.lists(TEXT))]
    wire = b""
    for text in texts:
        end = data.draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
        if data.draw(st.booleans()):
            wire += b": a comment" + end + end
        wire += b"event: message" + end + b"data: " + text + end + end
    assert framed(ServerSentEvents(), data.draw(pieces(wire))) == texts


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (b"data:no blank\n\n", [b"no blank"]),
        (b"data: one\ndata: two\n\n", [b"one\ntwo"]),
        (b"data\n\n", []),
        (b"id: 3\nretry: 9\n\n", []),
        (b'data: {"a":1}\ndata: {"b":2}\ndata: [DONE]\n\n', [b'{"a":1}', b'{"b":2}', b"[DONE]"]),
        (b'data: {"a":\ndata: {"b":2}}\n\n', [b'{"a":\n{"b":2}}']),
        (b"data: the end is missing", [b"the end is missing"]),
        (b'error: {"code":500}\n\n', [b'{"error":{"code":500}}']),
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", [b"a", b"b", b"c"]),
    ],
)
def test_fields_of_an_event(wire: bytes, expected: list[bytes]) -> None:
    assert framed(ServerSentEvents(), [wire]) == expected
    assert framed(ServerSentEvents(), [wire[i : i + 1] for i in range(len(wire))]) == expected


@pytest.mark.parametrize("framer", [Ndjson, ServerSentEvents])
def test_endless_line_is_rejected(
    framer: Callable[[], Ndjson | ServerSentEvents], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_LINE == 16 * 1024 * 1024
    monkeypatch.setattr(stream_lines, "MAX_LINE", 100)
    fed = framer()
    fed.feed(b"x" * 60)
    with pytest.raises(LineTooLongError):
        fed.feed(b"x" * 60)


def test_event_of_too_many_lines_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_lines, "MAX_LINE", 100)
    fed = ServerSentEvents()
    with pytest.raises(LineTooLongError):
        fed.feed(b"data: xxxxxxxxxx\n" * 20)


@pytest.mark.parametrize("framer", [Ndjson, ServerSentEvents])
def test_pieces_of_a_line_are_joined_once(
    framer: Callable[[], Ndjson | ServerSentEvents],
) -> None:
    """A line in a million reads of a byte: quadratic work would outlast the test's time limit."""
    fed = framer()
    for _ in range(1_000_000):
        assert fed.feed(b"x") == []
    first = fed.feed(b"\n\n")
    assert first == ([b"x" * 1_000_000] if framer is Ndjson else [])


def test_unfinished_events_and_documents_are_read_once() -> None:
    """Quadratic work would outlast the test's time limit."""
    fed = ServerSentEvents()
    assert fed.feed(b'data: {"a":1\n' * 300_000) == []
    assert len(fed.feed(b"\n")) == 1
    for framer in (Ndjson(), ServerSentEvents()):
        assert framer.feed(b"{\n" * 300_000) == []
        assert len(framer.close()) == 1
