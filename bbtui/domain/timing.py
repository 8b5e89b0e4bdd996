"""The clocks: every figure of speed, computed from the reads that were kept.

Definitions, all on the client's monotonic clock and counted from the request written:

=======  ==========================================================================================
TTFT     to the first read that completed any text, thinking included
TTFA     to the first read that completed text of the answer itself
E2E      to the end
TPOT     (end − first text read) / (n − k), n = the server's count of tokens, k = those that came
         with the first text read; the end is the last read, or the last text read where no token
         came after it
tok/s    1 / TPOT. While streaming, n is the number of chunks so far and the figure is marked `~`
queue    the server's total − load − prompt_eval − eval: waiting and overhead; at least 0, at most
         what this clock leaves of the time to the first token
=======  ==========================================================================================

What came with the first read is left out of TPOT, because its time is TTFT: one token, as vLLM and
AIPerf do, or all that a buffering proxy had collected. The server's count includes the token that
ends an answer, which has no text (tests/traces/chat-short-stop): the span then ends with the read
that brought the end.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from bbtui.domain.answer import Answer, LiveAnswer, Read, ServerTimings, Warmth
from bbtui.formatting.durations import NS_PER_MS, NS_PER_S, format_ns

#: After a first read with several tokens, the least tokens for a tok/s within a few per cent.
FEW_TOKENS = 20
#: In chunks per read; fewer arrive together without a buffer in between, too.
BUFFERED_FROM = 4
#: Tokens that may have no chunk of their own where a chunk is one token: the one that ends the
#: answer, and the marks around its thinking.
_SILENT = 3
#: By how much the times of two clocks may differ before they contradict each other.
_CLOCK_ERROR_NS = 50 * NS_PER_MS
#: How many times longer than generated the text came where the server's unit is another one.
_OTHER_UNIT = 50
#: By how much a rate may differ from the server's own: as a ratio, and in seconds.
_PACE_ERROR, _PACE_ERROR_S = 0.10, 0.02
#: A server reports some ms of load for a model in memory, 100 at most, and more for any load.
_NO_LOAD_NS = 100 * NS_PER_MS
_LOAD_NS = 250 * NS_PER_MS


@dataclass(frozen=True, slots=True)
class Timing:
    """The figures of one answer. Times in ns; None is unknown."""

    ttft_ns: int | None = None
    """From the request to the first text, thinking included."""
    ttfa_ns: int | None = None
    """From the request to the first text of the answer."""
    e2e_ns: int | None = None
    """From the request to the end of the answer."""

    tokens: int | None = None
    """The server's count when `exact`, else counted in chunks."""

    tok_s: float | None = None
    """From the server's count when `exact`, else from chunks."""

    exact: bool = False
    """Whether the token count is the server's."""
    load_ns: int | None = None
    """Loading the model, as the server reports it."""

    queue_ns: int | None = None
    """At most what this clock allows; with `clocks_differ` no more than that is known of it."""

    prompt_eval_ns: int | None = None
    """Processing the prompt, as the server reports it."""
    eval_ns: int | None = None
    """Generating, as the server reports it."""

    first_tokens: int | None = None
    """The tokens that came with the first read that had text; chunks unless `exact`."""

    tokens_per_read: float | None = None
    """The mean of the later reads that had text; chunks unless `exact`."""

    first_buffered: bool = False
    """Whether the number of chunks in the first read shows that its time is that of a buffer."""

    later_buffered: bool = False
    """Whether later reads have so many chunks that their gaps are those of a buffer."""

    rough: bool = False
    """Whether `tok_s` rests on few tokens, because most came with the first read."""

    server_tok_s: float | None = None
    """By the server's own times: (tokens − 1) / generation (Ollama ≥ 0.30, llama.cpp, vLLM)."""

    pace_differs: bool = False
    """Whether `tok_s` is more than 10 % off `server_tok_s`: what is in between sets the pace."""

    clocks_differ: bool = False
    """Whether the server's times contradict this clock; load, prefill and generation are then
    unknown.
    """

    @property
    def known_queue_ns(self) -> int | None:
        """Return the queue where it is more than a bound."""
        return None if self.clocks_differ else self.queue_ns

    @property
    def rate_exact(self) -> bool:
        """Return whether `tok_s` counts tokens, and enough of them."""
        return self.exact and not self.rough


