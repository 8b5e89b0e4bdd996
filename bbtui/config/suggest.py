"""Suggestions for a misspelt name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST_LISTED = 16


def nearest_word(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like `word`, ignoring case; None if none is near."""
    by_folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean "theme"?``, or else the known words, if they are few."""
    names = list(known)
    near = nearest_word(word, names)
    if near is not None:
        return f'did you mean "{near}"?'
    if not names or len(names) > _MOST_LISTED:
        return "no similar name is known"
    return f"known: {', '.join(names)}"
