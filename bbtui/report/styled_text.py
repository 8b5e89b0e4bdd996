"""Text with emphasis and code, and tables of it: what a report holds before a format renders it.

Nothing here is escaped: text of people and models is kept as written, and each format escapes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple


class Strong(NamedTuple):
    """Emphasised text, such as a verdict."""

    text: str
    """The text."""


class Code(NamedTuple):
    """A command, a model name or an address: shown as typed."""

    text: str
    """The text."""


Span = str | Strong | Code
#: One span, or several that follow each other without a space between them.
StyledText = Span | tuple[Span, ...]

_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(?P<code>.+?)(?<!`)\1(?!`)")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of styled text."""

    head: tuple[StyledText, ...]
    """The heading of each column."""
    rows: tuple[tuple[StyledText, ...], ...]
    """The rows, each with as many cells as there are columns."""
    right: frozenset[int] = frozenset()
    """The indices, from 0, of the right-aligned columns."""


def spans(text: StyledText) -> tuple[Span, ...]:
    """Return the spans of a text as a tuple."""
    return (text,) if isinstance(text, str | Strong | Code) else text


def concat(*texts: StyledText) -> StyledText:
    """Return one text made of several."""
    return tuple(span for text in texts for span in spans(text))


def parse_code_spans(text: str) -> StyledText:
    """Return plain text with its parts between backticks as `Code`."""
    found: list[Span] = []
    end = 0
    for match in _CODE_SPAN.finditer(text):
        found += [text[end : match.start()], Code(match["code"])]
        end = match.end()
    return tuple(span for span in (*found, text[end:]) if span)


def split_paragraphs(text: str) -> tuple[StyledText, ...]:
    """Return one paragraph for each non-empty line a person typed."""
    return tuple(parse_code_spans(line.strip()) for line in text.split("\n") if line.strip())
