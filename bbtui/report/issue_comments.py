"""A report as the comments of an issue: one, or the short form with the whole one behind it.

Each comment ends with a marker, an HTML comment with its session, part and a digest of its text.
By it a later report replaces an earlier one, unless a person has changed that.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bbtui.report.markdown_escape import block_ranges, fence

_MARKER = re.compile(
    r"\n*<!-- bbtui session (?P<session>[\w-]+) part (?P<part>\d+) text (?P<text>[0-9a-f]{16}) -->"
    r"\s*$"
)
#: The characters that a marker and the line before a part take at most.
OVERHEAD = 400


@dataclass(frozen=True, slots=True)
class Mark:
    """The content of a marker."""

    session: str
    """The id of the session."""
    part: int
    """The number of the part, from 1."""
    unchanged: bool
    """Whether the text before it is still the one it was written with."""


def read_mark(body: str) -> Mark | None:
    """Return the content of a comment's marker; None without one."""
    found = _MARKER.search(body)
    if found is None:
        return None
    unchanged = _digest(body[: found.start()]) == found["text"]
    return Mark(found["session"], int(found["part"]), unchanged)


def marked(text: str, session: str, part: int) -> str:
    """Return a text with its marker."""
    text = text.rstrip()
    return f"{text}\n\n<!-- bbtui session {session} part {part} text {_digest(text)} -->\n"


def comments_of(whole: str, short: str, session: str, longest: int) -> tuple[str, ...]:
    """Return the comments of a report, each of at most `longest` characters.

    If the `whole` one fits, it is the only one; else the `short` one comes first.
    """
    room = longest - OVERHEAD
    if len(whole) <= room:
        return (marked(whole, session, 1),)
    parts = split_markdown(whole, room)
    bodies = [short]
    for number, part in enumerate(parts, 1):
        bodies.append(f"**The whole report, part {number} of {len(parts)}**\n\n{part}")
    return tuple(marked(body, session, number) for number, body in enumerate(bodies, 1))


def split_markdown(text: str, longest: int) -> list[str]:
    """Return a report in parts that each are Markdown of their own.

    A block is not divided, nor is what is folded, unless it is longer than a part: then it is code.
    """
    parts: list[str] = []
    for block in _blocks(text, longest):
        if parts and len(parts[-1]) + len(block) + 2 <= longest:
            parts[-1] += f"\n\n{block}"
        else:
            parts.append(block)
    return parts


def _blocks(text: str, longest: int) -> Iterator[str]:
    lines = text.split("\n")
    fold: list[str] = []
    for first, end in block_ranges(text):
        block = "\n".join(lines[first:end]).strip("\n")
        if block.startswith("<details>\n") or fold:
            fold.append(block)
            if block != "</details>":
                continue
            block, fold = "\n\n".join(fold), []
        yield from [block] if len(block) <= longest else _as_code(block, longest)
    if fold:
        yield from _as_code("\n\n".join(fold), longest)


def _as_code(block: str, longest: int) -> Iterator[str]:
    """Yield a block that is too long as code blocks of whole lines, where they have an end."""
    room = longest // 2  # a fence may be as long as its content
    rest = block
    while rest:
        piece = rest[:room]
        if len(rest) > room and (at := piece.rfind("\n")) > 0:
            piece = piece[: at + 1]
        rest = rest[len(piece) :]
        yield fence(piece, "text")


def _digest(text: str) -> str:
    """Return what a text is, whatever a forge does to its white space."""
    return hashlib.sha256(" ".join(text.split()).encode(errors="replace")).hexdigest()[:16]
