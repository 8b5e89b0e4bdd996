"""Where what a stream brings becomes an answer."""

from __future__ import annotations

from bbtui.clients.base import Arrived, Ended, Event, Known, Phase, Sent
from bbtui.domain.answer import Growing


def take(growing: Growing, event: Event) -> None:
    """Let one event of its stream happen to an answer.

    Stamps become offsets from the request written; from the asking where no request was seen.
    """
    match event:
        case Phase(words):
            growing.phase = words
        case Known(warmth, preload_ns):
            growing.warmth = warmth
            growing.preload_ns = preload_ns
        case Sent(at_ns):
            growing.sent_ns = at_ns
            growing.phase = ""
        case Arrived(at_ns, size, pieces):
            sent = growing.asked_ns if growing.sent_ns is None else growing.sent_ns
            growing.arrive(at_ns - sent, size, pieces)
        case Ended(at_ns, state, cause, hint, server):
            end_ns = None if growing.sent_ns is None else at_ns - growing.sent_ns
            growing.end(state, end_ns, cause=cause, hint=hint, server=server)
