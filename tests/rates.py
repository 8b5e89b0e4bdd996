"""tok/s of every recorded exchange, beside the server's own figure."""

from __future__ import annotations

from typing import NamedTuple

from bbtui.domain.flags import timing_flags
from bbtui.domain.timing import measure
from bbtui.formatting.durations import NS_PER_S
from tests.clients.streaming import recorded_answer
from tests.replies import TRACES, Trace

CHAT_PATHS = ("/api/chat", "/v1/chat/completions")


class RecordedRate(NamedTuple):
    """One exchange with a count and a generation time of the server."""

    name: str
    tokens: int

    ratio: float
    """Shown tok/s by the server's own (n − 1) / eval_duration."""

    flagged: bool
    """Whether a user sees what affects the figure."""


def recorded_rates() -> list[RecordedRate]:
    """Every recorded stream of at least two tokens whose server reported its own time."""
    found = []
    for path in sorted(TRACES.glob("*.json")):
        trace = Trace.load(path.stem)
        if trace.status != 200 or trace.path not in CHAT_PATHS or trace.method != "POST":
            continue
        answer = recorded_answer(trace)
        timing, server = measure(answer), answer.server
        if timing.tok_s is None or not server.eval_ns or not server.eval_count:
            continue
        own = (server.eval_count - 1) * NS_PER_S / server.eval_ns
        flagged = any(timing_flags(timing))
        found.append(RecordedRate(path.stem, server.eval_count, timing.tok_s / own, flagged))
    return found
