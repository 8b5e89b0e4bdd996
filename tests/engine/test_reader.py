from __future__ import annotations

import threading

import pytest

from bbtui.clients.ports import (
    ChunksArrived,
    ModelStateKnown,
    PhaseStarted,
    Request,
    RequestSent,
    StreamEnded,
)
from bbtui.domain.answer import AnswerState, Piece, Warmth
from bbtui.domain.endpoint import Options
from bbtui.engine.run_queue import StreamReader
from tests.fakes import (
    Script,
    answering,
    crash,
    done,
    known,
    phase,
    read,
    sent,
    stuck,
    text,
    tokens,
    wait,
)
from tests.waiting import wait_until

REQUEST = Request("Why?", "gemma3:1b", Options())


class Woken:
    """Counts the wakes and notes their threads."""

    def __init__(self) -> None:
        self.count = 0
        self.threads: set[int] = set()

    def __call__(self) -> None:
        self.count += 1
        self.threads.add(threading.get_ident())


def events_of(reader: StreamReader) -> list:
    """Return every event, once the last has come."""
    events: list = []

    def ended() -> bool:
        events.extend(reader.take_events())
        return bool(events) and isinstance(events[-1], StreamEnded)

    wait_until(ended)
    reader.join(30)
    return [*events, *reader.take_events()]


def read_through(source, wake=lambda: None):
    reader = StreamReader(source, REQUEST, wake)
    reader.start()
    return events_of(reader)


def test_events_are_ordered_with_monotonic_stamps():
    source = Script(phase("loading"), known(Warmth.COLD, 9), sent(5), *tokens("a b c"), done())
    events = read_through(source)
    assert [type(event) for event in events] == [
        PhaseStarted,
        ModelStateKnown,
        RequestSent,
        *[ChunksArrived] * 3,
        StreamEnded,
    ]
    assert events[0].phase == "loading"
    assert events[1] == ModelStateKnown(Warmth.COLD, 9_000_000)
    stamps = [event.at_ns for event in events[2:]]
    assert stamps == sorted(stamps)
    assert source.requests == [REQUEST]


def test_reader_wakes_for_phases_first_text_and_end_only():
    woken = Woken()
    half = read(size=12)
    read_through(Script(phase("p"), known(), sent(), half, *tokens("a " * 500), done()), woken)
    assert woken.count == 5
    assert threading.get_ident() not in woken.threads


def test_events_are_taken_once(release):
    reader = StreamReader(Script(sent(), text("a"), wait(release), done()), REQUEST, lambda: None)
    reader.start()
    taken: list = []
    wait_until(lambda: taken.extend(reader.take_events()) or len(taken) == 2)
    assert reader.take_events() == []
    release.set()
    assert [type(event) for event in events_of(reader)] == [StreamEnded]


def test_stop_ends_the_stream(release):
    reader = StreamReader(
        Script(sent(), text("a"), wait(release), text("b"), done()), REQUEST, lambda: None
    )
    reader.start()
    reader.stop()
    last = events_of(reader)[-1]
    assert (last.state, last.problem.cause) == (AnswerState.STOPPED, "stopped by you")


def test_join_of_a_stuck_reader_returns(release):
    reader = StreamReader(Script(stuck(release), done()), REQUEST, lambda: None)
    reader.start()
    reader.stop()
    reader.join(0)
    assert reader.take_events() == []


@pytest.mark.parametrize("steps", [(), (sent(), text("half"))])
def test_crash_of_a_source_fails_its_answer(steps):
    events = read_through(Script(*steps, crash(KeyError("message"))))
    assert len(events) == len(steps) + 1
    last = events[-1]
    assert last.state is AnswerState.FAILED
    assert last.problem.cause == "internal error while reading this answer: KeyError('message')"
    assert last.problem.fix.startswith("a bug in bbtui (engine/run_queue.py:")
    assert "please report it" in last.problem.fix


def test_source_without_an_end_fails_its_answer():
    events = read_through(Script(sent(), text("half")))
    assert events[1].pieces == (Piece("half"),)
    assert events[-1].state is AnswerState.FAILED
    assert "no end was reported" in events[-1].problem.cause


def test_end_is_reported_once():
    ends = [event for event in read_through(answering()) if isinstance(event, StreamEnded)]
    assert [end.state for end in ends] == [AnswerState.DONE]
