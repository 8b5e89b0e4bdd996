"""An answer from the wire to its events, whatever the dialect."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from bbtui.clients.http.replies import Unanswered, about
from bbtui.clients.ports import Arrived, Ended, Event, Known, Line, Sent
from bbtui.clients.stream_parser import TRUNCATED, Ending, Reading
from bbtui.domain.answer import STOPPED_BY_YOU, AnswerState, Warmth
from bbtui.domain.observation import Target

if TYPE_CHECKING:
    from bbtui.clients.http.client import Http, Incoming

#: In characters; no answer anyone compares is that long, and it is kept in memory.
MAX_ANSWER = 4 * 1024 * 1024


def listen(http: Http, incoming: Incoming, reading: Reading, line: Line) -> Iterator[Event]:
    """The events of a reply that streams, from `Sent` to `Ended`.

    Raises Unanswered when the connection is lost or cut.
    """
    if http.sent_ns is not None:
        yield Sent(http.sent_ns)
    length = 0
    try:
        for at_ns, data in incoming.reads():
            if line.cut:
                break
            pieces = reading.feed(data)
            yield Arrived(at_ns, len(data), pieces)
            length += sum(len(text) + len(thinking) for text, thinking in pieces)
            if reading.ending is None and length > MAX_ANSWER:
                reading.ending = Ending(
                    AnswerState.CUT, "cut at 4 MiB of text", "set num_predict in [options]"
                )
            if reading.ending is not None:
                yield Ended(at_ns, *reading.ending)
                return
    except Unanswered:
        ending = reading.so_far()
        if ending is None or line.cut:
            raise
        yield Ended(time.perf_counter_ns(), *ending)
        return
    if line.cut:
        raise Unanswered(STOPPED_BY_YOU)
    at_ns = time.perf_counter_ns()
    if pieces := reading.close():
        yield Arrived(at_ns, 0, pieces)
    yield Ended(at_ns, *(reading.ending or TRUNCATED))


def explained(events: Generator[Event], line: Line, target: Target) -> Iterator[Event]:
    """The same events, closed by exactly one `Ended` whatever goes wrong on the way.

    `target` is who was asked, and for which model.
    """
    asked = sent = warm = False
    with contextlib.closing(events):
        try:
            for event in events:
                if isinstance(event, Known):
                    asked, warm = True, event.warmth is Warmth.WARM
                sent = sent or isinstance(event, Sent)
                yield event
        except Unanswered as failure:
            at_ns = time.perf_counter_ns()
            if asked and not sent and failure.sent_ns is not None:
                yield Sent(failure.sent_ns)
            if line.cut:
                yield Ended(at_ns, AnswerState.STOPPED, STOPPED_BY_YOU)
            else:
                told = about(failure, target, warm=warm)
                yield Ended(
                    at_ns, AnswerState.FAILED, told.cause, told.hint, observed=told.observed
                )
