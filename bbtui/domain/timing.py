"""The clocks: every figure of speed, computed from the reads that were kept.

Definitions, all on the client's monotonic clock and counted from the request written:

=======  ==========================================================================================
TTFT     to the first read that completed any text, thinking included
TTFA     to the first read that completed text of the answer itself
E2E      to the end
TPOT     (last text read − first text read) / (n − 1), n = the server's count of tokens, n ≥ 2
tok/s    1 / TPOT. While streaming, n is the number of chunks so far and the figure is marked `~`
queue    the server's total − load − prompt_eval − eval, not below 0: waiting and overhead
=======  ==========================================================================================

The first token is left out of TPOT, as vLLM and AIPerf do; a chunk is not a token.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from bbtui.domain.answer import Answer, LiveAnswer, Read, ServerTimings
from bbtui.formatting.durations import NS_PER_S


@dataclass(frozen=True, slots=True)
class Timing:
    """The figures of one answer. Times in ns; None is unknown."""

    ttft_ns: int | None = None
    ttfa_ns: int | None = None
    e2e_ns: int | None = None

    tokens: int | None = None
    """The server's count when `exact`, else counted in chunks; likewise `tok_s`."""

    tok_s: float | None = None
    exact: bool = False
    load_ns: int | None = None
    queue_ns: int | None = None
    prompt_eval_ns: int | None = None
    eval_ns: int | None = None


def measure(answer: Answer) -> Timing:
    """Return the figures of an answer, computed from its saved reads."""
    meter = Meter()
    meter.add(answer.reads)
    return meter.timing(answer.end_ns, answer.server)


class Meter:
    """The same figures for an answer that is streaming: each read is processed once."""

    def __init__(self) -> None:
        self._taken = 0
        self._first: int | None = None
        self._first_answer: int | None = None
        self._last = 0
        self._chunks = 0

    def update(self, answer: LiveAnswer | Answer) -> Timing:
        """Process the reads since the last call; return the current figures."""
        self.add(answer.reads[self._taken :])
        return self.timing(answer.end_ns, answer.server)

    def add(self, reads: Sequence[Read]) -> None:
        """Process further reads, in order."""
        self._taken += len(reads)
        for read in reads:
            if not read.chunks:
                continue
            if self._first is None:
                self._first = read.offset_ns
            if self._first_answer is None and read.text:
                self._first_answer = read.offset_ns
            self._last = read.offset_ns
            self._chunks += read.chunks

    def timing(self, end_ns: int | None, server: ServerTimings) -> Timing:
        """Return the figures of an answer that ended at `end_ns` (None: not yet)."""
        exact = server.eval_count is not None
        tokens = server.eval_count if server.eval_count is not None else self._chunks or None
        span = 0 if self._first is None else self._last - self._first
        tok_s = (tokens - 1) * NS_PER_S / span if tokens and tokens >= 2 and span > 0 else None
        return Timing(
            ttft_ns=self._first,
            ttfa_ns=self._first_answer,
            e2e_ns=end_ns,
            tokens=tokens,
            tok_s=tok_s,
            exact=exact,
            load_ns=server.load_ns,
            queue_ns=_queue_ns(server),
            prompt_eval_ns=server.prompt_eval_ns,
            eval_ns=server.eval_ns,
        )


def _queue_ns(server: ServerTimings) -> int | None:
    """Return the server's total without its parts: queue and overhead.

    A part that is absent was 0 (Ollama leaves zeros out); without a total nothing is known.
    """
    if server.total_ns is None:
        return None
    parts = (server.load_ns, server.prompt_eval_ns, server.eval_ns)
    return max(0, server.total_ns - sum(part or 0 for part in parts))


def gaps(reads: Sequence[Read], count: int) -> list[int]:
    """Return the last `count` gaps between reads with text, in ns, oldest first.

    Several chunks in one read share a stamp; they are one arrival here and not gaps of zero.
    """
    stamps: list[int] = []
    for read in reversed(reads):
        if read.chunks:
            stamps.append(read.offset_ns)
            if len(stamps) > count:
                break
    stamps.reverse()
    return [later - earlier for earlier, later in itertools.pairwise(stamps)]
