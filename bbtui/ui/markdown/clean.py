"""Make model text safe to show: what a terminal could obey becomes U+FFFD.

Shown as U+FFFD: C0 controls (but not tab and newline), DEL, C1 controls (0x9b is a CSI of its
own), the bidi embeddings, overrides and isolates that make text read otherwise than it is, and
lone surrogates, which cannot be written at all. Line and paragraph separators and CRLF become a
newline.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]",
)
_NEWLINE = re.compile("\r\n|[\u2028\u2029]")


def clean(text: str) -> str:
    """The text with nothing in it that a terminal would obey."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub("\ufffd", _NEWLINE.sub("\n", text))


class Cleaner:
    """The same for text that comes in pieces: a CRLF may be cut in two."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """The next piece, cleaned; a CR at its end waits for what follows."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        return clean(text[:-1] if self._held else text)
