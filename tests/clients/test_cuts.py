"""Recorded streams that break off at any byte: what came whole before is kept, exactly."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import pytest

from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaStreamParser
from bbtui.clients.openai.chat import OpenAIStreamParser
from bbtui.clients.stream_events import StreamParser
from bbtui.domain.answer import AnswerState
from bbtui.domain.endpoint import Options
from tests.loopback import Trace

PEER = Peer("http://127.0.0.1:1")


def read(line: bytes) -> tuple[str, bool]:
    """Return the text of the object in a line, and whether it ends the answer."""
    try:
        value: Any = json.loads(line.removeprefix(b"data: "))
    except ValueError:
        return "", False
    if not isinstance(value, dict):
        return "", False
    choices = value.get("choices")
    part = choices[0] if choices else value
    message = part.get("delta") or part.get("message") or {}
    return message.get("content") or "", bool(value.get("done") or part.get("finish_reason"))


def whole_objects(data: bytes) -> Callable[[int], tuple[str, bool]]:
    """Return a function of a length of the data.

    It returns the text of the objects that came whole, and whether the last one ends the answer.
    """
    starts, before = [0], [("", False)]
    for line in data.split(b"\n")[:-1]:
        (text, ended), (more, ends) = before[-1], read(line)
        starts.append(starts[-1] + len(line) + 1)
        before.append((text + more, ended or ends))

    def at(length: int) -> tuple[str, bool]:
        index = bisect_right(starts, length) - 1
        (text, ended), (more, ends) = before[index], read(data[starts[index] : length])
        return text + more, ended or ends

    return at


def parser(name: str) -> StreamParser[Any]:
    if name.startswith("chat"):
        return OllamaStreamParser(Options(), PEER)
    return OpenAIStreamParser(Options(), PEER)


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("name", ["chat-length", "chat-one-token", "v1-chat", "llama-server-chat"])
def test_no_whole_object_is_lost_wherever_a_stream_breaks(name: str, lost: bool) -> None:
    data = b"".join(Trace.load(name).reads)
    # A stride that is prime to the lengths of the lines, and every byte around their ends.
    cuts = {*range(0, len(data), 7), len(data)}
    cuts |= {at + near for at, byte in enumerate(data) if byte == 10 for near in range(-3, 3)}
    whole = whole_objects(data)
    for cut in sorted(cut for cut in cuts if 0 <= cut <= len(data)):
        part, reads = data[:cut], parser(name)
        pieces = [*reads.feed(part[: cut // 2]), *reads.feed(part[cut // 2 :])]
        if reads.ending is None:
            pieces += reads.close(lost=lost)
        text, ended = whole(cut)
        assert "".join(piece.text for piece in pieces) == text, part[-80:]
        states = {True: (AnswerState.DONE, AnswerState.CUT), False: (AnswerState.TRUNCATED, None)}
        ending = reads.ending.state if reads.ending else None
        assert ending in states[ended], part[-80:]
        assert (ending is None) == (lost and not ended)
