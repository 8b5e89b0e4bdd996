"""Sizes of models, and how far a download is, in words and in a bar."""

from __future__ import annotations

from bbtui.domain.model import PullProgress, TransferRate
from bbtui.formatting.durations import format_left
from bbtui.formatting.numbers import format_bytes

_FULL, _REST = "━", "─"


def bar(fetched: PullProgress, width: int) -> str:
    """How far it is, as a line of that many cells."""
    done = round(width * fetched.completed / fetched.total) if fetched.total else 0
    return _FULL * done + _REST * (width - done)


def progress_words(fetched: PullProgress, pace: TransferRate) -> str:
    """``41 %  1.4 GB of 3.3 GB  24 MB/s  80 s left``; what is not known is left out.

    While no part is being fetched it is the server's own words ("verifying sha256 digest").
    """
    if not fetched.total or (
        fetched.completed >= fetched.total and not fetched.words.startswith("pulling ")
    ):
        return fetched.words
    rate, left_s = pace.rate, pace.left_s(fetched)
    amount = f"{format_bytes(fetched.completed)} of {format_bytes(fetched.total)}"
    parts = [f"{100 * fetched.completed // fetched.total:>3} %", amount]
    if rate is not None:
        parts.append(f"{format_bytes(round(rate))}/s")
    if left_s:
        parts.append(format_left(left_s))
    return "  ".join(parts)


def size_words(measured: PullProgress) -> str:
    """What a pull will fetch, as far as it is known before it begins."""
    if measured.unsized:
        return "The server does not tell its size."
    rest = measured.total - measured.completed
    there = f", {format_bytes(rest)} of it still to fetch" if measured.completed else ""
    return (
        f"{format_bytes(measured.total)}{there}. These are the parts named so far, the weights "
        "first; the server names the rest, mostly small, while it pulls."
    )
