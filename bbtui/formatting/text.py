"""Counted nouns, lists, sentences and truncation."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, one: str, many: str = "") -> str:
    """Return ``1 task``, ``4 tasks``; `many` is an irregular plural."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def join_list(items: Sequence[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def truncate(text: str, length: int = 56) -> str:
    """Return the text on one line, cut at a word with … if longer than `length` characters."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    head = line[: length - 1]
    at_word, _, _ = head.rpartition(" ")
    return (at_word if len(at_word) > length // 2 else head).rstrip(" ,;:.") + "…"


def sentence(text: str) -> str:
    """Return the text on one line, with a full stop unless it has a final mark."""
    line = " ".join(text.split())
    return line if not line or line[-1] in ".!?…" else line + "."


def sentences(cause: str, hint: str) -> str:
    """Return a cause and the hint, which may be "", as sentences."""
    follows = sentence(hint)
    return f"{sentence(cause)} {follows[:1].upper()}{follows[1:]}".strip()