class Start(Enum):
    """Whether the model was in memory when the request came, by the server's own load time."""

    WARM = auto()
    COLD = auto()

    RELOADED = auto()
    """It was listed as in memory, and loaded again: another context, or a dead runner."""

    LOADED = auto()
    """It was loaded within the request, and not known before it."""

    UNKNOWN = auto()

    @property
    def loads(self) -> bool:
        """Return whether the first token contains a load."""
        return self in LOADS


#: How an answer started whose first token contains a load.
LOADS = (Start.COLD, Start.RELOADED, Start.LOADED)
#: How an answer started by whether its model was listed: where it was loaded, and where the server
#: did not report it.
_LOADED = {Warmth.WARM: Start.RELOADED, Warmth.COLD: Start.COLD}
_LISTED = {Warmth.WARM: Start.WARM, Warmth.COLD: Start.COLD}


def start_of(warmth: Warmth, load_ns: int | None) -> Start:
    """Return how an answer started; `warmth` is from the server's list before it.

    Being listed is not being warm: the server's own load time decides where it is clear
    (tests/traces/chat-listed-but-reloaded).
    """
    if load_ns is not None and load_ns >= _LOAD_NS:
        return _LOADED.get(warmth, Start.LOADED)
    if load_ns is not None and load_ns < _NO_LOAD_NS:
        return Start.WARM
    return _LISTED.get(warmth, Start.UNKNOWN)


def start_text(answer: Answer | LiveAnswer, load_ns: int | None) -> str:
    """Return how an answer started: ``warm (loaded in 1.6 s)``; "" if that is not known.

    `load_ns` is the load time in its `Timing`.
    """
    return start_texts(answer, load_ns)[0]


def start_texts(answer: Answer | LiveAnswer, load_ns: int | None) -> tuple[str, ...]:
    """Return the same, then shorter where there is a shorter text."""
    load = format_ns(load_ns)
    match start_of(answer.warmth, load_ns):
        case Start.WARM if answer.preload_ns is not None:
            return (f"warm (loaded in {format_ns(answer.preload_ns)})", "warm")
        case Start.WARM:
            return ("warm",)
        case Start.COLD:
            return ("cold",)
        case Start.RELOADED:
            return f"reloaded ({load} inside the first token)", f"reloaded ({load})", "reloaded"
        case Start.LOADED:
            return f"loaded ({load} inside the first token)", f"loaded ({load})", "loaded"
        case Start.UNKNOWN:
            return ("",)


def measure(answer: Answer) -> Timing:
    """Return the figures of an answer, computed from its saved reads."""
    meter = Meter()
    meter.add(answer.reads)
    return meter.timing(answer.end_ns, answer.server)


class Meter:
    """The same figures for an answer that is streaming: each read is processed once."""

    def __init__(self) -> None:
        self._revision = 0
        self._start()

    def _start(self) -> None:
        self._taken = 0
        self._first: int | None = None
        self._first_chunks = 0
        self._first_characters = 0
        self._first_answer: int | None = None
        self._last_text = 0
        self._last = 0
        self._arrivals = 0
        self._chunks = 0
        self._characters = 0

    def update(self, answer: LiveAnswer | Answer) -> Timing:
        """Process the reads since the last call; return the current figures."""
        revision = answer.revision if isinstance(answer, LiveAnswer) else 0
        if revision != self._revision:
            self._revision = revision
            self._start()
        self.add(answer.reads[self._taken :])
        return self.timing(answer.end_ns, answer.server)

    def add(self, reads: Sequence[Read]) -> None:
        """Process further reads, in order."""
        self._taken += len(reads)
        for read in reads:
            self._last = read.offset_ns
            if not read.chunks:
                continue
            if self._first is None:
                self._first = read.offset_ns
            # Reads with one time arrived together.
            if not self._arrivals or read.offset_ns != self._last_text:
                self._arrivals += 1
            characters = read.text + read.thinking
            if self._arrivals == 1:
                self._first_chunks += read.chunks
                self._first_characters += characters
            if self._first_answer is None and read.text:
                self._first_answer = read.offset_ns
            self._last_text = read.offset_ns
            self._chunks += read.chunks
            self._characters += characters

    def timing(self, end_ns: int | None, server: ServerTimings) -> Timing:
        """Return the figures of an answer that ended at `end_ns` (None: not yet)."""
        exact = server.eval_count is not None
        tokens = server.eval_count if server.eval_count is not None else self._chunks or None
        ttft = self._first
        end = self._last if exact and tokens != self._chunks else self._last_text
        span = 0 if ttft is None else end - ttft
        first = self._first_tokens(tokens)
        after = 0 if tokens is None or first is None else tokens - first
        tok_s = after * NS_PER_S / span if after and span > 0 else None
        reads, chunks = self._arrivals - 1, self._chunks - self._first_chunks
        differ = _clocks_differ(server, ttft, span, end_ns)
        own = ServerTimings() if differ else server
        own_rate = None
        if exact and tokens is not None and tokens > 1 and own.eval_ns:
            own_rate = (tokens - 1) * NS_PER_S / own.eval_ns
        return Timing(
            ttft_ns=ttft,
            ttfa_ns=self._first_answer,
            e2e_ns=end_ns,
            tokens=tokens,
            tok_s=tok_s,
            exact=exact,
            load_ns=own.load_ns,
            queue_ns=_queue_ns(server, ttft),
            prompt_eval_ns=own.prompt_eval_ns,
            eval_ns=own.eval_ns,
            first_tokens=first,
            tokens_per_read=after / reads if after and reads > 0 else None,
            first_buffered=self._first_chunks >= BUFFERED_FROM,
            later_buffered=reads > 0 and chunks >= BUFFERED_FROM * reads,
            rough=tok_s is not None and first != 1 and after < FEW_TOKENS,
            server_tok_s=own_rate,
            pace_differs=_paces_differ(tok_s, own_rate, after),
            clocks_differ=differ,
        )

    def _first_tokens(self, tokens: int | None) -> int | None:
        """Return how many of the tokens came with the first read that had text, at least 1.

        They are its chunks where a chunk is about one token, else its share of the characters: a
        first chunk may hold one token and each later one ten.
        """
        if self._first is None or not tokens:
            return None
        first = self._first_chunks
        if not (first == 1 and tokens < 2 * self._chunks) and not (
            0 <= tokens - self._chunks <= _SILENT
        ):
            share = self._first_characters / max(1, self._characters)
            first = max(1, round(tokens * share))
        return min(first, tokens)


