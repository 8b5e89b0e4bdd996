"""Foreign text, made safe for a terminal.

Replaced by U+FFFD: C0 controls (but not tab and newline), DEL, C1 controls (0x9b is a CSI of its
own), the bidi embeddings, overrides and isolates that change the apparent order of text, and lone
surrogates, which cannot be encoded.
"""

from __future__ import annotations

import re

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAKS = str.maketrans("\t\n\r\u2028\u2029", "     ")
#: What makes two names look the same. The joiners stay: they shape emoji and whole scripts.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def clean_text(text: str) -> str:
    """Return a safe text of many lines; CRLF becomes a newline."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_REPLACEMENT, text.replace("\r\n", "\n"))


def escape_json(document: str) -> str:
    """Return the same JSON with unsafe characters as escapes; they only occur within its strings.

    Those beyond the basic plane are safe, so each takes one escape.
    """
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", document)


def clean_name(text: str) -> str:
    """Return a safe name or title on one line of the same length, without invisible characters."""
    if text.isprintable():
        return text
    return _INVISIBLE.sub(_REPLACEMENT, clean_text(text.translate(_BREAKS)))


def single_line(text: str) -> str:
    """Return a safe text on one line, with runs of whitespace collapsed."""
    return clean_name(" ".join(text.split()))


def excerpt(text: str, limit: int = 80) -> str:
    """Return the beginning of a text on one line, of at most `limit` characters."""
    line = single_line(text.lstrip()[: limit * 8])
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
