"""Model text as it is shown: harmless, and with one kind of line end.

Line and paragraph separators and CRLF become a newline.
"""

from __future__ import annotations

import re

from bbtui.formatting import sanitize

_SEPARATOR = re.compile("[\u2028\u2029]")


def clean(text: str) -> str:
    """The text with nothing in it that a terminal would obey."""
    return sanitize.clean_text(text if text.isascii() else _SEPARATOR.sub("\n", text))


class Cleaner:
    """The same for text that comes in pieces: a CRLF may be cut in two."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """The next piece, cleaned; a CR at its end waits for what follows."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        return clean(text[:-1] if self._held else text)