def _queue_ns(server: ServerTimings, ttft_ns: int | None) -> int | None:
    """Return the server's total without its parts: queue and overhead.

    A part that is absent was 0 (Ollama leaves zeros out); without a total nothing is known. What
    the total has beyond that came after the first token, such as the wait for a slow network.
    """
    if server.total_ns is None:
        return None
    parts = (server.load_ns, server.prompt_eval_ns, server.eval_ns)
    queue = server.total_ns - sum(part or 0 for part in parts)
    if ttft_ns is not None:
        queue = min(queue, ttft_ns - _before_first_ns(server))
    return max(0, queue)


def _before_first_ns(server: ServerTimings) -> int:
    return (server.load_ns or 0) + (server.prompt_eval_ns or 0)


def _clocks_differ(
    server: ServerTimings, ttft_ns: int | None, span_ns: int, end_ns: int | None
) -> bool:
    """Return whether the server's times cannot be those of the answer that was seen here.

    `span_ns` is from the first text to the end. The server cannot take longer for a part than
    passed here; and where it generated in a small part of the time in which the text came, it
    counts in another unit.
    """
    if end_ns is None or ttft_ns is None:
        return False
    slack_ns = max(_CLOCK_ERROR_NS, end_ns // 20)
    generated = server.eval_ns is not None and (server.eval_count or 0) > 1
    return (
        max(server.total_ns or 0, server.eval_ns or 0) > end_ns + slack_ns
        or _before_first_ns(server) > ttft_ns + slack_ns
        or (generated and _OTHER_UNIT * (server.eval_ns or 0) + slack_ns < span_ns)
    )


def _paces_differ(tok_s: float | None, server_tok_s: float | None, after: int) -> bool:
    """Return whether the two rates differ for the `after` tokens after the first read."""
    if tok_s is None or server_tok_s is None:
        return False
    apart_s = abs(after / tok_s - after / server_tok_s)
    return abs(tok_s / server_tok_s - 1) > _PACE_ERROR and apart_s > _PACE_ERROR_S


def gaps(reads: Sequence[Read], count: int) -> list[int]:
    """Return the last `count` gaps between reads with text, in ns, oldest first.

    What arrived together has one time; it is one arrival here and no gaps of zero.
    """
    stamps: list[int] = []
    for read in reversed(reads):
        if read.chunks and read.offset_ns not in stamps[-1:]:
            stamps.append(read.offset_ns)
            if len(stamps) > count:
                break
    stamps.reverse()
    return [later - earlier for earlier, later in itertools.pairwise(stamps)]
