"""Text from outside, made harmless: nothing is left in it that a terminal would obey.

Shown as U+FFFD: C0 controls (but not tab and newline), DEL, C1 controls (0x9b is a CSI of its
own), the bidi embeddings, overrides and isolates that make text read otherwise than it is, and
lone surrogates, which cannot be written at all.
"""

from __future__ import annotations

import re

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]",
)


def clean(text: str) -> str:
    """A text of many lines; CRLF becomes a newline."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_REPLACEMENT, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """A text on one line, in which nothing invisible is left either: it names or explains."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(sign if sign.isprintable() else _REPLACEMENT for sign in line)


def excerpt(text: str, limit: int = 80) -> str:
    """The beginning of a text on one line, of at most `limit` characters."""
    line = one_line(text.lstrip()[: limit * 8])
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
