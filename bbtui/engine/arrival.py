"""Where what a stream brings becomes an answer."""

from __future__ import annotations

from collections.abc import Iterable

from bbtui.clients.ports import (
    ChunksArrived,
    Event,
    ModelStateKnown,
    PhaseStarted,
    RequestSent,
    StreamEnded,
)
from bbtui.domain.answer import AnswerState, LiveAnswer


def take(growing: LiveAnswer, event: Event, now_ns: int) -> None:
    """Let one event of its stream happen to an answer.

    Stamps become offsets from the request written; from the asking where no request was seen.
    What follows `ModelStateKnown` is the request itself, so its wait is counted from `now_ns`.
    """
    match event:
        case PhaseStarted(words):
            growing.phase = words
        case ModelStateKnown(warmth, preload_ns):
            growing.warmth = warmth
            growing.preload_ns = preload_ns
            growing.phase = ""
            growing.since_ns = now_ns
            growing.under_way = True
        case RequestSent(at_ns):
            growing.sent_ns = at_ns
            growing.phase = ""
        case ChunksArrived(at_ns, size, pieces):
            sent = growing.asked_ns if growing.sent_ns is None else growing.sent_ns
            growing.append(at_ns - sent, size, pieces)
        case StreamEnded(at_ns, state, problem, server):
            end_ns = None if growing.sent_ns is None else at_ns - growing.sent_ns
            growing.end(state, end_ns, problem, server)


def abandon(growing: LiveAnswer, events: Iterable[Event], now_ns: int) -> None:
    """End an answer that the program's own end cuts off, after the last events of its stream.

    It ends as one whose program died: nobody stopped it on purpose, so it is asked for again.
    """
    for event in events:
        if not (isinstance(event, StreamEnded) and event.state is AnswerState.STOPPED):
            take(growing, event, now_ns)
    end_ns = None if growing.sent_ns is None else now_ns - growing.sent_ns
    growing.abandon(end_ns)
