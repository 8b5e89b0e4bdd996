"""Model text without control characters and with one kind of line ending.

CRLF and the Unicode line and paragraph separators become a newline.
"""

from __future__ import annotations

import re

from bbtui.formatting.sanitize import clean_text

_SEPARATOR = re.compile("[\u2028\u2029]")


def clean_markdown(text: str) -> str:
    """Return the text without anything that a terminal would obey."""
    return clean_text(text if text.isascii() else _SEPARATOR.sub("\n", text))


class StreamCleaner:
    """Cleans text that arrives in pieces, of which one may end within a CRLF."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Return the next piece, cleaned; a CR at its end is held until the next call."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        return clean_markdown(text[:-1] if self._held else text)
