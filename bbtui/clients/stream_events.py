"""Turns a response into the events of an answer, in any dialect."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from bbtui.clients.http.replies import RequestFailed, with_model
from bbtui.clients.ports import (
    CancelToken,
    ChunksArrived,
    Event,
    ModelStateKnown,
    RequestSent,
    StreamEnded,
)
from bbtui.clients.stream_parser import TRUNCATED, StreamEnd, StreamParser
from bbtui.domain.answer import STOPPED_BY_YOU, AnswerState, Warmth
from bbtui.domain.observation import Target
from bbtui.domain.problem import Problem

if TYPE_CHECKING:
    from bbtui.clients.http.client import HttpClient, Response

#: In characters: an answer is kept in memory, and none worth comparing is that long.
MAX_ANSWER = 4 * 1024 * 1024


def stream_events(
    http: HttpClient, response: Response, parser: StreamParser, cancel_token: CancelToken
) -> Iterator[Event]:
    """Yield the events of a streaming response, from `RequestSent` to `StreamEnded`.

    Raise RequestFailed when the connection is lost or the request cancelled.
    """
    if http.sent_ns is not None:
        yield RequestSent(http.sent_ns)
    length = 0
    try:
        for at_ns, data in response.reads():
            if cancel_token.cancelled:
                break
            pieces = parser.feed(data)
            yield ChunksArrived(at_ns, len(data), pieces)
            length += sum(len(text) + len(thinking) for text, thinking in pieces)
            if parser.ending is None and length > MAX_ANSWER:
                parser.ending = StreamEnd(
                    AnswerState.CUT,
                    Problem("size limit reached (4 MiB of text)", "set num_predict in [options]"),
                )
            if parser.ending is not None:
                yield StreamEnded(at_ns, *parser.ending)
                return
    except RequestFailed:
        ending = parser.end_if_closed_now()
        if ending is None or cancel_token.cancelled:
            raise
        yield StreamEnded(time.perf_counter_ns(), *ending)
        return
    if cancel_token.cancelled:
        raise RequestFailed(STOPPED_BY_YOU)
    at_ns = time.perf_counter_ns()
    if pieces := parser.close():
        yield ChunksArrived(at_ns, 0, pieces)
    yield StreamEnded(at_ns, *(parser.ending or TRUNCATED))


def with_diagnosis(
    events: Generator[Event], cancel_token: CancelToken, target: Target
) -> Iterator[Event]:
    """Yield the same events, ended by exactly one `StreamEnded` whatever fails.

    `target` has the endpoint and the requested model.
    """
    model_known = sent = warm = False
    with contextlib.closing(events):
        try:
            for event in events:
                if isinstance(event, ModelStateKnown):
                    model_known, warm = True, event.warmth is Warmth.WARM
                sent = sent or isinstance(event, RequestSent)
                yield event
        except RequestFailed as failure:
            at_ns = time.perf_counter_ns()
            if model_known and not sent and failure.sent_ns is not None:
                yield RequestSent(failure.sent_ns)
            if cancel_token.cancelled:
                yield StreamEnded(at_ns, AnswerState.STOPPED, STOPPED_BY_YOU)
            else:
                failure = with_model(failure, target, warm=warm)
                yield StreamEnded(
                    at_ns, AnswerState.FAILED, failure.problem, observed=failure.observed
                )
